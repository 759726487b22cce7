"""The page of the day: one self-contained HTML file for a head of operations, read on a screen, a phone or paper.

Page one holds the verdict, who must act by when, and what was not looked at; then what is new, then everything else that was counted.
Put here what this page shows and what it leaves out when there is too much; order and words shared with other reports are
``triage_view``, ``triage_summary`` and ``wording``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus, FileRef
from registry.domain.triage import ChangeKind, Duty, DutyKind, DutyStatus, FeedDay, IssueChange, SpikeEvidence, Trend, TriageDay
from reports import charts, triage_summary, triage_view, wording
from reports.exposure_view import exposure_notes
from reports.rendering import is_package_file, render_page

if TYPE_CHECKING:
    from markupsafe import Markup

# A page is for reading: beyond these, it says how many more there are and where. Overdue duties are never cut.
MAX_TRENDS, MAX_ROWS, MAX_IDS = 24, 200, 200
MAX_OPEN_DUTIES = 6

_DUTY_LOOKS = {
    DutyStatus.OVERDUE: ("fail", "■"),
    DutyStatus.DUE_TODAY: ("inconclusive", "◆"),
    DutyStatus.AT_RISK: ("inconclusive", "▲"),
    DutyStatus.OPEN: ("muted", "○"),
    DutyStatus.ACCEPTED: ("muted", "◇"),
}


@dataclass(frozen=True, slots=True)
class ShownTrend:
    """A trend drawn, with its last day and its description."""

    trend: Trend
    svg: Markup
    last_on: date
    description: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change with its place on the page and its chart."""

    line: triage_view.ChangeLine
    anchor: str
    sentence: str
    detail: str
    signals: str
    owner: str
    spark: ShownTrend | None


@dataclass(frozen=True, slots=True)
class ShownDuty:
    """A duty as a row of the table."""

    duty: Duty
    title: str
    anchor: str
    status: str
    tone: str
    glyph: str
    due: str
    distance: str
    owner: str
    clock: str
    alarm: str


def render_triage(day: TriageDay, *, system_names: Mapping[str, str], evidence: Sequence[FileRef] = (), zone: str = "UTC") -> bytes:
    """Return the page of ``day``: the same bytes for the same values.

    ``system_names`` maps system ids to the names people use. ``evidence`` lists the other files of the package (``path`` is the name in
    it); plain names become links. ``zone`` is the IANA zone of the reader's clock.
    """
    changes = tuple(_shown_change(line, number) for number, line in enumerate(triage_view.headline_changes(day), start=1))
    duties = _shown_duties(day, {change.line.change.issue.issue_id: change.anchor for change in reversed(changes)}, zone)
    return render_page(
        "triage.html.j2",
        day=day,
        system_names=system_names,
        changes=changes,
        duty_groups=_duty_groups(duties),
        zone=zone,
        max_ids=MAX_IDS,
        max_rows=MAX_ROWS,
        **_verdict_values(day),
        **_time_values(day, zone),
        **_section_values(day, system_names),
        **_note_values(day),
        **_package_values(day, evidence),
    )


def _verdict_values(day: TriageDay) -> dict[str, Any]:
    return {
        "tone": triage_summary.tone(day),
        "unproven": triage_summary.is_unproven(day),
        "verdict_word": wording.VERDICT_WORDS[day.verdict],
        "headline": triage_summary.headline(day),
        "meaning": triage_summary.meaning(day),
        "figures": triage_summary.figures(day),
        "scope": f"{wording.counted(len(day.systems), 'system')}, {wording.counted(len(day.feeds), 'feed')}",
        "severity_words": wording.SEVERITY_WORDS,
        "change_words": wording.CHANGE_WORDS,
        "feed_words": wording.FEED_WORDS,
        "redaction_words": wording.REDACTION_WORDS,
    }


def _time_values(day: TriageDay, zone: str) -> dict[str, str]:
    return {
        "long_date": wording.long_day_text(day.business_date),
        "decided_at": wording.time_text(day.as_of, zone),
        "decided_utc": wording.time_text(day.as_of, "UTC"),
        "data_before": wording.time_text(day.knowledge_cut.data_before, zone),
        "data_before_utc": wording.time_text(day.knowledge_cut.data_before, "UTC"),
    }


def _section_values(day: TriageDay, system_names: Mapping[str, str]) -> dict[str, Any]:
    others = triage_view.other_trends(day)[:MAX_TRENDS]
    return {
        "gaps": triage_view.gaps(day, system_names),
        "quiet_changes": triage_view.quiet_changes(day),
        "batches": day.batches,
        "dips": triage_view.dips(day),
        "held": triage_view.held(day),
        "trends": [_shown_trend(trend, None, f"trend-{number}") for number, trend in enumerate(others, start=1)],
        "feeds": sorted(day.feeds, key=_feed_order),
        "set_aside": [row for row in triage_view.set_aside(day) + triage_view.quiet_issues(day) if row.tally.count],
        "checks": triage_view.check_counts(day),
        "troubled": triage_view.troubled_findings(day),
        "passed_count": sum(finding.verdict is Verdict.PASS for finding in day.findings),
    }


