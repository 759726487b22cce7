"""Groups that end up further apart under a candidate."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from checks.eval_gate import judge_gate
from checks.gate_fairness import find_unfairness
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec
from registry.domain.gate import GateAction, GateInputs
from registry.domain.policy_gate import TooFewAction
from tests.gate_builders import CHAMPION, a_gate_policy, a_set, alternating, an_evaluation_spec, gate_inputs, outcomes_of

RATES = ("demographic parity", "equal opportunity", "segment error")


def a_grouped_set(case_count: int = 1200, names: tuple[str, ...] = ("f", "m"), **changes: object) -> EvaluationSet:
    return a_set(case_count, groups={"sex": alternating(case_count, *names)}, **changes)


def places(cases: EvaluationSet, group: str, label: str) -> list[int]:
    both = zip(cases.groups["sex"], cases.labels, strict=True)
    return [place for place, found in enumerate(both) if found == (group, label)]


def inputs_of(cases: EvaluationSet, champion: Iterable[int], candidate: Iterable[int], **changes: object) -> GateInputs:
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve"))
    before, now = outcomes_of(cases, tuple(champion), version=CHAMPION), outcomes_of(cases, tuple(candidate))
    return gate_inputs(cases, before, now, **{"spec": spec, **changes})


def found(inputs: GateInputs) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    assert inputs.cases and inputs.champion_outcomes and inputs.candidate_outcomes
    return find_unfairness(inputs, inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes)


def by_rate(inputs: GateInputs) -> dict[str, Finding]:
    findings, _ = found(inputs)
    return {rate: one for rate in RATES for one in findings if f"{rate}," in one.reason}


def test_a_set_without_groups_has_nobody_to_compare() -> None:
    assert found(gate_inputs()) == ((), ())


@pytest.mark.parametrize("action", TooFewAction)
def test_one_group_alone_cannot_be_compared_whatever_policy_says(action: TooFewAction) -> None:
    findings, _ = found(inputs_of(a_grouped_set(names=("f",)), (), (1,), policy=a_gate_policy(too_few_segments=action)))
    assert {one.reason_code for one in findings} == {"too_few"} and {one.verdict for one in findings} == {Verdict.INCONCLUSIVE}


def test_groups_that_are_treated_as_before_are_within() -> None:
    cases = a_grouped_set()
    rates = by_rate(inputs_of(cases, range(100, 160), range(100, 150)))
    assert set(rates) == set(RATES)
    assert {(one.verdict, one.reason_code) for one in rates.values()} == {(Verdict.PASS, "disparity_within")}


def test_one_group_declined_where_it_was_approved_fails_by_all_three_rates() -> None:
    cases = a_grouped_set()
    women, men = places(cases, "f", "approve"), places(cases, "m", "approve")
    rates = by_rate(inputs_of(cases, (*women[:30], *men[:30]), women[:60]))
    assert {one.verdict for one in rates.values()} == {Verdict.FAIL}
    parity = rates["demographic parity"]
    assert (parity.value, parity.baseline, parity.limit, parity.n) == (pytest.approx(0.1), pytest.approx(0.0), 0.05, 1200)
    assert parity.interval and parity.interval[0] > 0.05 and parity.reason.startswith("sex: demographic parity, f 0.400, m 0.500")
    assert rates["equal opportunity"].value == pytest.approx(0.2)


def test_a_distance_that_changes_sides_and_is_as_large_as_before_has_grown_for_the_group_now_behind() -> None:
    cases = a_grouped_set()
    women, men = places(cases, "f", "approve"), places(cases, "m", "approve")
    parity = by_rate(inputs_of(cases, men[:60], women[:60]))["demographic parity"]
    assert (parity.verdict, parity.value, parity.baseline) == (Verdict.FAIL, pytest.approx(0.1), pytest.approx(-0.1))


def test_a_distance_that_was_there_before_is_told_and_passes() -> None:
    cases = a_grouped_set()
    women = places(cases, "f", "approve")
    parity = by_rate(inputs_of(cases, women[:120], women[1:120]))["demographic parity"]
    assert (parity.verdict, parity.value, parity.baseline) == (Verdict.PASS, pytest.approx(119 / 600), pytest.approx(0.2))


def test_a_growth_that_chance_explains_passes() -> None:
    cases = a_grouped_set(240)
    women, men = places(cases, "f", "approve"), places(cases, "m", "approve")
    parity = by_rate(inputs_of(cases, (*women[:10], *men[:14]), (*women[8:24], *men[10:20])))["demographic parity"]
    assert parity.verdict is Verdict.PASS and parity.interval and parity.interval[0] < 0


def test_groups_further_apart_than_allowed_by_chance_are_not_told_to_be_within() -> None:
    """It passes, because harm has to be shown; the code said that they were not further apart than allowed, and they were."""
    cases = a_grouped_set(240)
    women, men = places(cases, "f", "approve"), places(cases, "m", "approve")
    inputs = inputs_of(cases, (*women[:10], *men[:14]), (*women[8:24], *men[10:20]))
    parity = by_rate(inputs)["demographic parity"]
    assert parity.value is not None and parity.baseline is not None and parity.limit is not None
    assert parity.value - max(0.0, parity.baseline) > parity.limit
    assert (parity.verdict, parity.reason_code) == (Verdict.PASS, "disparity_not_shown")
    assert parity.reason.endswith("is more than allowed, and may be chance: no harm is shown")


def test_a_growth_that_is_certain_and_small_passes() -> None:
    cases = a_grouped_set(12_000)
    parity = by_rate(inputs_of(cases, (), places(cases, "f", "approve")[:240]))["demographic parity"]
    assert parity.verdict is Verdict.PASS and parity.interval and parity.interval[0] > 0.03


def test_a_third_group_that_falls_behind_is_seen_where_another_one_was_as_far_behind_before() -> None:
    cases = a_grouped_set(1800, ("a", "b", "c"))
    before, now = (places(cases, group, "approve")[:100] for group in ("b", "c"))
    rates = by_rate(inputs_of(cases, before, now))
    assert rates["demographic parity"].verdict is Verdict.FAIL and "c 0.333, a 0.500" in rates["demographic parity"].reason


def test_the_candidates_error_is_neither_favourable_nor_right() -> None:
    cases = a_grouped_set()
    inputs = inputs_of(cases, (), ())
    failed = dict.fromkeys(places(cases, "f", "approve")[:60], "timeout")
    for answers in (outcomes_of(cases, errors=failed).answers, cases.labels):  # an answer may stand beside the error
        candidate = outcomes_of(cases, errors=failed, answers=answers)
        rates = by_rate(gate_inputs(cases, inputs.champion_outcomes, candidate, spec=inputs.spec))
        assert {one.verdict for one in rates.values()} == {Verdict.FAIL}


def test_a_case_that_the_champion_did_not_answer_counts_for_no_group() -> None:
    cases = a_grouped_set()
    failed = dict.fromkeys(places(cases, "f", "approve")[:60], "timeout")
    champion = outcomes_of(cases, version=CHAMPION, errors=failed)
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve"))
    rates = by_rate(gate_inputs(cases, champion, outcomes_of(cases, [*failed]), spec=spec))
    assert rates["demographic parity"].n == 1140 and {one.verdict for one in rates.values()} == {Verdict.PASS}


@pytest.mark.parametrize(("action", "verdict"), [(TooFewAction.BLOCK, Verdict.INCONCLUSIVE), (TooFewAction.CANARY, Verdict.PASS)])
def test_a_group_with_too_few_cases_is_listed_and_policy_bears_it(action: TooFewAction, verdict: Verdict) -> None:
    names = ("other",) * 60 + ("f",) * 570 + ("m",) * 570
    cases = a_set(1200, groups={"sex": names})
    inputs = inputs_of(cases, range(100, 140), range(100, 120), policy=a_gate_policy(too_few_segments=action))
    findings, small = found(inputs)
    # 60 cases are enough for the rates of all, 30 of them with a favourable label are not.
    assert [(one.subject, one.reason_code) for one in small] == [("equal opportunity of sex=other", "too_few")]
    assert [one.verdict for one in findings if one.reason_code == "too_few"] == [verdict]
    decision = judge_gate(inputs)
    assert decision.verdict is verdict and decision.action is (GateAction.CANARY if verdict is Verdict.PASS else GateAction.HOLD)


@pytest.mark.parametrize("has_labels", [True, False])
def test_a_favourable_answer_that_neither_version_ever_gives_compares_nobody(has_labels: bool) -> None:
    """The catalogue says "Approve" and the versions "approve": 0.000 apart, 0.000 before."""
    cases = a_grouped_set()
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "Approve"))
    inputs = inputs_of(cases, range(9), range(19), spec=spec)
    bare = cases if has_labels else EvaluationSet(cases.digest, cases.case_ids, groups=cases.groups)
    assert inputs.champion_outcomes and inputs.candidate_outcomes
    findings, left_out = find_unfairness(inputs, bare, inputs.champion_outcomes, inputs.candidate_outcomes)
    assert (findings[0].verdict, findings[0].reason_code, findings[0].blocking) == (Verdict.INCONCLUSIVE, "no_data", True)
    assert "'Approve'" in findings[0].reason
    assert [one.reason.split(",")[0] for one in findings[1:]] == ["sex: segment error"] * has_labels
    assert [one.subject for one in left_out] == [f"{rate} of sex" for rate in RATES[: 1 + has_labels]]


def test_a_favourable_answer_that_one_version_never_gives_is_compared() -> None:
    cases = a_grouped_set(labels=("decline",))
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve"))
    champion = outcomes_of(cases, version=CHAMPION, answers=("approve",) + ("decline",) * 1199)
    findings, _ = found(gate_inputs(cases, champion, outcomes_of(cases, answers=("decline",) * 1200), spec=spec))
    assert "no_data" not in {one.reason_code for one in findings}


def test_without_a_favourable_answer_only_errors_are_compared() -> None:
    cases = a_grouped_set()
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), ""))
    assert set(by_rate(inputs_of(cases, (), (1,), spec=spec))) == {"segment error"}


def test_without_labels_only_answers_are_compared() -> None:
    cases = a_grouped_set()
    inputs = inputs_of(cases, range(9), range(19))
    bare = EvaluationSet(cases.digest, cases.case_ids, groups=cases.groups)
    assert inputs.champion_outcomes and inputs.candidate_outcomes
    findings, _ = find_unfairness(inputs, bare, inputs.champion_outcomes, inputs.candidate_outcomes)
    assert [one.reason.split(",")[0] for one in findings] == ["sex: demographic parity"]


def test_groups_without_anything_to_compare_them_by_are_not_configured() -> None:
    cases = a_grouped_set()
    inputs = inputs_of(cases, range(9), range(19), spec=an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "")))
    bare = EvaluationSet(cases.digest, cases.case_ids, groups=cases.groups)
    assert inputs.champion_outcomes and inputs.candidate_outcomes
    (one,), _ = find_unfairness(inputs, bare, inputs.champion_outcomes, inputs.candidate_outcomes)
    assert (one.verdict, one.reason_code) == (Verdict.INCONCLUSIVE, "not_configured")


@pytest.mark.parametrize("names", [("f", "m"), ("a", "b", "c", "d", "e")])
def test_versions_that_treat_groups_alike_are_seldom_called_unfair(names: tuple[str, ...]) -> None:
    cases, chance, unfair, runs = a_grouped_set(60 * len(names), names), Random(7), 0, 300
    for _ in range(runs):
        champion, candidate = ([place for place in range(len(cases.case_ids)) if chance.random() < 0.15] for _ in range(2))
        findings, _ = found(inputs_of(cases, champion, candidate))
        unfair += any(one.verdict is Verdict.FAIL for one in findings)
    assert unfair <= 0.06 * runs
