"""Two versions whose true difference is known, and what the gate says of cases drawn from them.

Put here how a champion and a candidate are drawn; what must come of it is ``tests/proof/gate.py``. A case is drawn, both versions
answer it, and the whole judgement is made: wiring, controls, every measure of every segment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from checks.eval_gate import judge_gate
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import GateDecision, GateInputs
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables
from tests.gate_builders import ANSWERS, CANDIDATE, CHAMPION, an_evaluation_spec, gate_inputs

Random = np.random.Generator
LABELS = ("0", "1")
ACCURACY = (MetricSpec("accuracy", MetricKind.ACCURACY),)


@dataclass(frozen=True, slots=True)
class Versions:
    """What the two made of a set: one entry a case in each array, the champion in the first row; scores are chances of an event."""

    is_right: Any = None
    scores: Any = None
    amounts: Any = None
    labels: Any = None


def judged(metrics: tuple[MetricSpec, ...], drawn: Versions, cases: EvaluationSet) -> GateDecision:
    """Return the decision of the gate, by the policy that is shipped."""
    if drawn.labels is not None:
        cases = replace(cases, labels=tuple(LABELS[int(one)] for one in drawn.labels))
    champion, candidate = (_outcomes(drawn, cases, side, version) for side, version in enumerate((CHAMPION, CANDIDATE)))
    answers = tuple(sorted(set(cases.labels)))
    spec = an_evaluation_spec(cases, *metrics, answers=answers)
    outcomes = {"champion_outcomes": champion, "candidate_outcomes": candidate}
    return judge_gate(replace(_inputs(), cases=cases, spec=spec, **outcomes))


def a_set_of(count: int, segments: tuple[int, ...] = ()) -> EvaluationSet:
    """Return a locked set; ``segments`` are the numbers of cases of each segment of one column, one after another."""
    return _set(count, segments)


def differing(random: Random, count: int, lost: Any, won: Any, right: float = 0.8) -> Versions:
    """Draw cases lost and won with these chances (of all, or case by case); where versions agree both are right in most."""
    place = random.random(count)
    is_lost, is_won = place < lost, (place >= lost) & (place < lost + np.asarray(won))
    is_right = random.random(count) < right
    return Versions(np.array([(is_right | is_lost) & ~is_won, (is_right | is_won) & ~is_lost]))


def seconds(random: Random, count: int, slower: float, spread: float = 0.4) -> Versions:
    """Draw seconds of a long tail; the candidate's mean is higher by the share ``slower`` in truth."""
    hard = random.lognormal(0, 0.6, count)
    noise = random.lognormal(-spread * spread / 2, spread, (2, count))
    return Versions(amounts=hard * noise * [[1.0], [1.0 + slower]], is_right=_as_good(random, count))


def ranked(random: Random, count: int, auc_lost: float, champion_auc: float = 0.8) -> Versions:
    """Draw normal scores of events and others, at such a distance that their AUCs are ``champion_auc`` and that less ``auc_lost``."""
    labels = random.random(count) < 0.3
    shared = random.normal(0, 0.8, count)
    noise = random.normal(0, 0.6, (2, count))
    apart = [[NormalDist().inv_cdf(champion_auc - loss) * 2**0.5] for loss in (0.0, auc_lost)]
    return Versions(scores=_squeezed(shared + noise + apart * labels), labels=labels)


def graded(random: Random, count: int, brier_lost: float) -> Versions:
    """Draw a champion that is as sure as it should be, and a candidate whose error of squares is worse by ``brier_lost`` in truth."""
    chance = random.uniform(0.2, 0.8, count)
    off = random.choice([-1.0, 1.0], count) * brier_lost**0.5
    return Versions(scores=np.array([chance, chance + off]), labels=random.random(count) < chance)


def shifted(random: Random, count: int, error: float) -> Versions:
    """Draw a champion that is as sure as it should be, and a candidate that is off by ``error`` everywhere."""
    chance = random.uniform(0.1, 0.8, count)
    return Versions(scores=np.array([chance, chance + error]), labels=random.random(count) < chance)


def _squeezed(scores: Any) -> Any:
    return 1 / (1 + np.exp(-scores))


def _as_good(random: Random, count: int) -> Any:
    return differing(random, count, 0.05, 0.05).is_right


def _outcomes(drawn: Versions, cases: EvaluationSet, side: int, version: str) -> VersionOutcomes:
    names = LABELS if drawn.labels is not None else ANSWERS
    other = dict(zip(names, reversed(names), strict=True))
    is_right = drawn.scores[side] > 0.5 if drawn.is_right is None else drawn.is_right[side]
    return VersionOutcomes(
        version=version,
        digest="sha256:" + version.rjust(64, "0"),
        answers=tuple(label if right else other[label] for label, right in zip(cases.labels, is_right, strict=True)),
        errors=("",) * len(cases.case_ids),
        scores=() if drawn.scores is None else tuple(drawn.scores[side].tolist()),
        amounts={} if drawn.amounts is None else {"seconds": tuple(drawn.amounts[side].tolist())},
    )


@cache
def _set(count: int, segments: tuple[int, ...]) -> EvaluationSet:
    column = tuple(f"s{place:02}" for place, size in enumerate(segments) for _ in range(size))
    names = tuple(f"{place:06}" for place in range(count))
    labels = tuple(ANSWERS[place % 2] for place in range(count))
    return EvaluationSet("sha256:" + f"{count:064x}", names, labels, contents=names, segments={"segment": column} if segments else {})


@cache
def _inputs() -> GateInputs:
    return gate_inputs(policy=gate_policy(load_tables(None)))
