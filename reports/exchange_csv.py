"""Exports of issues as CSV: the register, one issue a row, and the story of one issue, one step or approval a row.

Put the columns of these exports here; how a cell is made harmless is ``csv_export.py``. The JSON export says everything; these tables are
for people and programs that read tables. Columns are added at the end.
"""

from __future__ import annotations

from registry.domain.exchange import IssueExported, RegisterExported
from registry.domain.issue import Issue
from registry.domain.times import format_instant
from reports.csv_export import render_csv

REGISTER = (
    *("issue_id", "system_id", "title", "state", "severity", "severity_by", "owner", "opened_at", "opened_by", "occurrence"),
    *("state_since", "state_by", "signal_count", "last_signal_on", "escalation_count", "system_held"),
)
STORY = ("event", "at", "what", "by", "role", "summary", "document_digest", "package_digest")
# What a step is about in one line: the first of these fields that its document has.
_SUMMARIES = ("reason", "measure", "next_step", "direct_cause", "verification", "summary", "text", "change_request", "rollback")


def register_csv(register: RegisterExported) -> bytes:
    """Return the register as a table, one issue a row."""
    return render_csv(REGISTER, (_issue_row(issue, register.held_systems) for issue in register.issues))


def issue_csv(exported: IssueExported) -> bytes:
    """Return what people did on one issue as a table, oldest first."""
    rows = [
        (
            step.event,
            format_instant(step.at),
            step.step,
            step.by,
            step.role,
            _summary(step.document),
            step.document_digest,
            step.package_digest,
        )
        for step in exported.steps
    ]
    rows += [
        (
            each.event,
            format_instant(each.at),
            f"approve {each.step}",
            each.by,
            each.role,
            f"{each.kind}: {each.meaning}",
            each.document_digest,
            "",
        )
        for each in exported.approvals
    ]
    return render_csv(STORY, sorted(rows))


def _issue_row(issue: Issue, held: tuple[str, ...]) -> tuple[str | int, ...]:
    since = format_instant(issue.state_since) if issue.state_since else ""
    last = issue.last_signal_on.isoformat() if issue.last_signal_on else ""
    who = (issue.severity.value, issue.severity_by, issue.owner, format_instant(issue.opened_at), issue.opened_by.value, issue.occurrence)
    counts = (since, issue.state_by, issue.signal_count, last, issue.escalation_count, "yes" if issue.system_id in held else "no")
    return (issue.issue_id, issue.system_id, issue.title, issue.state.value, *who, *counts)


def _summary(document: dict[str, object]) -> str:
    return next((str(document[name]) for name in _SUMMARIES if document.get(name)), "")
