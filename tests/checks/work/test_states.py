"""Where a step may be taken and by whom, and what a refusal tells to do next: every kind of step, state and role."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from checks.work.states import find_state_refusals, next_state
from registry.domain.catalogue import OwnerRole
from registry.domain.issue import IssueState
from registry.domain.signal import Severity
from registry.domain.steps import ActionPlan, Assignment, Classification, Containment, ContainmentPattern, ReopenTo, RootCause
from registry.domain.steps_change import Note, Reopening
from registry.domain.work import STEPS, StepKind, Submission
from registry.domain.work_run import StepPlan
from tests.builders import a_system, an_issue
from tests.checks.work.cases import AS_OF, OWNER, a_case, a_step_plan, a_taken

S, R, K = IssueState, OwnerRole, StepKind
LIVE = set(S) - {S.CLOSED, S.TRACKED}
TRACKS = Classification(severity=Severity.L0, reason="Nobody was kept from anything.")
GRADES = Classification(severity=Severity.L3, reason="Customers could not pay.")
ASSIGNS = Assignment(owner=OWNER, next_step="Look at the log.", due_on=date(2020, 10, 20))
CONTAINS = Containment(pattern=ContainmentPattern.NARROW_SCOPE, measure="Off in one region.", in_force_at=AS_OF - timedelta(hours=1))
TO_TRIAGE = Reopening(to=ReopenTo.TRIAGE, reason="Again.", evidence=("https://a.example/1",))
TO_CAUSE = Reopening(to=ReopenTo.RCA_IN_PROGRESS, reason="Again.", evidence=("https://a.example/1",))

# Written out again from the domain's text: the states a step is taken in, and the moves it makes, by whom.
TAKEN: dict[StepKind, set[IssueState]] = {
    K.ASSIGN: LIVE,
    K.CLASSIFY: LIVE,
    K.CONTAIN: LIVE - {S.NEW_SIGNAL},
    K.ROOT_CAUSE: {S.CONTAINED, S.RCA_IN_PROGRESS, S.ACTION_APPROVED},
    K.PLAN: {S.RCA_IN_PROGRESS, S.ACTION_APPROVED},
    K.LINK_CHANGE: {S.ACTION_APPROVED},
    K.IMPLEMENT: {S.ACTION_APPROVED},
    K.ADD_EVIDENCE: {S.ACTION_APPROVED, S.IMPLEMENTED, S.VERIFYING},
    K.ACCEPT_RISK: LIVE,
    K.SUPPRESS: set(S),
    K.HOLD: set(S),
    K.RELEASE_HOLD: set(S),
    K.NOTE: set(S),
    K.REOPEN: {S.CLOSED, S.VERIFYING},
    K.SCOPE: LIVE - {S.NEW_SIGNAL},
    K.RECOVERY: LIVE - {S.NEW_SIGNAL, S.TRIAGE},
    K.NOT_APPLICABLE: {S.IMPLEMENTED, S.VERIFYING},
    K.SAME_CAUSE: set(S),
    K.REVIEW: {S.IMPLEMENTED, S.VERIFYING, S.CLOSED},
    K.CLOSE: {S.VERIFYING},  # nobody takes it in any state: test_step.py
}
_LEADS = {R.PRODUCT_OWNER, R.OPERATIONS_LEAD}
_REOPENS = {R.PRODUCT_OWNER, R.RISK_COMPLIANCE}
MOVES: dict[tuple[str, IssueState], tuple[IssueState, set[OwnerRole]]] = {
    ("assign", S.NEW_SIGNAL): (S.TRIAGE, _LEADS),
    ("tracks", S.NEW_SIGNAL): (S.TRACKED, _LEADS),
    ("tracks", S.TRIAGE): (S.TRACKED, _LEADS),
    ("contain", S.TRIAGE): (S.CONTAINED, _LEADS),
    ("root-cause", S.CONTAINED): (S.RCA_IN_PROGRESS, {R.PRODUCT_OWNER, R.MODEL_OWNER}),
    **{(name, S.ACTION_APPROVED): (S.RCA_IN_PROGRESS, {R.PRODUCT_OWNER, R.MODEL_OWNER}) for name in ("root-cause", "plan")},
    ("implement", S.ACTION_APPROVED): (S.IMPLEMENTED, {R.PRODUCT_OWNER, R.MODEL_OWNER}),
    **{("to-triage", state): (S.TRIAGE, _REOPENS) for state in (S.VERIFYING, S.CLOSED)},
    **{("to-cause", state): (S.RCA_IN_PROGRESS, _REOPENS) for state in (S.VERIFYING, S.CLOSED)},
}
NAMED: dict[str, tuple[StepKind, Any]] = {
    **{kind.value: (kind, None) for kind in StepKind},
    "classify": (K.CLASSIFY, GRADES),
    "tracks": (K.CLASSIFY, TRACKS),
    "to-triage": (K.REOPEN, TO_TRIAGE),
    "to-cause": (K.REOPEN, TO_CAUSE),
}
del NAMED["reopen"]


def handed_in(kind: StepKind, document: Any, role: OwnerRole = R.PRODUCT_OWNER, **changes: Any) -> StepPlan:
    plan = a_step_plan(Note(text="x"), **changes)
    return replace(plan, submission=Submission(kind, plan.submission.issue_id, OWNER, role, document))


def test_every_kind_of_step_is_written_out_here():
    assert TAKEN.keys() == set(StepKind) == set(STEPS)


@pytest.mark.parametrize(("name", "state"), list(product(NAMED, IssueState)))
def test_a_step_is_taken_in_its_states_and_moves_the_issue_only_by_the_roles_of_the_move(name: str, state: IssueState):
    kind, document = NAMED[name]
    case = a_case(issue=an_issue(state=state))
    for role in OwnerRole:
        plan = handed_in(kind, document, role)
        codes = [refusal.code for refusal in find_state_refusals(case, plan)]
        to, movers = MOVES.get((name, state), (None, set(OwnerRole)))
        if state not in TAKEN[kind]:
            assert codes == ["wrong_state"]
        else:
            assert codes == ([] if role in movers else ["wrong_role"])
            assert next_state(case, plan) is to


NEXT = [
    (S.NEW_SIGNAL, K.CONTAIN, CONTAINS, "proofloop issue assign ISS-0123456789abcdef-1 --by ops@bank.example --role operations_lead"),
    (S.NEW_SIGNAL, K.PLAN, None, "proofloop issue assign ISS-0123456789abcdef-1"),
    (S.TRIAGE, K.ROOT_CAUSE, None, "proofloop issue contain ISS-0123456789abcdef-1 --by ops@bank.example --role operations_lead"),
    (S.TRIAGE, K.IMPLEMENT, None, "proofloop issue contain "),
    (S.CONTAINED, K.PLAN, None, "proofloop issue root-cause ISS-0123456789abcdef-1 --by owner@bank.example --role product_owner"),
    (S.RCA_IN_PROGRESS, K.LINK_CHANGE, None, "proofloop issue plan "),
    (S.IMPLEMENTED, K.PLAN, None, "no step leads back there from implemented"),
    (S.IMPLEMENTED, K.ROOT_CAUSE, None, "no step leads back there from implemented"),
    (S.VERIFYING, K.PLAN, None, "proofloop issue reopen "),
    (S.CLOSED, K.CONTAIN, CONTAINS, "proofloop issue reopen "),
    (S.CLOSED, K.ASSIGN, ASSIGNS, "proofloop issue reopen ISS-0123456789abcdef-1 --by owner@bank.example --role product_owner"),
    (S.TRIAGE, K.REOPEN, TO_TRIAGE, "it is open already"),
    (S.TRACKED, K.REOPEN, TO_TRIAGE, "only counts its signals"),
    (S.TRACKED, K.CONTAIN, CONTAINS, "proofloop issue note"),
]


@pytest.mark.parametrize(("state", "kind", "document", "command"), NEXT)
def test_a_step_out_of_its_state_is_told_the_next_command(state: IssueState, kind: StepKind, document: Any, command: str):
    (refusal,) = find_state_refusals(a_case(issue=an_issue(state=state)), handed_in(kind, document))
    assert command in refusal.remedy
    assert f"found it in {state}" in refusal.reason


@pytest.mark.parametrize(("cause_seq", "way"), [(8, "proofloop approve list"), (10, "proofloop issue plan ")])
def test_a_plan_that_waits_for_approvals_is_told_so_and_one_older_than_its_cause_is_made_anew(cause_seq: int, way: str):
    steps = a_taken(ActionPlan(actions=(), verification="x"), seq=9), a_taken(a_cause("text"), seq=cause_seq)
    (refusal,) = find_state_refusals(a_case(*steps, issue=an_issue(state=S.RCA_IN_PROGRESS)), handed_in(K.LINK_CHANGE, None))
    assert way in refusal.remedy


def test_a_role_that_may_not_move_the_issue_is_told_who_may():
    (refusal,) = find_state_refusals(a_case(issue=an_issue(state=S.TRIAGE)), handed_in(K.CONTAIN, CONTAINS, R.MODEL_RISK))
    assert refusal.reason == "expected operations_lead, product_owner to move an issue from triage to contained, found model_risk"
    assert "proofloop issue contain ISS-0123456789abcdef-1 --by ops@bank.example --role operations_lead" in refusal.remedy


@pytest.mark.parametrize("systems", [(), (a_system(owners={}),)])
def test_a_system_without_owners_still_gets_a_command(systems: tuple[Any, ...]):
    (refusal,) = find_state_refusals(a_case(issue=an_issue(state=S.TRIAGE)), handed_in(K.ROOT_CAUSE, None, systems=systems))
    assert "`proofloop issue contain ISS-0123456789abcdef-1`" in refusal.remedy


def test_a_cause_that_another_replaced_may_be_recorded_again():
    first, second = a_cause("first"), a_cause("second")
    case = a_case(a_taken(first, 5), a_taken(second, 6), issue=an_issue(state=S.RCA_IN_PROGRESS))
    assert case.taken(a_taken(first).document_digest) is None
    assert case.taken(a_taken(second).document_digest) == a_taken(second, 6)
    assert (case.times_taken(a_taken(first).document_digest), case.times_taken("sha256:none")) == (1, 0)


def test_a_note_stands_though_another_was_written_since():
    case = a_case(a_taken(Note(text="a"), 5), a_taken(Note(text="b"), 6))
    assert case.taken(a_taken(Note(text="a")).document_digest) == a_taken(Note(text="a"), 5)


def test_what_an_earlier_occurrence_recorded_is_recorded_anew():
    case = a_case(a_taken(Note(text="a"), 5), reopened_seq=7)
    assert case.taken(a_taken(Note(text="a")).document_digest) is None
    assert case.times_taken(a_taken(Note(text="a")).document_digest) == 1


def test_a_reopening_is_a_repeat_until_the_issue_is_closed_again():
    steps, digest = (a_taken(TO_TRIAGE, 7),), a_taken(TO_TRIAGE).document_digest
    assert a_case(*steps, reopened_seq=7).taken(digest) == steps[0]
    assert a_case(*steps, reopened_seq=7, issue=an_issue(state=S.CLOSED)).taken(digest) is None


def a_cause(text: str) -> RootCause:
    texts = dict.fromkeys(("confirmed_failure", "direct_cause", "control_failure", "corrective_action", "preventive_action"), text)
    lists: dict[str, Any] = dict.fromkeys(("contributing_causes", "evidence", "five_whys"), (text,))
    return RootCause(family="workflow", **texts, **lists)  # type: ignore[arg-type]
