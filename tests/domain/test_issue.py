"""The state machine: what the domain's table allows, and nothing else."""

from __future__ import annotations

from itertools import product

import pytest

from registry.domain.issue import LEGAL_MOVES, NOT_LIVE, IssueState, Role, is_legal, movers
from tests.builders import an_issue

S, R = IssueState, Role

# Written out again from the domain's text, so that a slip in the table shows: every jump, who may make it, whether it needs approval.
ALLOWED = {
    (S.NEW_SIGNAL, S.TRIAGE): ({R.MACHINE, R.PRODUCT_OWNER, R.OPERATIONS_LEAD}, False),
    (S.NEW_SIGNAL, S.TRACKED): ({R.MACHINE, R.PRODUCT_OWNER, R.OPERATIONS_LEAD}, False),
    (S.TRIAGE, S.TRACKED): ({R.PRODUCT_OWNER, R.OPERATIONS_LEAD}, False),
    (S.TRIAGE, S.CONTAINED): ({R.PRODUCT_OWNER, R.OPERATIONS_LEAD}, False),
    (S.CONTAINED, S.RCA_IN_PROGRESS): ({R.PRODUCT_OWNER, R.MODEL_OWNER}, False),
    (S.RCA_IN_PROGRESS, S.ACTION_APPROVED): (
        {R.PRODUCT_OWNER, R.OPERATIONS_LEAD, R.RISK_COMPLIANCE, R.MODEL_RISK, R.BUSINESS_PROCESS_OWNER},
        True,
    ),
    (S.ACTION_APPROVED, S.IMPLEMENTED): ({R.MODEL_OWNER, R.PRODUCT_OWNER}, False),
    (S.ACTION_APPROVED, S.RCA_IN_PROGRESS): ({R.MODEL_OWNER, R.PRODUCT_OWNER}, False),
    (S.IMPLEMENTED, S.VERIFYING): ({R.MACHINE, R.PRODUCT_OWNER}, False),
    (S.VERIFYING, S.CLOSED): ({R.PRODUCT_OWNER, R.OPERATIONS_LEAD, R.RISK_COMPLIANCE, R.MODEL_RISK, R.BUSINESS_PROCESS_OWNER}, True),
    (S.VERIFYING, S.RCA_IN_PROGRESS): ({R.MACHINE, R.PRODUCT_OWNER, R.RISK_COMPLIANCE}, False),
    (S.VERIFYING, S.TRIAGE): ({R.MACHINE, R.PRODUCT_OWNER, R.RISK_COMPLIANCE}, False),
    (S.CLOSED, S.TRIAGE): ({R.MACHINE, R.PRODUCT_OWNER, R.RISK_COMPLIANCE}, False),
    (S.CLOSED, S.RCA_IN_PROGRESS): ({R.MACHINE, R.PRODUCT_OWNER, R.RISK_COMPLIANCE}, False),
}


@pytest.mark.parametrize(("before", "after", "role"), list(product(IssueState, IssueState, Role)))
def test_every_move_of_every_role_is_legal_only_where_the_domain_says_so(before, after, role):
    roles, _ = ALLOWED.get((before, after), (set(), False))

    assert is_legal(before, after, role) is (role in roles)


def test_the_people_who_may_make_a_move_are_named_without_the_machine():
    assert movers(S.NEW_SIGNAL, S.TRIAGE) == (R.OPERATIONS_LEAD, R.PRODUCT_OWNER)
    assert movers(S.TRIAGE, S.CLOSED) == ()


def test_a_move_needs_approval_exactly_where_a_decision_is_signed():
    assert {(move.from_state, move.to_state) for move in LEGAL_MOVES if move.needs_approval} == {
        jump for jump, (_, needs_approval) in ALLOWED.items() if needs_approval
    }


def test_no_move_is_listed_both_with_and_without_approval():
    assert len({(move.from_state, move.to_state, move.role) for move in LEGAL_MOVES}) == len(LEGAL_MOVES)


def test_a_machine_never_contains_decides_or_closes():
    reached = {move.to_state for move in LEGAL_MOVES if move.role is Role.MACHINE}

    assert reached == {S.TRIAGE, S.TRACKED, S.VERIFYING, S.RCA_IN_PROGRESS}


def test_every_state_can_be_reached_from_a_new_signal():
    reached = {S.NEW_SIGNAL}
    for _ in IssueState:
        reached |= {move.to_state for move in LEGAL_MOVES if move.from_state in reached}

    assert reached == set(IssueState)


def test_only_a_tracked_learning_signal_has_no_way_on():
    assert set(IssueState) - {move.from_state for move in LEGAL_MOVES} == {S.TRACKED}


@pytest.mark.parametrize("state", IssueState)
def test_closed_and_tracked_issues_are_not_live_and_all_others_are(state):
    assert an_issue(state=state).is_live is (state not in {S.CLOSED, S.TRACKED})
    assert (state in NOT_LIVE) is not an_issue(state=state).is_live
