"""Numbers, times and codes in the words of operations people; the page, the terminal and the Prefect artifact say the same.

Put a phrase here when more than one report uses it. Escaping for a medium, and order on a page, belong elsewhere.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, Duty, DutyKind, DutyStatus, SpikeEvidence, Tally

# strftime's names follow the machine's locale; a page must be the same bytes everywhere.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

VERDICT_WORDS = {Verdict.PASS: "Pass", Verdict.INCONCLUSIVE: "Inconclusive", Verdict.FAIL: "Fail"}
VERDICT_MEANINGS = {
    Verdict.PASS: "Everything due was looked at, and no check failed.",
    Verdict.INCONCLUSIVE: "Not everything could be looked at, so this day is not cleared.",
    Verdict.FAIL: "At least one check failed. Someone has to act.",
}
SEVERITY_WORDS = {
    Severity.L0: "learning signal",
    Severity.L1: "control weakness",
    Severity.L2: "customer inconvenience",
    Severity.L3: "material harm",
    Severity.L4: "systemic or regulatory",
}
FEED_WORDS = {
    FeedStatus.OK: "Read",
    FeedStatus.NO_DATA: "Empty where it never was",
    FeedStatus.STALE: "Out of date",
    FeedStatus.ERRORED: "Could not be read",
    FeedStatus.SCHEMA_BROKEN: "Refused: columns changed",
}
CHANGE_WORDS = {
    ChangeKind.OPENED: "New",
    ChangeKind.JOINED: "Joined",
    ChangeKind.ESCALATED: "Escalated",
    ChangeKind.REACTIVATED: "Came back",
    ChangeKind.LATE_EVIDENCE: "Late evidence",
    ChangeKind.ACCEPTANCE_ENDED: "Back: accepted risk ended",
}
REDACTION_WORDS = {
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "card": "card numbers",
    "iban": "IBANs",
    "ssn": "social security numbers",
    "ip": "IP addresses",
}
DUTY_STATUS_WORDS = {
    DutyStatus.OVERDUE: "Overdue",
    DutyStatus.DUE_TODAY: "Due today",
    DutyStatus.AT_RISK: "At risk",
    DutyStatus.OPEN: "Open",
    DutyStatus.ACCEPTED: "Accepted",
}
DUTY_KIND_WORDS = {
    DutyKind.SEVERITY: "severity clock",
    DutyKind.INCIDENT: "incident clock",
    DutyKind.REGULATORY: "regulatory deadline",
    DutyKind.OWN_DATE: "date set by people",
    DutyKind.ACCEPTED_RISK: "accepted risk",
    DutyKind.REVIEW: "review of a fix",
}
_CODES = {"rca_in_progress": "Root cause analysis"}


def spoken(code: str) -> str:
    """Return a code as words: known ones by name, others with blanks for underscores.

    >>> spoken("rca_in_progress"), spoken("too_few")
    ('Root cause analysis', 'Too few')
    """
    words = code.replace("_", " ").strip()
    return _CODES.get(code, words[:1].upper() + words[1:])


def event_words(kind: str) -> str:
    """Return an event's kind as words.

    >>> event_words("RootCauseRecorded")
    'Root cause recorded'
    """
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip().capitalize()


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "feed"), counted(1200, "feed"), counted(0, "duty", "duties")
    ('1 feed', '1,200 feeds', '0 duties')
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def alarm(duty: Duty) -> str:
    """Return how much of a duty's time is used, where that was to be announced; an overdue one has said so."""
    if not duty.alarm_percent or duty.status is DutyStatus.OVERDUE:
        return ""
    return f"{duty.alarm_percent} % of the time used"


def share(tally: Tally) -> str:
    """Return a count with its denominator, and without a percentage where the denominator is empty.

    >>> share(Tally(3, 1200)), share(Tally(0, 0))
    ('3 of 1,200', '0 of 0')
    """
    return f"{tally.count:,} of {tally.of:,}"


