"""Does the gate keep what it promises? Candidates whose true difference is known, judged thousands of times, seeded.

Put here what must come of drawn versions; drawing and judging them is ``tests/proof/simulated_versions.py``. Run by ``make proof
WHAT=gate``; prints a table, writes it as JSON and exits 1 when a row is not as expected. Beside a measure that is right or wrong stands
what counting every possible outcome says, without chance.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from checks.paired_power import power_of_non_inferiority
from registry.domain.decision import Verdict
from registry.domain.evaluation import MetricKind, MetricSpec
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables
from tests.checks.paired_enumeration import chance_of_passing
from tests.proof.simulated_versions import ACCURACY, Versions, a_set_of, differing, graded, judged, ranked, seconds, shifted
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/proof")
RUNS = 2_000
MOST_FALSE_PASSES, MOST_FALSE_ALARMS, LEAST_FOUND = 0.055, 0.06, 0.95
SIZES = (500,) * 20
RESAMPLED, NEARER = 0.25, 5.0
ROUNDED = 100  # cases: a planned number is rounded up to so many


@dataclass(frozen=True, slots=True)
class Scenario:
    """Two versions to be drawn: ``draw`` takes the chance and the number of cases."""

    number: int
    count: int
    draw: Callable[[np.random.Generator, int], Versions]
    metrics: tuple[MetricSpec, ...] = ACCURACY
    segments: tuple[int, ...] = ()
    part: float = 1.0
    """Of the runs: a fraction where each has to resample, a multiple where chance in them is wider than what is left below the bound."""


def main() -> int:
    """Simulate, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="gates judged for each case")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    started, rows = time.perf_counter(), []
    with ProcessPoolExecutor(arguments.processes) as pool:
        for row in prove(partial(_verdicts, pool, arguments.runs)):
            print(f"  {time.perf_counter() - started:4.0f} s: {row.case}", file=sys.stderr)
            rows.append(row)
    report(rows, arguments.runs, time.perf_counter() - started)
    return 0 if all(row.ok for row in rows) else 1


Judge = Callable[[Scenario], Counter[Verdict]]


def prove(judge: Judge) -> Iterator[Row]:
    """Yield every row of the table."""
    policy = gate_policy(load_tables(None))
    margin = {kind: one.max_regression for kind, one in policy.margins.items()}
    yield from _worse_by_the_margin(judge, margin)
    yield from _as_good(judge, margin[MetricKind.ACCURACY], policy.statistics.target_power, policy.statistics.false_pass_probability)
    yield hidden_drop(judge)
    yield from _against_itself(judge)


def _worse_by_the_margin(judge: Judge, margin: dict[MetricKind, float]) -> Iterator[Row]:
    allowed = margin[MetricKind.ACCURACY]
    for number, (count, share) in enumerate(((1_600, 0.1), (300, 0.2), (1_000, allowed), (135, allowed))):
        yield right_or_wrong(judge, Scenario(100 + number, count, partial(_differ, share, allowed)), share, allowed)
    amount = (MetricSpec("seconds", MetricKind.AMOUNT, "seconds", more_is_better=False),)
    slower = partial(_seconds, margin[MetricKind.AMOUNT])
    yield by_margin(judge, Scenario(110, 1_000, slower, amount), "mean seconds, long tail")
    yield by_margin(judge, Scenario(111, 150, slower, amount, part=RESAMPLED), "mean seconds, long tail, resampled")
    auc = partial(_ranked, margin[MetricKind.AUC])
    yield by_margin(judge, Scenario(112, 2_000, auc, (MetricSpec("auc", MetricKind.AUC),), part=NEARER), "AUC")
    f1 = partial(_differ, 0.1, margin[MetricKind.F1])
    yield by_margin(judge, Scenario(113, 1_000, f1, (MetricSpec("f1", MetricKind.F1),), part=RESAMPLED), "macro F1")
    brier = partial(_graded, margin[MetricKind.BRIER])
    yield by_margin(judge, Scenario(114, 1_000, brier, (MetricSpec("brier", MetricKind.BRIER),)), "Brier score")
    off = partial(_shifted, margin[MetricKind.CALIBRATION])
    yield by_margin(judge, Scenario(115, 2_000, off, (MetricSpec("ece", MetricKind.CALIBRATION),)), "calibration error")


def right_or_wrong(judge: Judge, scenario: Scenario, share: float, margin: float) -> Row:
    """Compare how often a candidate that is worse by the margin passes, drawn and counted."""
    exact = chance_of_passing(margin, 0.05, scenario.count, (share + margin) / 2, (share - margin) / 2)
    row = by_margin(judge, scenario, f"accuracy, {share:.0%} differ")
    return Row(row.case, row.expected, f"{row.found}; counted {exact:.2%}", row.ok and exact <= MOST_FALSE_PASSES)


