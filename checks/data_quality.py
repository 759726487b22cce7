"""Data quality of a window against its reference: broken or recoded data, told apart from different customers.

Put here how the rules of ``data_quality_window``, ``data_quality_levels`` and ``data_quality_values`` come together: one finding for each
column and problem, and which drift cells a problem explains.

The rules, in order:
 * Every difference must matter (policy) and be more than chance at the drift budget over all tests of all windows of a year.
 * A problem of all rows is one finding; its segments add nothing. A problem of some segments alone names them.
 * A problem explains a drift cell when, without the bins that it is about, the rest of the column would be no drift: its PSI is at most the
   policy's, or what chance gives, or it has too few rows to tell. A real shift beside a new code stays drift. What is about the whole
   column (all missing, constant, another grid) explains it whole; an absurd or infinite value is in no bin and explains nothing.
 * A moved grid that explains no difference is a note that does not block: prices are replaced without anybody else having come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from checks.data_quality_levels import find_level_problems
from checks.data_quality_pair import Pair, Problem
from checks.data_quality_values import find_value_problems
from checks.data_quality_window import find_window_problems, finding_of
from checks.drift_budget import level_of_one_cell, reference_error_of_one_cell
from checks.drift_by_chance import psi_by_chance
from checks.drift_measures import population_stability_index
from checks.shares import level_of_one_test
from registry.domain.decision import Finding
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import DriftPolicy, TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile

_TESTS_OF_A_CELL = 5
_KINDS = {1: WindowKind.DAY, 7: WindowKind.WEEK}


def find_data_quality(
    reference: ReferenceProfile,
    profile: WindowProfile,
    policies: TriggerPolicies,
    population: Collection[str] = (),
    data_before: datetime | None = None,
    closed_on: Collection[date] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with the data of a window, the window first, then column by column.

    ``population`` are the columns that are segments too (a product dimension): a new or vanished level there is a change of customers.
    ``data_before`` is until when the data were read, where that is known; ``closed_on`` are days on which no row is expected.
    """
    level = _level(reference, profile, policies)
    found = list(find_window_problems(reference, profile, policies, level, data_before, closed_on))
    met: dict[tuple[str, str], list[tuple[Pair, Problem]]] = {}
    for pair in _pairs(reference, profile, policies, population):
        for problem in _problems(pair, policies.drift):
            met.setdefault((pair.bins.name, problem.code), []).append((pair, problem))
    return (*found, *(_finding(column, where) for (column, _), where in met.items()))


def explained_cells(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, population: Collection[str] = ()
) -> dict[str, str]:
    """Return the reason code of each drift cell (by ``DriftCell.key``) whose difference is one of data quality."""
    explained: dict[str, str] = {}
    of_the_whole: dict[str, list[Problem]] = {}
    for pair in _pairs(reference, profile, policies, population):
        problems = list(_problems(pair, policies.drift))
        if pair.is_whole:
            of_the_whole[pair.bins.name] = problems
        for problem in (*problems, *of_the_whole.get(pair.bins.name, ())):
            if _explains(problem, pair, policies.drift):
                explained.setdefault(f"{pair.bins.name}|{pair.now.segment.name}", problem.code)
    return explained


def _cells(reference: ReferenceProfile) -> int:
    return max(1, len(reference.columns) * len(reference.profile.segments))


def _level(reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies) -> float:
    return level_of_one_test(policies.drift.max_false_alarms_per_year, profile.window, _cells(reference) * _TESTS_OF_A_CELL)


def _pairs(reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, population: Collection[str]) -> Iterator[Pair]:
    """Yield every column in every segment that both sides have, all rows first."""
    drift, kind = policies.drift, _KINDS.get(profile.window.day_count, WindowKind.MONTH)
    level, unlucky = _level(reference, profile, policies), drift.reference_error_probability
    of_a_cell = level_of_one_cell(drift, kind, _cells(reference)), reference_error_of_one_cell(drift, _cells(reference))
    before = {(cell.column, cell.segment): cell for cell in reference.profile.cells}
    now = {(cell.column, cell.segment): cell for cell in profile.cells}
    for bins in reference.columns:
        for segment in reference.segments():
            key = (bins.name, segment)
            if key in before and key in now and now[key].row_count:
                yield Pair(bins, before[key], now[key], policies.data_quality, level, unlucky, bins.name in population, *of_a_cell)


def _problems(pair: Pair, drift: DriftPolicy) -> Iterator[Problem]:
    problems = list(find_value_problems(pair))
    if not any(problem.code == "all_missing" for problem in problems):
        problems = [*find_level_problems(pair), *problems]
    for problem in problems:
        is_noted_move = problem.code == "grid_moved" and _is_over(pair.before.counts, pair.now.counts, pair, drift)
        yield replace(problem, blocking=True) if is_noted_move else problem


def _explains(problem: Problem, pair: Pair, drift: DriftPolicy) -> bool:
    if problem.explains is None:
        return True
    rest = [index for index in range(len(pair.now.counts)) if index not in problem.explains]
    before, now = [pair.before.counts[index] for index in rest], [pair.now.counts[index] for index in rest]
    return bool(problem.explains) and not _is_over(before, now, pair, drift)


def _is_over(before: Sequence[int], now: Sequence[int], pair: Pair, drift: DriftPolicy) -> bool:
    """Return whether these bins alone would be drift: enough rows, over the policy's PSI and over what chance gives."""
    psi = population_stability_index(before, now)
    if psi is None or psi <= drift.min_psi or min(sum(before), sum(now)) < drift.min_rows:
        return False
    return psi > psi_by_chance(tuple(before), sum(now), pair.cell_reference_error, pair.cell_level, drift.min_psi).quantile


def _finding(column: str, where: list[tuple[Pair, Problem]]) -> Finding:
    """Return one finding for a problem of a column: that of all rows, or else the first segment's with the others named."""
    pair, problem = where[0]
    others = [other.now.segment.name for other, _ in where[1:]]
    if not pair.is_whole and others:
        problem = replace(problem, text=f"{problem.text}; also in {', '.join(others)}")
    return finding_of(column, problem)
