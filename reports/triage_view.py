"""What of a triage day is shown, in which order and in which words: the page, the terminal and the Prefect artifact read this.

Put here what ranks or joins the day's values for reading: overdue first, most severe first, each duty beside the title of its issue. The
day in one line, and its verdict, are ``triage_summary``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from registry.domain.decision import Finding, Verdict
from registry.domain.feed import FeedStatus
from registry.domain.issue import Issue
from registry.domain.triage import ChangeKind, Duty, DutyKind, DutyStatus, FeedDay, IssueChange, Tally, Trend, TriageDay
from reports import wording

_HEADLINE_KINDS = (ChangeKind.ESCALATED, ChangeKind.REACTIVATED, ChangeKind.ACCEPTANCE_ENDED, ChangeKind.OPENED)
_DUTY_ORDER = tuple(DutyStatus)
# What can wait: these duties are folded away where there are many, and left out of the shortest lists.
WAITING = frozenset({DutyStatus.OPEN, DutyStatus.ACCEPTED})
# Checks whose failures the page tells in a section of their own, with more around them.
_TOLD_CHECKS = frozenset({"issue", "duty", "hold"})
# Told in the page's footer: that nobody else knows the head is no news every day.
_TOLD_CODES = frozenset({"not_configured"})
_NOBODY = frozenset({"", "unassigned"})


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
    """A change with the trend of its fingerprint, where one was kept, and all signals that reached its issue today."""

    change: IssueChange
    trend: Trend | None
    signal_count: int


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


def counted_duties(day: TriageDay) -> str:
    """Return how many duties there are."""
    return wording.counted(len(day.duties), "duty", "duties")


def duty_lines(day: TriageDay) -> tuple[DutyLine, ...]:
    """Return the duties, overdue first, then what is due today; of one status regulatory ones, then by deadline, then by severity."""
    titles = {trend.issue_id: trend.title for trend in day.trends if trend.issue_id}
    titles |= {change.issue.issue_id: change.issue.title for change in day.changes}
    ranked = sorted(day.duties, key=_pressing)
    return tuple(DutyLine(duty, titles.get(duty.issue_id, "")) for duty in ranked)


def _pressing(duty: Duty) -> tuple[object, ...]:
    is_other = duty.kind is not DutyKind.REGULATORY
    return _DUTY_ORDER.index(duty.status), is_other, duty.due_at, -duty.severity.rank, duty.issue_id, duty.duty


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
    """Return what joined a live issue or is late evidence about a closed one, unless the issue made a headline: largest first."""
    told = {change.issue.issue_id for change in day.changes if change.kind in _HEADLINE_KINDS}
    chosen = [change for change in day.changes if change.kind not in _HEADLINE_KINDS and change.issue.issue_id not in told]
    return _lines(day, sorted(chosen, key=lambda c: (-c.issue.severity.rank, -c.signal_count, c.issue.issue_id, c.kind)))


def other_trends(day: TriageDay) -> tuple[Trend, ...]:
    """Return the trends that no headline change shows: marked ones first, then the busiest."""
    told = {(line.trend.system_id, line.trend.fingerprint) for line in headline_changes(day) if line.trend}
    rest = [trend for trend in day.trends if (trend.system_id, trend.fingerprint) not in told]
    return tuple(sorted(rest, key=lambda t: (not t.marks, -sum(t.counts), t.system_id, t.fingerprint)))


def held(day: TriageDay) -> tuple[Finding, ...]:
    """Return what is said of systems under a preservation hold: what changed in spite of one first."""
    found = (finding for finding in day.findings if finding.check == "hold")
    return tuple(sorted(found, key=lambda f: (f.verdict is Verdict.PASS, f.subject, f.reason)))


def dips(day: TriageDay) -> tuple[Finding, ...]:
    """Return the findings that say volume is missing."""
    return tuple(finding for finding in day.findings if _is_dip(finding) and finding.verdict is not Verdict.PASS)


def set_aside(day: TriageDay) -> tuple[SetAside, ...]:
    """Return the tallies of signals and rows that did not reach an issue in the usual way."""
    return (
        SetAside("Quarantined", "bad rows kept out, with the reason for each", day.quarantined, "quarantine.csv"),
        SetAside("Unmatched", "rows that match no system of the catalogue", day.unmatched, "rows.csv"),
        SetAside("Ambiguous", "rows that more than one system claims", day.ambiguous, "rows.csv"),
        SetAside("Suppressed", "new signals kept from opening an issue; the ids are of the rules, or of the issues", day.suppressed),
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
    untold = [finding for finding in day.findings if not (_is_told(finding) or finding.reason in told)]
    chosen = [finding for finding in untold if finding.verdict is not Verdict.PASS]
    return tuple(sorted(chosen, key=lambda f: (f.verdict is not Verdict.FAIL, not f.blocking, f.check, f.subject, f.reason)))


def _is_told(finding: Finding) -> bool:
    """Failures of these checks and dips have sections of their own; that an issue could not be judged is said nowhere else."""
    told = finding.check in _TOLD_CHECKS and finding.verdict is Verdict.FAIL
    return _is_dip(finding) or told or (finding.check == "anchor" and finding.reason_code in _TOLD_CODES)


def _is_dip(finding: Finding) -> bool:
    return "dip" in f"{finding.check}_{finding.reason_code}".split("_")


def _lines(day: TriageDay, changes: list[IssueChange]) -> tuple[ChangeLine, ...]:
    trends = {(trend.system_id, trend.fingerprint): trend for trend in day.trends}
    reached: Counter[str] = Counter()
    for change in day.changes:
        reached[change.issue.issue_id] += change.signal_count
    return tuple(
        ChangeLine(change, trends.get((change.issue.system_id, change.issue.fingerprint)), reached[change.issue.issue_id])
        for change in changes
    )
