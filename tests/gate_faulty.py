"""Inputs of a gate that are broken in one place each, for tests that no such candidate passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec, MetricKind, VersionOutcomes
from registry.domain.gate import GateInputs
from tests.gate_builders import (
    CANDIDATE,
    CHAMPION,
    GATE_POLICY,
    a_gate_policy,
    a_metric,
    a_pair,
    a_pinned,
    a_set,
    alternating,
    an_evaluation_spec,
    gate_inputs,
    outcomes_of,
)

Fault = Callable[[], GateInputs]
EVENTS = ("0", "1")


def with_candidate(**changes: object) -> GateInputs:
    """Return the inputs that pass, with something of the candidate's outcomes changed."""
    inputs = gate_inputs()
    assert inputs.candidate_outcomes
    return replace(inputs, candidate_outcomes=replace(inputs.candidate_outcomes, **changes))  # type: ignore[arg-type]


def with_champion(**changes: object) -> GateInputs:
    """Return the inputs that pass, with something of the champion's outcomes changed."""
    inputs = gate_inputs()
    assert inputs.champion_outcomes
    return replace(inputs, champion_outcomes=replace(inputs.champion_outcomes, **changes))  # type: ignore[arg-type]


def with_spec(inputs: GateInputs, **changes: object) -> GateInputs:
    return replace(inputs, spec=replace(inputs.spec, **changes))  # type: ignore[arg-type]


def with_errors(count: int, side: str = CANDIDATE) -> GateInputs:
    cases = a_set()
    champion, candidate = a_pair(cases, lost=10, won=30, both_wrong=70)
    failed = dict.fromkeys(range(500, 500 + count), "timeout")
    if side == CANDIDATE:
        return gate_inputs(cases, champion, outcomes_of(cases, range(80), errors=failed))
    return gate_inputs(cases, outcomes_of(cases, range(100), version=CHAMPION, errors=failed), candidate)


def scored(seed: int, cases: EvaluationSet, version: str, **changes: object) -> VersionOutcomes:
    """Return a version whose scores say something of the label, and not all."""
    chance = Random(seed)
    scores = tuple(min(1.0, max(0.0, (0.7 if label == "1" else 0.3) + chance.uniform(-0.4, 0.4))) for label in cases.labels)
    answers = tuple(str(int(score > 0.5)) for score in scores)
    return outcomes_of(cases, version=version, scores=scores, answers=answers, **changes)


def with_scores(*kinds: MetricKind, cases: EvaluationSet | None = None, **changes: object) -> GateInputs:
    cases = a_set(labels=EVENTS) if cases is None else cases
    spec = an_evaluation_spec(cases, *(a_metric(kind) for kind in kinds or (MetricKind.AUC,)), answers=EVENTS)
    candidate = replace(scored(2, cases, CANDIDATE), **changes)  # type: ignore[arg-type]
    policy = a_gate_policy(margins={kind: replace(one, max_regression=0.05) for kind, one in GATE_POLICY.margins.items()})
    return gate_inputs(cases, scored(1, cases, CHAMPION), candidate, spec=spec, policy=policy)


def same_version() -> GateInputs:
    cases = a_set()
    twice = outcomes_of(cases, range(100), version=CHAMPION)
    return replace(gate_inputs(cases, twice, twice), candidate=a_pinned(CHAMPION))


def same_version_by_another_name() -> GateInputs:
    return replace(gate_inputs(), candidate=a_pinned(CANDIDATE, digest=a_pinned(CHAMPION).digest))


def copied() -> GateInputs:
    cases = a_set()
    return gate_inputs(cases, outcomes_of(cases, range(100), version=CHAMPION), outcomes_of(cases, range(100)))


def copied_with_some_lost() -> GateInputs:
    """The champion's answers under another name, a few of them lost on the way."""
    cases = a_set()
    few = dict.fromkeys(range(10), "connection reset")
    return gate_inputs(cases, outcomes_of(cases, range(100), version=CHAMPION), outcomes_of(cases, range(10, 100), errors=few))


def constant_answers() -> GateInputs:
    """Nearly every label is one answer, so that always giving it is nearly always right."""
    cases = a_set(labels=("approve",) * 99 + ("decline",))
    wrong = {place for place, label in enumerate(cases.labels) if label == "decline"}
    return gate_inputs(cases, outcomes_of(cases, range(0, 40, 2), version=CHAMPION), outcomes_of(cases, wrong))


def hidden_segment() -> GateInputs:
    cases = a_set(2000, segments={"product": ("cards",) * 200 + ("loans",) * 1800})
    champion, candidate = outcomes_of(cases, range(200, 400), version=CHAMPION), outcomes_of(cases, range(30))
    return gate_inputs(cases, champion, candidate)


