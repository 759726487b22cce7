"""Gaps of a column: errors and empty cells hide the same cases, and an errored answer is right by no measure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.eval_gate import judge_gate
from checks.gate_columns import find_column_problems
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import MetricKind, MetricSpec
from registry.domain.gate import GateAction, GateInputs
from tests.gate_builders import CANDIDATE, CHAMPION, a_metric, a_set, an_evaluation_spec, gate_inputs, outcomes_of

CASES = 1000
SECONDS = a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False)


def a_timed_pair(errors: int, empty: int, *, side: str = CANDIDATE, metric: MetricSpec = SECONDS) -> GateInputs:
    """Return versions of which one gave errors to the first cases and no seconds to the ones after them."""
    cases, failed = a_set(CASES), dict.fromkeys(range(errors), "timeout")
    whole = tuple(1.0 + place % 7 / 10 for place in range(CASES))
    broken = tuple(None if place < errors + empty else value for place, value in enumerate(whole))
    champion, candidate = (
        outcomes_of(
            cases,
            range(200, 200 + wrong),
            version=version,
            errors=failed if version == side else {},
            amounts={"seconds": broken if version == side else whole},
        )
        for version, wrong in ((CHAMPION, 90), (CANDIDATE, 60))
    )
    return gate_inputs(cases, champion, candidate, spec=an_evaluation_spec(cases, a_metric(), metric))


def gaps(inputs: GateInputs) -> list[Finding]:
    assert inputs.cases and inputs.champion_outcomes and inputs.candidate_outcomes
    found = find_column_problems(inputs, inputs.cases, (inputs.champion_outcomes, inputs.candidate_outcomes))
    return [one for one in found if one.reason_code == "missing_values"]


def test_a_column_without_a_gap_has_no_problem() -> None:
    assert gaps(a_timed_pair(0, 0)) == []


def test_errors_and_empty_amounts_add_up_so_that_the_slowest_cases_do_not_vanish() -> None:
    """Two per cent errors and two per cent empty seconds are each allowed: the slowest four per cent fell out, and it passed."""
    inputs = a_timed_pair(20, 20)
    (found,) = gaps(inputs)
    assert (found.verdict, found.subject, found.value, found.limit) == (Verdict.INCONCLUSIVE, CANDIDATE, 0.04, 0.02)
    assert "40 of 1,000 cases have no value of 2 (20 errors, 20 empty)" in found.reason
    assert judge_gate(inputs).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("errors", "empty", "is_told"), [(10, 10, False), (10, 11, True), (0, 20, False), (0, 21, True)])
def test_the_ceiling_is_on_errors_and_empty_cells_together(errors: int, empty: int, is_told: bool) -> None:
    assert bool(gaps(a_timed_pair(errors, empty))) is is_told


def test_errors_alone_are_told_once_and_not_for_every_measure() -> None:
    assert gaps(a_timed_pair(30, 0)) == []


def test_gaps_of_the_champion_add_up_as_well() -> None:
    assert [one.subject for one in gaps(a_timed_pair(20, 20, side=CHAMPION))] == [CHAMPION]


@pytest.mark.parametrize("kind", [MetricKind.ACCURACY, MetricKind.F1])
def test_the_text_of_an_errored_answer_is_right_by_no_measure(kind: MetricKind) -> None:
    """Twenty of a thousand ended in an error with the right text beside it: accuracy counted them as wrong, and F1 as right."""
    cases = a_set(CASES)
    failed = dict.fromkeys(range(20), "timeout")
    champion = outcomes_of(cases, range(500, 540), version=CHAMPION)
    candidate = outcomes_of(cases, range(540, 580), errors=failed, answers=outcomes_of(cases, range(540, 580)).answers)
    decision = judge_gate(gate_inputs(cases, champion, candidate, a_metric(kind)))
    (whole,) = decision.comparisons
    assert whole.difference and whole.difference.candidate == pytest.approx(0.94 if kind is MetricKind.ACCURACY else 0.95, abs=0.004)
    assert whole.difference.candidate < 0.955 < whole.difference.champion


def test_without_content_that_a_case_may_be_there_twice_is_listed_on_a_pass() -> None:
    cases = a_set(CASES, contents=())
    decision = judge_gate(gate_inputs(cases))
    assert (decision.verdict, decision.action) == (Verdict.PASS, GateAction.APPROVE)
    assert _unseen(decision.not_evaluated) == ["duplicates"]


@pytest.mark.parametrize("is_read", [True, False])
def test_without_content_that_is_listed_whether_or_not_anything_could_be_read(is_read: bool) -> None:
    inputs = gate_inputs(a_set(0, contents=()))
    if not is_read:
        inputs = replace(inputs, cases=None, candidate_outcomes=None, champion_outcomes=None)
    assert _unseen(judge_gate(inputs).not_evaluated) == ["duplicates"]


def test_with_content_duplicates_are_looked_for_and_not_listed() -> None:
    assert _unseen(judge_gate(gate_inputs()).not_evaluated) == []


def _unseen(items: tuple[NotEvaluated, ...]) -> list[str]:
    return [one.subject for one in items if one.reason_code == "no_content"]
