"""Every state, move and role: what the state machine allows is accepted, everything else is refused, on each backend.

The database is asked twice: through the program, which folds first, and behind its back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise, product

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from registry.domain.closing import proposal_digest
from registry.domain.events import Event, EventKind
from registry.domain.issue import LEGAL_MOVES, IssueState, LegalMove, Role
from registry.errors import IllegalMoveError
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.closing import a_proposal, closing, closure_judged, window_judged
from tests.ledger_writes import approved, moved, opened

S, R = IssueState, Role
ROLES = (*(role.value for role in Role), "data_owner", "governance_lead", "")
MOVES = {(move.from_state, move.to_state, move.role.value): move for move in LEGAL_MOVES}
WAY = (S.NEW_SIGNAL, S.TRIAGE, S.CONTAINED, S.RCA_IN_PROGRESS, S.ACTION_APPROVED, S.IMPLEMENTED, S.VERIFYING, S.CLOSED)
APPROVED = {S.ACTION_APPROVED: "plan", S.CLOSED: "close"}


def walk(issue_id: str, state: IssueState, after: tuple[IssueState, ...] = ()) -> list[Event]:
    """Return the events that bring a new issue into ``state``, and through ``after``, each move made by the product owner."""
    opening, _ = opened(issue_id, fingerprint=issue_id)
    way = (S.NEW_SIGNAL, S.TRACKED) if state is S.TRACKED else (*WAY[: WAY.index(state) + 1], *after)
    events = [opening]
    for number, (before, to) in enumerate(pairwise(way)):
        if to is S.CLOSED:
            events += closing(issue_id, role=R.PRODUCT_OWNER)
            continue
        if to in APPROVED:
            events.append(approved(issue_id, APPROVED[to], f"{issue_id} {number}"))
        events.append(moved(issue_id, before, to, R.PRODUCT_OWNER, subject=f"{issue_id} {number}"))
    return events


def a_try(issue_id: str, move: LegalMove) -> Event:
    return moved(issue_id, move.from_state, move.to_state, move.role, subject=f"{issue_id} tried")


def test_an_issue_that_nobody_opened_moves_nowhere(ledger: Ledger):
    for move in sorted(LEGAL_MOVES, key=repr):
        with pytest.raises(IllegalMoveError, match="does not exist"):
            ledger.append([a_try("ISS-none", move)])


def test_every_legal_move_of_every_role_is_accepted_with_its_approval_alone(ledger: Ledger):
    for number, move in enumerate(sorted(LEGAL_MOVES, key=repr)):
        issue_id = f"ISS-{number}"
        ledger.append(walk(issue_id, move.from_state))
        if move.needs_approval:
            with pytest.raises(IllegalMoveError, match=r"must be approved|is not closed"):
                ledger.append([a_try(issue_id, move)])
            ledger.append([approved(issue_id, APPROVED[move.to_state], f"{issue_id} tried")])
        if move.to_state is S.CLOSED:
            with pytest.raises(IllegalMoveError, match="expected a proposal of the closure verification that stands, found none"):
                ledger.append([a_try(issue_id, move)])
            ledger.append(closing(issue_id, role=move.role))
        else:
            ledger.append([a_try(issue_id, move)])
    found = {issue.issue_id: issue.state for issue in ledger.read_issues()}
    assert found == {f"ISS-{number}": move.to_state for number, move in enumerate(sorted(LEGAL_MOVES, key=repr))}
    assert verify_ledger(ledger) == ()


@pytest.mark.parametrize("state", IssueState)
def test_every_other_move_is_refused_by_the_program(ledger: Ledger, state: IssueState):
    ledger.append(walk("ISS-1", state))
    head, refused = ledger.head(), 0
    for before, to, role in product(IssueState, IssueState, ROLES):
        if before is not state or (before, to, role) not in MOVES:
            event = moved("ISS-1", before, to, role, subject=f"{before} {to} {role}")
            with pytest.raises(IllegalMoveError, match="see the legal-moves table"):
                ledger.append([event])
            refused += 1
    assert refused == 9 * 9 * len(ROLES) - sum(before is state for before, _, _ in MOVES)
    assert ledger.head() == head


@pytest.mark.parametrize("state", IssueState)
def test_the_database_alone_accepts_the_legal_moves_and_refuses_every_other(ledger: Ledger, state: IssueState):
    ledger.append(walk("ISS-1", state))
    if state is S.VERIFYING:
        ledger.append([window_judged("ISS-1"), closure_judged("ISS-1", a_proposal())])
    for before, to, role in product(IssueState, IssueState, ROLES):
        move = MOVES.get((before, to, role)) if before is state else None
        with undone(ledger) as connection:
            if move is None or move.needs_approval:
                assert "a transition must" in refusal(connection, before, to, role)
            else:
                write(connection, before, to, role)
        if move is not None and move.needs_approval:
            with undone(ledger) as connection:
                approve(connection, APPROVED[to])
                write(connection, before, to, role, is_forged=to is not S.CLOSED)


@pytest.mark.parametrize(("state", "to"), [(S.RCA_IN_PROGRESS, S.ACTION_APPROVED), (S.VERIFYING, S.CLOSED)])
@pytest.mark.parametrize("action", ["plan", "close", "accept-risk"])
def test_an_approval_counts_only_for_what_was_approved(ledger: Ledger, state: IssueState, to: IssueState, action: str):
    ledger.append(walk("ISS-1", state))
    if state is S.VERIFYING:
        ledger.append([window_judged("ISS-1"), closure_judged("ISS-1", a_proposal())])
    with undone(ledger) as connection:
        approve(connection, action)
        if APPROVED[to] == action:
            write(connection, state, to, "product_owner", is_forged=to is not S.CLOSED)
        else:
            assert "a transition must" in refusal(connection, state, to, "product_owner", is_forged=to is not S.CLOSED)


def test_an_approval_of_an_earlier_occurrence_does_not_approve_the_next(ledger: Ledger):
    ledger.append(walk("ISS-1", S.CLOSED, (S.RCA_IN_PROGRESS,)))
    with undone(ledger) as connection:
        assert "a transition must be approved" in refusal(connection, S.RCA_IN_PROGRESS, S.ACTION_APPROVED, "product_owner")
    with pytest.raises(IllegalMoveError, match="must be approved"):
        ledger.append([moved("ISS-1", S.RCA_IN_PROGRESS, S.ACTION_APPROVED, R.RISK_COMPLIANCE, subject="again")])


def test_an_approval_of_a_plan_that_was_given_up_does_not_approve_the_next(ledger: Ledger):
    ledger.append(walk("ISS-1", S.ACTION_APPROVED, (S.RCA_IN_PROGRESS,)))
    with undone(ledger) as connection:
        assert "a transition must be approved" in refusal(connection, S.RCA_IN_PROGRESS, S.ACTION_APPROVED, "product_owner")
    with pytest.raises(IllegalMoveError, match="must be approved"):
        ledger.append([moved("ISS-1", S.RCA_IN_PROGRESS, S.ACTION_APPROVED, R.RISK_COMPLIANCE, subject="again")])
    ledger.append([approved("ISS-1", nonce="anew"), moved("ISS-1", S.RCA_IN_PROGRESS, S.ACTION_APPROVED, R.PRODUCT_OWNER, subject="anew")])
    assert verify_ledger(ledger) == ()


def test_an_approval_of_another_issue_does_not_approve_this_one(ledger: Ledger):
    ledger.append([*walk("ISS-1", S.RCA_IN_PROGRESS), *walk("ISS-2", S.RCA_IN_PROGRESS), approved("ISS-2")])
    with pytest.raises(IllegalMoveError, match="must be approved"):
        ledger.append([moved("ISS-1", S.RCA_IN_PROGRESS, S.ACTION_APPROVED, R.PRODUCT_OWNER)])


def test_an_approval_and_its_move_may_be_one_event(ledger: Ledger):
    ledger.append(walk("ISS-1", S.RCA_IN_PROGRESS))
    move = {"from": S.RCA_IN_PROGRESS, "to": S.ACTION_APPROVED, "role": R.RISK_COMPLIANCE}
    ledger.append([approved("ISS-1", nonce="last", body=move, actor="risk@bank.example")])
    (issue,) = ledger.read_issues()
    assert (issue.state, issue.state_by) == (S.ACTION_APPROVED, "risk@bank.example")
    assert verify_ledger(ledger) == ()


@pytest.mark.parametrize("state", IssueState)
def test_the_database_alone_lets_an_issue_begin_only_before_its_work(ledger: Ledger, state: IssueState):
    begin = f"INSERT INTO issue VALUES ('ISS-1', 's', 'f', 1, '{state}', 1, 1, '{{}}')"
    with undone(ledger) as connection:
        if state in {S.NEW_SIGNAL, S.TRIAGE, S.TRACKED}:
            connection.execute(text(begin))
        else:
            with pytest.raises(IntegrityError, match="an issue starts before its work"):
                connection.execute(text(begin))


@contextmanager
def undone(ledger: Ledger) -> Iterator[Connection]:
    """Yield a connection behind the program's back, and take back what is written through it."""
    with ledger.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def write(connection: Connection, before: IssueState, to: IssueState, role: str, *, is_forged: bool = True) -> None:
    """Write a transition as a stranger would, under the newest event or a forged one, with the right version."""
    if is_forged:
        forge_event(connection, EventKind.ISSUE_MOVED)
    values = "(SELECT max(seq) FROM event), 'ISS-1', (SELECT version + 1 FROM issue WHERE issue_id = 'ISS-1')"
    connection.execute(text(f"INSERT INTO transition VALUES ({values}, '{before}', '{to}', '{role}', 'x')"))