def unfair() -> GateInputs:
    """As many right answers as before, and one group is declined where it was approved."""
    cases = a_set(1200, groups={"sex": alternating(1200, "f", "m")})
    women = [place for place, sex in enumerate(cases.groups["sex"]) if sex == "f" and cases.labels[place] == "approve"]
    men = [place for place, sex in enumerate(cases.groups["sex"]) if sex == "m" and cases.labels[place] == "approve"]
    spec = an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "approve"))
    before = {*women[:30], *men[:30]}
    return gate_inputs(cases, outcomes_of(cases, before, version=CHAMPION), outcomes_of(cases, women[:60]), spec=spec)


def misspelled_favourable() -> GateInputs:
    """The catalogue names the favourable answer in another spelling than the versions give."""
    cases = a_set(groups={"sex": alternating(1000, "f", "m")})
    return gate_inputs(cases, spec=an_evaluation_spec(cases, fairness=FairnessSpec(("sex",), "Approve")))


def critical() -> GateInputs:
    cases = a_set(critical=(True,) + (False,) * 999)
    return gate_inputs(cases)


def critical_in_a_repeat() -> GateInputs:
    cases = a_set(critical=(False,) * 999 + (True,))
    champion, candidate = a_pair(cases, lost=10, won=30, both_wrong=70)
    again = ((),) * 999 + ((cases.labels[999], "approve" if cases.labels[999] == "decline" else "decline"),)
    return gate_inputs(cases, champion, replace(candidate, repeats=again))


def duplicated() -> GateInputs:
    cases = a_set()
    return gate_inputs(replace(cases, contents=cases.contents[:900] + cases.contents[:100]))


def other_labels() -> GateInputs:
    """A label that nobody may answer: the column is another one."""
    cases = a_set()
    return gate_inputs(cases, spec=an_evaluation_spec(cases, answers=("yes", "no")))


def few_answers_of_the_champion() -> GateInputs:
    cases = a_set()
    champion, _ = a_pair(cases, lost=10, won=30, both_wrong=70)
    answers = tuple(answer if place < 600 else None for place, answer in enumerate(champion.answers))
    return gate_inputs(cases, replace(champion, answers=answers, passed={"asked": (True,) * 1000}))


def amounts(champion: tuple[float | None, ...], candidate: tuple[float | None, ...]) -> GateInputs:
    cases = a_set(len(champion))
    before, now = a_pair(cases, lost=10, won=30, both_wrong=70)
    spec = an_evaluation_spec(cases, a_metric(), a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False))
    margins = {**GATE_POLICY.margins, MetricKind.AMOUNT: replace(GATE_POLICY.margins[MetricKind.AMOUNT], max_regression=0.1)}
    with_amounts = (replace(before, amounts={"seconds": champion}), replace(now, amounts={"seconds": candidate}))
    return gate_inputs(cases, *with_amounts, spec=spec, policy=a_gate_policy(margins=margins))


def seconds(seed: int, slower: float = 1.0, count: int = 1000) -> tuple[float, ...]:
    chance = Random(seed)
    return tuple(slower * chance.uniform(1.0, 2.0) for _ in range(count))


def swapped_sides() -> GateInputs:
    inputs = gate_inputs()
    return replace(inputs, candidate_outcomes=inputs.champion_outcomes, champion_outcomes=inputs.candidate_outcomes)


def shifted() -> GateInputs:
    """The champion's outcomes are a case short, as of another reading of the set."""
    inputs = gate_inputs()
    assert inputs.champion_outcomes
    short = replace(inputs.champion_outcomes, answers=inputs.champion_outcomes.answers[1:])
    return replace(inputs, champion_outcomes=short)


def small_segment(**changes: object) -> GateInputs:
    cases = a_set(segments={"region": ("islands",) * 10 + ("mainland",) * 990})
    champion, candidate = outcomes_of(cases, range(100, 140), version=CHAMPION), outcomes_of(cases, range(100, 120))
    return gate_inputs(cases, champion, candidate, **changes)


def unread() -> GateInputs:
    said = Finding("reading", "outcomes", Verdict.INCONCLUSIVE, "errored", "outcomes: expected a table, found none")
    return replace(gate_inputs(), cases=None, candidate_outcomes=None, champion_outcomes=None, findings=(said,))


def label_as_score() -> GateInputs:
    inputs = with_scores()
    assert inputs.cases and inputs.candidate_outcomes
    return with_scores(scores=tuple(float(label) for label in inputs.cases.labels))


def score_of_the_champion() -> GateInputs:
    inputs = with_scores()
    assert inputs.champion_outcomes
    return with_scores(scores=inputs.champion_outcomes.scores)


def no_events() -> GateInputs:
    cases = a_set(labels=("0",) * 999 + ("1",))
    return with_scores(cases=cases)


def with_one_score(value: float | None, *kinds: MetricKind) -> GateInputs:
    inputs = with_scores(*kinds)
    assert inputs.candidate_outcomes
    return with_scores(*kinds, scores=(value, *inputs.candidate_outcomes.scores[1:]))
