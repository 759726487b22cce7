"""What of a recurrence window is shown, and in which words: what happened when, numbers with their denominators.

Put here what ranks or joins a window's values for reading; drawing is ``window_chart.py``, the page ``window_page.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Light, Occurrence, Outcome, WatchDay, WindowDecision, WindowInputs
from reports import wording
from reports.triage_summary import Figure
from reports.window_acts import was_never_above, was_taken_back
from reports.window_chart import Moment, instant_on, per_thousand
from reports.window_units import alone_text, units_text

OUTCOME_TITLES = {
    Outcome.NOT_OPEN: "Not open",
    Outcome.WATCHING: "Watching",
    Outcome.SUSPENDED: "Suspended",
    Outcome.CLEAN: "Clean",
    Outcome.RECURRED: "Came back",
    Outcome.ELAPSED_UNEVIDENCED: "Over without evidence",
}
OUTCOME_MEANINGS = {
    Outcome.NOT_OPEN: "Some traffic is not served by the fix, so nothing that is seen or not seen says how it works.",
    Outcome.WATCHING: "Nothing is shown yet. Quiet is evidence only after enough observed days and enough decisions.",
    Outcome.SUSPENDED: "Nobody is looking, so days pass and count for nothing. The window goes on when the feeds are read again.",
    Outcome.CLEAN: "It stayed away on enough observed days, and against enough decisions, for that not to be luck.",
    Outcome.RECURRED: "A decision made after the fix shows the problem. The fix did not hold.",
    Outcome.ELAPSED_UNEVIDENCED: "The days are over and nothing came back, but that would often be so without any fix.",
}
_RATE_MEANINGS = {
    Outcome.CLEAN: "Of enough decisions on enough observed days, the share is within what is allowed, and that is not luck.",
    Outcome.RECURRED: "The share since the fix is above what is allowed, and that is not luck. The fix did not hold.",
    Outcome.ELAPSED_UNEVIDENCED: "The days are over, and the share is shown neither to be within what is allowed nor to be above it.",
}
_NEVER_ABOVE = "The days are over, and the share was not above what is allowed before the fix either: that it is not now shows no fix."
_TAKEN_BACK = "The issue was closed, and its fix was taken back: what it kept away is there again."
LIGHT_TONES = {Light.GREEN: "pass", Light.AMBER: "inconclusive", Light.RED: "fail", Light.UNKNOWN: "unknown"}
_MAX_GAPS = 30


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that do not count, and why."""

    days: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One signal as a reader checks it."""

    signal_id: str
    decided: str
    reported: str
    why: str
    segment: str


def meaning(decision: WindowDecision) -> str:
    """Return what the outcome means: for a share that is never zero another thing than for what should be gone."""
    if decision.outcome is Outcome.RECURRED and was_taken_back(decision):
        return _TAKEN_BACK
    of_rates = _RATE_MEANINGS if decision.effect.kind is EffectKind.RATE else {}
    return (was_never_above(decision) and _NEVER_ABOVE) or of_rates.get(decision.outcome) or OUTCOME_MEANINGS[decision.outcome]


def headline(decision: WindowDecision) -> str:
    """Return the outcome in one sentence, with its numbers."""
    units = units_text(decision)
    days = f"{decision.observed_days:,} of {wording.counted(decision.elapsed_days, 'day')} observed"
    if decision.outcome is Outcome.RECURRED:
        if was_taken_back(decision):
            return next(one.reason for one in decision.findings if one.verdict is Verdict.FAIL)
        if decision.effect.kind is EffectKind.RATE:
            return f"{share_text(decision.after.occurrence_count, decision.exposure)} since the fix; at most {_limit(decision)} may be"
        return f"{wording.counted(len(decision.occurrences), 'occurrence')} decided at or after the fix, in {units}"
    if decision.outcome is Outcome.NOT_OPEN:
        return decision.effective.reason
    if decision.effect.kind is EffectKind.RATE:
        return f"{share_text(decision.after.occurrence_count, decision.exposure)} since the fix, {days}; at most {_limit(decision)} may be"
    return f"{wording.counted(len(decision.occurrences), 'occurrence')} in {units} since the fix, {days}"


def share_text(count: int, of: int) -> str:
    """Return a count in its denominator, with the share where there is one.

    >>> share_text(9, 1000), share_text(0, 0)
    ('9 of 1,000 (9 in 1,000)', '0 of 0')
    """
    return f"{count:,} of {of:,} ({per_thousand(count / of)} in 1,000)" if of else f"{count:,} of 0"


def _limit(decision: WindowDecision) -> str:
    return "a share that is not known" if decision.limit is None else f"{per_thousand(decision.limit)} in 1,000"


def figures(decision: WindowDecision) -> tuple[Figure, ...]:
    """Return the numbers of page one, each with what it is of."""
    asked = "not known" if decision.required_exposure is None else f"{decision.required_exposure:,.0f}"
    is_rate = decision.effect.kind is EffectKind.RATE
    needed = f"needed: {asked}" if not is_rate else f"at most {_limit(decision)} may be"
    bound = "none" if decision.after.high is None else per_thousand(decision.after.high)
    counted = decision.observed_days - decision.extended_days
    beside = (
        wording.counted(decision.extended_days, "day did", "days did") + " not count" if decision.extended_days else "all of them count"
    )
    coverage = "none" if decision.coverage_ratio is None else f"{decision.coverage_ratio:.0%}"
    return (
        Figure(f"{counted:,}", "observed days", f"of {decision.required_days:,} needed; {beside}", counted < decision.required_days),
        Figure(coverage, "days observed", f"{decision.observed_days:,} of {decision.elapsed_days:,} since the fix", False),
        Figure(f"{decision.exposure:,}", f"{decision.unit}s{alone_text(decision)}", needed, False),
        Figure(
            f"{decision.after.occurrence_count if is_rate else len(decision.occurrences):,}",
            "after the fix",
            f"in {units_text(decision)}",
            decision.outcome is Outcome.RECURRED,
        ),
        Figure(f"{len(decision.late):,}", "reported late", "about decisions before the fix: they reset nothing", False),
        Figure(bound, "in 1,000 at most", f"the bound today; {_limit(decision)} is the line", False),
    )


def moments(decision: WindowDecision, inputs: WindowInputs) -> tuple[Moment, ...]:
    """Return what happened when, in the order of time."""
    found, zone = [], inputs.zone
    if inputs.contained_at is not None:
        found.append(
            Moment(instant_on(inputs.contained_at, zone), "a temporary control came into force: the rate before is counted up to it")
        )
    if decision.effective.effective_at is not None:
        found.append(
            Moment(instant_on(decision.effective.effective_at, zone), f"the fix is effective: {decision.effective.reason}", "good")
        )
    else:
        found.append(Moment(instant_on(inputs.fix.effective_at, zone), f"released, and not effective: {decision.effective.reason}", "bad"))
    found += [Moment(instant_on(at, zone), "an older version served again", "bad") for at in decision.effective.interrupted_at]
    if decision.floor_on is not None:
        found.append(Moment(decision.floor_on, f"{decision.required_days} observed days were reached"))
    if decision.closes_on is not None:
        waits = (decision.closes_on - decision.floor_on).days - 1 if decision.floor_on else inputs.lateness_days
        found.append(Moment(decision.closes_on, f"the window closes at the earliest: reports take up to {waits} days"))
    found.append(Moment(decision.business_date, "the day it was judged for", "now"))
    return tuple(sorted(found, key=lambda one: one.on))


def stretches(decision: WindowDecision, inputs: WindowInputs) -> tuple[tuple[Stretch, ...], int]:
    """Return the days since the fix that do not count, in a row with their reason, and how many rows are left out."""
    found: list[tuple[date, date, str]] = []
    start = decision.effective.start_on
    for day in inputs.days:
        why = _why(day, inputs) if start is not None and start <= day.on < inputs.business_date else ""
        if why and found and found[-1][1] + timedelta(days=1) == day.on and found[-1][2] == why:
            found[-1] = (found[-1][0], day.on, why)
        elif why:
            found.append((day.on, day.on, why))
    rows = tuple(Stretch(_days_text(first, last), (last - first).days + 1, why) for first, last, why in found[:_MAX_GAPS])
    return rows, max(0, len(found) - _MAX_GAPS)


def _why(day: WatchDay, inputs: WindowInputs) -> str:
    if not day.is_observed:
        return day.reason
    if inputs.unit and not day.exposure_count:
        return f"no {inputs.unit} {'is counted yet' if day.exposure_count is None else 'was counted'}"
    stood, unread = (", ".join(wording.spoken(kind.value).lower() for kind in kinds) for kinds in (day.extending, day.unread))
    why = [f"{names} {what}" for names, what in ((stood, "was amber or red"), (unread, "was not read")) if names]
    return f"observed, and not counted towards the floor: {'; '.join(why)}" if why else ""


def _days_text(first: date, last: date) -> str:
    return wording.day_text(first) if first == last else f"{wording.day_text(first)} to {wording.day_text(last)}"


def seen_rows(occurrences: tuple[Occurrence, ...], zone: str) -> tuple[SeenRow, ...]:
    """Return signals one by one: when it was decided, when it was reported, and why it counts or does not."""
    return tuple(
        SeenRow(
            one.signal_id,
            wording.time_text(one.decided_at, zone),
            f"{_delay(one.decided_at, one.reported_at)}, {wording.time_text(one.reported_at, zone)}",
            one.reason,
            ", ".join(f"{name} {value}" for name, value in sorted(one.segment.items())) or "no segment",
        )
        for one in occurrences
    )


def _delay(decided_at: datetime, reported_at: datetime) -> str:
    return f"{max(0, (reported_at - decided_at).days):,} days later"
