"""What somebody might try to close an issue too early: by the program's public functions, and behind its back with INSERT and UPDATE.

Put attempts here, and the oracle that says from the rows alone whether a closed issue may be closed. The oracle knows nothing of the
fold and the guards: it reads what was recorded, in order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from registry.domain.closing import proposal_digest
from registry.domain.events import Event, EventKind
from registry.domain.issue import LEGAL_MOVES, IssueState, Role
from registry.domain.steps_closure import ClosureProposal
from registry.errors import ApprovalRefusedError, IllegalMoveError
from registry.ledger.store import Ledger
from tests.builders import an_event
from tests.closing import EARNED, a_proposal, closure_approved, closure_judged, gates_judged, window_judged
from tests.ledger_writes import approved, moved

OPEN, OVER = ("not_open", "watching", "suspended", "recurred"), "elapsed_unevidenced"
REFUSED = (IllegalMoveError, ApprovalRefusedError, IntegrityError)
UNSETTLING = (
    *("SignalsJoined", "LateEvidenceRecorded", "SeveritySet", "ChangeLinked", "FixReleased", "EvidenceAdded", "RecoveryRecorded"),
    *("RiskAcceptanceEnded", "CauseShared"),
)
_BODIES: dict[str, dict[str, Any]] = {
    "SignalsJoined": {"signal_count": 1},
    "LateEvidenceRecorded": {"signal_count": 1, "reason_code": "pre_fix_late"},
    "SeveritySet": {"severity": "L2"},
    "FixReleased": {"effective_at": "2020-10-15T00:00:00.000000Z", "versions": {}},
    "RiskAcceptanceEnded": {"document_digest": "d"},
}
_FROM_VERIFYING = sorted((move for move in LEGAL_MOVES if move.from_state is IssueState.VERIFYING), key=repr)


@dataclass
class Attempt:
    """One issue, what is tried on it, and what was said to what was refused."""

    ledger: Ledger
    issue_id: str
    number: int = 0
    proposals: list[ClosureProposal] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def append(self, *events: Event) -> None:
        """Append through the program; a refusal is kept."""
        self.number += 1
        try:
            self.ledger.append([replace(event, subject=f"{event.subject} {self.number}") for event in events])
        except REFUSED as error:
            self.said.append(str(error))

    def window(self, outcome: str, purpose: str = "closure") -> None:
        self.append(window_judged(self.issue_id, outcome, purpose=purpose))

    def judge(self, window: str, missing: str, standing: str, verdict: str) -> None:
        """Record a closure that says it rests on ``window``, with all gates but ``missing``."""
        self.number += 1
        proposal = a_proposal(residual=f"attempt {self.number}")
        gates = gates_judged(recurrence={**EARNED, "standing": standing})
        gates |= {missing: {"verdict": "inconclusive", "standing": "lacking"}} if missing else {}
        self.proposals.append(proposal)
        said = {"window": window, "gates": gates, "verdict": verdict}
        self.append(closure_judged(self.issue_id, proposal if verdict == "pass" else None, body=said))

    def approve(self, which: int, action: str, kind: EventKind) -> None:
        """Approve one of the newest proposals, or let another kind of event say so, and close with it."""
        proposal = self.proposals[-1 - which % len(self.proposals)] if self.proposals else a_proposal()
        event = closure_approved(self.issue_id, proposal, nonce=f"close {self.issue_id} {self.number}")
        self.append(replace(event, kind=kind, body=event.body | {"action": action}))

    def waive(self, kind: str, role: str) -> None:
        self.append(approved(self.issue_id, "accept-risk", f"waived {self.issue_id} {self.number}", body={"kind": kind, "role": role}))

    def unsettle(self, kind: str) -> None:
        self.append(an_event(kind=EventKind(kind), subject=self.issue_id, issue_id=self.issue_id, body=_BODIES.get(kind, {})))

    def review(self, conclusion: str) -> None:
        body = {"step": "review", "document": {"forum": "weekly", "conclusion": conclusion, "observed": 'of 9 "conclusion":"reopen" none'}}
        self.append(an_event(kind=EventKind.WINDOW_REVIEWED, subject=self.issue_id, issue_id=self.issue_id, body=body))

    def move(self, which: int) -> None:
        """Move out of verification by any legal move alone, and back into it where that led to the analysis of the cause."""
        move = _FROM_VERIFYING[which % len(_FROM_VERIFYING)]
        self.append(moved(self.issue_id, move.from_state, move.to_state, move.role))
        if move.to_state is IssueState.RCA_IN_PROGRESS:
            self.lead_back()

    def lead_back(self) -> None:
        """Lead the issue from the analysis of its cause into verification."""
        way = (IssueState.RCA_IN_PROGRESS, IssueState.ACTION_APPROVED, IssueState.IMPLEMENTED, IssueState.VERIFYING)
        self.append(approved(self.issue_id, "plan", f"plan {self.issue_id} {self.number}"))
        for before, after in pairwise(way):
            self.append(moved(self.issue_id, before, after, Role.PRODUCT_OWNER))

    def behind(self, write: Callable[[Connection], None]) -> None:
        """Write behind the program's back, in one transaction; a refusal is kept."""
        self.number += 1
        try:
            with self.ledger.engine.begin() as connection:
                write(connection)
        except REFUSED as error:
            self.said.append(str(error))

    def forge_closure(self, passed: int, window: str, waived: int) -> None:
        """Insert a pass that nobody judged."""
        proposal = a_proposal(residual=f"forged {self.number}")
        self.proposals.append(proposal)
        values = f"'{self.issue_id}', 'pass', {passed}, '{window}', {waived}, '{proposal_digest(self.issue_id, proposal)}'"
        self.behind(lambda connection: _insert(connection, self, EventKind.CLOSURE_JUDGED, "closure", values))

    def forge_closing(self, which: int, action: str, is_state_only: bool) -> None:
        """Insert an approval and its transition, and set the state; or set the state alone."""
        proposal = self.proposals[-1 - which % len(self.proposals)] if self.proposals else a_proposal()
        digest = proposal_digest(self.issue_id, proposal)
        given = f"'{self.issue_id}', '{action}', '{digest}', 'x', 'risk_compliance', 'signed', 'forged {self.issue_id} {self.number}'"
        where = f"WHERE issue_id = '{self.issue_id}'"

        def write(connection: Connection) -> None:
            if not is_state_only:
                _insert(connection, self, EventKind.APPROVAL_RECORDED, "approval", given)
                version = f"(SELECT version + 1 FROM issue {where})"
                moves = f"(SELECT max(seq) FROM event), '{self.issue_id}', {version}, 'verifying', 'closed', 'risk_compliance', 'x'"
                connection.execute(text(f"INSERT INTO transition VALUES ({moves})"))
            connection.execute(text(f"UPDATE issue SET state = 'closed', version = version + 1 {where}"))

        self.behind(write)

    def is_closed(self) -> bool:
        with self.ledger.engine.connect() as connection:
            state = connection.execute(text(f"SELECT state FROM issue WHERE issue_id = '{self.issue_id}'")).scalar_one()
        return bool(state == "closed")


