"""Are the retraining triggers quiet when nothing happened, and certain when something did? Seeded years of a system whose truth is known.

Put here what must come of simulated days; drawing and walking them is ``tests/proof/simulated_days.py``. Run by ``make proof
WHAT=triggers``; prints a table, writes it as JSON and exits 1 when a row is not as expected. The rule that everyone writes down, one PSI
above 0.2 on one day, is counted on the same days beside it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from checks.drift_budget import level_of_one_cell
from checks.drift_by_chance import psi_by_chance
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.triggers import TriggerDecision
from registry.policies.triggers import load_trigger_policies
from tests.proof.simulated_days import FEATURES, SHIFTED, simulate, windows
from tests.verdict_table import Row, rows_text, write_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUILD = Path("build/proof")
YEAR = {WindowKind.DAY: 365, WindowKind.WEEK: 52, WindowKind.MONTH: 12}
FIXED_RULE = 0.2
REFERENCE_ROWS, SMALL_REFERENCE = 10_000, 500


@dataclass(frozen=True, slots=True)
class Year:
    """What came of a year without drift: requests made, columns said to drift, and what the fixed rule would have said."""

    requests: int
    drifted: int
    expected: float
    fixed_columns: int
    fixed_windows: int


def main() -> int:
    """Simulate, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=20, help="simulated years without drift for each number of rows")
    parser.add_argument("--runs", type=int, default=400, help="simulated shifts for each size")
    arguments = parser.parse_args()
    policies = load_trigger_policies(None)
    started = time.perf_counter()
    rows = []
    for row in prove(policies, arguments.years, arguments.runs):
        print(f"  {time.perf_counter() - started:4.0f} s: {row.case}", file=sys.stderr)
        rows.append(row)
    report(rows, time.perf_counter() - started)
    return 0 if all(row.ok for row in rows) else 1


