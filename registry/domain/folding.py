"""Fold events into an issue: the only definition of what an issue's state is.

Put here how one event changes an issue; the ledger stores the result and ``verify`` folds again to compare. When a proposal to close an
issue stands is ``closing.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from registry.domain.closing import closing_problem, is_of_closure, proposal_problem, recorded_closure, unsettles
from registry.domain.events import EventKind, is_move
from registry.domain.issue import BEGINNINGS, Fix, Issue, IssueState, OpenedBy, is_legal
from registry.domain.signal import Severity
from registry.domain.times import parse_instant
from registry.errors import IllegalMoveError


def fold(issue: Issue | None, envelope: dict[str, Any]) -> Issue | None:
    """Return ``issue`` after the event whose stored envelope (parsed canonical body) is given.

    Events that do not concern an issue leave it as it is.

    Raises:
        IllegalMoveError: the event names a move that the legal-moves table does not list, or an issue that does not exist; it closes one
            without the approval of its standing proposal, or proposes that against what the ledger knows.
    """
    kind = EventKind(envelope["kind"])
    if kind is EventKind.ISSUE_OPENED:
        if issue is not None:
            raise IllegalMoveError(f"issue {issue.issue_id} is already open; a second opening was refused")
        return _opened(envelope)
    change = _CHANGES.get(kind)
    if change is None:
        return issue
    if issue is None:
        raise IllegalMoveError(f"{kind} names issue {envelope['issue']!r}, which does not exist")
    after = change(issue, envelope)
    is_settled = after.state is IssueState.CLOSED or not unsettles(kind, envelope["data"])
    return replace(after, version=issue.version + 1, closure=after.closure if is_settled else "")


def _opened(envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    if data["state"] not in BEGINNINGS:
        raise IllegalMoveError(f"issue {envelope['issue']}: expected it to begin in {', '.join(sorted(BEGINNINGS))}, found {data['state']}")
    return Issue(
        issue_id=envelope["issue"],
        system_id=envelope["system"],
        fingerprint=data["fingerprint"],
        fingerprint_version=data["fingerprint_version"],
        title=data["title"],
        state=IssueState(data["state"]),
        severity=Severity(data["severity"]),
        opened_by=OpenedBy(data["opened_by"]),
        opened_at=parse_instant(envelope["as_of"]),
        state_since=parse_instant(envelope["as_of"]),
        level_since_on=_date(data.get("level_since_on")),
        level_window_days=data.get("level_window_days", 0),
        signal_count=data["signal_count"],
        last_signal_on=_date(data.get("last_signal_on")),
        owner=data.get("owner", ""),
    )


def _joined(issue: Issue, envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    return replace(
        issue,
        signal_count=issue.signal_count + data["signal_count"],
        last_signal_on=max(filter(None, (issue.last_signal_on, _date(data.get("last_signal_on")))), default=None),
        severity=_machine_severity(issue, data),
    )


def _late(issue: Issue, envelope: dict[str, Any]) -> Issue:
    return replace(issue, signal_count=issue.signal_count + envelope["data"]["signal_count"])


def _escalated(issue: Issue, envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    return replace(
        issue,
        severity=_machine_severity(issue, data),
        level_since_on=_date(data["level_since_on"]),
        level_window_days=data["level_window_days"],
        escalation_count=issue.escalation_count + 1,
    )


def _worked_on(issue: Issue, envelope: dict[str, Any]) -> Issue:
    """A person's step: it may move the issue, and what it says is kept in its event."""
    return _moved(issue, envelope) if is_move(envelope) else issue


def _assigned(issue: Issue, envelope: dict[str, Any]) -> Issue:
    return replace(_worked_on(issue, envelope), owner=envelope["data"]["document"]["owner"], state_by=envelope["actor"])


def _reopened(issue: Issue, envelope: dict[str, Any]) -> Issue:
    moved = _moved(issue, envelope)
    if envelope["actor"] != "machine":
        return replace(moved, occurrence=issue.occurrence + 1)
    return replace(
        _joined(moved, envelope),
        occurrence=issue.occurrence + 1,
        level_since_on=_date(envelope["data"].get("level_since_on")),
        level_window_days=envelope["data"].get("level_window_days", 0),
    )


