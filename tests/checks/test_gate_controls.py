"""The gate tried on itself: no difference where there is none, and a bad candidate is seen."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from checks.eval_gate import judge_gate
from checks.gate_comparisons import Compared, compare
from checks.gate_controls import find_control_problems
from registry.domain.decision import Verdict
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from tests.gate_builders import CHAMPION, GATE_POLICY, a_gate_policy, a_metric, a_pair, a_set, gate_inputs, outcomes_of

EVENTS = ("0", "1", "1")
METRICS = (
    a_metric(MetricKind.ACCURACY),
    a_metric(MetricKind.PASSED, column="grounded"),
    a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False),
    a_metric(MetricKind.AMOUNT, "grade", column="grade"),
    a_metric(MetricKind.AUC),
    a_metric(MetricKind.F1),
    a_metric(MetricKind.BRIER, more_is_better=False),
    a_metric(MetricKind.CALIBRATION, more_is_better=False),
)


def everything(cases: EvaluationSet, version: str, seed: int) -> VersionOutcomes:
    """Return outcomes with every column that a measure can be made of."""
    chance = Random(seed)
    scores = tuple(min(1.0, max(0.0, (0.7 if label == "1" else 0.3) + chance.uniform(-0.3, 0.3))) for label in cases.labels)
    seconds, grades = (tuple(chance.uniform(1.0, 3.0) for _ in cases.labels) for _ in range(2))
    wrong = [place for place in range(len(cases.labels)) if chance.random() < 0.1]
    passed = {"grounded": tuple(chance.random() < 0.9 for _ in cases.labels)}
    return outcomes_of(cases, wrong, version=version, scores=scores, amounts={"seconds": seconds, "grade": grades}, passed=passed)


def codes(metric: MetricSpec, compared: Compared) -> list[tuple[str, str]]:
    found = compare(metric, compared)[0]
    problems = find_control_problems(metric, compared, found)
    assert all(one.verdict is Verdict.INCONCLUSIVE and one.blocking for one in problems)
    return [(one.subject, one.reason_code) for one in problems]


def compared_of(cases: EvaluationSet, **changes: object) -> Compared:
    policy = a_gate_policy(margins={kind: replace(one, max_regression=0.02) for kind, one in GATE_POLICY.margins.items()})
    base = Compared(cases, everything(cases, CHAMPION, 1), everything(cases, "2", 2), policy, 1)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_no_case_is_too_few_and_is_not_tried(metric: MetricSpec) -> None:
    assert codes(metric, compared_of(a_set(0, labels=EVENTS))) == []


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_measure_tells_a_bad_candidate_from_none_in_many_cases(metric: MetricSpec) -> None:
    assert codes(metric, compared_of(a_set(3000, labels=EVENTS))) == []


@pytest.mark.parametrize("count", [100, 149, 1000])
def test_few_cases_do_not_show_a_loss_of_twice_the_margin(count: int) -> None:
    cases = a_set(count)
    champion, candidate = a_pair(cases, won=2, both_wrong=5)
    compared = Compared(cases, champion, candidate, a_gate_policy(), 1)
    # Four of a hundred lost, and none won, are no more than chance at 5 % (1 in 16); six of 149 are (1 in 64).
    assert codes(a_metric(), compared) == ([("accuracy", "control_failed")] if count == 100 else [])


def test_a_champion_that_has_nothing_to_lose_shows_nothing() -> None:
    cases = a_set()
    champion, candidate = a_pair(cases, won=10, both_wrong=960)
    assert codes(a_metric(), Compared(cases, champion, candidate, a_gate_policy(), 1)) == [("accuracy", "control_failed")]


def test_scores_that_are_no_better_than_a_coin_cannot_get_worse_by_changing_sides() -> None:
    cases = a_set(3000, labels=EVENTS)
    chance = Random(3)
    blind = replace(everything(cases, CHAMPION, 1), scores=tuple(chance.random() for _ in cases.labels))
    assert codes(a_metric(MetricKind.AUC), compared_of(cases, champion=blind)) == [("auc", "control_failed")]


def test_amounts_that_are_all_nothing_cannot_get_worse_by_their_own_size() -> None:
    cases = a_set(labels=EVENTS)
    free = replace(everything(cases, CHAMPION, 1), amounts={"seconds": (0.0,) * 1000})
    metric = a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False)
    assert codes(metric, compared_of(cases, champion=free)) == []  # no share of nothing is a margin: it has to be shown to be free as well


@pytest.mark.parametrize("allowed", [0.49, 0.5, 0.6, 1.0, 3.0])
@pytest.mark.parametrize("more_is_better", [True, False])
def test_an_amount_that_may_lose_more_than_half_is_spoiled_by_as_much_as_twice_its_margin_needs(
    allowed: float, more_is_better: bool
) -> None:
    """Spoiling at most doubled an amount, so that no cases of the world could show a loss of twice 0.6: never anything but INCONCLUSIVE."""
    cases = a_set(600, labels=EVENTS)
    metric = a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=more_is_better, max_regression=allowed)
    assert codes(metric, compared_of(cases)) == []


def test_a_margin_of_nothing_has_no_double() -> None:
    cases = a_set()
    champion, candidate = a_pair(cases, won=30)
    assert codes(a_metric(max_regression=0.0), Compared(cases, champion, candidate, a_gate_policy(), 1)) == []


@pytest.mark.parametrize(
    ("margins", "code"), [({"accuracy": 0.02, "f1": 0.0}, "controls_held"), ({"accuracy": 0.0, "f1": 0.0}, "controls_untried")]
)
def test_a_measure_of_which_nothing_may_be_lost_is_not_said_to_have_been_tried_on_a_bad_candidate(
    margins: dict[str, float], code: str
) -> None:
    metrics = [a_metric(MetricKind(name), max_regression=margin) for name, margin in margins.items()]
    decision = judge_gate(gate_inputs(None, None, None, *metrics))
    (found,) = [one for one in decision.findings if one.subject == "controls"]
    bad, itself = [found.reason.split("margins is seen, by ")[1:], found.reason.split("; ")[-1]]
    assert found.reason_code == code and [text.split(";")[0] for text in bad] == [name for name in margins if margins[name]]
    assert itself.split(":")[0].split(", ") == [name for name in margins if not margins[name]] and itself.endswith("itself only")


def test_segments_are_not_tried_apart() -> None:
    cases = a_set(segments={"region": ("north", "south") * 500})
    champion, candidate = a_pair(cases, won=30)
    compared = Compared(cases, champion, candidate, a_gate_policy(), 1)
    _, north, _ = compare(a_metric(), compared)
    assert find_control_problems(a_metric(), compared, north) == ()


@pytest.mark.parametrize("metric", METRICS[2:], ids=lambda metric: metric.name)
def test_what_is_spoiled_is_the_same_in_every_run(metric: MetricSpec) -> None:
    compared = compared_of(a_set(400, labels=EVENTS))
    found = compare(metric, compared)[0]
    assert find_control_problems(metric, compared, found) == find_control_problems(metric, compared, found)
