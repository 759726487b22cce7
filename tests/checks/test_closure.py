"""Seven gates: nothing is closed on nothing, what passes says how, and what remains is told with who answers for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.closure import judge_closure, proposal_of, substance_of
from registry.domain.canonical import digest_of, record_json
from registry.domain.closure import ArchiveCheck, ClosureInputs, GateJudgement, GateStanding
from registry.domain.decision import NotEvaluated, Verdict
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.signal import Severity
from registry.domain.steps import VerificationKind
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import Case, StepKind
from tests.closure_builders import (
    a_closure,
    a_closure_policy,
    a_shared_effect,
    a_window,
    an_archive,
    some_signals,
    some_work_policies,
)
from tests.closure_documents import ENGINEER, an_evidence
from tests.closure_spoiling import ACCEPTED_AT, L2, L3, all_earlier, at_risk, told
from tests.closure_story import VERIFIED_AT, a_story
from tests.recurrence_builders import a_level, a_segment_change

_K = StepKind


def gate_of(inputs: ClosureInputs, gate: ClosureGate) -> GateJudgement:
    return next(found for found in judge_closure(inputs).gates if found.gate is gate)


def codes(inputs: ClosureInputs, gate: ClosureGate) -> list[str]:
    return [lack.code for lack in gate_of(inputs, gate).lacks]


def nothing() -> ClosureInputs:
    whole = a_closure()
    return replace(
        whole,
        case=Case(whole.case.issue),
        graph=EvidenceGraph((), ()),
        window=None,
        archive=ArchiveCheck(Verdict.INCONCLUSIVE, "nobody looked", ""),
        signals=(),
    )


def test_with_nothing_at_all_no_gate_passes_and_each_says_what_to_do() -> None:
    decision = judge_closure(nothing())
    assert decision.verdict is not Verdict.PASS
    assert [gate.gate for gate in decision.gates] == list(ClosureGate)
    assert all(gate.verdict is not Verdict.PASS and gate.standing is GateStanding.LACKING and gate.lacks for gate in decision.gates)
    assert not decision.before_after


def test_a_policy_that_asks_nothing_of_a_severity_asks_something_strong() -> None:
    assert codes(told(a_story().without(_K.ADD_EVIDENCE), policy=a_closure_policy(min_evidence={})), ClosureGate.VERIFICATION) == [
        "too_weak"
    ]


@pytest.mark.parametrize(("severity", "asked", "signed"), [(L2, 2, False), (L3, 3, True)])
def test_a_closure_that_passes_says_who_signs_and_rests_every_gate_on_evidence(severity: Severity, asked: int, signed: bool) -> None:
    decision = judge_closure(a_closure(severity))
    assert decision.verdict is Verdict.PASS
    assert {gate.standing for gate in decision.gates} == {GateStanding.EARNED}
    assert (len(decision.asked), decision.needs_signature, decision.residual) == (asked, signed, "")
    assert (decision.before_after[0].name, len(decision.before_after)) == ("", 3)
    rests = {gate.gate for gate in decision.gates if gate.evidence}
    assert {ClosureGate.ROOT_CAUSE, ClosureGate.CHANGE, ClosureGate.VERIFICATION, ClosureGate.RECURRENCE, ClosureGate.EVIDENCE} <= rests


def test_a_decision_names_what_it_rests_on_by_digest() -> None:
    names = [[found.name for found in judge_closure(a_closure(severity)).inputs] for severity in (L2, L3)]
    assert names[0] == ["evidence graph", "archive head", "recurrence window", "approvals"]
    assert names[1] == ["evidence graph", "archive head", "recurrence window", "recovery list", "approvals"]


def test_each_gate_says_what_it_rests_on_in_a_sentence() -> None:
    told = {gate.gate: gate.summary for gate in judge_closure(a_closure()).gates}
    assert told[ClosureGate.ROOT_CAUSE].startswith("rag knowledge: The retriever ranked the price list")
    assert told[ClosureGate.CHANGE] == "released for all traffic: new-filter by card_fraud_filter 8, code-check by schema-check 7"
    assert told[ClosureGate.VERIFICATION] == "shown by production kri (high), human qa sample (high)"


def test_without_a_window_no_package_of_one_is_missed() -> None:
    assert codes(a_closure(window=None), ClosureGate.EVIDENCE) == []


def test_l4_asks_four_people() -> None:
    decision = judge_closure(a_closure(Severity.L4, window=a_window(Severity.L4, date(2021, 5, 10))))
    assert (decision.verdict, decision.asked[-1]) == (Verdict.PASS, "business_process_owner")


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert record_json(judge_closure(a_closure(L3))) == record_json(judge_closure(a_closure(L3)))


def test_a_severity_that_was_lowered_since_is_asked_by_the_highest_of_the_occurrence() -> None:
    case = a_closure().case
    lowered = judge_closure(a_closure(case=replace(case, severities=(L3,))))
    assert (lowered.severity, lowered.needs_signature) == (L3, True)
    assert "no_recovery" in {reason.code for reason in lowered.reasons}


def test_a_severity_that_was_raised_after_the_release_asks_nothing_more_of_the_plan() -> None:
    raised = replace(a_closure(), severity=L3)
    assert codes(raised, ClosureGate.CHANGE) == []


def test_one_lack_is_told_in_its_gate_alone() -> None:
    decision = judge_closure(told(a_story().without(_K.SCOPE)))
    assert [gate.gate for gate in decision.gates if gate.verdict is not Verdict.PASS] == [ClosureGate.SCOPE]
    assert [reason.code for reason in decision.reasons] == ["no_scope"]


def test_what_happened_in_an_earlier_occurrence_counts_for_nothing() -> None:
    decision = judge_closure(told(all_earlier()))
    lacking = {gate.gate for gate in decision.gates if gate.lacks}
    assert lacking == set(ClosureGate) - {ClosureGate.CUSTOMER_RECOVERY}


def test_a_scope_of_everybody_covers_every_segment_and_step() -> None:
    story = a_story().changed(_K.SCOPE, segments=("all",), journeys=("all",))
    signals = (*some_signals(), replace(some_signals(1)[0], key="other", segment={"product": "Loan"}, journey_step="dispute"))
    assert codes(told(story, signals=signals), ClosureGate.SCOPE) == []


def test_a_signal_of_another_issue_with_the_same_cause_need_not_lie_inside_the_scope() -> None:
    elsewhere = replace(some_signals(1)[0], key="other", segment={"product": "Loan"}, same_cause_issue="ISS-2")
    assert codes(a_closure(signals=(*some_signals(), elsewhere)), ClosureGate.SCOPE) == []


def test_a_share_that_grew_to_everybody_counts_by_the_history_of_versions() -> None:
    story = a_story().changed(_K.IMPLEMENT, share_percent=10)
    assert codes(told(story), ClosureGate.CHANGE) == []
    assert codes(told(story, window=None), ClosureGate.CHANGE) == ["partial_share"]


def test_a_piece_that_does_not_count_is_left_out_where_the_others_are_enough() -> None:
    story = a_story().take(VERIFIED_AT, _K.ADD_EVIDENCE, _again(), ENGINEER, "model_owner")
    assert codes(told(story, archive=an_archive(story)), ClosureGate.VERIFICATION) == []


def _again() -> Any:
    return an_evidence(VerificationKind.REGRESSION_EVAL, pointers=())


def test_what_can_be_had_before_a_release_counts_from_before_it() -> None:
    story = (
        a_story().changed(_K.ADD_EVIDENCE, 1, kind=VerificationKind.REGRESSION_EVAL).at(_K.ADD_EVIDENCE, ACCEPTED_AT - timedelta(days=90))
    )
    assert codes(told(story), ClosureGate.VERIFICATION) == []


def test_a_segment_that_nobody_decided_in_since_is_not_evaluated() -> None:
    changes = (*a_window().segments, a_segment_change(name="product", value="Loan", after=a_level(exposure_count=0)))
    decision = judge_closure(a_closure(window=a_window(segments=changes)))
    assert decision.verdict is Verdict.PASS
    assert [found.subject for found in decision.not_evaluated] == ["product Loan"]


def test_a_rise_that_chance_explains_is_no_adverse_effect() -> None:
    some = a_segment_change(before=a_level(occurrence_count=2), after=a_level(occurrence_count=5))
    assert codes(a_closure(shared=(a_shared_effect(change=some),)), ClosureGate.VERIFICATION) == []


def test_a_segment_in_which_nothing_was_seen_before_can_become_worse() -> None:
    fresh = a_segment_change(name="channel", value="Phone", before=a_level(occurrence_count=0), after=a_level(occurrence_count=30))
    found = codes(a_closure(window=a_window(segments=(*a_window().segments, fresh))), ClosureGate.VERIFICATION)
    assert found == ["adverse_segment"]


def test_evidence_recorded_before_it_said_how_well_it_was_had_keeps_its_digest() -> None:
    story, places = a_story(), (0, 1)
    events = list(story.events)
    for place in places:
        seq = story.steps(_K.ADD_EVIDENCE)[place]
        told_event = dict(events)[seq]
        document = {name: value for name, value in told_event["data"]["document"].items() if not name.startswith("quality_")}
        digest = digest_of({"issue": told_event["issue"], "step": "add-evidence", "document": document})
        events[seq - 1] = (seq, {**told_event, "data": told_event["data"] | {"document": document, "document_digest": digest}})
    assert judge_closure(told(replace(story, events=tuple(events)))).verdict is Verdict.PASS


def test_what_people_sign_tells_every_gate_the_window_and_what_remains() -> None:
    decision = judge_closure(told(at_risk()))
    proposal = proposal_of(decision, "sha256:" + "d" * 64)
    assert [text.partition(":")[0] for text in proposal.gates] == [gate.value for gate in ClosureGate]
    assert proposal.window.startswith("clean after 60 observed days")
    assert proposal.residual == decision.residual


def test_another_day_of_the_same_quiet_is_no_news_and_a_new_lack_is() -> None:
    today, later = judge_closure(a_closure()), judge_closure(a_closure(window=a_window(observed_days=61, exposure=5_400)))
    assert substance_of(today) == substance_of(later)
    assert substance_of(today) != substance_of(judge_closure(told(a_story().without(_K.SCOPE))))


def test_who_signs_is_asked_by_the_table_and_not_by_the_code() -> None:
    work = some_work_policies()
    rules = tuple(replace(rule, roles=rule.roles[:1]) if rule.action is _K.CLOSE else rule for rule in work.approvals)
    assert judge_closure(a_closure(work=replace(work, approvals=rules))).asked == ("product_owner",)


def test_what_the_window_did_not_evaluate_the_closure_did_not_evaluate_either() -> None:
    left_out = NotEvaluated("containment", "control_may_stand", "a temporary control may still hide it")
    assert left_out in judge_closure(a_closure(window=replace(a_window(), not_evaluated=(left_out,)))).not_evaluated