def _moved(issue: Issue, envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    before, after, role = IssueState(data["from"]), IssueState(data["to"]), data["role"]  # one that is no Role moves nothing
    if issue.state is not before or not is_legal(before, after, role):
        raise IllegalMoveError(
            f"issue {issue.issue_id} is {issue.state}; {role} may not move it from {before} to {after}: see the legal-moves table"
        )
    if after is IssueState.CLOSED and (problem := closing_problem(issue, envelope["kind"], data)):
        raise IllegalMoveError(f"issue {issue.issue_id} is not closed: {problem}; see `proofloop closure {issue.issue_id}`")
    moved = replace(issue, state=after, state_by=envelope["actor"], state_since=parse_instant(envelope["as_of"]))
    if after is IssueState.CLOSED:
        return moved
    return replace(moved, closure="", window=issue.window if after is IssueState.VERIFYING else "")


def _severity_set(issue: Issue, envelope: dict[str, Any]) -> Issue:
    return replace(_worked_on(issue, envelope), severity=Severity(envelope["data"]["severity"]), severity_by=envelope["actor"])


def _fix_released(issue: Issue, envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    return replace(_worked_on(issue, envelope), fix=Fix(parse_instant(data["effective_at"]), dict(data["versions"])), window="")


def _window_judged(issue: Issue, envelope: dict[str, Any]) -> Issue:
    data = envelope["data"]
    if not is_of_closure(data) or issue.state is IssueState.CLOSED:
        return issue
    return replace(issue, window=data["outcome"], closure=issue.closure if data["outcome"] == issue.window else "")


def _closure_judged(issue: Issue, envelope: dict[str, Any]) -> Issue:
    found = recorded_closure(envelope["data"])
    if found.is_overtaken or (issue.state is IssueState.CLOSED and not found.is_pass):
        return issue
    if found.is_pass and (problem := proposal_problem(issue, envelope["actor"], envelope["data"])):
        raise IllegalMoveError(f"issue {issue.issue_id} is not proposed for closure: {problem}; judge it again")
    return replace(issue, closure=found.document_digest)


def _machine_severity(issue: Issue, data: dict[str, Any]) -> Severity:
    """A machine raises a severity it set itself, never lowers one and never overrules a person's."""
    proposed = Severity(data["severity"]) if "severity" in data else issue.severity
    if issue.severity_by != "machine":
        return issue.severity
    return max(issue.severity, proposed, key=lambda severity: severity.rank)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_CHANGES = {
    EventKind.SIGNALS_JOINED: _joined,
    EventKind.LATE_EVIDENCE_RECORDED: _late,
    EventKind.ISSUE_ESCALATED: _escalated,
    EventKind.ISSUE_REOPENED: _reopened,
    EventKind.ISSUE_MOVED: _moved,
    EventKind.SEVERITY_SET: _severity_set,
    EventKind.FIX_RELEASED: _fix_released,
    EventKind.ISSUE_ASSIGNED: _assigned,
    EventKind.CONTAINMENT_RECORDED: _worked_on,
    EventKind.ROOT_CAUSE_RECORDED: _worked_on,
    EventKind.ACTIONS_PLANNED: _worked_on,
    EventKind.CHANGE_LINKED: _worked_on,
    EventKind.EVIDENCE_ADDED: _worked_on,
    EventKind.RISK_ACCEPTED: _worked_on,
    EventKind.RISK_ACCEPTANCE_ENDED: _worked_on,
    EventKind.ISSUE_SUPPRESSED: _worked_on,
    EventKind.PRESERVATION_HOLD_SET: _worked_on,
    EventKind.PRESERVATION_HOLD_RELEASED: _worked_on,
    EventKind.NOTE_ADDED: _worked_on,
    EventKind.SCOPE_RECORDED: _worked_on,
    EventKind.RECOVERY_RECORDED: _worked_on,
    EventKind.NOT_APPLICABLE_RECORDED: _worked_on,
    EventKind.SAME_CAUSE_RECORDED: _worked_on,
    EventKind.CAUSE_SHARED: _worked_on,
    EventKind.WINDOW_REVIEWED: _worked_on,
    EventKind.WINDOW_JUDGED: _window_judged,
    EventKind.CLOSURE_JUDGED: _closure_judged,
    EventKind.APPROVAL_RECORDED: _worked_on,
}
