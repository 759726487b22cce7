"""What an engine sums of one column: its bins, its missing values, its range.

Put the expressions of one column's counts here, as Ibis has them, and how its sums become a cell. How they are
asked for together is ``pushdown.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry.domain.profile import CellCounts, ColumnBins, Segment


def number_sums(column: Any, bins: ColumnBins) -> Iterator[tuple[str, Any]]:
    """Yield what is summed of a number, by name."""
    import ibis

    value = ibis.cases((column, 1.0), (~column, 0.0)) if column.type().is_boolean() else column.cast("float64")
    is_finite = value.notnull() & ~value.isnan() & (value.abs() <= sys.float_info.max)  # engines differ in how infinity is asked for
    yield "missing", (value.isnull() | value.isnan()).sum()
    yield "infinite", (value.notnull() & ~value.isnan() & (value.abs() > sys.float_info.max)).sum()
    yield "low", value.min(where=is_finite)
    yield "high", value.max(where=is_finite)
    yield "total", value.sum(where=is_finite)
    if bins.grid:
        yield "off", (is_finite & ~value.isin(list(bins.grid))).sum()
    for place, edge in enumerate(bins.edges):
        yield f"upto{place}", (is_finite & (value <= edge)).sum()


def category_sums(column: Any, bins: ColumnBins) -> Iterator[tuple[str, Any]]:
    """Yield what is summed of a category, by name."""
    text = column.cast("string")
    yield "missing", (text.isnull() | (text == "")).sum()
    for place, level in enumerate(bins.levels):
        yield f"level{place}", (text.notnull() & (text == level)).sum()
    if bins.rare_levels:
        yield "rare", (text.notnull() & text.isin(list(bins.rare_levels))).sum()


def number_cell(bins: ColumnBins, segment: Segment, groups: Sequence[Mapping[str, Any]], prefix: str) -> CellCounts:
    """Return the cell of a number from what was summed of it under ``prefix``, group by group."""
    missing, infinite = total_of(groups, prefix + "missing"), total_of(groups, prefix + "infinite")
    reached = [total_of(groups, f"{prefix}upto{place}") for place in range(len(bins.edges))]
    finite = total_of(groups, "n") - missing - infinite
    ends = [*reached, finite]
    counts = tuple(end - start for start, end in zip([0, *reached], ends, strict=True))
    if not finite:
        return CellCounts(bins.name, segment, (*counts, missing), infinite)
    lows = [float(group[prefix + "low"]) for group in groups if group[prefix + "low"] is not None]
    highs = [float(group[prefix + "high"]) for group in groups if group[prefix + "high"] is not None]
    total = sum(float(group[prefix + "total"]) for group in groups if group[prefix + "total"] is not None)
    off = total_of(groups, prefix + "off") if bins.grid else 0
    return CellCounts(bins.name, segment, (*counts, missing), infinite, min(lows) + 0.0, max(highs) + 0.0, total + 0.0, off)


def total_of(groups: Sequence[Mapping[str, Any]], name: str) -> int:
    """Return a sum over all groups."""
    return sum(int(group[name] or 0) for group in groups)