def refusal(connection: Connection, before: IssueState, to: IssueState, role: str, *, is_forged: bool = True) -> str:
    with pytest.raises(IntegrityError) as caught:
        write(connection, before, to, role, is_forged=is_forged)
    return str(caught.value.orig)


def approve(connection: Connection, action: str, document: str = "", nonce: str = "forged") -> None:
    """Approve the proposal, or another document, as a stranger would."""
    forge_event(connection, EventKind.APPROVAL_RECORDED)
    document = document or proposal_digest("ISS-1", a_proposal())
    values = f"(SELECT max(seq) FROM event), 'ISS-1', '{action}', '{document}', 'x', 'risk_compliance', 'signed', '{nonce}'"
    connection.execute(text(f"INSERT INTO approval VALUES ({values})"))


def forge_event(connection: Connection, kind: EventKind) -> None:
    """Continue the chain with an event of the issue that holds nothing."""
    known = f"'{{}}', '{'e' * 64}', 'forged ' || (max(seq) + 1), '{kind}', 's', 'ISS-1', '2020-10-15', '2020-10-15T00:00:00.000000Z'"
    previous = "(SELECT hash FROM event ORDER BY seq DESC LIMIT 1)"
    connection.execute(text(f"INSERT INTO event SELECT max(seq) + 1, {previous}, {known} FROM event"))
