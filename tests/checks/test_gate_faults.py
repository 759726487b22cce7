"""Whatever is broken on the way to a decision, the candidate does not pass, and the decision names what it was."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from checks.eval_gate import judge_gate
from registry.domain.canonical import record_json
from registry.domain.catalogue import SourceSpec
from registry.domain.decision import Verdict
from registry.domain.evaluation import FairnessSpec, MetricKind, TrainingRead, TrainingSpec
from registry.domain.gate import GateAction, GateInputs
from registry.domain.policy_gate import TooFewAction
from tests.gate_builders import CHAMPION, a_gate_policy, a_metric, a_pair, a_pinned, a_set, an_evaluation_spec, gate_inputs, outcomes_of
from tests.gate_faulty import (
    Fault,
    amounts,
    constant_answers,
    copied,
    copied_with_some_lost,
    critical,
    critical_in_a_repeat,
    duplicated,
    few_answers_of_the_champion,
    hidden_segment,
    label_as_score,
    misspelled_favourable,
    no_events,
    other_labels,
    same_version,
    same_version_by_another_name,
    score_of_the_champion,
    seconds,
    shifted,
    small_segment,
    swapped_sides,
    unfair,
    unread,
    with_candidate,
    with_champion,
    with_errors,
    with_one_score,
    with_scores,
    with_spec,
)

BUNDLE = (("model", "large-1"), ("prompt", "12"))


def taught(read: TrainingRead) -> GateInputs:
    """Return inputs whose catalogue names training data that came out as ``read``."""
    training = TrainingSpec(SourceSpec("train", "data/train.csv"), "id")
    return replace(with_spec(gate_inputs(), training=training), training=read)


FAULTS: dict[str, tuple[Fault, str, Verdict]] = {
    "nothing could be read": (unread, "errored", Verdict.INCONCLUSIVE),
    "there is no set and nobody said why": (lambda: replace(gate_inputs(), cases=None), "no_data", Verdict.INCONCLUSIVE),
    "the set is empty": (lambda: gate_inputs(a_set(0)), "no_data", Verdict.INCONCLUSIVE),
    "the candidate has no outcomes": (lambda: replace(gate_inputs(), candidate_outcomes=None), "no_data", Verdict.INCONCLUSIVE),
    "the champion has no outcomes": (lambda: replace(gate_inputs(), champion_outcomes=None), "no_data", Verdict.INCONCLUSIVE),
    "no measure is named": (lambda: with_spec(gate_inputs(), metrics=()), "not_configured", Verdict.INCONCLUSIVE),
    "a measure has no margin": (lambda: gate_inputs(policy=a_gate_policy(margins={})), "not_configured", Verdict.INCONCLUSIVE),
    "a byte of the set was changed": (
        lambda: with_spec(gate_inputs(), set_digest="sha256:" + "1" * 64),
        "set_changed",
        Verdict.INCONCLUSIVE,
    ),
    "the candidate is the champion": (same_version, "same_version", Verdict.FAIL),
    "the candidate is the champion by another name": (same_version_by_another_name, "same_version", Verdict.FAIL),
    "the outcomes are those of the champion": (copied, "same_outcomes", Verdict.FAIL),
    "the outcomes are the champion's, some of them lost": (copied_with_some_lost, "same_outcomes", Verdict.FAIL),
    "champion and candidate are swapped": (swapped_sides, "not_lined_up", Verdict.INCONCLUSIVE),
    "outcomes are not one a case": (shifted, "not_lined_up", Verdict.INCONCLUSIVE),
    "half of the candidate's cases ended in an error": (lambda: with_errors(500), "errored", Verdict.FAIL),
    "every case of the candidate ended in an error": (
        lambda: with_candidate(answers=(None,) * 1000, errors=("timeout",) * 1000),
        "errored",
        Verdict.INCONCLUSIVE,
    ),
    "half of the champion's cases ended in an error": (lambda: with_errors(500, CHAMPION), "errored", Verdict.INCONCLUSIVE),
    "slightly too many errors": (lambda: with_errors(21), "errored", Verdict.INCONCLUSIVE),
    "cases were not attempted": (
        lambda: with_candidate(answers=(*outcomes_of(a_set(), range(80)).answers[:999], None)),
        "other_cases",
        Verdict.INCONCLUSIVE,
    ),
    "rows of other cases": (lambda: with_candidate(strangers=1), "other_cases", Verdict.INCONCLUSIVE),
    "many answers are none of those agreed": (
        lambda: with_candidate(answers=(*("APPROVE",) * 21, *outcomes_of(a_set()).answers[21:])),
        "off_contract",
        Verdict.FAIL,
    ),
    "the candidate declines what the champion answered": (
        lambda: with_spec(
            with_candidate(answers=(*outcomes_of(a_set(), range(80)).answers[:900], *("I cannot help with that.",) * 100)),
            refusals=("I cannot help with that.",),
        ),
        "regression",
        Verdict.FAIL,
    ),
    "labels that nobody may answer": (other_labels, "label_off_contract", Verdict.FAIL),
    "a case without a label": (
        lambda: gate_inputs(replace(a_set(), labels=("", *a_set().labels[1:])), *a_pair(a_set(), lost=10, won=30, both_wrong=70)),
        "label_off_contract",
        Verdict.INCONCLUSIVE,
    ),
    "one id for several cases": (
        lambda: gate_inputs(replace(a_set(), case_ids=("case-000001", *a_set().case_ids[1:]))),
        "duplicate_ids",
        Verdict.INCONCLUSIVE,
    ),
    "a tenth of the set is there twice": (duplicated, "duplicate_cases", Verdict.INCONCLUSIVE),
    "cases of the set were taught": (lambda: taught(TrainingRead(900, 0, ("case-000007",))), "taught_cases", Verdict.INCONCLUSIVE),
    "the training data is empty": (lambda: taught(TrainingRead(0)), "no_data", Verdict.INCONCLUSIVE),
    "rows of the training data cannot be read": (lambda: taught(TrainingRead(900, 2)), "malformed_rows", Verdict.INCONCLUSIVE),
    "the reserve was looked at too often": (
        lambda: with_spec(gate_inputs(looks=3), on_reserve=True),
        "looks",
        Verdict.INCONCLUSIVE,
    ),
    "a level is missed by both versions": (
        lambda: gate_inputs(a_set(), None, None, a_metric(min_level=0.97)),
        "level_missed",
        Verdict.FAIL,
    ),
    "a level is not shown": (lambda: gate_inputs(None, None, None, a_metric(min_level=0.91)), "level_open", Verdict.INCONCLUSIVE),
    "a bundle was registered twice": (
        lambda: replace(gate_inputs(), candidate=a_pinned("2", parts=BUNDLE), champion=a_pinned("1", parts=BUNDLE)),
        "same_version",
        Verdict.FAIL,
    ),
    "the set was looked at too often": (lambda: gate_inputs(looks=20), "looks", Verdict.INCONCLUSIVE),
    "a column of segments is missing": (
        lambda: with_spec(gate_inputs(), segments=("product",)),
        "missing_segment",
        Verdict.INCONCLUSIVE,
    ),
    "a column of segments is short": (
        lambda: gate_inputs(a_set(segments={"product": ("cards",) * 999})),
        "missing_segment",
        Verdict.INCONCLUSIVE,
    ),
    "a column of groups is missing": (
        lambda: with_spec(gate_inputs(), fairness=FairnessSpec(("sex",), "approve")),
        "missing_group",
        Verdict.INCONCLUSIVE,
    ),
    "too few cases": (lambda: gate_inputs(a_set(99)), "too_few", Verdict.INCONCLUSIVE),
    "a segment has too few cases": (small_segment, "too_few", Verdict.INCONCLUSIVE),
    "cases without a segment value are too few": (
        lambda: gate_inputs(a_set(segments={"region": ("",) * 20 + ("north",) * 980})),
        "too_few",
        Verdict.INCONCLUSIVE,
    ),
    "not enough cases to see a bad candidate": (
        lambda: gate_inputs(a_set(100), *a_pair(a_set(100), won=5), policy=a_gate_policy()),
        "control_failed",
        Verdict.INCONCLUSIVE,
    ),
    "a champion that is always wrong": (
        lambda: gate_inputs(a_set(), *a_pair(a_set(), won=5, both_wrong=995)),
        "control_failed",
        Verdict.INCONCLUSIVE,
    ),
    "a loss of twice the margin": (lambda: gate_inputs(a_set(), *a_pair(a_set(), lost=60, won=20)), "regression", Verdict.FAIL),
    "a loss of exactly the margin": (
        lambda: gate_inputs(a_set(), *a_pair(a_set(), lost=30, won=10, both_wrong=100)),
        "not_shown",
        Verdict.INCONCLUSIVE,
    ),
    "a segment lost while the total rose": (hidden_segment, "segment_regression", Verdict.FAIL),
    "a group fell behind while the total held": (unfair, "disparity_grew", Verdict.FAIL),
    "nobody ever gets the favourable answer": (misspelled_favourable, "no_data", Verdict.INCONCLUSIVE),
    "the champion's answers are spelled otherwise": (
        lambda: with_champion(answers=(*("APPROVE",) * 21, *outcomes_of(a_set(), range(100)).answers[21:])),
        "off_contract",
        Verdict.INCONCLUSIVE,
    ),
    "no segment has cases enough, and policy waives that": (
        lambda: gate_inputs(
            a_set(segments={"branch": tuple(str(place // 29) for place in range(1000))}),
            policy=a_gate_policy(too_few_segments=TooFewAction.WAIVE),
        ),
        "no_segment",
        Verdict.INCONCLUSIVE,
    ),
    "a critical case is wrong": (critical, "critical_case", Verdict.FAIL),
    "a critical case is wrong in its third repeat": (critical_in_a_repeat, "critical_case", Verdict.FAIL),
    "no critical case is marked": (lambda: with_spec(gate_inputs(), critical="is_critical"), "no_data", Verdict.INCONCLUSIVE),
    "the answer is the same in every case": (constant_answers, "constant_answers", Verdict.INCONCLUSIVE),
    "the score is the same in every case": (lambda: with_scores(scores=(0.5,) * 1000), "constant_scores", Verdict.FAIL),
    "the score is the label": (label_as_score, "score_is_label", Verdict.INCONCLUSIVE),
    "the score is the champion's": (score_of_the_champion, "same_scores", Verdict.INCONCLUSIVE),
    "a score is not a number": (lambda: with_one_score(math.nan), "not_a_number", Verdict.INCONCLUSIVE),
    "a score is infinite": (lambda: with_one_score(math.inf, MetricKind.BRIER), "not_a_number", Verdict.INCONCLUSIVE),
    "a score is no probability": (lambda: with_one_score(37.0, MetricKind.CALIBRATION), "not_a_probability", Verdict.INCONCLUSIVE),
    "there are no scores": (lambda: with_scores(scores=()), "missing_column", Verdict.INCONCLUSIVE),
    "labels are no events": (
        lambda: gate_inputs(
            spec=an_evaluation_spec(a_set(), a_metric(MetricKind.BRIER)),
            candidate=outcomes_of(a_set(), range(9), scores=seconds(1, 0.5)),
            champion=outcomes_of(a_set(), range(19), version=CHAMPION, scores=seconds(2, 0.5)),
        ),
        "not_an_event",
        Verdict.INCONCLUSIVE,
    ),
    "one event in a thousand": (no_events, "too_few", Verdict.INCONCLUSIVE),
    "the champion answered chosen cases only": (few_answers_of_the_champion, "missing_values", Verdict.INCONCLUSIVE),
    "seconds are missing where it was slow": (
        lambda: amounts(seconds(1), tuple(one if one < 1.9 else None for one in seconds(2))),
        "missing_values",
        Verdict.INCONCLUSIVE,
    ),
    "seconds are beyond any amount": (lambda: amounts(seconds(1), (1e300, *seconds(2)[1:])), "not_a_number", Verdict.INCONCLUSIVE),
    "seconds are not numbers": (lambda: amounts(seconds(1), (math.nan, *seconds(2)[1:])), "not_a_number", Verdict.INCONCLUSIVE),
    "a column of the measure is missing": (
        lambda: with_spec(gate_inputs(), metrics=(a_metric(), a_metric(MetricKind.PASSED, "grounded", column="grounded"))),
        "missing_column",
        Verdict.INCONCLUSIVE,
    ),
    "right as often and much slower": (lambda: amounts(seconds(1), seconds(2, 1.5)), "regression", Verdict.FAIL),
}


@pytest.mark.parametrize("inputs", [gate_inputs, with_scores, lambda: amounts(seconds(1), seconds(2))])
def test_without_a_fault_these_candidates_pass(inputs: Fault) -> None:
    decision = judge_gate(inputs())
    assert (decision.verdict, decision.action, decision.reasons) == (Verdict.PASS, GateAction.APPROVE, ())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_never_passes_and_is_named(name: str) -> None:
    fault, code, verdict = FAULTS[name]
    decision = judge_gate(fault())
    assert decision.verdict is verdict and decision.action is GateAction.HOLD
    assert code in {reason.code for reason in decision.reasons}


@pytest.mark.parametrize("name", FAULTS)
def test_a_decision_about_a_fault_can_be_kept_and_is_the_same_every_time(name: str) -> None:
    fault, _, _ = FAULTS[name]
    assert record_json(judge_gate(fault())) == record_json(judge_gate(fault()))


def test_there_are_faults_enough() -> None:
    assert len(FAULTS) > 60
