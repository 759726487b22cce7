"""What of a triage day is shown, in which order and in which words: the page, the terminal and the Prefect artifact read this.

Put here what ranks or joins the day's values for reading: overdue first, most severe first, each duty beside the title of its issue. The
verdict is taken as decided; the one thing added is doubt: a pass over nothing received is never shown as all clear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from registry.domain.decision import Finding, Verdict
from registry.domain.feed import FeedStatus
from registry.domain.issue import Issue
from registry.domain.triage import ChangeKind, Duty, DutyStatus, FeedDay, IssueChange, Tally, Trend, TriageDay
from reports import wording

_HEADLINE_KINDS = (ChangeKind.ESCALATED, ChangeKind.REACTIVATED, ChangeKind.OPENED)
_DUTY_ORDER = tuple(DutyStatus)
# Checks whose findings the page tells in a section of their own, with more around them.
_TOLD_CHECKS = frozenset({"issue", "duty"})
_NOBODY = frozenset({"", "unassigned"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the strip at the top: how many, of what, and whether it asks for attention."""

    number: str
    label: str
    note: str
    is_alarming: bool


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty with the title of its issue, where the day mentions it."""

    duty: Duty
    title: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that was not looked at, and why."""

    subject: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change with the trend of its fingerprint, where one was kept."""

    change: IssueChange
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How one check came out over all its subjects."""

    check: str
    failed: int
    unsure: int
    passed: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """Signals, rows or issues that a reader would otherwise miss: a tally, what it counts, and the package's file with the full list."""

    label: str
    meaning: str
    tally: Tally
    file: str = ""


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
    unread, received = len(unread_feeds(day)), sum(feed.received_count for feed in day.feeds)
    overdue, at_risk = duties[DutyStatus.OVERDUE], duties[DutyStatus.AT_RISK]
    fresh = sum(feed.new_count for feed in day.feeds)
    return (
        Figure(f"{overdue:,}", "overdue", f"of {counted_duties(day)}; {at_risk:,} at risk", bool(overdue)),
        Figure(f"{len(day.feeds) - unread:,}", "feeds read", f"of {len(day.feeds):,} due", bool(unread) or not day.feeds),
        Figure(f"{day.new.count:,}", "new", f"of {wording.counted(day.new.of, 'live issue')}", False),
        Figure(f"{day.reactivated.count:,}", "came back", f"of {wording.counted(day.reactivated.of, 'live issue')}", False),
        Figure(f"{changes[ChangeKind.ESCALATED]:,}", "escalated", f"of {wording.counted(len(day.changes), 'change')}", False),
        Figure(f"{fresh:,}", "new signals", f"of {wording.counted(received, 'row')} received", not received),
    )


def counted_duties(day: TriageDay) -> str:
    """Return how many duties there are."""
    return wording.counted(len(day.duties), "duty", "duties")


def duty_lines(day: TriageDay) -> tuple[DutyLine, ...]:
    """Return the duties, overdue first, then by deadline, then by severity."""
    titles = {trend.issue_id: trend.title for trend in day.trends if trend.issue_id}
    titles |= {change.issue.issue_id: change.issue.title for change in day.changes}
    ranked = sorted(day.duties, key=lambda d: (_DUTY_ORDER.index(d.status), d.due_at, -d.severity.rank, d.issue_id, d.duty))
    return tuple(DutyLine(duty, titles.get(duty.issue_id, "")) for duty in ranked)


def owner_of(duty_or_issue: Duty | Issue) -> str:
    """Return who owns it, or an empty text when nobody does."""
    return "" if duty_or_issue.owner in _NOBODY else duty_or_issue.owner


def unread_feeds(day: TriageDay) -> tuple[FeedDay, ...]:
    """Return the feeds that were due and were not read whole."""
    return tuple(feed for feed in day.feeds if feed.status is not FeedStatus.OK)


def gaps(day: TriageDay, system_names: Mapping[str, str]) -> tuple[Gap, ...]:
    """Return everything that was not looked at: feeds first, then what the checks name; a reason is said once."""
    seen: dict[tuple[str, str], Gap] = {}
    for feed in unread_feeds(day):
        name = f"{system_names.get(feed.system_id, feed.system_id)}: {feed.feed}"
        seen[(f"{feed.system_id}: {feed.feed}", feed.reason)] = Gap(name, wording.FEED_WORDS[feed.status], feed.reason)
    for item in day.not_evaluated:
        seen.setdefault((item.subject, item.reason), Gap(item.subject, wording.spoken(item.reason_code), item.reason))
    return tuple(seen.values())


def headline_changes(day: TriageDay) -> tuple[ChangeLine, ...]:
    """Return what escalated, came back or is new: most severe first."""
    chosen = [change for change in day.changes if change.kind in _HEADLINE_KINDS]
    return _lines(day, sorted(chosen, key=lambda c: (-c.issue.severity.rank, _HEADLINE_KINDS.index(c.kind), c.issue.issue_id)))


