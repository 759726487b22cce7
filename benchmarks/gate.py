"""The gate's arithmetic at scale beside a loop that resamples cases: 100,000 cases, 50 segments, 10 metrics, bounds of 10,000 resamples.

Put here what is measured of the gate's arithmetic. Run by ``make bench WHAT=gate``; ``--cases`` and ``--resamples`` make it smaller.

Both versions answer the same cases, five columns split them into ten segments each. We compare every metric of all cases and of every
segment as the gate does, from outcomes to states, in a process of its own. The peer is the loop that everybody writes: draw places, take
both versions' values at them, measure, note the difference; on arrays that are aligned already, which its time leaves out. It is timed in
the same run on one segment and on all cases, of each kind of metric; all cases by fewer draws (said so where it is) because they take
minutes. Its time of a metric is that of all cases and 50 times that of the segment. Bounds are compared on the segment, at full precision;
not those of the calibration error, where the loop's are wrong: a candidate that is off by the margin lies within them four times in ten.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.table import Figure, publish
from checks.gate_comparisons import Compared, compare
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.segments import Segment
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Measure = Callable[[NDArray[np.intp]], float]

CASES, RESAMPLES, FEWER = 100_000, 10_000, 200
COLUMNS, VALUES = 5, 10
LEVEL, BINS, SEED = 0.05, 10, 1
FIRST = Segment("column_0", "value_0")
METRICS = (
    MetricSpec("accuracy", MetricKind.ACCURACY),
    *(MetricSpec(name, MetricKind.PASSED, name) for name in ("grounded", "in_format")),
    *(MetricSpec(name, MetricKind.AMOUNT, name, more_is_better=False) for name in ("seconds", "cost")),
    MetricSpec("grade", MetricKind.AMOUNT, "grade"),
    *(MetricSpec(kind.value, kind) for kind in (MetricKind.AUC, MetricKind.F1, MetricKind.BRIER, MetricKind.CALIBRATION)),
)
BESIDE_LOOP = tuple(metric for metric in METRICS if metric.name not in {"grounded", "in_format", "cost", "grade"})
"""One of each kind: the others are the same arithmetic."""
GOALS = {MetricKind.ACCURACY: 100, MetricKind.AUC: 10}
"""How many times faster than the loop; the others are told without a goal."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Both versions' values as arrays: what the loop starts from. The champion is in the first row."""

    labels: NDArray[np.intp]
    answers: NDArray[np.intp]
    scores: Numbers
    passed: Mapping[str, NDArray[np.bool_]]
    amounts: Mapping[str, Numbers]
    segments: NDArray[np.intp]


def main() -> int:
    """Measure, print and return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        print(json.dumps(_ours(arguments.cases)))
        return 0
    is_full = arguments.cases >= CASES and arguments.resamples >= RESAMPLES
    words = [sys.executable, "-m", "benchmarks.gate", "--ours", "--cases", str(arguments.cases)]
    ours = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    figures = [
        Figure(f"{len(METRICS)} metrics x {1 + COLUMNS * VALUES} groups of cases, all", sum(ours["seconds"].values()), "s"),
        Figure("peak memory", ours["peak_mb"], "MB", goal="< 1000 MB", ok=ours["peak_mb"] < 1000 if is_full else None),
    ]
    drawn = _drawn(arguments.cases)
    for metric in BESIDE_LOOP:
        figures += _beside_loop(metric, drawn, ours, arguments.resamples, is_full)
    return publish("gate", figures)


def _beside_loop(metric: MetricSpec, drawn: Drawn, ours: Mapping[str, Any], resamples: int, is_full: bool) -> list[Figure]:
    """Time the loop on one segment and on all cases; compare seconds and the segment's bounds."""
    fewer = resamples if metric.kind is MetricKind.ACCURACY else min(resamples, FEWER)
    places = np.flatnonzero(drawn.segments == 0)
    of_segment, low, high = _loop(_measure(metric, drawn), places, resamples)
    of_all = _loop(_measure(metric, drawn), np.arange(len(drawn.labels)), fewer)[0] * resamples / fewer
    seconds, loop = ours["seconds"][metric.name], of_all + COLUMNS * VALUES * of_segment
    goal = GOALS.get(metric.kind)
    told = "" if fewer == resamples else f", all cases from {fewer} draws"
    figures = [
        Figure(
            f"{metric.name}: {loop / seconds:,.0f} x faster{told}",
            seconds,
            "s",
            loop,
            "s loop",
            f">= {goal}x faster" if goal else "",
            loop >= goal * seconds if goal and is_full else None,
        )
    ]
    if metric.kind is not MetricKind.CALIBRATION:
        our_low, our_high = ours["bounds"][metric.name]
        off = max(abs(our_low - low), abs(our_high - high)) / (high - low)
        figures.append(
            Figure(f"{metric.name}: bounds off, of their width", 100 * off, "%", goal="<= 5 %", ok=off <= 0.05 if is_full else None)
        )
    return figures