def _note_values(day: TriageDay) -> dict[str, str]:
    unread, trends = triage_view.unread_feeds(day), triage_view.other_trends(day)
    passed = sum(row.passed for row in triage_view.check_counts(day))
    shown = min(MAX_TRENDS, len(trends))
    tallies = triage_view.set_aside(day) + triage_view.quiet_issues(day)
    zeros = [f"{row.label.lower()} {wording.share(row.tally)}" for row in tallies if not row.tally.count]
    return {
        "none_aside": f"None: {', '.join(zeros)}." if zeros else "",
        "check_summary": f"{wording.counted(len(triage_view.check_counts(day)), 'check')}, counted",
        "duty_note": f"{triage_view.counted_duties(day)}, overdue first, then due today",
        "change_note": f"{len(triage_view.headline_changes(day))} of {wording.counted(len(day.changes), 'change')}, most severe first",
        "trend_note": f"{shown:,} of {wording.counted(len(trends), 'trend')}" + (", busiest first" if shown < len(trends) else ""),
        "feed_note": f"{len(day.feeds) - len(unread):,} of {len(day.feeds):,} read",
        "check_note": f"{passed:,} of {wording.counted(len(day.findings), 'finding')} passed",
    }


def _package_values(day: TriageDay, evidence: Sequence[FileRef]) -> dict[str, Any]:
    names = [file.path for file in evidence if is_package_file(file.path)]
    return {
        "files": frozenset(names),
        "exposure": exposure_notes(day),
        "inputs": [(item.name, item.digest) for item in day.inputs],
        "package": [(file.path, file.digest) for file in evidence],
    }


def _shown_change(line: triage_view.ChangeLine, number: int) -> ShownChange:
    anchor = f"change-{number}"
    spark = _shown_trend(line.trend, line.change.spike, f"{anchor}-chart") if line.trend else None
    change = line.change
    return ShownChange(
        line=line,
        anchor=anchor,
        sentence=wording.arithmetic(change.spike) if change.spike else change.reason,
        detail=_detail(change),
        signals=wording.counted(line.signal_count, "signal"),
        owner=triage_view.owner_of(change.issue),
        spark=spark,
    )


def _detail(change: IssueChange) -> str:
    """What the rate test rests on; why an issue came back is said beside it, since a rate alone does not bring one back."""
    if change.spike is None:
        return ""
    why = f" {change.reason}" if change.kind is ChangeKind.REACTIVATED else ""
    return wording.baseline(change.spike) + why


def _shown_trend(trend: Trend, spike: SpikeEvidence | None, element_id: str) -> ShownTrend:
    return ShownTrend(trend, charts.sparkline(trend, spike, element_id), charts.last_day(trend), charts.describe(trend, spike))


def _duty_groups(duties: list[ShownDuty]) -> list[list[ShownDuty]]:
    """Return one table, or two when many duties are not yet pressing: the second is folded away on a screen."""
    pressing = [duty for duty in duties if duty.duty.status not in triage_view.WAITING]
    later = duties[len(pressing) :]
    if not pressing or len(later) <= MAX_OPEN_DUTIES:
        return [duties] if duties else []
    return [pressing, later]


def _shown_duties(day: TriageDay, anchors: Mapping[str, str], zone: str) -> list[ShownDuty]:
    return [_shown_duty(line, anchors, day, zone) for line in triage_view.duty_lines(day)]


def _shown_duty(line: triage_view.DutyLine, anchors: Mapping[str, str], day: TriageDay, zone: str) -> ShownDuty:
    duty = line.duty
    look, glyph = _DUTY_LOOKS[duty.status]
    return ShownDuty(
        duty=duty,
        title=line.title or duty.issue_id,
        anchor=anchors.get(duty.issue_id, ""),
        status=wording.DUTY_STATUS_WORDS[duty.status],
        tone=look,
        glyph=glyph,
        due=wording.time_text(duty.due_at, zone),
        distance=wording.distance(duty.due_at, day.as_of),
        owner=triage_view.owner_of(duty),
        clock="" if duty.kind is DutyKind.SEVERITY else wording.DUTY_KIND_WORDS[duty.kind],
        alarm=wording.alarm(duty),
    )


def _feed_order(feed: FeedDay) -> tuple[bool, str, str]:
    return (feed.status is FeedStatus.OK, feed.system_id, feed.feed)