def quiet_changes(day: TriageDay) -> tuple[ChangeLine, ...]:
    """Return what joined a live issue or is late evidence about a fixed one: largest first."""
    chosen = [change for change in day.changes if change.kind not in _HEADLINE_KINDS]
    return _lines(day, sorted(chosen, key=lambda c: (-c.issue.severity.rank, -c.signal_count, c.issue.issue_id, c.kind)))


def other_trends(day: TriageDay) -> tuple[Trend, ...]:
    """Return the trends that no headline change shows: marked ones first, then the busiest."""
    told = {(line.trend.system_id, line.trend.fingerprint) for line in headline_changes(day) if line.trend}
    rest = [trend for trend in day.trends if (trend.system_id, trend.fingerprint) not in told]
    return tuple(sorted(rest, key=lambda t: (not t.marks, -sum(t.counts), t.system_id, t.fingerprint)))


def dips(day: TriageDay) -> tuple[Finding, ...]:
    """Return the findings that say volume is missing."""
    return tuple(finding for finding in day.findings if _is_dip(finding) and finding.verdict is not Verdict.PASS)


def set_aside(day: TriageDay) -> tuple[SetAside, ...]:
    """Return the tallies of signals and rows that did not reach an issue in the usual way."""
    return (
        SetAside("Quarantined", "bad rows kept out, with the reason for each", day.quarantined, "quarantine.csv"),
        SetAside("Unmatched", "rows that match no system of the catalogue", day.unmatched, "rows.csv"),
        SetAside("Ambiguous", "rows that more than one system claims", day.ambiguous, "rows.csv"),
        SetAside("Suppressed", "new signals kept from opening an issue; the ids are of the rules", day.suppressed),
    )


def quiet_issues(day: TriageDay) -> tuple[SetAside, ...]:
    """Return the tallies of live issues that were known before."""
    return (
        SetAside("Untouched", "live issues known before, with more of the same", day.untouched),
        SetAside("Absent", "live issues without a signal today; silence is not yet a fix", day.absent),
    )


def check_counts(day: TriageDay) -> tuple[CheckCount, ...]:
    """Return each check with how its findings came out, the failing first."""
    tallied = Counter((finding.check, finding.verdict) for finding in day.findings)
    rows = [
        CheckCount(check, *(tallied[check, verdict] for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)))
        for check in {finding.check for finding in day.findings}
    ]
    return tuple(sorted(rows, key=lambda row: (not row.failed, not row.unsure, row.check)))


def troubled_findings(day: TriageDay) -> tuple[Finding, ...]:
    """Return the findings that did not pass and that no other section tells, failures first, blocking before not."""
    told = {item.reason for item in day.not_evaluated} | {feed.reason for feed in unread_feeds(day)}
    chosen = [
        finding
        for finding in day.findings
        if finding.verdict is not Verdict.PASS and finding.check not in _TOLD_CHECKS and finding.reason not in told and not _is_dip(finding)
    ]
    return tuple(sorted(chosen, key=lambda f: (f.verdict is not Verdict.FAIL, not f.blocking, f.check, f.subject, f.reason)))


def _is_dip(finding: Finding) -> bool:
    return "dip" in f"{finding.check}_{finding.reason_code}".split("_")


def _lines(day: TriageDay, changes: list[IssueChange]) -> tuple[ChangeLine, ...]:
    trends = {(trend.system_id, trend.fingerprint): trend for trend in day.trends}
    return tuple(ChangeLine(change, trends.get((change.issue.system_id, change.issue.fingerprint))) for change in changes)


def _statuses(day: TriageDay) -> Counter[DutyStatus]:
    return Counter(duty.status for duty in day.duties)


def _kinds(day: TriageDay) -> Counter[ChangeKind]:
    return Counter(change.kind for change in day.changes)


def _headline_parts(day: TriageDay) -> tuple[tuple[int, str], ...]:
    duties, escalated = _statuses(day), _kinds(day)[ChangeKind.ESCALATED]
    overdue, at_risk, unread = duties[DutyStatus.OVERDUE], duties[DutyStatus.AT_RISK], len(unread_feeds(day))
    return (
        (overdue, f"{wording.counted(overdue, 'duty is', 'duties are')} overdue"),
        (unread, f"{unread:,} of {wording.counted(len(day.feeds), 'feed')} missing or out of date"),
        (escalated, f"{wording.counted(escalated, 'issue')} escalated"),
        (day.reactivated.count, f"{wording.counted(day.reactivated.count, 'issue')} came back"),
        (day.new.count, f"{wording.counted(day.new.count, 'issue is', 'issues are')} new"),
        (at_risk, f"{wording.counted(at_risk, 'duty is', 'duties are')} at risk"),
    )
