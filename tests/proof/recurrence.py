"""Does a window come out clean only when the fix held? Fixes whose truth is drawn from a seed, looked at on every day.

Put here what must come of simulated windows; drawing and walking them is ``tests/proof/simulated_windows.py``, the scenarios are
``tests/windows``. Run by ``make proof WHAT=recurrence``; prints a table, writes it as JSON and exits 1 when a row is not as expected. The
rule that everyone writes down, no complaint for the days of the floor, is counted on the same worlds beside it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Outcome
from registry.policies.recurrence import load_recurrence_policy
from tests.proof.simulated_arithmetic import first_due, is_observed, shuffled
from tests.proof.simulated_windows import Truth, World, draw_world, rate_of
from tests.verdict_table import Row, rows_text, write_rows
from tests.windows.scenario import find_differences
from tests.windows.table import every_scenario

BUILD = Path("build/proof")
_DAY = timedelta(days=1)
NORMAL, RAISED, TARGET = 0.0016, 0.009, 0.0021
RATE_PER_DAY = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one world: how its window ended, after how many days, and what the calendar alone would have said."""

    outcome: Outcome
    days: int
    calendar_is_clean: bool
    could_be_clean: bool


def main() -> int:
    """Simulate, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="simulated fixes for each case")
    arguments = parser.parse_args()
    policy = load_recurrence_policy(None)
    started = time.perf_counter()
    rows = []
    for row in prove(policy, arguments.runs):
        if not row.case.startswith("scenario"):
            print(f"  {time.perf_counter() - started:4.0f} s: {row.case}", file=sys.stderr)
        rows.append(row)
    report(rows, time.perf_counter() - started)
    return 0 if all(row.ok for row in rows) else 1


def prove(policy: RecurrencePolicy, runs: int) -> Iterator[Row]:
    """Yield every row of the table."""
    for floor, share in ((14, 1), (30, 4)):
        for per_month in (1, 2, 4, 10):
            yield unfixed(policy, per_month, floor, runs // share)
    yield unfixed(policy, 4, 14, runs // 4, traffic_after=0.25)
    yield unfixed(policy, 4, 14, runs // 4, outage_ratio=0.1)
    for per_month in (2, 4, 10):
        yield fixed(policy, per_month, 30, runs // 5)
    yield fixed(policy, 4, 30, runs // 5, outage_ratio=0.1)
    for name, share, outcome in (
        ("unfixed", RAISED, Outcome.RECURRED),
        ("half mended", RAISED / 2, Outcome.RECURRED),
        ("at its target, not below", TARGET, None),
        ("back to normal", NORMAL, None),
        ("a quarter of normal", NORMAL / 4, Outcome.CLEAN),
    ):
        yield shares(policy, name, share, outcome, runs // 10)
    yield ten_years(policy)
    for scenario in every_scenario():
        differences = find_differences(scenario)
        expected = ", ".join((scenario.outcome.value, *scenario.codes))
        yield Row(f"scenario: {scenario.name}", expected, "; ".join(differences) or "as expected", not differences)


def unfixed(policy: RecurrencePolicy, per_month: float, floor: int, runs: int, **changes: float) -> Row:
    """Count how often a fix that changed nothing is called clean, by daily looks and by the calendar alone."""
    rate = rate_of(per_month)
    truth = replace(Truth(rate, rate, floor, 300), **changes)  # type: ignore[arg-type]
    seen = [run_of(truth, policy, np.random.default_rng([1, round(10 * per_month), floor, seed])) for seed in range(runs)]
    clean = sum(run.outcome is Outcome.CLEAN for run in seen) / runs
    back = [run.days for run in seen if run.outcome is Outcome.RECURRED]
    calendar = sum(run.calendar_is_clean for run in seen) / runs
    known = [run for run in seen if run.could_be_clean]
    of_known = sum(run.outcome is Outcome.CLEAN for run in known) / max(1, len(known))
    found = f"clean in {clean:.1%} of {runs:,} ({of_known:.1%} of those with 3 before); recurred after {median(back):.0f} days"
    told = "".join(f", {name.replace('_', ' ')} {value}" for name, value in changes.items())
    case = f"unfixed, {per_month} a month, {floor} days{told}"
    return Row(case, "clean in at most 5 %, looked at daily", f"{found}; {floor} days without a complaint: {calendar:.1%}", clean <= 0.05)


def fixed(policy: RecurrencePolicy, per_month: float, floor: int, runs: int, **changes: float) -> Row:
    """Compare the day on which a fix that holds is called clean with the first on which floor and exposure both hold."""
    truth = replace(Truth(rate_of(per_month), 0.0, floor, 190), **changes)  # type: ignore[arg-type]
    worlds = [draw_world(truth, policy, np.random.default_rng([2, round(10 * per_month), seed])) for seed in range(runs)]
    days = [(first_clean(world), first_due(world, policy)) for world in worlds]
    same = sum(clean == due for clean, due in days)
    took = [clean for clean, _ in days if clean]
    never = sum(clean is None for clean, _ in days)
    found = f"{same} of {runs} on that day, {median(took):.0f} days after the fix ({min(took)} to {max(took)}); {never} not in 190 days"
    told = "".join(f", {name.replace('_', ' ')} {value}" for name, value in changes.items())
    return Row(f"fixed, {per_month} a month before, {floor} days{told}", "clean on the first day when all holds", found, same == runs)


def shares(policy: RecurrencePolicy, name: str, share: float, outcome: Outcome | None, runs: int) -> Row:
    """Count what becomes of a share of decisions: 0.16 % was normal, 0.9 % was the issue, at most 0.21 % is allowed."""
    effect = EffectSpec(EffectKind.RATE, TARGET)
    truth = Truth(RAISED, share, 30, 112, 30, NORMAL, 60, per_day=RATE_PER_DAY, effect=effect)
    seen = [run_of(truth, policy, np.random.default_rng([3, round(1e6 * share), seed])) for seed in range(runs)]
    spread = Counter(run.outcome.value for run in seen)
    clean, back = spread[Outcome.CLEAN.value] / runs, spread[Outcome.RECURRED.value] / runs
    is_ok = (clean if share >= TARGET else back) <= 0.05 and (outcome is None or spread[outcome.value] >= 0.95 * runs)
    found = ", ".join(f"{outcome} {count / runs:.1%}" for outcome, count in spread.most_common())
    ended = [run.days for run in seen if run.outcome in {Outcome.CLEAN, Outcome.RECURRED}]
    found += f" of {runs}" + (f"; told after {median(ended):.0f} days" if ended else "")
    wrong = "clean" if share >= TARGET else "recurred"
    expected = f"{wrong} in at most 5 %" + (f", {outcome} in at least 95 %" if outcome else "")
    return Row(f"{share:.2%} where {TARGET:.2%} is allowed ({name}), {RATE_PER_DAY} a day", expected, found, is_ok)


def ten_years(policy: RecurrencePolicy) -> Row:
    """Look at ten years of fixes on every day, with outages and late data, and judge every day again at the end from everything."""
    spread: Counter[str] = Counter()
    looks = wrong = changed = 0
    for number in range(30):
        random = np.random.default_rng([4, number])
        after = (0.0, rate_of(3), rate_of(0.5))[number % 3]
        at = datetime(2014, 1, 7, 15, tzinfo=UTC) + 122 * number * _DAY
        world = draw_world(Truth(rate_of(6), after, 14, 121, outage_ratio=0.12, over_late_ratio=0.05, fix_at=at), policy, random)
        decisions = list(world.looks())
        again = list(shuffled(world, random).looks())
        looks += len(decisions)
        changed += sum(digest_bytes(record_json(one)) != digest_bytes(record_json(two)) for one, two in zip(decisions, again, strict=True))
        wrong += sum(one.outcome is Outcome.CLEAN and not is_observed(world, one, policy) for one in decisions)
        spread.update(one.outcome.value for one in decisions)
    told = ", ".join(f"{outcome} {count:,}" for outcome, count in spread.most_common())
    found = f"{wrong} clean over unobserved days, {changed} verdicts changed, of {looks:,} looks ({told})"
    return Row("ten years of fixes, outages, late data, both DST days a year", "none of either", found, not wrong and not changed)


def run_of(truth: Truth, policy: RecurrencePolicy, random: np.random.Generator) -> Run:
    """Return what came of daily looks at one world, up to the first that is clean or finds a recurrence."""
    world = draw_world(truth, policy, random)
    until = world.first_day + truth.floor_days * _DAY
    is_quiet = not any(seen.is_after_fix and known_on <= until for known_on, seen in world.reports)
    outcome, decision = Outcome.WATCHING, None
    for decision in world.looks():
        outcome = decision.outcome
        if outcome in {Outcome.CLEAN, Outcome.RECURRED}:
            break
    assert decision is not None
    could = decision.before.occurrence_count >= policy.silence.min_pre_fix_occurrence_count
    return Run(outcome, (decision.business_date - world.first_day).days, is_quiet, could)


def first_clean(world: World) -> int | None:
    """Return after how many days a window was clean for the first time."""
    return next(((one.business_date - world.first_day).days for one in world.looks() if one.outcome is Outcome.CLEAN), None)


def report(rows: list[Row], seconds: float) -> None:
    """Print the table and write it as JSON."""
    print(rows_text(rows))
    print(f"{len(rows)} cases in {seconds:.0f} s")
    write_rows(BUILD / "recurrence.json", rows, seconds)


if __name__ == "__main__":
    sys.exit(main())
