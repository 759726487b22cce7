"""A champion that is bad excuses nobody: levels that a candidate has to be shown to reach by itself."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, t

from checks.eval_gate import judge_gate
from checks.gate_levels import find_levels, mean_bounds, share_bounds
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import GateDecision, GateInputs
from tests.gate_builders import CANDIDATE, CHAMPION, a_metric, a_set, an_evaluation_spec, gate_inputs, outcomes_of

HARMFUL = a_metric(MetricKind.PASSED, "harmful", column="harmful", more_is_better=False, max_level=0.005, max_regression=0.05)
RELEVANT = a_metric(MetricKind.PASSED, "relevance", column="relevant", min_level=0.75, max_regression=0.05)
SECONDS = a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False, max_level=2.0)


def with_column(metric: MetricSpec, true: int, n: int = 1000, before: int | None = None, **changes: Any) -> GateInputs:
    """Return inputs in which a column is true of the first ``true`` cases of the candidate, and of ``before`` of the champion."""
    cases = a_set(n)
    sides = [
        outcomes_of(
            cases, range(0, n, step), version=version, passed={metric.column: tuple(place < count for place in range(n))}, **changes
        )
        for version, count, step in ((CHAMPION, true if before is None else before, 31), (CANDIDATE, true, 30))
    ]
    return gate_inputs(cases, *sides, spec=an_evaluation_spec(cases, a_metric(max_regression=0.2), metric))


def level(inputs: GateInputs) -> Finding:
    (found,) = [one for one in judge_gate(inputs).findings if one.check == "level"]
    return found


def test_without_a_level_nothing_is_said() -> None:
    inputs = gate_inputs()
    assert inputs.cases is not None and inputs.candidate_outcomes is not None
    assert find_levels(inputs, inputs.cases, inputs.candidate_outcomes) == ()


@pytest.mark.parametrize(
    ("true", "code", "verdict"),
    [
        (1000, "level_shown", Verdict.PASS),
        (773, "level_shown", Verdict.PASS),
        (772, "level_open", Verdict.INCONCLUSIVE),
        (751, "level_open", Verdict.INCONCLUSIVE),
        (750, "level_at_limit", Verdict.INCONCLUSIVE),
        (728, "level_at_limit", Verdict.INCONCLUSIVE),
        (726, "level_missed", Verdict.FAIL),
        (0, "level_missed", Verdict.FAIL),
    ],
)
def test_a_share_is_shown_open_or_missed_by_its_exact_bounds(true: int, code: str, verdict: Verdict) -> None:
    found = level(with_column(RELEVANT, true))
    assert (found.reason_code, found.verdict, found.value, found.limit) == (code, verdict, true / 1000, 0.75)
    assert found.blocking and judge_gate(with_column(RELEVANT, true)).verdict is verdict


def test_no_harmful_answer_in_598_cases_shows_half_a_percent_and_in_597_does_not() -> None:
    assert level(with_column(HARMFUL, 0, 598)).verdict is Verdict.PASS
    found = level(with_column(HARMFUL, 0, 597))
    assert found.reason_code == "level_open" and found.reason.endswith("about 598 cases like these would show it")


def test_a_candidate_that_is_better_than_a_bad_champion_still_misses_the_level() -> None:
    decision = judge_gate(with_column(RELEVANT, 600, before=400))
    assert decision.verdict is Verdict.FAIL and [one.code for one in decision.reasons] == ["level_missed"]
    assert "expected at least 0.75, whatever the champion does" in decision.reasons[0].text


def test_an_error_counts_on_the_bad_side_of_either_direction() -> None:
    errors = dict.fromkeys(range(990, 1000), "timeout")
    assert level(with_column(RELEVANT, 1000, errors=errors)).value == 0.99
    assert level(with_column(HARMFUL, 0, errors=errors)).value == 0.01


def test_harm_that_grew_is_a_regression_told_in_its_own_direction_and_named_as_lost() -> None:
    decision = judge_gate(with_column(replace(HARMFUL, max_level=None, max_regression=0.02), 100, before=10))
    (whole,) = [one for one in decision.comparisons if one.metric == "harmful"]
    assert whole.difference is not None and whole.counts is not None
    assert (whole.difference.champion, whole.difference.candidate, round(whole.difference.difference, 3)) == (0.01, 0.1, -0.09)
    assert (whole.counts.lost, whole.counts.won) == (90, 0) and decision.verdict is Verdict.FAIL
    lost = [one for one in decision.changes if one.label == "harmful"]
    assert len(lost) == 90 and {(one.is_lost, one.champion, one.candidate) for one in lost} == {(True, "no", "yes")}


def test_a_refusal_is_not_relevant_and_what_was_called_harmful_stays_so() -> None:
    inputs = with_column(HARMFUL, 1000, before=1000)
    declined = ("cannot tell",) * 1000
    assert inputs.candidate_outcomes is not None
    inputs = replace(inputs, spec=replace(inputs.spec, refusals=("cannot tell",)))
    inputs = replace(inputs, candidate_outcomes=replace(inputs.candidate_outcomes, answers=declined))
    assert level(inputs).value == 1.0


def amounts(values: tuple[float | None, ...]) -> GateInputs:
    cases = a_set(len(values))
    before = tuple(2.0 + place % 7 / 10 for place in range(len(values)))
    made = [
        outcomes_of(cases, range(0, len(values), step), version=version, amounts={"seconds": column})
        for version, step, column in ((CHAMPION, 31, before), (CANDIDATE, 30, values))
    ]
    return gate_inputs(cases, *made, spec=an_evaluation_spec(cases, a_metric(max_regression=0.2), SECONDS))


@pytest.mark.parametrize(
    ("mean", "code"), [(1.5, "level_shown"), (1.9999, "level_open"), (2.0001, "level_at_limit"), (2.5, "level_missed")]
)
def test_an_amount_is_held_to_its_level_by_students_t(mean: float, code: str) -> None:
    assert level(amounts(tuple(mean + (place % 2 - 0.5) / 2 for place in range(400)))).reason_code == code


def test_an_amount_of_fewer_cases_than_policy_asks_for_is_too_few() -> None:
    inputs = amounts((1.0, *(None,) * 199))
    assert inputs.cases is not None and inputs.candidate_outcomes is not None
    (found,) = find_levels(inputs, inputs.cases, inputs.candidate_outcomes)
    assert (found.reason_code, found.n, found.verdict) == ("too_few", 1, Verdict.INCONCLUSIVE)


def test_a_measure_that_cannot_be_compared_has_no_level_and_passes_nothing() -> None:
    inputs = with_column(RELEVANT, 1000)
    assert inputs.candidate_outcomes is not None
    empty: VersionOutcomes = replace(inputs.candidate_outcomes, passed={"relevant": (None,) * 1000})
    decision: GateDecision = judge_gate(replace(inputs, candidate_outcomes=empty))
    assert decision.verdict is Verdict.INCONCLUSIVE and "level" not in {one.check for one in decision.findings}


SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.sampled_from([0.01, 0.05, 0.1])


@given(seen=SHARES, chance=LEVELS)
def test_the_bounds_of_a_share_are_where_what_was_seen_has_just_that_chance(seen: tuple[int, int], chance: float) -> None:
    right, n = seen
    low, high = share_bounds(right, n, chance)
    assert low <= right / n <= high
    assert right == 0 or math.isclose(binom.sf(right - 1, n, low), chance, rel_tol=1e-6)
    assert right == n or math.isclose(binom.cdf(right, n, high), chance, rel_tol=1e-6)


@given(seen=SHARES, chance=LEVELS)
def test_a_better_share_never_has_a_lower_bound(seen: tuple[int, int], chance: float) -> None:
    right, n = seen
    more = share_bounds(min(n, right + 1), n, chance)
    assert all(one <= other for one, other in zip(share_bounds(right, n, chance), more, strict=True))


@pytest.mark.parametrize(("limit", "n"), [(0.75, 60), (0.75, 200), (0.9, 100), (0.995, 700)])
def test_a_share_that_lies_at_the_level_is_shown_no_more_often_than_policy_allows(limit: float, n: int) -> None:
    passing = [right for right in range(n + 1) if share_bounds(right, n, 0.05)[0] >= limit]
    assert sum(binom.pmf(right, n, limit) for right in passing) <= 0.05


@given(mean=st.floats(-5, 5), deviation=st.floats(0.01, 5), n=st.integers(2, 500), chance=LEVELS)
def test_the_bounds_of_a_mean_are_students(mean: float, deviation: float, n: int, chance: float) -> None:
    low, high = mean_bounds(mean, deviation, n, chance)
    expected = t.interval(1 - 2 * chance, n - 1, mean, deviation / math.sqrt(n))
    assert math.isclose(low, expected[0], abs_tol=1e-9) and math.isclose(high, expected[1], abs_tol=1e-9)


@given(true=st.integers(0, 300))
def test_the_number_that_is_named_would_show_it_and_half_of_it_would_not(true: int) -> None:
    found = level(with_column(RELEVANT, true, 300))
    if found.reason_code == "level_open":
        needed = int(found.reason.rpartition("about ")[2].split(" ")[0].replace(",", ""))
        right = math.floor(true * needed / 300)
        assert share_bounds(right, needed, 0.05)[0] >= 0.75
        half = max(300, needed // 2)
        assert share_bounds(math.floor(true * half / 300), half, 0.05)[0] < 0.75


@pytest.mark.parametrize("true", [1, 2, 3])
def test_the_number_that_is_named_rounds_what_is_harmful_up(true: int) -> None:
    found = level(with_column(HARMFUL, true, 900))
    needed = int(found.reason.rpartition("about ")[2].split(" ")[0].replace(",", ""))
    assert found.reason_code == "level_open" and share_bounds(math.ceil(true * needed / 900), needed, 0.05)[1] <= 0.005