def amount(number: float | None) -> str:
    """Return a measured number as people write it; one that was not computed says so.

    >>> amount(8), amount(0.0312), amount(12345.6), amount(float("inf"))
    ('8.0', '0.031', '12,346', 'not computed')
    """
    if number is None or not math.isfinite(number):
        return "not computed"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 1 or number == 0 else f"{number:.2g}"


def measure(number: float) -> str:
    """Return a distance or a p-value to three figures; what is too small to matter is not written as zero.

    >>> measure(0.49968), measure(0.0), measure(2.2e-12), measure(12.3456)
    ('0.500', '0', 'below 0.001', '12.3')
    """
    if not math.isfinite(number):
        return "not computed"
    if 0 < abs(number) < 0.001:
        return "below 0.001" if number > 0 else "above -0.001"
    return "0" if number == 0 else f"{number:#.3g}"


def probability(p: float) -> str:
    """Return a probability short enough to compare with another by eye.

    >>> probability(0.0000031), probability(0.00001), probability(0.043), probability(0.0)
    ('3e-6', '1e-5', '0.043', 'below 1e-300')
    """
    if not math.isfinite(p):
        return "not computed"
    if p <= 1e-300:
        return "below 1e-300"
    if p >= 0.001:
        return f"{p:.2g}"
    digits, exponent = f"{p:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


def arithmetic(spike: SpikeEvidence) -> str:
    """Return the rate test in one sentence, so that a reader can redo it.

    >>> arithmetic(SpikeEvidence(7, 28, 8.0, 3.5, 91, 104, 7.0, 91.0, 1.3, 3e-6, 1e-5))
    '28 in 7 days against 8.0 expected, 3.5 times; p 3e-6 at level 1e-5'
    """
    seen = f"{spike.count:,} in {counted(spike.window_days, 'day')}"
    test = f"p {probability(spike.p_value)} at level {probability(spike.alpha)}"
    if not math.isfinite(spike.ratio) or spike.expected <= 0:
        return f"{seen} where next to none were expected; {test}"
    return f"{seen} against {amount(spike.expected)} expected, {amount(spike.ratio)} times; {test}"


def baseline(spike: SpikeEvidence) -> str:
    """Return what the expectation rests on."""
    spread = f"day-to-day spread {amount(spike.dispersion_ratio)} times that of pure chance"
    return f"Expectation from {spike.baseline_count:,} in {counted(spike.baseline_days, 'observed day')} before; {spread}."


def day_text(day: date) -> str:
    """Return a civil date.

    >>> day_text(date(2020, 10, 16))
    '16 Oct 2020'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def long_day_text(day: date) -> str:
    """Return a civil date with its weekday.

    >>> long_day_text(date(2020, 10, 16))
    'Friday 16 Oct 2020'
    """
    return f"{_DAYS[day.weekday()]} {day_text(day)}"


def time_text(instant: datetime, zone: str) -> str:
    """Return an instant on the reader's clock, with the zone's short name.

    >>> from datetime import UTC
    >>> time_text(datetime(2020, 10, 16, 10, 0, tzinfo=UTC), "America/New_York")
    'Fri 16 Oct 2020, 06:00 EDT'
    """
    local = instant.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()][:3]} {day_text(local)}, {local.hour:02}:{local.minute:02} {local.tzname()}"


def distance(due_at: datetime, as_of: datetime) -> str:
    """Return how far a deadline is, in the two largest units.

    >>> from datetime import UTC
    >>> distance(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 3, 4, tzinfo=UTC))
    '2 days 4 h ago'
    >>> distance(datetime(2020, 1, 1, 3, 20, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
    'in 3 h 20 min'
    """
    gap = abs(due_at - as_of)
    length = _length(gap)
    return f"{length} ago" if due_at < as_of else f"in {length}"


def _length(gap: timedelta) -> str:
    hours, minutes = divmod(gap.seconds // 60, 60)
    if gap.days:
        return f"{counted(gap.days, 'day')} {hours} h" if hours else counted(gap.days, "day")
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
