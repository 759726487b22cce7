"""What becomes of a comparison where arithmetic reaches its ends: very many segments, and amounts without any spread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.eval_gate import judge_gate
from checks.gate_comparisons import Compared, compare
from registry.domain.decision import Verdict
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import Comparison, ComparisonState
from registry.domain.policy_gate import GatePolicy, TooFewAction
from registry.domain.segments import WHOLE, Segment
from reports.gate_summary import needed_text
from tests.gate_builders import CHAMPION, GATE_POLICY, a_gate_policy, a_metric, a_pair, a_set, gate_inputs, outcomes_of

MANY, EACH = 510, 30
F1, SECONDS = a_metric(MetricKind.F1), a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False)
BRIER = a_metric(MetricKind.BRIER)


def in_segments(many: int = MANY, each: int = EACH, **changes: Any) -> EvaluationSet:
    return a_set(many * each, segments={"shop": tuple(f"s{place // each:03}" for place in range(many * each))}, **changes)


def of(found: tuple[Comparison, ...], segment: Segment) -> Comparison:
    return next(one for one in found if one.segment == segment)


def compared(
    metric: MetricSpec, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes, policy: GatePolicy = GATE_POLICY
) -> tuple[Comparison, ...]:
    return compare(metric, Compared(cases, champion, candidate, policy, seed=1))


def test_a_segment_whose_f1_is_wiped_out_is_worse_among_more_than_500() -> None:
    cases = in_segments()
    both, wiped = set(range(0, MANY * EACH, 50)), set(range(7 * EACH, 8 * EACH))

    found = compared(F1, cases, outcomes_of(cases, both, version=CHAMPION), outcomes_of(cases, both | wiped))

    assert [one.segment for one in found if one.state is ComparisonState.WORSE] == [Segment("shop", "s007")]


def test_a_segment_that_became_three_times_as_slow_is_worse_among_more_than_500() -> None:
    cases = in_segments()
    before = [1.0 + place * 37 % 100 / 100 for place in range(MANY * EACH)]
    now = [before[place] * (3.0 if place // EACH == 7 else 1.0) + (place % 7 - 3) / 50 for place in range(MANY * EACH)]
    outcomes = [outcomes_of(cases, amounts={"seconds": tuple(one)}) for one in (before, now)]

    found = compared(SECONDS, cases, outcomes[0], outcomes[1])

    assert [one.segment for one in found if one.state is ComparisonState.WORSE] == [Segment("shop", "s007")]


def test_a_segment_whose_scores_changed_sides_is_worse_among_more_than_500() -> None:
    cases = in_segments(labels=("1", "0"))
    before = [(0.9 if place % 2 == 0 else 0.1) - place % 11 / 200 for place in range(MANY * EACH)]
    now = [1 - one if place // EACH == 7 and place % EACH < 25 else one for place, one in enumerate(before)]
    outcomes = [outcomes_of(cases, scores=tuple(one)) for one in (before, now)]

    found = compared(BRIER, cases, outcomes[0], outcomes[1])

    assert [one.segment for one in found if one.state is ComparisonState.WORSE] == [Segment("shop", "s007")]


@pytest.mark.parametrize("action", list(TooFewAction))
def test_more_segments_than_so_few_cases_could_ever_show_a_loss_in_are_inconclusive_whatever_policy_says(action: TooFewAction) -> None:
    cases = in_segments(many=100, each=8)
    policy = a_gate_policy(min_segment_case_count=8, too_few_segments=action)

    decision = judge_gate(gate_inputs(cases, *a_pair(cases, lost=8, won=40, both_wrong=30), policy=policy))

    wiped = next(one for one in decision.findings if one.subject == Segment("shop", "s000").name)
    assert decision.verdict is Verdict.INCONCLUSIVE and wiped.reason_code == "too_many_segments"
    assert "compare fewer segments, or more cases of each" in wiped.reason
    assert of(decision.comparisons, Segment("shop", "s000")).state is ComparisonState.OPEN


def test_the_page_says_of_them_to_compare_fewer_and_not_that_the_margin_is_near() -> None:
    (one,) = compared(a_metric(), a_set(300), *a_pair(a_set(300), lost=8))

    text = needed_text(replace(one, segment=Segment("shop", "s000"), state=ComparisonState.OPEN))

    assert text.startswith("Among so many segments not even all 300 lost would be more than chance: compare fewer")


def test_a_few_segments_of_as_few_cases_can_show_it() -> None:
    cases = in_segments(many=12, each=8 + 8)
    policy = a_gate_policy(min_segment_case_count=8)

    found = compared(a_metric(), cases, *a_pair(cases, lost=16, won=40, both_wrong=30), policy)

    assert [one.segment for one in found if one.state is ComparisonState.WORSE] == [Segment("shop", "s000")]
    assert ComparisonState.OPEN not in {one.state for one in found if one.segment != WHOLE}


def test_a_cost_of_nothing_that_stays_nothing_is_within_a_margin_of_nothing() -> None:
    cases = a_set(300)
    free = outcomes_of(cases, amounts={"seconds": (0.0,) * 300})

    (whole,) = compared(SECONDS, cases, free, free)

    assert (whole.margin, whole.state) == (0.0, ComparisonState.NOT_WORSE)


@pytest.mark.parametrize("now", [(0.0,) * 299 + (0.01,), (0.01,) * 300])
def test_a_cost_of_nothing_that_becomes_something_is_not(now: tuple[float, ...]) -> None:
    cases = a_set(300)
    free, paid = (outcomes_of(cases, amounts={"seconds": one}) for one in ((0.0,) * 300, now))

    (whole,) = compared(SECONDS, cases, free, paid)

    assert whole.state is not ComparisonState.NOT_WORSE


def test_a_decision_about_a_cost_of_nothing_passes_on_what_else_was_asked() -> None:
    cases = a_set()
    champion, candidate = (replace(one, amounts={"seconds": (0.0,) * 1000}) for one in a_pair(cases, lost=10, won=30, both_wrong=70))

    decision = judge_gate(gate_inputs(cases, champion, candidate, a_metric(), SECONDS))

    assert decision.verdict is Verdict.PASS, decision.reasons
