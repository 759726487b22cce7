"""Stories about issues: opened once, escalated, held back, or rightly not opened.

Put comparisons of issues, batches and versions here; feeds are ``feed_stories.py``, watched predictions ``trigger_stories.py``.
Each returns what was found and whether it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from deployments.demo.expect import Expect, Truth
from deployments.demo.played import Judged, Played, feed_day, is_about
from deployments.demo.rows import ZONE
from deployments.demo.story import CANARY_BURST_COUNT, VERSION_CHANGES
from deployments.demo.truth import TRUTH
from registry.domain.issue import OpenedBy
from registry.domain.times import local_date
from registry.domain.triage import ChangeKind, IssueChange, TriageDay

_DAY = timedelta(days=1)
_TRIGGERED = {Expect.INVESTIGATE, Expect.RETRAIN, Expect.DATA_QUALITY, Expect.REASSESS}
_OPENING = {Expect.OPENED, Expect.MONITORED, Expect.CLOSED, Expect.RECURRED, *_TRIGGERED}


def judge_opened(truth: Truth, played: Played) -> Judged:
    """The symptom opened one issue in the whole replay, in time and at least as severe as it is."""
    opened = played.changes(ChangeKind.OPENED, truth)
    in_time = [
        change for on, change in opened if truth.from_on <= on <= truth.to_on and change.issue.severity.rank >= truth.min_severity.rank
    ]
    return listed(opened), len(opened) == len(in_time) == 1


def judge_escalated(truth: Truth, played: Played) -> Judged:
    """The rate stepped up in time and the symptom still has one issue."""
    steps, opened = played.changes(ChangeKind.ESCALATED, truth), played.changes(ChangeKind.OPENED, truth)
    in_time = [on for on, _ in steps if truth.from_on <= on <= truth.to_on]
    return f"{listed(steps)}; opened {len(opened)} time(s)", bool(in_time) and len(opened) == 1


def judge_batch(truth: Truth, played: Played) -> Judged:
    """The arrival is named with its channel and day, and opened no spike issue of its system in four weeks."""
    on = truth.from_on - _DAY
    found = [batch for day in played.between(truth) for batch in day.batches if (batch.channel, batch.on) == (truth.subject, on)]
    spikes = [change for day in _until(played, truth, 28) for change in _spikes(day, truth.system_id)]
    named = f"{found[0].count} by {found[0].channel} on {on} ({found[0].expected:.1f} expected)" if found else "no batch"
    return f"{named}; {len(spikes)} spike issue(s)", bool(found) and not spikes


def judge_not_opened(truth: Truth, played: Played) -> Judged:
    """The rows were read, but opened nothing and were no batch."""
    received = feed_day(played.between(truth)[0], truth).received_count
    opened = played.changes(ChangeKind.OPENED, truth)
    batches = [batch for day in played.between(truth) for batch in day.batches if batch.on == truth.from_on - _DAY]
    found = f"{received} rows read, {len(opened)} issue(s), {len(batches)} batch(es)"
    return found, received >= CANARY_BURST_COUNT and not opened and not batches


def judge_suppressed(truth: Truth, played: Played) -> Judged:
    """The signals were counted as suppressed and opened nothing."""
    hidden = sum(day.suppressed.count for day in played.between(truth))
    opened = played.changes(ChangeKind.OPENED, truth)
    return f"{hidden} signals suppressed, {len(opened)} issue(s)", hidden > 0 and not opened


def judge_monitored(truth: Truth, played: Played) -> Judged:
    """The symptom opened its issue, and the day says what the rule would have hidden."""
    found, ok = judge_opened(truth, played)
    notes = sum(len(day.would_hide) for day in played.between(truth))
    return f"{found}; {notes} note(s) of what would be hidden", ok and notes > 0


def judge_version(truth: Truth, played: Played) -> Judged:
    """The ledger's history of the artifact is the version before and then the one after, from the right day."""
    if played.history is None:
        return "not looked at: the ledger was not read", False
    change = next(change for change in VERSION_CHANGES if (change.system_id, change.artifact) == (truth.system_id, truth.subject))
    known = sorted(
        (item for item in played.history.versions if (item.system_id, item.artifact) == (truth.system_id, truth.subject)),
        key=lambda item: item.from_at,
    )
    found = [(item.version, local_date(item.from_at, ZONE)) for item in known]
    text = ", ".join(f"{version} from {on}" for version, on in found) or "no version known"
    before_then_after = [version for version, _ in found] == [change.before, change.after]
    return text, before_then_after and found[1][1] == change.on


def judge_nothing_else(truth: Truth, played: Played) -> Judged:
    """Every issue that opened is told on the page of truths."""
    told = [other for other in TRUTH if other.expect in _OPENING]
    opened = [(day.business_date, change) for day in played.between(truth) for change in day.changes if change.kind is ChangeKind.OPENED]
    untold = [(on, change) for on, change in opened if not any(is_about(change, other) for other in told)]
    return f"{len(opened)} issues opened, untold: {listed(untold)}", not untold and bool(opened)


def _spikes(day: TriageDay, system_id: str) -> list[IssueChange]:
    opened = (change for change in day.changes if change.kind is ChangeKind.OPENED and change.issue.system_id == system_id)
    return [change for change in opened if change.issue.opened_by is OpenedBy.SPIKE]


def _until(played: Played, truth: Truth, count: int) -> list[TriageDay]:
    return [day for on, day in played.days.items() if truth.from_on <= on < truth.from_on + count * _DAY]


def listed(changes: Sequence[tuple[date, IssueChange]]) -> str:
    """Return the issues with their days and severities, for the table."""
    return "; ".join(f"{change.issue.issue_id} on {on} ({change.issue.severity})" for on, change in changes) or "none"