def prove(policies: TriggerPolicies, years: int, runs: int) -> Iterator[Row]:
    """Yield every row of the table."""
    for rows in (50, 100, 500, 5_000):
        yield quiet_years(policies, rows, REFERENCE_ROWS, years)
    yield quiet_years(policies, 100, SMALL_REFERENCE, max(1, years // 2))
    yield quiet_years(policies, 20_000, SMALL_REFERENCE, max(1, years // 4))
    for kind, more in ((WindowKind.WEEK, 2), (WindowKind.MONTH, 10)):
        yield quiet_years(policies, 50, REFERENCE_ROWS, more * years, kind)
    yield found_shift(policies, 0.5, 500, runs, 0.94)
    yield found_shift(policies, 0.6, 500, runs, 0.99)
    yield found_shift(policies, 1.0, 20_000, max(1, runs // 10), 0.99, SMALL_REFERENCE)
    yield judged_twice(policies)
    for rows in (50, 100, 500):
        yield chance_itself(policies, rows)
    for rows in (100, 20_000):
        yield small_references(rows)


def quiet_years(policies: TriggerPolicies, rows: int, reference_rows: int, years: int, kind: WindowKind = WindowKind.DAY) -> Row:
    """Compare false requests with what is promised, over years that each have a reference of their own."""
    seen = [quiet_year(policies, rows, reference_rows, seed, kind=kind) for seed in range(years)]
    mean = sum(year.requests for year in seen) / years
    spread = ", ".join(f"{count} in {number}" for count, number in sorted(Counter(year.requests for year in seen).items()))
    columns, fired = (sum(getattr(year, name) for year in seen) / years for name in ("fixed_columns", "fixed_windows"))
    found = (
        f"{mean:.2f} ({spread} of {years} years; {max(year.expected for year in seen):.2f} drifted columns computed, "
        f"{sum(year.drifted for year in seen) / years:.2f} seen); PSI > {FIXED_RULE} fires {columns:,.0f} times in {fired:.0f} {kind}s"
    )
    return Row(f"no drift, {rows:,} rows a {kind}, reference {reference_rows:,}", "at most 1 false request a year", found, mean <= 1)


def quiet_year(
    policies: TriggerPolicies, rows: int, reference_rows: int, seed: int, count: int | None = None, kind: WindowKind = WindowKind.DAY
) -> Year:
    """Return what came of windows in which nothing happened, a year of them unless ``count`` says otherwise."""
    random = np.random.default_rng([1, rows, reference_rows, seed])
    simulated = simulate(policies, reference_rows, random, kind)
    decisions = [decision for (decision,) in windows(simulated, rows, count or YEAR[kind], random)]
    over = [sum((cell.psi or 0.0) > FIXED_RULE for cell in decision.cells) for decision in decisions]
    return Year(
        requests=sum(len(decision.requests) for decision in decisions),
        drifted=sum(key.startswith("drift|") for decision in decisions for key in decision.opened),
        expected=12 * max(decision.expected_false_alarms_per_month or 0.0 for decision in decisions),
        fixed_columns=sum(over),
        fixed_windows=sum(columns > 0 for columns in over),
    )


def found_shift(
    policies: TriggerPolicies, shift: float, rows: int, runs: int, at_least: float, reference_rows: int = REFERENCE_ROWS, within: int = 5
) -> Row:
    """Compare how often a shift of one number is asked about within a few days."""
    took = Counter(days_until_found(policies, shift, rows, seed, within, reference_rows) for seed in range(runs))
    share = 1 - took[0] / runs
    spread = ", ".join(f"day {day}: {took[day]}" for day in sorted(took) if day)
    case = f"shift of {shift} sd, {rows:,} rows a day, reference {reference_rows:,}"
    expected = f"asked about within {within} days in at least {at_least:.0%}"
    return Row(case, expected, f"{share:.1%} of {runs} ({spread})", share >= at_least)


def days_until_found(
    policies: TriggerPolicies, shift: float, rows: int, seed: int, within: int, reference_rows: int = REFERENCE_ROWS
) -> int:
    """Return on which day the shifted number was asked about; 0 where it was not."""
    random = np.random.default_rng([2, rows, int(100 * shift), seed])
    simulated = simulate(policies, reference_rows, random)
    for day, (decision,) in enumerate(windows(simulated, rows, within, random, shift), start=1):
        if _asks_about(decision):
            return day
    return 0


def judged_twice(policies: TriggerPolicies) -> Row:
    """Judge every day twice while a column drifts: the second look asks for nothing."""
    random = np.random.default_rng(3)
    decided = list(windows(simulate(policies, REFERENCE_ROWS, random), 500, 30, random, shift=0.8, times=2))
    made = [request.request_id for pair in decided for decision in pair for request in decision.requests]
    again = sum(len(pair[1].requests) for pair in decided)
    found = f"{len(made)} request, {again} of them by a second look, in {len(decided)} days"
    return Row("every day judged twice, shift of 0.8 sd", "one request", found, len(made) == 1 and not again)


def chance_itself(policies: TriggerPolicies, rows: int, draws: int = 100_000) -> Row:
    """Compare how often PSI is above its null quantile with the level that the quantile was computed for."""
    level = level_of_one_cell(policies.drift, WindowKind.DAY, len(FEATURES))
    random = np.random.default_rng([4, rows])
    shares = {feature.name: feature.levels or ((1 - feature.missing) / 10,) * 10 + (feature.missing,) for feature in FEATURES}
    ratios = {name: _above(random, np.array([one for one in share if one]), rows, level, draws) / level for name, share in shares.items()}
    worst = max(ratios, key=lambda name: ratios[name])
    found = f"{min(ratios.values()):.2f} to {ratios[worst]:.2f} ({worst}) times the level of {level:.4f}"
    return Row(f"chance, {rows:,} rows, {len(shares)} columns", "over as often as the level says or less", found, ratios[worst] <= 1.05)


def small_references(rows: int, size: int = 230, references: int = 300) -> Row:
    """Compare how many small references are so far off that their windows are over too often with how many are allowed to be."""
    level = allowed = 0.02
    random = np.random.default_rng([5, rows])
    shares = [np.array(true) / sum(true) for true in ((1,) * 10, (*(24,) * 10, 1), (150, 60, 14, 2, 2, 2), (228, 2))]
    over = [_above(random, true, rows, level, 2_000, random.multinomial(size, true), allowed) for true in shares for _ in range(references)]
    off, mean = float(np.mean([one > 1.5 * level for one in over])), float(np.mean(over))
    found = f"{off:.2%} of {len(over):,} references over too often, windows over in {mean:.2%}"
    expected = f"at most {allowed:.0%} of references, {level:.0%} of windows"
    return Row(f"chance, {rows:,} rows, reference {size}, bins hardly met", expected, found, off <= allowed and mean <= level)


def _above(
    random: np.random.Generator,
    true: NDArray[np.float64],
    rows: int,
    level: float,
    draws: int,
    reference: NDArray[np.int64] | None = None,
    reference_error: float = 0.5,
) -> float:
    """Return how often PSI is above its quantile; against a reference all but without error, where none is given."""
    met = np.round(true * 10**7).astype(int) if reference is None else reference
    quantile = psi_by_chance(tuple(map(int, met)), rows, reference_error, level, min_psi=0.0).quantile
    now = random.multinomial(rows, true, size=draws)
    takes_part = (met > 0) | (now > 0)
    bins = takes_part.sum(axis=1, keepdims=True)
    before, after = (met + 0.5) / (met.sum() + 0.5 * bins), (now + 0.5) / (rows + 0.5 * bins)
    psi = np.where(takes_part, (after - before) * np.log(after / before), 0.0).sum(axis=1)
    return float((psi > quantile).mean())


def _asks_about(decision: TriggerDecision) -> bool:
    subjects = {subject for trigger in decision.triggers if trigger.fired for subject in trigger.subjects}
    return bool(decision.requests) and f"drift|{SHIFTED}" in subjects


def report(rows: list[Row], seconds: float) -> None:
    """Print the table and write it as JSON."""
    print(rows_text(rows))
    print(f"{len(rows)} cases in {seconds:.0f} s")
    write_rows(BUILD / "triggers.json", rows, seconds)


if __name__ == "__main__":
    sys.exit(main())
