"""Bins that a reference is frozen with: where a number is cut, which levels of a category stand by themselves.

Put the making of bins here. Counting against them is ``cell_tallies.py``.

 * A number on a grid is cut half-way between its values, so that a bin holds whole values; a constant is cut just below and above.
 * Another number is cut at its quantiles; equal edges are one. Where many values are the highest, it is cut just below them, for above
   them a bin would be empty.
 * A category keeps its frequent levels by frequency, ties by name; the others are rare together.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, pairwise
from typing import Any

from registry.domain.drift_sample import ColumnKind
from registry.domain.policy_triggers import ProfilePolicy
from registry.domain.profile import ColumnBins, ColumnRole
from registry.sources.value_tally import ValueTally

_CONSTANT_SPACING = 1e-9


def number_bins(name: str, role: ColumnRole, tally: ValueTally, policy: ProfilePolicy) -> ColumnBins:
    """Return the bins of a number as ``tally`` found it."""
    import numpy as np

    grid = tally.grids[name]
    if grid is not None and not grid:
        return ColumnBins(name, ColumnKind.NUMBER, role)
    if grid is not None and (len(grid) == 1 or _is_repeated(grid, policy)):
        values = sorted(grid)
        edges = grid_edges(grid, policy.bin_count)
        return ColumnBins(name, ColumnKind.NUMBER, role, edges, grid=tuple(values))
    found = tally.kept[name]
    return ColumnBins(name, ColumnKind.NUMBER, role, quantile_edges(found[np.isfinite(found)], policy.bin_count))


def category_bins(name: str, levels: Counter[str], row_count: int, policy: ProfilePolicy) -> ColumnBins:
    """Return the bins of a category with ``levels`` among ``row_count`` rows."""
    ordered = sorted(levels, key=lambda level: (-levels[level], level))
    own = [level for level in ordered if levels[level] >= policy.min_level_ratio * row_count][: policy.max_levels]
    return ColumnBins(name, ColumnKind.CATEGORY, levels=tuple(own), rare_levels=tuple(ordered[len(own) :]))


def quantile_edges(values: Any, bin_count: int) -> tuple[float, ...]:
    """Return values that cut ``values`` into bins of about equal size, each edge the last of its bin.

    >>> import numpy as np
    >>> quantile_edges(np.arange(1.0, 9.0), 4)
    (2.0, 4.0, 6.0)
    >>> quantile_edges(np.array([0.0] * 6 + [1.0, 2.0, 3.0, 4.0]), 5)
    (0.0, 2.0)
    >>> quantile_edges(np.array([1.0, 2.0] + [3.0] * 98), 10)
    (2.0,)
    """
    import numpy as np

    lower = values[values < values.max()] if len(values) else values
    if not len(lower):
        return ()
    shares = np.arange(1, bin_count) / bin_count
    edges = np.unique(np.minimum(np.quantile(values, shares, method="inverted_cdf"), lower.max()) + 0.0)
    return tuple(edges.tolist())


def grid_edges(grid: Counter[float], bin_count: int) -> tuple[float, ...]:
    """Return where a grid is cut into at most ``bin_count`` bins of about equal size, never through a value.

    >>> grid_edges(Counter({1.0: 5, 2.0: 5, 3.0: 5}), 10)
    (1.5, 2.5)
    >>> grid_edges(Counter({1.0: 8, 2.0: 1, 3.0: 1}), 2)
    (1.5,)
    """
    values = sorted(grid)
    if len(values) == 1:
        spacing = _CONSTANT_SPACING * max(abs(values[0]), 1.0)
        return (values[0] - spacing, values[0] + spacing)
    middles = [_between(low, high) for low, high in pairwise(values)]
    if len(values) <= bin_count:
        return tuple(middles)
    totals = list(accumulate(grid[value] for value in values))
    targets = [totals[-1] * place / bin_count for place in range(1, bin_count)]
    nearest = {min(range(len(middles)), key=lambda place: (abs(totals[place] - target), place)) for target in targets}
    return tuple(middles[place] for place in sorted(nearest))


def _between(low: float, high: float) -> float:
    middle = low / 2 + high / 2  # the sum may be infinite, and neighbours have nothing between them
    return middle if low <= middle < high else low


def _is_repeated(grid: Counter[float], policy: ProfilePolicy) -> bool:
    return grid.total() >= policy.min_grid_repeats * len(grid)
