"""The day in one line: its verdict in words, one sentence, and the strip of numbers.

Put here what a reader sees before anything else. The verdict is taken as decided; the one thing added is doubt: a pass over nothing
received is never shown as all clear.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from registry.domain.decision import Verdict
from registry.domain.triage import ChangeKind, DutyStatus, TriageDay
from reports import triage_view, wording


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the strip at the top: how many, of what, and whether it asks for attention."""

    number: str
    label: str
    note: str
    is_alarming: bool


def is_unproven(day: TriageDay) -> bool:
    """Return whether a pass rests on nothing: no feed was due, or no feed delivered a single row."""
    return day.verdict is Verdict.PASS and not any(feed.received_count for feed in day.feeds)


def tone(day: TriageDay) -> str:
    """Return the colour family of the verdict; an unproven pass is not allowed to look like one."""
    return Verdict.INCONCLUSIVE.value if is_unproven(day) else day.verdict.value


def meaning(day: TriageDay) -> str:
    """Return what the verdict asks of the reader."""
    if is_unproven(day):
        return "No feed delivered anything. That nothing failed proves nothing; do not read this day as all clear."
    return wording.VERDICT_MEANINGS[day.verdict]


def headline(day: TriageDay) -> str:
    """Return the day in one sentence, the most pressing first; what is zero is left out."""
    parts = [text for count, text in _headline_parts(day) if count]
    if not day.feeds:
        parts.insert(0, "no feed was looked at")
    sentence = "; ".join(parts) or "nothing is due and nothing changed"
    return sentence[:1].upper() + sentence[1:] + "."


def figures(day: TriageDay) -> tuple[Figure, ...]:
    """Return the strip of numbers under the verdict."""
    duties, changes = _statuses(day), _kinds(day)
    unread, received = len(triage_view.unread_feeds(day)), sum(feed.received_count for feed in day.feeds)
    overdue, at_risk = duties[DutyStatus.OVERDUE], duties[DutyStatus.AT_RISK]
    today = duties[DutyStatus.DUE_TODAY]
    soon = f"{today:,} due today, {at_risk:,} at risk" if today else f"{at_risk:,} at risk"
    fresh = sum(feed.new_count for feed in day.feeds)
    return (
        Figure(f"{overdue:,}", "overdue", f"of {triage_view.counted_duties(day)}; {soon}", bool(overdue)),
        Figure(f"{len(day.feeds) - unread:,}", "feeds read", f"of {len(day.feeds):,} due", bool(unread) or not day.feeds),
        Figure(f"{day.new.count:,}", "new", f"of {wording.counted(day.new.of, 'live issue')}", False),
        Figure(f"{day.reactivated.count:,}", "came back", f"of {wording.counted(day.reactivated.of, 'live issue')}", False),
        Figure(f"{changes[ChangeKind.ESCALATED]:,}", "escalated", f"of {wording.counted(len(day.changes), 'change')}", False),
        Figure(f"{fresh:,}", "new signals", f"of {wording.counted(received, 'row')} received", not received),
    )


def _statuses(day: TriageDay) -> Counter[DutyStatus]:
    return Counter(duty.status for duty in day.duties)


def _kinds(day: TriageDay) -> Counter[ChangeKind]:
    return Counter(change.kind for change in day.changes)


def _headline_parts(day: TriageDay) -> tuple[tuple[int, str], ...]:
    duties, escalated, ended = _statuses(day), _kinds(day)[ChangeKind.ESCALATED], _kinds(day)[ChangeKind.ACCEPTANCE_ENDED]
    today = duties[DutyStatus.DUE_TODAY]
    overdue, at_risk, unread = duties[DutyStatus.OVERDUE], duties[DutyStatus.AT_RISK], len(triage_view.unread_feeds(day))
    return (
        (overdue, f"{wording.counted(overdue, 'duty is', 'duties are')} overdue"),
        (today, f"{wording.counted(today, 'duty is', 'duties are')} due today"),
        (ended, f"{wording.counted(ended, 'accepted risk')} ended"),
        (unread, f"{unread:,} of {wording.counted(len(day.feeds), 'feed')} missing or out of date"),
        (escalated, f"{wording.counted(escalated, 'issue')} escalated"),
        (day.reactivated.count, f"{wording.counted(day.reactivated.count, 'issue')} came back"),
        (day.new.count, f"{wording.counted(day.new.count, 'issue is', 'issues are')} new"),
        (at_risk, f"{wording.counted(at_risk, 'duty is', 'duties are')} at risk"),
    )
