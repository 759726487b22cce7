"""Drift of inputs and predictions: which column in which segment is further from its reference than the policy allows and chance explains.

Put the judgement of one window's cells here. Measures are ``checks/drift_measures.py``, chance ``checks/drift_by_chance.py``, several
windows ``checks/drift_persistence.py``; concept drift is measured on outcomes, in ``checks/performance.py``.

The rules, in order:
 * Every cell of the reference is answered for: all rows first, then each segment.
 * A column that the source no longer has, a window without rows, too few rows on either side: NOT_EVALUATED, never quiet. So is a cell
   where chance alone, with so small a reference, gives as much as any window could come to (``too_few_in_reference``).
 * Where a window has fewer than ``min_rows`` values of a column, the share of what is missing is compared alone (``few_values``), so that
   a column that is mostly missing can be watched. Without a single value it is over or, ``no_values``, NOT_EVALUATED, never quiet.
 * A cell is over when its PSI is above both the policy's ``min_psi`` and what chance gives at the yearly budget, divided over the cells
   that are judged in this window.
 * What data quality explains is not drift: over, it is NOT_EVALUATED with that reason, for what the recoding hides cannot be told; below,
   it is QUIET and keeps the reason.
 * Over for long enough is DRIFTED, and at once where PSI is above both ``sudden_psi`` and what chance gives in one window; it stands until
   it was below for long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checks.drift_budget import level_of_a_sudden_cell, level_of_one_cell, reference_error_of_one_cell
from checks.drift_by_chance import psi_by_chance
from checks.drift_measures import chi_square_p, farthest_psi, jensen_shannon_distance, kolmogorov_smirnov, population_stability_index
from checks.drift_persistence import state_of, windows_that_count
from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import DriftPolicy, TriggerPolicies
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ReferenceProfile, WindowProfile
from registry.domain.triggers import CellState, DriftCell, TriggerHistory

MISSING_COLUMN, NO_DATA, TOO_FEW, TOO_FEW_IN_REFERENCE = "missing_column", "no_data", "too_few", "too_few_in_reference"
NO_VALUES, FEW_VALUES = "no_values", "few_values"


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of the reference beside the window's; ``because`` says why the two cannot be compared, ``note`` what alone of them is."""

    bins: ColumnBins
    before: CellCounts
    now: CellCounts | None
    because: str
    note: str = ""

    @property
    def row_count(self) -> int:
        return sum(self.now.counts) if self.now else 0


def judge_cells(
    reference: ReferenceProfile,
    profile: WindowProfile,
    history: TriggerHistory,
    policies: TriggerPolicies,
    window_kind: WindowKind,
    explained: Mapping[str, str] | None = None,
) -> tuple[DriftCell, ...]:
    """Return every cell of the reference, judged; ``explained`` holds the data-quality reason of a cell by its key.

    Raises:
        ValueError: the window was counted against other bins, or the policy has no persistence for this kind of window.
    """
    policy, pairs = policies.drift, tuple(pairs_of(reference, profile, policies.drift))
    before = windows_that_count(history, reference.counts_digest, profile.window)
    comparable = sum(1 for pair in pairs if not pair.because)
    cells = []
    for pair in pairs:
        cell = _unjudged(pair) if pair.because else measure(pair, policy, window_kind, comparable)
        reason = (explained or {}).get(cell.key, "")
        if not cell.because:
            if (reason and cell.is_over) or (pair.note == NO_VALUES and not cell.is_over):
                cell = replace(cell, state=CellState.NOT_EVALUATED, because=reason or pair.note)
            else:
                state, because = state_of(cell.key, cell.is_over, before, policy, window_kind, cell.is_sudden)
                cell = replace(cell, state=state, because=because or reason or pair.note)
        cells.append(cell)
    return tuple(cells)


def pairs_of(reference: ReferenceProfile, profile: WindowProfile, policy: DriftPolicy) -> Iterator[Pair]:
    """Yield each cell of the reference beside that of the window, all rows first, columns in the reference's order."""
    was = {(cell.column, cell.segment): cell for cell in reference.profile.cells}
    now = {(cell.column, cell.segment): cell for cell in profile.cells}
    missing = frozenset(profile.missing_columns)
    for segment in reference.segments():
        for bins in reference.columns:
            before = was.get((bins.name, segment))
            if before is not None:
                after = now.get((bins.name, segment))
                because = _why_not(bins.name in missing, before, after, profile.row_count, policy.min_rows)
                if after is not None and not because and after.value_count < policy.min_rows:
                    note = FEW_VALUES if after.value_count else NO_VALUES
                    yield Pair(bins, _there_or_missing(before), _there_or_missing(after), "", note)
                else:
                    yield Pair(bins, before, after, because)


def _why_not(is_missing: bool, before: CellCounts, now: CellCounts | None, row_count: int, min_rows: int) -> str:
    if is_missing:
        return MISSING_COLUMN
    if not row_count:
        return NO_DATA
    if sum(before.counts) < min_rows or (before.segment == WHOLE and before.value_count < min_rows):
        return TOO_FEW_IN_REFERENCE
    return TOO_FEW if now is None or sum(now.counts) < max(1, min_rows) else ""


def _there_or_missing(cell: CellCounts) -> CellCounts:
    return replace(cell, counts=(cell.value_count, cell.missing_count))


def measure(pair: Pair, policy: DriftPolicy, kind: WindowKind, cell_count: int) -> DriftCell:
    """Return the four measures of a comparable pair and its threshold as one of ``cell_count`` judged cells; what it comes to is open."""
    before, now = pair.before.counts, pair.now.counts if pair.now else ()
    error, psi = reference_error_of_one_cell(policy, cell_count), population_stability_index(before, now)
    chance = psi_by_chance(before, pair.row_count, error, level_of_one_cell(policy, kind, cell_count), policy.min_psi)
    if chance.quantile > policy.min_psi and chance.quantile >= farthest_psi(before, pair.row_count):
        return replace(_unjudged(pair), because=TOO_FEW_IN_REFERENCE)
    is_sudden = False
    if psi is not None and psi > max(policy.sudden_psi, chance.quantile):
        alone = psi_by_chance(before, pair.row_count, error, level_of_a_sudden_cell(policy, kind, cell_count), policy.sudden_psi)
        is_sudden = psi > alone.quantile
    return replace(
        _unjudged(pair),
        state=CellState.QUIET,
        psi=psi,
        is_sudden=is_sudden,
        threshold=max(policy.min_psi, chance.quantile),
        null_quantile=chance.quantile,
        jensen_shannon=jensen_shannon_distance(before, now),
        kolmogorov_smirnov=kolmogorov_smirnov(before[:-1], now[:-1]) if pair.bins.kind is ColumnKind.NUMBER else None,
        chi_square_p=chi_square_p(before, now),
    )


def _unjudged(pair: Pair) -> DriftCell:
    """Return the cell of a pair before it is judged."""
    return DriftCell(pair.bins.name, pair.bins.role, pair.before.segment, CellState.NOT_EVALUATED, pair.row_count, because=pair.because)
