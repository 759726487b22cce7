"""Cases on which no version may be wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.gate_critical import find_critical
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from tests.gate_builders import a_set, an_evaluation_spec, gate_inputs, outcomes_of


def a_critical_set(count: int = 59, **changes: object) -> EvaluationSet:
    return a_set(critical=(True,) * count + (False,) * (1000 - count), **changes)


def found(cases: EvaluationSet, outcomes: VersionOutcomes) -> Finding:
    spec = an_evaluation_spec(cases, critical="is_critical")
    (one,) = find_critical(gate_inputs(cases, spec=spec), cases, outcomes)
    return one


def test_a_set_without_critical_cases_cannot_show_that_they_are_right() -> None:
    cases = a_set()
    assert (found(cases, outcomes_of(cases)).verdict, found(cases, outcomes_of(cases)).n) == (Verdict.INCONCLUSIVE, 0)


def test_nothing_is_said_where_the_catalogue_names_none() -> None:
    cases = a_critical_set()
    assert find_critical(gate_inputs(cases, spec=an_evaluation_spec(cases, critical="")), cases, outcomes_of(cases)) == ()


def test_critical_cases_without_labels_cannot_be_right() -> None:
    cases = a_critical_set(labels=())
    assert found(cases, outcomes_of(cases)).verdict is Verdict.INCONCLUSIVE


def test_all_right_passes_and_says_how_much_that_still_allows() -> None:
    cases = a_critical_set()
    one = found(cases, outcomes_of(cases, wrong=range(59, 200)))
    assert (one.verdict, one.n, one.value) == (Verdict.PASS, 59, 0.0) and "up to 5.0 %" in one.reason


def test_a_case_asked_again_allows_as_much_as_before() -> None:
    cases = a_critical_set()
    again = tuple((label, label) for label in cases.labels)
    one = found(cases, outcomes_of(cases, repeats=again))
    assert "59 critical cases are right in all 177 answers" in one.reason and "up to 5.0 %" in one.reason


@pytest.mark.parametrize("answer", ["decline", "I cannot say", "", None])
def test_a_wrong_refused_or_missing_answer_is_a_fail(answer: str | None) -> None:
    cases = a_critical_set()
    outcomes = outcomes_of(cases)
    one = found(cases, replace(outcomes, answers=(answer, *outcomes.answers[1:])))
    assert (one.verdict, one.reason_code, one.value) == (Verdict.FAIL, "critical_case", 1.0) and "case-000000" in one.reason


def test_an_error_is_no_right_answer_whatever_stands_beside_it() -> None:
    cases = a_critical_set()
    assert found(cases, outcomes_of(cases, errors={3: "timeout"}, answers=cases.labels)).verdict is Verdict.FAIL


def test_one_wrong_repeat_is_a_fail() -> None:
    cases = a_critical_set()
    again = tuple((label, None if place == 7 else label) for place, label in enumerate(cases.labels))
    one = found(cases, outcomes_of(cases, repeats=again))
    assert one.verdict is Verdict.FAIL and "1 of 59 critical cases are wrong at least once: case-000007" in one.reason


def test_many_wrong_ones_are_counted_and_the_first_named() -> None:
    cases = a_critical_set()
    assert "case-000004 and 35 more" in found(cases, outcomes_of(cases, wrong=range(40))).reason
