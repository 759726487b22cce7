"""Two groups of which the one that was ahead is behind now: as far apart as before, and others bear it."""

from __future__ import annotations

from random import Random

import pytest

from checks.eval_gate import judge_gate
from checks.gate_fairness import find_unfairness
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec
from registry.domain.gate import GateInputs
from tests.gate_builders import CHAMPION, a_set, alternating, an_evaluation_spec, gate_inputs, outcomes_of

CASES = 1200


def a_grouped_set(case_count: int = CASES) -> EvaluationSet:
    return a_set(case_count, groups={"sex": alternating(case_count, "f", "m")})


def approving(women: tuple[float, float], men: tuple[float, float], case_count: int = CASES) -> GateInputs:
    """Return versions that approve these shares of women and men (champion's, candidate's), whatever the label."""
    cases = a_grouped_set(case_count)
    sides = []
    for version, side in ((CHAMPION, 0), ("2", 1)):
        answers, seen = [], {"f": 0, "m": 0}
        for sex in cases.groups["sex"]:
            share = (women if sex == "f" else men)[side]
            answers.append("approve" if int((seen[sex] + 1) * share + 1e-9) > int(seen[sex] * share + 1e-9) else "decline")
            seen[sex] += 1
        sides.append(outcomes_of(cases, version=version, answers=tuple(answers)))
    return gate_inputs(cases, sides[0], sides[1], spec=an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve")))


def parity(inputs: GateInputs) -> Finding:
    assert inputs.cases and inputs.champion_outcomes and inputs.candidate_outcomes
    findings, _ = find_unfairness(inputs, inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes)
    return next(one for one in findings if "demographic parity" in one.reason)


def test_nobody_is_ahead_under_either_version() -> None:
    found = parity(approving((0.5, 0.5), (0.5, 0.5)))
    assert (found.verdict, found.value, found.baseline) == (Verdict.PASS, 0.0, 0.0)


def test_a_disparity_that_changes_sides_is_a_disparity_that_grew_for_the_group_now_behind() -> None:
    """Men were ahead by 0.3, women are now: "0.300 apart, 0.300 under the champion", and it passed, though men lost 30 points."""
    inputs = approving((0.2, 0.5), (0.5, 0.2))
    found = parity(inputs)
    assert (found.verdict, found.reason_code) == (Verdict.FAIL, "disparity_grew")
    assert [found.value, found.baseline] == pytest.approx([0.3, -0.3])
    assert "m 0.200, f 0.500; 0.300 apart, under the champion m was ahead by 0.300" in found.reason
    assert found.interval and found.interval[0] > 0.2 and judge_gate(inputs).verdict is Verdict.FAIL


def test_groups_that_come_closer_and_end_on_the_other_side_within_what_is_allowed_are_told_and_pass() -> None:
    found = parity(approving((0.2, 0.38), (0.5, 0.34)))
    assert [found.value, found.baseline] == pytest.approx([0.04, -0.3], abs=0.004)
    assert found.verdict is Verdict.PASS and "was ahead by" in found.reason


def test_a_change_of_sides_that_chance_explains_passes() -> None:
    found = parity(approving((0.2, 0.4), (0.5, 0.34), 240))
    assert found.verdict is Verdict.PASS and found.value and found.value > 0.05


def test_a_group_that_was_hardly_ahead_and_falls_behind_fails_by_what_changed_in_its_own_cases() -> None:
    found = parity(approving((0.51, 0.41), (0.5, 0.5)))
    assert found.verdict is Verdict.FAIL and found.baseline == pytest.approx(-0.01)


def test_a_candidate_that_puts_groups_level_is_seldom_called_unfair_for_the_side_it_ends_on() -> None:
    cases, chance, runs, unfair = a_grouped_set(400), Random(11), 300, 0
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve"))
    for _ in range(runs):
        shares = ({"f": 0.2, "m": 0.5}, {"f": 0.4, "m": 0.4})
        answers = [tuple("approve" if chance.random() < of[sex] else "decline" for sex in cases.groups["sex"]) for of in shares]
        sides = (outcomes_of(cases, version=CHAMPION, answers=answers[0]), outcomes_of(cases, answers=answers[1]))
        unfair += parity(gate_inputs(cases, *sides, spec=spec)).verdict is Verdict.FAIL
    assert unfair <= 0.08 * runs
