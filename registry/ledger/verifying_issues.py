"""Verifying issues: their rows, moves, approvals, windows and closures are the fold of their events, and the guards' rules held.

Put checks here that walk along the events of issues; the other faults are ``verification.py`` and ``verifying_signals.py``. The guards are
triggers, which whoever owns the file can drop: then this tells.

 * Each issue, its transitions, approvals, judged windows and judged closures are the fold of its events, and there is no other.
 * A move that needs an approval comes after one, given since the issue came into the state it left, and no nonce was used twice.
 * An issue is closed by a proposal that stands, which its fold asks; one whose window ended without evidence, after risk and compliance
   signed in this occurrence that the risk is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select

from registry.domain.canonical import storable_text
from registry.domain.catalogue import OwnerRole
from registry.domain.closing import is_overtaken
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind, is_move
from registry.domain.folding import fold
from registry.domain.issue import Issue, IssueState, needs_approval
from registry.domain.recurrence import Outcome
from registry.domain.retention import ApprovalKind
from registry.domain.work import StepKind
from registry.errors import IllegalMoveError
from registry.ledger.codec import approval_row, closure_row, envelope_of, issue_row, window_row
from registry.ledger.reads import events_after
from registry.ledger.tables import APPROVAL, CLOSURE, ISSUE, RECURRENCE_WINDOW, TRANSITION
from registry.ledger.verifying_signals import UNREADABLE

Rows = dict[Any, tuple[Any, ...]]


@dataclass(slots=True)
class _Seen:
    """What the events add up to so far. ``given`` are the actions approved since each issue came into its state."""

    issues: dict[str, Issue] = field(default_factory=dict)
    moves: Rows = field(default_factory=dict)
    approvals: Rows = field(default_factory=dict)
    windows: Rows = field(default_factory=dict)
    closures: Rows = field(default_factory=dict)
    given: dict[str, set[str]] = field(default_factory=dict)
    waived: set[str] = field(default_factory=set)


def fault(subject: str, code: str, reason: str) -> Finding:
    """Return the finding of one fault; every one is blocking."""
    return Finding("ledger", subject, Verdict.FAIL, code, reason)


def find_issue_faults(connection: Connection) -> Iterator[Finding]:
    """Yield every fault of the ledger's issues."""
    seen = _Seen()
    for event in events_after(connection, 0):
        try:
            envelope = envelope_of(event.body)
            after = fold(seen.issues.get(envelope["issue"]), envelope)
            _remember(seen, event.seq, envelope)
        except (IllegalMoveError, *UNREADABLE) as error:
            yield fault(f"event {event.seq}", "does_not_fold", str(error))
            continue
        if after is not None:
            seen.issues[envelope["issue"]] = after
            yield from _find_move_faults(seen, event.seq, after, envelope)
    yield from _find_row_faults(connection, seen)


def _remember(seen: _Seen, seq: int, envelope: dict[str, Any]) -> None:
    kind, issue_id = envelope["kind"], envelope["issue"]
    if kind == EventKind.APPROVAL_RECORDED:
        row = approval_row(seq, envelope)
        seen.approvals[seq] = tuple(row.values())
        seen.given.setdefault(issue_id, set()).add(row["action"])
        if (row["action"], row["role"], row["kind"]) == (StepKind.ACCEPT_RISK, OwnerRole.RISK_COMPLIANCE, ApprovalKind.SIGNED):
            seen.waived.add(issue_id)
    elif kind == EventKind.WINDOW_JUDGED:
        seen.windows[seq] = tuple(window_row(seq, envelope).values())
    elif kind == EventKind.CLOSURE_JUDGED and not is_overtaken(envelope["data"]):
        seen.closures[seq] = tuple(closure_row(seq, envelope).values())
    elif kind in (EventKind.ISSUE_REOPENED, EventKind.RISK_ACCEPTANCE_ENDED):
        seen.waived.discard(issue_id)


def _find_move_faults(seen: _Seen, seq: int, after: Issue, envelope: dict[str, Any]) -> Iterator[Finding]:
    if not is_move(envelope):
        return
    data = envelope["data"]
    actor = storable_text(envelope["actor"])
    seen.moves[seq] = (after.issue_id, after.version, data["from"], data["to"], data["role"], actor)
    yield from _find_unapproved(seq, data, seen.given.pop(after.issue_id, set()))
    if after.state is IssueState.CLOSED and after.window == Outcome.ELAPSED_UNEVIDENCED and after.issue_id not in seen.waived:
        reason = "its window ended without evidence, and nobody of risk and compliance signed that the risk is accepted"
        yield fault(f"event {seq}", "closed_unwaived", reason)


def _find_unapproved(seq: int, data: dict[str, Any], given: set[str]) -> Iterator[Finding]:
    """The rule of the guard ``transition_is_approved``, for whoever switched it off."""
    before, after = IssueState(data["from"]), IssueState(data["to"])
    fitting = given & {"plan"} if after is IssueState.ACTION_APPROVED else given - {"plan", "accept-risk"}
    if needs_approval(before, after) and not fitting:
        yield fault(f"event {seq}", "unapproved", f"it moves its issue from {before} to {after}, and no approval came before it")


def _find_row_faults(connection: Connection, seen: _Seen) -> Iterator[Finding]:
    stored = {row.issue_id: row for row in connection.execute(select(ISSUE))}
    codecs = {issue_id: row.codec for issue_id, row in stored.items()}
    issues = {key: tuple(_issue_row(issue, codecs.get(key)).values()) for key, issue in seen.issues.items()}
    yield from compare("issue", issues, {key: tuple(row) for key, row in stored.items()})
    yield from compare("transition", seen.moves, _rows(connection, TRANSITION, drop=1))
    yield from compare("approval", seen.approvals, _rows(connection, APPROVAL))
    yield from compare("recurrence_window", seen.windows, _rows(connection, RECURRENCE_WINDOW))
    yield from compare("closure", seen.closures, _rows(connection, CLOSURE))
    yield from _find_repeated_nonces(seen.approvals)


def _issue_row(issue: Issue, codec: int | None) -> dict[str, Any]:
    """A row that no event changed since an earlier program wrote it has that program's form, where the form can hold the issue."""
    return issue_row(issue, 1) if codec == 1 and not issue.window and not issue.closure else issue_row(issue)


def _find_repeated_nonces(approvals: Rows) -> Iterator[Finding]:
    seen: set[str] = set()
    for seq, (*_, nonce) in sorted(approvals.items()):
        if nonce in seen:
            yield fault(f"event {seq}", "repeated_nonce", "its approval was given before: its nonce is that of an earlier one")
        seen.add(nonce)


def _rows(connection: Connection, table: Table, drop: int = 0) -> Rows:
    return {row[0]: tuple(row)[drop:] for row in connection.execute(select(table))}


def compare(what: str, derived: Rows, stored: Rows) -> Iterator[Finding]:
    """Yield where the rows of a projection are not those that its events derive."""
    for key in sorted(derived.keys() | stored.keys()):
        if key not in stored:
            yield fault(f"{what} {key}", "missing", "its events are there, its row is not")
        elif key not in derived:
            yield fault(f"{what} {key}", "unexplained", "its row is there, no event explains it")
        elif derived[key] != stored[key]:
            yield fault(f"{what} {key}", "not_the_fold", "its row is not the fold of its events")