def _insert(connection: Connection, attempt: Attempt, kind: EventKind, table: str, values: str) -> None:
    """Continue the chain with an event that holds nothing, and insert a row that it would explain."""
    key = f"'forged {attempt.issue_id} {attempt.number} ' || (max(seq) + 1)"
    said = f"'{{}}', '{'e' * 64}', {key}, '{kind}', 's', '{attempt.issue_id}', '2020-10-15', '2020-10-15T00:00:00.000000Z'"
    previous = "(SELECT hash FROM event ORDER BY seq DESC LIMIT 1)"
    connection.execute(text(f"INSERT INTO event SELECT max(seq) + 1, {previous}, {said} FROM event"))
    connection.execute(text("UPDATE log_head SET seq = seq + 1, hash = (SELECT hash FROM event ORDER BY seq DESC LIMIT 1)"))
    connection.execute(text(f"INSERT INTO {table} VALUES ((SELECT max(seq) FROM event), {values})"))


def _reopens(event: Any) -> bool:
    told = json.loads(event.body) if event.kind == "WindowReviewed" else {}
    return bool(told and told["data"]["document"]["conclusion"] == "reopen")


def why_not_closed(ledger: Ledger, issue_id: str) -> list[str]:
    """Return everything that forbids the closing of a closed issue, by what was recorded before it."""
    with ledger.engine.connect() as connection:

        def rows(table: str, order: str = "event_seq") -> list[Any]:
            return list(connection.execute(text(f"SELECT * FROM {table} WHERE issue_id = '{issue_id}' ORDER BY {order}")))

        events, moves = rows("event", "seq"), rows("transition")
        windows, closures, approvals = rows("recurrence_window"), rows("closure"), rows("approval")
    closed = next((move.event_seq for move in reversed(moves) if move.to_state == "closed"), 0)
    since = max((move.event_seq for move in moves if move.to_state == "verifying" and move.event_seq < closed), default=0)
    fixed = max([event.seq for event in events if event.kind == "FixReleased" and event.seq < closed], default=0)
    judged = [row for row in closures if since < row.event_seq < closed]
    seen = [row for row in windows if row.purpose == "closure" and fixed < row.event_seq < closed]
    if not closed or not judged or not seen:
        return [f"closed by event {closed}, {len(judged)} closures and {len(seen)} windows before it"]
    closure, window = judged[-1], seen[-1]
    after = [event.kind for event in events if closure.event_seq < event.seq <= closed and event.kind in UNSETTLING]
    after += [event.kind for event in events if closure.event_seq < event.seq <= closed and _reopens(event)]
    others = [row.action for row in approvals if closure.event_seq < row.event_seq < closed and row.action != "close"]
    waivers = [row for row in approvals if (row.action, row.role, row.kind) == ("accept-risk", "risk_compliance", "signed")]
    waived = closure.risk_accepted == 1 and any(row.event_seq < closure.event_seq for row in waivers)
    given = [row for row in approvals if (row.event_seq, row.action) == (closed, "close")]
    found = {
        "its newest closure did not pass": closure.verdict != "pass",
        "a gate is missing": closure.passed_count != 7,
        "its window is open": window.outcome in OPEN,
        "its window ended without evidence, and nobody waived that": window.outcome == OVER and not waived,
        "its proposal knew another window": window.outcome != closure.window_outcome,
        f"something came after its proposal: {after}": bool(after),
        f"something else was approved after its proposal: {others}": bool(others),
        "nobody approved it": [row.document_digest for row in given] != [closure.document_digest],
    }
    return [what for what, holds in found.items() if holds]
