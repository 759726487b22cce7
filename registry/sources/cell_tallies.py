"""Counts of one column in one segment against frozen bins, added up chunk by chunk.

Put counting of a cell here: in NumPy, over values that are still in the processor's cache. Which rows are a segment's is
``window_tally.py``.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from registry.domain.drift_sample import ColumnKind
from registry.domain.profile import CellCounts, ColumnBins, Segment
from registry.sources.column_values import Texts

_LISTED = 20
_MAX_NAMES = 10_000  # levels beyond are counted, not by name
MANY_NEW = 1_000  # so many new levels name rows rather than kinds of them: each by itself tells nothing, and may be somebody's number
_FEW = 24  # so many comparisons are cheaper than a search


@dataclass(slots=True)
class NumberTally:
    """Counts of a number. A bin is ``edges[i-1] < x <= edges[i]``; the last is of what is missing."""

    bins: ColumnBins
    counts: Any = field(init=False)
    infinite_count: int = 0
    off_grid_count: int = 0
    unreadable_count: int = 0
    low: float = math.inf
    high: float = -math.inf
    total: float = 0.0

    def __post_init__(self) -> None:
        import numpy as np

        self.counts = np.zeros(self.bins.bin_count, np.int64)

    def add(self, values: Any) -> None:
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):
            total = float(values.sum())
            if not math.isfinite(total):  # else no value is missing or infinite
                values = self._finite(values)
                total = float(values.sum())
        if not len(values):
            return
        self._count(values)
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self.total += total
        self.off_grid_count += _off_grid_count(values, self.bins.grid)

    def add_missing(self, row_count: int) -> None:
        self.counts[-1] += row_count

    def merge(self, other: Any) -> None:
        self.counts += other.counts
        self.infinite_count += other.infinite_count
        self.off_grid_count += other.off_grid_count
        self.unreadable_count += other.unreadable_count
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.total += other.total

    def cell(self, segment: Segment) -> CellCounts:
        """Return the counts; where no value is finite there is no range and no total."""
        counts = tuple(self.counts.tolist())
        if self.low > self.high:
            return CellCounts(self.bins.name, segment, counts, self.infinite_count, unreadable_count=self.unreadable_count)
        low, high = self.low + 0.0, self.high + 0.0  # there is one zero
        total = self.total + 0.0 if math.isfinite(self.total) else None
        counted = self.off_grid_count, self.unreadable_count
        return CellCounts(self.bins.name, segment, counts, self.infinite_count, low, high, total, *counted)

    def _finite(self, values: Any) -> Any:
        import numpy as np

        is_finite = np.isfinite(values)
        missing = int(np.count_nonzero(np.isnan(values)))
        self.infinite_count += len(values) - int(np.count_nonzero(is_finite)) - missing
        self.counts[-1] += missing
        return values[is_finite]

    def _count(self, values: Any) -> None:
        import numpy as np

        above = len(values)
        for place, edge in enumerate(self.bins.edges):
            still = int(np.count_nonzero(values > edge))
            self.counts[place] += above - still
            above = still
        self.counts[len(self.bins.edges)] += above


@dataclass(slots=True)
class CategoryTally:
    """Counts of a category: its levels, then rare, unseen and missing."""

    bins: ColumnBins
    counts: Any = field(init=False)
    rare: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        import numpy as np

        self.counts = np.zeros(self.bins.bin_count, np.int64)

    def add(self, codes: Any) -> None:
        import numpy as np

        self.counts += np.bincount(codes, minlength=self.bins.bin_count)

    def add_texts(self, found: Texts, lookup: Any) -> None:
        """Count ``found``, rare and unseen levels by name too; ``lookup`` has the bin of each text."""
        import numpy as np

        sizes = np.bincount(found.positions, minlength=len(lookup))
        np.add.at(self.counts, lookup, sizes)
        rare = len(self.bins.levels)
        places = np.flatnonzero((lookup == rare) | (lookup == rare + 1))
        for place in places[sizes[places] > 0]:
            names = self.rare if lookup[place] == rare else self.unseen
            name = found.texts[place] or ""
            if name in names or len(names) < _MAX_NAMES:
                names[name] += int(sizes[place])

    def add_missing(self, row_count: int) -> None:
        self.counts[-1] += row_count

    def merge(self, other: Any) -> None:
        self.counts += other.counts
        for names, others in ((self.rare, other.rare), (self.unseen, other.unseen)):
            for name, count in others.items():
                if name in names or len(names) < _MAX_NAMES:
                    names[name] += count

    def cell(self, segment: Segment) -> CellCounts:
        counts = tuple(self.counts.tolist())
        new = most_frequent(self.unseen) if len(self.unseen) <= MANY_NEW else ()
        return CellCounts(self.bins.name, segment, counts, new_levels=new, rare_levels=most_frequent(self.rare))


def new_tally(bins: ColumnBins) -> NumberTally | CategoryTally:
    """Return an empty tally of one column in one segment."""
    return NumberTally(bins) if bins.kind is ColumnKind.NUMBER else CategoryTally(bins)


def bin_lookup(bins: ColumnBins, texts: tuple[str | None, ...]) -> Any:
    """Return the bin of each text, and last the bin of what is missing."""
    import numpy as np

    known = {level: place for place, level in enumerate(bins.levels)}
    rare, missing = len(bins.levels), len(bins.levels) + 2
    known |= dict.fromkeys(bins.rare_levels, rare)
    return np.array([missing if text is None else known.get(text, rare + 1) for text in texts] + [missing], np.intp)


def _off_grid_count(values: Any, grid: tuple[float, ...]) -> int:
    import numpy as np

    if not grid:
        return 0
    if len(grid) <= _FEW:
        return len(values) - sum(int(np.count_nonzero(values == value)) for value in grid)
    known = np.array(grid)
    places = np.minimum(np.searchsorted(known, values), len(grid) - 1)
    return int(np.count_nonzero(known[places] != values))


def most_frequent(names: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Return the names that are met most often, with their counts; ties by name."""
    return tuple(sorted(names.items(), key=lambda named: (-named[1], named[0]))[:_LISTED])
