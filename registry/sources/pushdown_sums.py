"""What an engine sums of one column: its bins, its missing values, its range.

Put the expressions of one column's counts here, as Ibis has them. How they are asked for together is ``pushdown.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from registry.domain.profile import ColumnBins


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
