"""Signing a closure: the proposal that stands, by people who made nothing of what it is about; the last signature closes the issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from checks.work.coverage import find_rule
from registry.domain.approving import meaning_of
from registry.domain.catalogue import OwnerRole
from registry.domain.hands import CLOSURE_HANDS, HANDS
from registry.domain.issue import IssueState, movers
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps_change import RiskAcceptance
from registry.domain.steps_closure import ClosureGate, NotApplicable
from registry.domain.work import Case, StepKind, StepTaken
from tests.checks.work.cases import AS_OF, a_case, a_taken, an_approval, shipped_policies
from tests.checks.work.closing_steps import a_recovery
from tests.checks.work.test_approvals import (
    DIGEST,
    MODEL,
    PACKAGE,
    PLAN,
    PLANNER,
    PRODUCT,
    RISK,
    ROLES,
    a_request,
    a_step,
    codes,
    given,
    judged,
)
from tests.closing import a_proposal

WAIVED = NotApplicable(gate=ClosureGate.CUSTOMER_RECOVERY, reason="no account was locked: 40 of 40 looked at", evidence=("query 7",))


def a_closing_case(*more: StepTaken, severity: Severity = Severity.L3, proposed_at: Any = None, **changes: Any) -> Case:
    """Return a case in verification whose closure was proposed a day ago."""
    at = proposed_at or AS_OF - timedelta(days=1)
    proposed = StepTaken(10, StepKind.CLOSE, "machine", "machine", at, a_proposal(), DIGEST, PACKAGE)
    case = a_case(*more, proposed, **changes)
    return replace(case, issue=replace(case.issue, severity=severity, state=IssueState.VERIFYING, closure=DIGEST))


def signing(case: Case, by: str = RISK, **changes: Any) -> list[str]:
    return codes(judged(case, a_request(case, by, action=StepKind.CLOSE, **changes)))


def signed(name: str, seq: int = 20, **changes: Any) -> Any:
    return given(name, seq, action=StepKind.CLOSE, **changes)


def test_without_a_proposal_there_is_nothing_to_sign() -> None:
    case = replace(a_closing_case(), steps=())
    decision = judged(case, a_request(case, action=StepKind.CLOSE, evidence_digest=DIGEST))
    assert codes(decision) == ["nothing_to_approve"]
    assert "proofloop closure" in decision.refusals[0].remedy


@pytest.mark.parametrize("order", list(permutations(ROLES)), ids=lambda names: ">".join(name.partition("@")[0] for name in names))
def test_whoever_signs_last_closes_the_issue_in_every_order(order: tuple[str, ...]) -> None:
    *first, last = order
    early = judged(a_closing_case(), a_request(a_closing_case(), first[0], action=StepKind.CLOSE))
    assert early.is_accepted and "to" not in early.body
    case = a_closing_case(approvals=tuple(signed(name, seq) for seq, name in enumerate(first, 20)))
    body = judged(case, a_request(case, last, action=StepKind.CLOSE)).body
    assert (body["from"], body["to"], body["role"], body["document_digest"]) == ("verifying", "closed", ROLES[last], DIGEST)


def test_a_proposal_that_something_took_back_is_not_signed() -> None:
    case = a_closing_case()
    assert signing(replace(case, issue=replace(case.issue, closure=""))) == ["not_standing"]
    assert signing(replace(case, issue=replace(case.issue, closure="sha256:" + "9" * 64))) == ["not_standing"]


def test_a_proposal_is_signed_within_the_days_of_the_policy_and_not_a_second_later() -> None:
    assert signing(a_closing_case(proposed_at=AS_OF - timedelta(days=14))) == []
    assert signing(a_closing_case(proposed_at=AS_OF - timedelta(days=14, seconds=1))) == ["proposal_too_old"]


def at_risk_until(ends_on: date, *more: StepTaken, proposed_on: date = date(2020, 10, 12)) -> Case:
    """Return a case whose closure was proposed on ``proposed_on``, with a risk accepted and signed before, until ``ends_on``."""
    risk = RiskAcceptance(owner="cfo@bank.example", reason="two", proof=("R-7",), expires_on=ends_on)
    accepted = a_taken(risk, 8, by=PLANNER, issue_severity=Severity.L3)
    case = a_closing_case(accepted, *more)
    *before, proposed = case.steps
    proposed = replace(proposed, document=replace(proposed.document, business_date=proposed_on))
    told = {"action": StepKind.ACCEPT_RISK, "kind": ApprovalKind.SIGNED, "role": OwnerRole.RISK_COMPLIANCE, "name": "signer"}
    given = an_approval(accepted.document_digest, seq=9, **told)
    return replace(case, steps=(*before, proposed), approvals=(given,))


@pytest.mark.parametrize(
    ("ends_on", "proposed_on", "expected"),
    [
        (date(2020, 10, 16), date(2020, 10, 12), []),
        (date(2020, 10, 15), date(2020, 10, 12), ["risk_ended"]),
        (date(2020, 10, 13), date(2020, 10, 12), ["risk_ended"]),
        (date(2020, 10, 12), date(2020, 10, 12), []),
    ],
    ids=["in force", "ends today", "ended", "over before it was proposed"],
)
def test_a_closure_proposed_under_an_accepted_risk_is_not_signed_once_that_has_ended(
    ends_on: date, proposed_on: date, expected: list[str]
) -> None:
    """The triage records the end in the morning; whoever signs before it, or while it does not run, is asked here."""
    assert signing(at_risk_until(ends_on, proposed_on=proposed_on)) == expected


def test_the_signature_that_would_close_the_issue_is_asked_the_same_and_told_until_when_the_risk_was_accepted() -> None:
    case = at_risk_until(date(2020, 10, 15))
    case = replace(case, approvals=(*case.approvals, signed(PRODUCT), signed(MODEL, 21)))
    decision = judged(case, a_request(case, RISK, action=StepKind.CLOSE))
    assert (codes(decision), decision.body) == (["risk_ended"], {})
    assert "cfo@bank.example, accepted until 2020-10-15" in decision.refusals[0].reason
    assert "accept-risk" in decision.refusals[0].remedy


def test_a_typed_name_closes_nothing_at_any_severity() -> None:
    for severity in Severity:
        case = a_closing_case(severity=severity)
        request = a_request(case, PRODUCT, action=StepKind.CLOSE)
        assert "needs_signature" in codes(judged(case, request, signed=False))


def test_nothing_is_closed_in_an_emergency() -> None:
    assert signing(a_closing_case(), break_glass=True) == ["no_emergency"]


@pytest.mark.parametrize("hand", sorted(CLOSURE_HANDS))
def test_nobody_signs_who_planned_linked_implemented_verified_or_saw_to_the_customers(hand: StepKind) -> None:
    case = a_closing_case(a_step(hand, " Risk@bank.example", 9))
    assert signing(case) == ["own_work"]
    earlier = replace(case, reopened_seq=9)
    assert signing(earlier) == []


def test_who_saw_to_the_customers_may_approve_a_plan_all_the_same() -> None:
    assert {StepKind.RECOVERY, StepKind.NOT_APPLICABLE} == CLOSURE_HANDS - HANDS


def test_one_person_or_key_does_not_sign_in_two_roles() -> None:
    case = a_closing_case(approvals=(signed(RISK),))
    assert "approved_before" in signing(case, RISK, role=OwnerRole.MODEL_RISK)
    shared = a_closing_case(approvals=(signed(PRODUCT, fingerprint=f"SHA256:{MODEL}"),))
    assert "same_key" in signing(shared, MODEL)


def test_an_issue_in_another_state_is_not_closed() -> None:
    case = a_closing_case()
    assert signing(replace(case, issue=replace(case.issue, state=IssueState.IMPLEMENTED))) == ["wrong_state"]


def test_signatures_of_an_earlier_proposal_do_not_count_for_the_next() -> None:
    case = a_closing_case(approvals=(signed(PRODUCT, 8), signed(MODEL, 9)))
    decision = judged(case, a_request(case, action=StepKind.CLOSE))
    assert decision.is_accepted and "to" not in decision.body


def test_every_severity_asks_its_roles_to_sign_a_closure_and_each_of_them_may_close() -> None:
    asked = {severity: find_rule(shipped_policies(), StepKind.CLOSE, severity) for severity in Severity}
    assert {severity.value: rule and [role.value for role in rule.roles] for severity, rule in asked.items()} == {
        "L0": ["product_owner"],
        "L1": ["product_owner"],
        "L2": ["product_owner", "operations_lead"],
        "L3": ["product_owner", "risk_compliance", "model_risk"],
        "L4": ["product_owner", "risk_compliance", "model_risk", "business_process_owner"],
    }
    able = {role.value for role in movers(IssueState.VERIFYING, IssueState.CLOSED)}
    assert all(rule and rule.needs_signature and {role.value for role in rule.roles} <= able for rule in asked.values())


def test_a_waived_gate_is_approved_by_risk_and_compliance_and_signed_where_there_may_have_been_harm() -> None:
    for severity in Severity:
        rule = find_rule(shipped_policies(), StepKind.NOT_APPLICABLE, severity)
        assert rule and rule.roles == (OwnerRole.RISK_COMPLIANCE,) and rule.needs_signature is (severity.rank >= Severity.L3.rank)
    waived = a_taken(WAIVED, 10, by=PLANNER, document_digest=DIGEST, bundle_digest=PACKAGE)
    case = replace(a_case(waived), issue=replace(a_closing_case().issue, closure=""))
    decision = judged(case, a_request(case, action=StepKind.NOT_APPLICABLE))
    assert decision.is_accepted and "to" not in decision.body and decision.coverage is not None and decision.coverage.is_complete


def test_the_meaning_says_what_a_closure_means() -> None:
    case = a_closing_case()
    said = meaning_of(case.issue, case.steps[0], OwnerRole.RISK_COMPLIANCE, is_break_glass=False)
    parts = ("the proposal to close that the machine recorded", "scope: earned", "Its window: clean: 60 observed days", "nothing remains")
    for part in (*parts, "for its customers, myself", "the issue is closed", "severity L3"):
        assert part in said
    left = replace(case.steps[0], document=a_proposal(residual="two customers, accepted by risk@bank.example"))
    assert "what remains: two customers" in meaning_of(case.issue, left, OwnerRole.RISK_COMPLIANCE, is_break_glass=False)
    waived = replace(case.steps[0], kind=StepKind.NOT_APPLICABLE, by=PLANNER, document=WAIVED)
    assert "customer recovery does not apply, because no account was locked" in meaning_of(
        case.issue, waived, OwnerRole.RISK_COMPLIANCE, is_break_glass=False
    )


def test_who_checked_what_was_done_for_the_customers_does_not_sign_that_it_was_and_an_earlier_checker_may() -> None:
    checked = a_taken(a_recovery(checker=" Risk@bank.example"), 8, by=PLANNER)
    decision = judged(a_closing_case(checked), a_request(a_closing_case(checked), RISK, action=StepKind.CLOSE))
    assert codes(decision) == ["own_work"]
    assert "checked what was done for the customers" in decision.refusals[0].reason
    assert signing(a_closing_case(checked, a_taken(a_recovery(), 9, by=PLANNER))) == []


def test_who_owns_an_action_of_the_plan_does_not_sign_its_closure_whoever_recorded_it() -> None:
    owned = replace(PLAN, actions=(replace(PLAN.actions[0], owner=" Risk@bank.example"), *PLAN.actions[1:]))
    case = a_closing_case(replace(a_step(StepKind.PLAN, PLANNER, 9), document=owned))
    assert signing(case) == ["own_work"]
    assert signing(a_closing_case(a_step(StepKind.PLAN, PLANNER, 9))) == []
