"""Inputs that are broken in several places at once: the gate still answers, in numbers that can be kept, and the answer is never yes."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest

from checks.eval_gate import judge_gate
from registry.domain.canonical import record_json
from registry.domain.decision import Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec, MetricKind, VersionOutcomes
from registry.domain.gate import GateInputs
from tests.gate_builders import CANDIDATE, CHAMPION, a_gate_policy, a_metric, a_set, an_evaluation_spec, gate_inputs, outcomes_of

RUNS, SEEDS_AT_ONCE = 300, 50
COLUMNS = {MetricKind.AMOUNT: "seconds", MetricKind.PASSED: "grounded"}
LABELS = (("0", "1"), ("0",), ("1",), ("1", "0", "0", "0"), ("0", "1", "2"), (), ("", "1"))


def broken(chance: Random) -> GateInputs:
    """Return inputs in which anything may be empty, constant, missing, no number or of another version."""
    cases = a_broken_set(chance)
    champion, candidate = (a_broken_version(chance, cases, version) for version in (CHAMPION, CANDIDATE))
    kinds = [kind for kind in MetricKind if chance.random() < 0.6]
    metrics = [a_metric(kind, column=COLUMNS.get(kind, ""), more_is_better=chance.random() < 0.5) for kind in kinds]
    fairness = chance.choice((FairnessSpec(), FairnessSpec(("sex",), "1"), FairnessSpec(("sex",), "")))
    spec = an_evaluation_spec(cases, answers=chance.choice(((), ("0", "1"))), fairness=fairness)
    policy = a_gate_policy(
        min_case_count=chance.choice((0, 1, 30, 100)),
        min_segment_case_count=chance.choice((0, 2, 30)),
        min_group_case_count=chance.choice((0, 1, 50)),
        normal_from_count=chance.choice((2, 200)),
    )
    return gate_inputs(cases, champion, candidate, spec=replace(spec, metrics=tuple(metrics)), policy=policy)


def a_broken_set(chance: Random) -> EvaluationSet:
    n = chance.choice((0, 1, 2, 3, 10, 40, 120))
    return a_set(
        n,
        chance.choice(LABELS),
        segments=chance.choice(({}, {"product": tuple(chance.choice("abc") for _ in range(n))}, {"product": ("",) * n})),
        groups=chance.choice(({}, {"sex": tuple(chance.choice("fmx") for _ in range(n))}, {"sex": ("f",) * n})),
        critical=chance.choice(((), tuple(chance.random() < 0.1 for _ in range(n)))),
        contents=chance.choice(((), ("alike",) * n)),
    )


def a_broken_version(chance: Random, cases: EvaluationSet, version: str) -> VersionOutcomes:
    n, wrong, failing = len(cases.case_ids), chance.choice((0.05, 0.5, 1)), chance.choice((0, 0, 0.01, 0.3, 1))
    labels = cases.labels or ("0",) * n
    made = outcomes_of(
        cases,
        version=version,
        answers=tuple(label if chance.random() > wrong else chance.choice(("0", "1", "junk", "", None)) for label in labels),
        scores=chance.choice(((), a_broken_column(chance, n))),
        amounts=chance.choice(({}, {"seconds": a_broken_column(chance, n)})),
        passed=chance.choice(({}, {"grounded": tuple(chance.choice((True, True, False, None)) for _ in range(n))})),
        repeats=chance.choice(((), tuple((chance.choice(("0", "1", None)),) for _ in range(n)))),
    )
    return replace(made, errors=tuple("timeout" if chance.random() < failing else "" for _ in range(n)))


def a_broken_column(chance: Random, n: int) -> tuple[float | None, ...]:
    odd = chance.choice(((), (0.5,), (0.0, 1.0), (math.nan, 0.1, 0.2), (None, 0.1, 0.2), (None,), (1e300, -1e300, 5e-324), (0.0,)))
    return tuple(chance.choice(odd) if odd else chance.random() for _ in range(n))


@pytest.mark.parametrize("first", range(0, RUNS, SEEDS_AT_ONCE))
def test_whatever_is_broken_there_is_an_answer_that_can_be_kept_and_is_not_yes(first: int) -> None:
    for seed in range(first, first + SEEDS_AT_ONCE):
        decision = judge_gate(broken(Random(seed)))
        assert decision.verdict is not Verdict.PASS, seed
        assert decision.reasons and record_json(decision), seed
