"""An approval counts when the right person gives it, in a role that is asked, to the newest document, in time, and once.

Nobody approves their own work.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from checks.work.approvals import judge_approval
from checks.work.coverage import find_counting, find_coverage, find_rule, find_unapproved, find_valid, is_approved
from checks.work.duties import find_own_approval
from registry.domain.approving import (
    ApprovalDecision,
    ApprovalKnowledge,
    ApprovalPapers,
    ApprovalRequest,
    SignatureAnswer,
    SignatureVerdict,
    find_broken_glass,
    meaning_of,
    person_key,
)
from registry.domain.catalogue import OwnerRole
from registry.domain.hands import HANDS
from registry.domain.issue import IssueState
from registry.domain.policy_work import ApprovalRule
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps import ActionKind, ActionPlan, PlannedAction
from registry.domain.steps_change import RiskAcceptance
from registry.domain.work import STEPS, ApprovalGiven, Case, StepKind, StepTaken, Submission
from tests.architecture.project import ROOT
from tests.checks.work.cases import AS_OF, a_case, a_step_plan, a_taken, shipped_policies
from tests.checks.work.closing_steps import a_recovery
from tests.checks.work.worksheets import a_worksheet
from tests.closing import a_proposal

OF_CLOSURES = {"not_standing", "proposal_too_old", "risk_ended", "no_emergency"}  # tested in test_approving_closures.py
PLANNER, PRODUCT, RISK, MODEL = "planner@bank.example", "owner@bank.example", "risk@bank.example", "model.risk@bank.example"
DIGEST, PACKAGE, HEAD = "sha256:" + "d" * 64, "sha256:" + "b" * 64, "sha256:" + "c" * 64
ROLES = {PRODUCT: OwnerRole.PRODUCT_OWNER, RISK: OwnerRole.RISK_COMPLIANCE, MODEL: OwnerRole.MODEL_RISK}
ACTION = PlannedAction(
    action="new-filter",
    kind=ActionKind.CORRECTIVE,
    what="x",
    owner=PLANNER,
    due_on=date(2020, 11, 1),
    closure_evidence="y",
    reopen_trigger="z",
)
PLAN = ActionPlan(actions=(ACTION,), verification="before and after")
RISK_TAKEN = RiskAcceptance(owner="head@bank.example", reason="r", proof=("p",), expires_on=date(2021, 1, 1))


def planned(document: Any = PLAN, seq: int = 10, **changes: Any) -> StepTaken:
    return a_taken(document, seq, by=PLANNER, document_digest=DIGEST, bundle_digest=PACKAGE, **changes)


def a_planned_case(
    *more: StepTaken, severity: Severity = Severity.L3, state: IssueState = IssueState.RCA_IN_PROGRESS, **changes: Any
) -> Case:
    case = a_case(planned(), *more, **changes)
    return replace(case, issue=replace(case.issue, severity=severity, state=state))


def a_request(case: Case, by: str = RISK, **changes: Any) -> ApprovalRequest:
    """Return a request for the case's plan that nothing is wrong with, in the person's own role."""
    role, glass = changes.pop("role", ROLES.get(by, OwnerRole.RISK_COMPLIANCE)), changes.get("break_glass", False)
    action = changes.pop("action", StepKind.PLAN)
    step = case.latest(action) or planned()
    base = ApprovalRequest(
        action=action,
        issue=case.issue.issue_id,
        evidence_digest=DIGEST,
        bundle_digest=PACKAGE,
        head=HEAD,
        meaning=meaning_of(case.issue, step, role, is_break_glass=glass),
        printed_name=by,
        role=role,
        nonce="0" * 32,
        signed_at=AS_OF - timedelta(hours=1),
        expires=AS_OF + timedelta(days=2),
        break_glass=glass,
    )
    return replace(base, **changes)


def key_of(name: str) -> str:
    return f"SHA256:{name}"


def known(by: str = RISK, verdict: SignatureVerdict = SignatureVerdict.GOOD, **changes: Any) -> ApprovalKnowledge:
    answer = SignatureAnswer(verdict, key_of(by), "ED25519", "found so")
    return replace(ApprovalKnowledge(signature=answer, sealed_digest=DIGEST, is_head_known=True), **changes)


def judged(
    case: Case,
    request: ApprovalRequest,
    knowledge: ApprovalKnowledge | None = None,
    *,
    signed: bool = True,
    policies: Any = None,
    deputies: Any = None,
    as_of: Any = AS_OF,
) -> ApprovalDecision:
    plan = a_step_plan(
        PLAN,
        submission=Submission(request.action, case.issue.issue_id, request.printed_name, request.role, None),
        policies=policies or shipped_policies(),
        deputies=deputies or {},
        as_of=as_of,
    )
    papers = ApprovalPapers(request, "{}", "sha256:" + "e" * 64, "signature" if signed else "")
    return judge_approval(case, plan, papers, knowledge or known(request.printed_name))


def codes(decision: ApprovalDecision) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


def given(name: str, seq: int = 20, **changes: Any) -> ApprovalGiven:
    """Return a signed approval of the plan, as the ledger holds it."""
    base = ApprovalGiven(
        seq=seq,
        action=StepKind.PLAN,
        document_digest=DIGEST,
        name=name,
        role=ROLES[name].value if name in ROLES else "product_owner",
        kind=ApprovalKind.SIGNED,
        fingerprint=key_of(name),
        nonce=f"n{seq}",
        meaning="m",
        signed_at=AS_OF - timedelta(hours=2),
        expires_at=AS_OF + timedelta(days=1),
        is_break_glass=False,
        at=AS_OF - timedelta(hours=1),
        bundle_digest=f"p{seq}",
    )
    return replace(base, **changes)


def test_without_a_document_there_is_nothing_to_approve() -> None:
    case = replace(a_planned_case(), steps=())
    assert codes(judged(case, a_request(case))) == ["nothing_to_approve"]


def test_a_good_signature_counts_and_the_others_are_still_asked() -> None:
    case = a_planned_case()
    decision = judged(case, a_request(case))
    assert decision.is_accepted and "to" not in decision.body
    assert decision.coverage is not None and decision.coverage.missing == (OwnerRole.PRODUCT_OWNER, OwnerRole.MODEL_RISK)
    assert decision.body["kind"] == ApprovalKind.SIGNED and decision.body["fingerprint"] == key_of(RISK)


@pytest.mark.parametrize("order", list(permutations(ROLES)), ids=lambda names: ">".join(name.partition("@")[0] for name in names))
def test_whoever_signs_last_moves_the_issue_in_every_order(order: tuple[str, ...]) -> None:
    *first, last = order
    case = a_planned_case(approvals=tuple(given(name, seq) for seq, name in enumerate(first, 20)))
    decision = judged(case, a_request(case, last))
    assert (decision.body["from"], decision.body["to"], decision.body["role"]) == ("rca_in_progress", "action_approved", ROLES[last])


def refused(code: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    return code, changes


_OTHER = "sha256:" + "9" * 64
REFUSALS = [
    refused("other_issue", request={"issue": "ISS-other"}),
    refused("edited_document", request={"evidence_digest": _OTHER}),
    refused("edited_document", request={"bundle_digest": _OTHER}),
    refused("edited_document", known={"sealed_digest": _OTHER}),
    refused("superseded", steps=(replace(planned(seq=12), document_digest=_OTHER, bundle_digest=_OTHER),)),
    refused("superseded", steps=(replace(planned(seq=12), bundle_digest=_OTHER),)),
    refused("cause_is_newer", steps=(a_taken(a_worksheet(), 12),)),
    refused("not_sealed", known={"sealed_digest": ""}),
    refused("edited_request", request={"meaning": "I approve nothing."}),
    refused("unknown_head", known={"is_head_known": False}),
    refused("in_the_future", request={"signed_at": AS_OF + timedelta(seconds=1)}),
    refused("before_document", request={"signed_at": AS_OF - timedelta(days=2)}),
    refused("expired", request={"expires": AS_OF}),
    refused("valid_too_long", request={"expires": AS_OF + timedelta(days=14)}),
    refused("nonce_used", known={"nonce_digest": _OTHER}),
    refused("not_approvable", request={"action": StepKind.ROOT_CAUSE}),
    refused("wrong_state", state=IssueState.IMPLEMENTED),
    refused("wrong_role", request={"role": OwnerRole.OPERATIONS_LEAD}),
    refused("wrong_role", request={"role": OwnerRole.DATA_OWNER, "break_glass": True}),
    refused("role_given", approvals=(given("other.risk@bank.example", role="risk_compliance"),)),
    refused("complete", approvals=tuple(given(name, seq) for seq, name in enumerate([PRODUCT, RISK, MODEL], 20)), by="second@bank.example"),
    refused("approved_before", approvals=(given(RISK),)),
    refused("approved_before", approvals=(given(" RISK@Bank.example", role="risk_compliance"),)),
    refused("same_key", approvals=(given(PRODUCT, fingerprint=key_of(RISK)),)),
    refused("shared_key", known={"signature": SignatureAnswer(SignatureVerdict.GOOD, key_of(RISK), also=("deputy@bank.example",))}),
    refused("own_work", by=PLANNER),
    refused("own_work", by="Planner@BANK.example "),
    refused("needs_signature", signed=False),
    refused("needs_signature", signed=False, request={"break_glass": True}),
    refused("needs_signature", signed=False, request={"break_glass": True}, severity=Severity.L1),
    refused("wrong_actor", signed=False, severity=Severity.L1, by="nobody@bank.example", request={"role": OwnerRole.PRODUCT_OWNER}),
    *(refused(verdict.value, verdict=verdict) for verdict in SignatureVerdict if verdict is not SignatureVerdict.GOOD),
]


@pytest.mark.parametrize(("code", "changes"), REFUSALS, ids=[f"{n}-{code}" for n, (code, _) in enumerate(REFUSALS)])
def test_each_thing_that_is_wrong_is_refused_with_its_reason_and_remedy(code: str, changes: dict[str, Any]) -> None:
    case = a_planned_case(*changes.get("steps", ()), approvals=changes.get("approvals", ()), severity=changes.get("severity", Severity.L3))
    by = changes.get("by", RISK)
    request = a_request(case, by, **changes.get("request", {}))
    case = replace(case, issue=replace(case.issue, state=changes.get("state", case.issue.state)))
    knowledge = known(by, changes.get("verdict", SignatureVerdict.GOOD), **changes.get("known", {}))
    decision = judged(case, request, knowledge, signed=changes.get("signed", True))
    assert code in codes(decision) and dict(decision.body) == {}
    assert all(refusal.reason and refusal.remedy for refusal in decision.refusals)


def test_what_is_handed_in_for_another_person_role_or_action_is_refused() -> None:
    case = a_planned_case()
    request = a_request(case)
    plan = a_step_plan(PLAN, submission=Submission(StepKind.PLAN, case.issue.issue_id, PRODUCT, OwnerRole.PRODUCT_OWNER, None))
    assert "other_person" in codes(judge_approval(case, plan, ApprovalPapers(request, "{}", DIGEST, "s"), known()))


def test_every_refusal_of_approvals_is_tested_above() -> None:
    written = set()
    for name in ("approvals", "requests", "duties"):
        written |= set(re.findall(r'"([a-z]+(?:_[a-z]+)+|complete|superseded|expired)"', (ROOT / f"checks/work/{name}.py").read_text()))
    fields = {"document_digest", "signed_at", "expires_at", "is_break_glass", "request_digest"}
    elsewhere = {"other_person", "nothing_to_approve", "approved_it"} | OF_CLOSURES
    assert written - fields - elsewhere <= {code for code, _ in REFUSALS}


def a_rule_for(kind: StepKind, *, needs_signature: bool = True) -> Any:
    rule = ApprovalRule("any", kind.value, tuple(Severity), (OwnerRole.RISK_COMPLIANCE,), needs_signature)
    return replace(shipped_policies(), approvals=(rule,))


def a_step(kind: StepKind, by: str, seq: int) -> StepTaken:
    """Return a step of any kind; what its document says does not matter to who may approve."""
    document = {StepKind.CLOSE: a_proposal(), StepKind.RECOVERY: a_recovery()}.get(kind, PLAN)
    return StepTaken(seq, kind, by, "model_owner", AS_OF - timedelta(days=1), document, DIGEST, PACKAGE)


@pytest.mark.parametrize("kind", StepKind)
def test_nobody_approves_what_they_recorded_whatever_kind_of_step_a_policy_lets_people_approve(kind: StepKind) -> None:
    case = a_planned_case(state=min(STEPS[kind].states))
    case = replace(case, issue=replace(case.issue, closure=DIGEST), steps=(a_step(kind, RISK, 10),))
    request = a_request(case, RISK, action=kind)
    assert codes(judged(case, request, policies=a_rule_for(kind))) == ["own_work"]
    other = replace(case, steps=(a_step(kind, PLANNER, 10),))
    assert codes(judged(other, a_request(other, RISK, action=kind), policies=a_rule_for(kind))) == []


@pytest.mark.parametrize("kind", StepKind)
@pytest.mark.parametrize("hand", sorted(HANDS))
@pytest.mark.parametrize("glass", [False, True])
def test_nobody_who_made_linked_implemented_or_verified_approves_anything_of_the_occurrence(
    kind: StepKind, hand: StepKind, *, glass: bool
) -> None:
    case = a_planned_case(state=min(STEPS[kind].states))
    case = replace(case, steps=(a_step(hand, RISK, 9), a_step(kind, PLANNER, 10)))
    assert "own_work" in codes(judged(case, a_request(case, RISK, action=kind, break_glass=glass), policies=a_rule_for(kind)))


def test_the_hands_are_the_steps_that_plan_link_implement_or_verify_and_no_other_kind_is_forgotten() -> None:
    """A new kind of step must be sorted into one of these by whoever adds it."""
    about = {StepKind.ASSIGN, StepKind.CLASSIFY, StepKind.CONTAIN, StepKind.ROOT_CAUSE, StepKind.ACCEPT_RISK, StepKind.SUPPRESS}
    beside = {StepKind.HOLD, StepKind.RELEASE_HOLD, StepKind.NOTE, StepKind.REOPEN, StepKind.SAME_CAUSE, StepKind.REVIEW, StepKind.CLOSE}
    about |= {StepKind.SCOPE, StepKind.RECOVERY, StepKind.NOT_APPLICABLE}
    assert set(StepKind) == HANDS | about | beside


def test_a_hand_in_an_earlier_occurrence_does_not_forbid_approving_in_this_one() -> None:
    case = a_planned_case(a_step(StepKind.IMPLEMENT, RISK, 5), reopened_seq=7)
    assert judged(case, a_request(case)).is_accepted


@pytest.mark.parametrize("kind", StepKind)
def test_who_approved_the_plan_does_not_carry_it_out(kind: StepKind) -> None:
    case = a_planned_case(approvals=(given(RISK),))
    found = find_own_approval(case, Submission(kind, case.issue.issue_id, "Risk@bank.example", OwnerRole.MODEL_OWNER, None), {})
    assert [refusal.code for refusal in found] == (["approved_it"] if kind in HANDS - {StepKind.PLAN} else [])
    assert find_own_approval(case, Submission(kind, case.issue.issue_id, PRODUCT, OwnerRole.MODEL_OWNER, None), {}) == ()


def test_an_approval_of_an_earlier_recording_of_the_same_document_does_not_count() -> None:
    case = a_planned_case(approvals=(given(PRODUCT, 8), given(MODEL, 9)))
    decision = judged(case, a_request(case))
    assert decision.is_accepted and "to" not in decision.body


def test_an_approval_that_expired_meanwhile_does_not_count_and_may_be_given_again() -> None:
    expired = given(PRODUCT, 20, at=AS_OF - timedelta(hours=3), expires_at=AS_OF - timedelta(hours=2))
    case = a_planned_case(approvals=(expired, given(MODEL, 21)))
    assert "to" not in judged(case, a_request(case)).body
    again = replace(case, approvals=(expired, given(MODEL, 21), given(RISK, 22)))
    assert judged(again, a_request(again, PRODUCT)).body["to"] == "action_approved"


def test_what_was_complete_once_stays_approved() -> None:
    case = a_planned_case(approvals=tuple(given(name, seq) for seq, name in enumerate(ROLES, 20)))
    plan = case.steps[0]
    assert is_approved(case, plan, shipped_policies(), AS_OF) and is_approved(case, plan, shipped_policies(), AS_OF + timedelta(days=400))
    assert not is_approved(case, plan, shipped_policies(), AS_OF - timedelta(days=1))
    assert not is_approved(replace(case, approvals=case.approvals[:2]), plan, shipped_policies(), AS_OF)


def test_a_typed_name_is_enough_where_the_policy_says_so_and_stops_being_so_when_the_severity_rises() -> None:
    case = a_planned_case(severity=Severity.L1)
    decision = judged(case, a_request(case, PRODUCT), signed=False)
    assert (
        decision.body["kind"] == ApprovalKind.ASSERTED and decision.body["fingerprint"] == "" and decision.body["to"] == "action_approved"
    )
    asserted = given(PRODUCT, kind=ApprovalKind.ASSERTED, fingerprint="")
    risen = a_planned_case(severity=Severity.L3, approvals=(asserted,))
    coverage = find_coverage(risen, risen.steps[0], shipped_policies(), AS_OF)
    assert coverage is not None and OwnerRole.PRODUCT_OWNER in coverage.missing


def test_a_request_signed_at_another_severity_means_something_else() -> None:
    request = a_request(a_planned_case(severity=Severity.L3))
    assert "edited_request" in codes(judged(a_planned_case(severity=Severity.L4), request))


def test_a_deputy_named_in_allowed_signers_may_assert() -> None:
    case = a_planned_case(severity=Severity.L1)
    request = a_request(case, "deputy@bank.example", role=OwnerRole.PRODUCT_OWNER)
    assert judged(case, request, signed=False, deputies={"product_owner": ("deputy@bank.example",)}).is_accepted


def test_one_person_does_not_stand_for_two_roles() -> None:
    case = a_planned_case(approvals=(given(RISK),))
    assert "approved_before" in codes(judged(case, a_request(case, RISK, role=OwnerRole.MODEL_RISK)))
    twice = (given(RISK, 20), given(RISK, 21, role="model_risk", nonce="x"), given(PRODUCT, 22))
    forged = a_planned_case(approvals=twice)
    coverage = find_coverage(forged, forged.steps[0], shipped_policies(), AS_OF)
    assert coverage is not None and coverage.missing == (OwnerRole.MODEL_RISK,)


def test_two_who_break_the_glass_stand_in_place_of_the_roles_and_one_does_not() -> None:
    case = a_planned_case()
    first = judged(case, a_request(case, "a@bank.example", role=OwnerRole.OPERATIONS_LEAD, break_glass=True))
    assert first.is_accepted and "to" not in first.body and first.body["is_break_glass"] is True
    broken = replace(case, approvals=(given("a@bank.example", is_break_glass=True, role="operations_lead"),))
    second = judged(broken, a_request(broken, "b@bank.example", role=OwnerRole.BUSINESS_PROCESS_OWNER, break_glass=True))
    assert second.body["to"] == "action_approved" and second.coverage is not None and second.coverage.is_broken
    assert find_broken_glass(broken) == broken.approvals and find_broken_glass(case) == ()


def test_a_normal_approval_and_one_broken_glass_do_not_add_up() -> None:
    case = a_planned_case(approvals=(given(PRODUCT), given(MODEL, 21)))
    decision = judged(case, a_request(case, RISK, break_glass=True))
    assert decision.is_accepted and "to" not in decision.body


def test_the_glass_is_not_broken_by_the_same_person_twice() -> None:
    case = a_planned_case(approvals=(given(RISK, is_break_glass=True),))
    assert "approved_before" in codes(judged(case, a_request(case, RISK, break_glass=True)))


def test_what_a_ledger_should_not_hold_does_not_count_towards_anything() -> None:
    typed = given("b@bank.example", 21, is_break_glass=True, kind=ApprovalKind.ASSERTED, fingerprint="")
    glass = a_planned_case(approvals=(given("a@bank.example", is_break_glass=True), typed))
    shared = a_planned_case(approvals=(given(PRODUCT), given(RISK, 21, fingerprint=key_of(PRODUCT))))
    coverages = [find_coverage(case, case.steps[0], shipped_policies(), AS_OF) for case in (glass, shared)]
    assert [coverage and (len(coverage.broken_glass), len(coverage.counted)) for coverage in coverages] == [(1, 0), (0, 1)]


def test_who_approved_an_earlier_recording_of_the_plan_may_carry_the_present_one_out() -> None:
    case = a_planned_case(approvals=(given(RISK, 8),))
    assert find_own_approval(case, Submission(StepKind.IMPLEMENT, case.issue.issue_id, RISK, OwnerRole.MODEL_OWNER, None), {}) == ()


def test_a_request_that_expires_before_it_was_signed_is_valid_for_no_time() -> None:
    case = a_planned_case()
    request = a_request(case, expires=AS_OF - timedelta(hours=2))
    assert codes(judged(case, request)) == ["expired", "valid_too_long"]


def test_an_accepted_risk_is_approved_in_any_live_state_and_moves_nothing() -> None:
    case = a_case(planned(RISK_TAKEN))
    case = replace(case, issue=replace(case.issue, state=IssueState.TRIAGE))
    decision = judged(case, a_request(case, RISK, action=StepKind.ACCEPT_RISK))
    assert decision.is_accepted and "to" not in decision.body and decision.coverage is not None and decision.coverage.is_complete


def test_every_severity_asks_somebody_about_plans_and_accepted_risks_and_high_ones_for_signatures() -> None:
    for kind in (StepKind.PLAN, StepKind.ACCEPT_RISK):
        for severity in Severity:
            rule = find_rule(shipped_policies(), kind, severity)
            assert rule is not None and rule.needs_signature is (severity.rank >= Severity.L3.rank), (kind, severity)


def test_the_meaning_says_what_is_approved_and_in_an_emergency_that_it_is_one() -> None:
    case = a_planned_case()
    said = meaning_of(case.issue, case.steps[0], OwnerRole.RISK_COMPLIANCE, is_break_glass=True)
    for part in ("risk compliance", "plan", PLANNER, case.issue.issue_id, "L3", "new-filter", "emergency"):
        assert part in said


@pytest.mark.parametrize(("one", "other"), [("Ana@b", "ana@b"), (" ana@b ", "ana@b"), ("ａna@b", "ana@b"), ("Ana  Lima", "ana lima")])
def test_two_spellings_of_a_name_are_one_person(one: str, other: str) -> None:
    assert person_key(one) == person_key(other)


def test_a_severity_that_was_higher_in_the_occurrence_is_the_one_that_is_asked() -> None:
    lowered = replace(a_planned_case(severity=Severity.L1), severities=(Severity.L3, Severity.L1))
    typed = given(PRODUCT, kind=ApprovalKind.ASSERTED, fingerprint="")
    plan = lowered.latest(StepKind.PLAN)
    assert plan is not None
    assert not is_approved(replace(lowered, approvals=(typed,)), plan, shipped_policies(), AS_OF)
    coverage = find_coverage(lowered, plan, shipped_policies(), AS_OF)
    assert coverage is not None and coverage.missing == ("product_owner", "risk_compliance", "model_risk")


def test_what_was_signed_at_a_lower_severity_counts_for_nothing_once_it_has_risen() -> None:
    case = a_planned_case(severity=Severity.L2)
    plan = case.latest(StepKind.PLAN)
    assert plan is not None
    meaning = meaning_of(case.issue, plan, OwnerRole.PRODUCT_OWNER, is_break_glass=False)
    signed = replace(case, approvals=(given(PRODUCT, meaning=meaning),))
    assert [found.role for found in find_valid(signed, plan, AS_OF)] == ["product_owner"]
    risen = replace(signed, issue=replace(case.issue, severity=Severity.L4))
    assert find_valid(risen, plan, AS_OF) == ()
    assert find_valid(replace(signed, issue=replace(case.issue, severity=Severity.L1)), plan, AS_OF) != ()


def test_a_plan_that_its_severity_has_outgrown_is_not_carried_out_until_it_is_approved_again() -> None:
    case = replace(a_planned_case(severity=Severity.L4, state=IssueState.ACTION_APPROVED), approvals=(given(PRODUCT), given(RISK, 21)))
    (refusal,) = find_unapproved(case, shipped_policies(), AS_OF)
    assert refusal.code == "not_approved" and "business_process_owner" in refusal.reason
    assert list(find_unapproved(a_case(), shipped_policies(), AS_OF)) == []


def test_who_typed_their_name_may_sign_once_signatures_are_asked() -> None:
    typed = given(RISK, kind=ApprovalKind.ASSERTED, fingerprint="")
    case = replace(a_planned_case(severity=Severity.L3), approvals=(typed,))
    plan = case.latest(StepKind.PLAN)
    assert plan is not None
    assert find_counting(case, plan, shipped_policies(), AS_OF) == ()
    assert find_counting(replace(case, approvals=(given(RISK),)), plan, shipped_policies(), AS_OF) != ()