def _ours(cases: int) -> dict[str, Any]:
    """Compare every metric as the gate does; return seconds by metric, the first segment's bounds and the process's peak memory."""
    compared = _compared(_drawn(cases))
    seconds, bounds = {}, {}
    compare(METRICS[0], compared)  # imports are not arithmetic
    for metric in METRICS:
        started = time.perf_counter()
        found = compare(metric, compared)
        seconds[metric.name] = time.perf_counter() - started
        difference = next(one.difference for one in found if one.segment == FIRST)
        bounds[metric.name] = (difference.low, difference.high) if difference else (0.0, 0.0)
    return {"seconds": seconds, "bounds": bounds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _loop(measure: Measure, places: NDArray[np.intp], resamples: int) -> tuple[float, float, float]:
    """Return the seconds of the loop and its bounds."""
    draw, found = np.random.default_rng(SEED), []
    started = time.perf_counter()
    for _ in range(resamples):
        found.append(measure(places[draw.integers(0, len(places), len(places))]))
    low, high = np.quantile(found, [LEVEL, 1 - LEVEL])
    return time.perf_counter() - started, float(low), float(high)


def _measure(metric: MetricSpec, drawn: Drawn) -> Measure:
    """Return the gain of the candidate on the cases at some places, as the loop computes it."""
    if metric.kind is MetricKind.ACCURACY:
        was, is_ = drawn.answers == drawn.labels
        return lambda at: float(is_[at].mean() - was[at].mean())
    if metric.kind is MetricKind.AMOUNT:
        before, now = drawn.amounts[metric.column]
        sign = 1.0 if metric.more_is_better else -1.0
        return lambda at: sign * float(now[at].mean() - before[at].mean())
    measure, sign = _OF_SCORES.get(metric.kind, (_f1, 1.0))
    values = drawn.answers if metric.kind is MetricKind.F1 else drawn.scores
    return lambda at: sign * (measure(drawn.labels[at], values[1][at]) - measure(drawn.labels[at], values[0][at]))


def _auc(labels: NDArray[Any], scores: NDArray[Any]) -> float:
    events, others = scores[labels == 1], np.sort(scores[labels == 0])
    return float((np.searchsorted(others, events) + np.searchsorted(others, events, side="right")).mean()) / (2 * len(others))


def _f1(labels: NDArray[Any], answers: NDArray[Any]) -> float:
    table = np.bincount(2 * labels + answers, minlength=4).reshape(2, 2)
    return float((2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))).mean())


def _brier(labels: NDArray[Any], scores: NDArray[Any]) -> float:
    return float(((scores - labels) ** 2).mean())


def _calibration(labels: NDArray[Any], scores: NDArray[Any]) -> float:
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, labels - scores, BINS)).sum()) / len(labels)


_OF_SCORES: dict[MetricKind, tuple[Callable[[NDArray[Any], NDArray[Any]], float], float]] = {
    MetricKind.AUC: (_auc, 1.0),
    MetricKind.BRIER: (_brier, -1.0),
    MetricKind.CALIBRATION: (_calibration, -1.0),
}


def _drawn(cases: int) -> Drawn:
    """Draw cases and two versions alike but for chance, the candidate a little less sure."""
    draw = np.random.default_rng(SEED)
    labels = (draw.random(cases) < 0.2).astype(np.intp)
    known = 1.5 * labels - 1.5 + draw.normal(0, 1, cases)
    scores = 1 / (1 + np.exp(-(known + draw.normal(0, [[0.30], [0.35]], (2, cases)))))
    shared = draw.random(cases)
    passed = {name: shared + draw.normal(0, 0.05, (2, cases)) > 0.1 for name in ("grounded", "in_format")}
    amounts = {name: draw.gamma(2.0, 1.0, cases) * draw.lognormal(0, 0.2, (2, cases)) for name in ("seconds", "cost", "grade")}
    return Drawn(labels, (scores > 0.35).astype(np.intp), scores, passed, amounts, np.arange(cases) % VALUES)


def _compared(drawn: Drawn) -> Compared:
    """Return the values that the gate judges."""
    count = len(drawn.labels)
    draw = np.random.default_rng(SEED + 1)
    columns = [drawn.segments, *(draw.integers(0, VALUES, count) for _ in range(COLUMNS - 1))]
    segments = {f"column_{place}": tuple(f"value_{value}" for value in column) for place, column in enumerate(columns)}
    cases = EvaluationSet("sha256:" + "1" * 64, tuple(map(str, range(count))), tuple(map(str, drawn.labels)), segments=segments)
    champion, candidate = (
        VersionOutcomes(
            version=str(side),
            digest="",
            answers=tuple(map(str, drawn.answers[side])),
            errors=("",) * count,
            scores=tuple(drawn.scores[side].tolist()),
            amounts={name: tuple(values[side].tolist()) for name, values in drawn.amounts.items()},
            passed={name: tuple(values[side].tolist()) for name, values in drawn.passed.items()},
        )
        for side in (0, 1)
    )
    return Compared(cases, champion, candidate, gate_policy(load_tables(None)), SEED)


if __name__ == "__main__":
    sys.exit(main())