def by_margin(judge: Judge, scenario: Scenario, what: str) -> Row:
    """Compare how often a candidate that is worse by exactly the margin passes."""
    found = judge(scenario)
    share = found[Verdict.PASS] / found.total()
    case = f"worse by the margin: {what}, {scenario.count:,} cases"
    return Row(case, f"passes in at most {MOST_FALSE_PASSES:.1%}", f"{share:.2%} ({_told(found)})", share <= MOST_FALSE_PASSES)


def _as_good(judge: Judge, margin: float, power: float, level: float) -> Iterator[Row]:
    for number, share in enumerate((0.05, 0.1, 0.2)):
        count = planned(share, margin, power, level)
        found = judge(Scenario(200 + number, count, partial(_differ, share, 0.0)))
        passed = found[Verdict.PASS] / found.total()
        exact = chance_of_passing(margin, level, count, share / 2, share / 2)
        told = f"{passed:.1%} ({_told(found)}); counted {exact:.1%}"
        yield Row(
            f"as good, {share:.0%} differ, planned {count:,} cases", f"passes in at least {power:.0%}", told, passed >= power <= exact
        )


def planned(share: float, margin: float, power: float, level: float) -> int:
    """Return how many cases are needed for this power, as a team would plan them."""
    return next(count for count in range(ROUNDED, 10**6, ROUNDED) if power_of_non_inferiority(count, share, margin, level) >= power)


def hidden_drop(judge: Judge) -> Row:
    """Compare how often a drop of ten points in one segment of twenty is seen while the total rises."""
    found = judge(Scenario(300, sum(SIZES), _hidden, segments=SIZES))
    seen = 1 - found[Verdict.PASS] / found.total()
    case = "ten points lost in one of 20 segments of 500, two won in the others"
    return Row(case, f"not passed in at least {LEAST_FOUND:.0%}", f"{seen:.1%} ({_told(found)})", seen >= LEAST_FOUND)


def _against_itself(judge: Judge) -> Iterator[Row]:
    cases = ((0.1, (100,) * 20), (0.1, (30,) * 20), (0.3, (30,) * 20), (0.3, (30,) * 5), (0.2, (2_000,)))
    for number, (share, sizes) in enumerate(cases):
        found = judge(Scenario(400 + number, sum(sizes), partial(_differ, share, 0.0), segments=sizes))
        failed = found[Verdict.FAIL] / found.total()
        case = f"one version twice, {share:.0%} differ by chance, {len(sizes)} x {sizes[0]:,} cases"
        expected = f"fails in at most {MOST_FALSE_ALARMS:.0%}"
        yield Row(case, expected, f"{failed:.2%} ({_told(found)})", failed <= MOST_FALSE_ALARMS)


def _differ(share: float, worse: float, random: np.random.Generator, count: int) -> Versions:
    return differing(random, count, (share + worse) / 2, (share - worse) / 2)


def _seconds(worse: float, random: np.random.Generator, count: int) -> Versions:
    return seconds(random, count, worse)


def _ranked(worse: float, random: np.random.Generator, count: int) -> Versions:
    return ranked(random, count, worse)


def _graded(worse: float, random: np.random.Generator, count: int) -> Versions:
    return graded(random, count, worse)


def _shifted(worse: float, random: np.random.Generator, count: int) -> Versions:
    return shifted(random, count, worse)


def _hidden(random: np.random.Generator, count: int) -> Versions:
    is_hidden = np.arange(count) < SIZES[0]
    return differing(random, count, np.where(is_hidden, 0.12, 0.03), np.where(is_hidden, 0.02, 0.05))


def _verdicts(pool: ProcessPoolExecutor, runs: int, scenario: Scenario) -> Counter[Verdict]:
    count = math.ceil(scenario.part * runs)
    return Counter(pool.map(partial(verdict_of, scenario), range(count), chunksize=math.ceil(count / 40)))


def verdict_of(scenario: Scenario, run: int) -> Verdict:
    """Draw the versions of one run and judge them."""
    drawn = scenario.draw(np.random.default_rng([scenario.number, run]), scenario.count)
    return judged(scenario.metrics, drawn, a_set_of(scenario.count, scenario.segments)).verdict


def _told(found: Counter[Any]) -> str:
    return ", ".join(f"{count:,} {verdict.value}" for verdict, count in sorted(found.items(), key=lambda one: one[0].value))


def report(rows: list[Row], runs: int, took: float) -> None:
    """Print the table and write it as JSON."""
    print(rows_text(rows))
    print(f"{len(rows)} cases of {runs:,} gates in {took:.0f} s")
    write_rows(BUILD / "gate.json", rows, took, runs=runs)


if __name__ == "__main__":
    sys.exit(main())
