"""Decisions added up by civil day, in all rows and by the values of segment columns, chunk by chunk.

Put here how a row counts. Which rows there are, and what becomes of the sums, is ``exposure.py``.

 * A row is one decision, or as many as its count says: a whole number of 0 or more. Any other cell leaves its day without a count: what the
   day had is not known, and a guess would make silence look heavier or lighter than it is.
 * A cell of a segment that is empty is of no segment; the row counts in the whole all the same.
 * A segment column with more than ``MAX_VALUES`` values splits nothing: it is dropped, the whole stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.sources.column_values import numbers_in, texts_of
from registry.sources.prediction_rows import Chunk

MAX_VALUES = 200
MAX_COUNT = 10_000_000_000  # in one cell: sums of a chunk of them are exact in a float, and no bank decides more often in a day


@dataclass(slots=True)
class ExposureTally:
    """The decisions of ``day_count`` days; ``count`` is the column that holds how many, empty where each row is one."""

    day_count: int
    count: str
    segment: Mapping[str, str]
    row_count: int = 0
    days: Any = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.days = self._none()
        self.values = {name: {} for name in self.segment}

    def add(self, chunk: Chunk) -> None:
        """Add the rows of a chunk."""
        self.row_count += chunk.row_count
        if not chunk.row_count:
            return
        weights = self._weights(chunk)
        self.days += self._summed(chunk.days, weights, 1)[0]
        for name, column in self.segment.items():
            if column in chunk.columns and name not in self.dropped:
                self._split(name, chunk.columns[column], chunk.days, weights)

    def merge(self, other: ExposureTally) -> None:
        """Add what another tally counted."""
        self.row_count += other.row_count
        self.days += other.days
        self.unknown |= other.unknown
        self.dropped |= other.dropped
        for name, found in other.values.items():
            for value, days in found.items():
                self._keep(name, value, days)

    def _weights(self, chunk: Chunk) -> Any:
        """Return how many decisions each row stands for, None where each is one; days with a row that does not say are unknown."""
        import numpy as np

        if not self.count:
            return None
        if self.count not in chunk.columns:  # one file of several may lack it
            self.unknown |= set(np.unique(chunk.days).tolist())
            return np.zeros(chunk.row_count)
        values = numbers_in(chunk.columns[self.count]).values
        is_count = (values >= 0) & (values <= MAX_COUNT) & (np.floor(values) == values)
        if not is_count.all():
            self.unknown |= set(np.unique(chunk.days[~is_count]).tolist())
        return np.where(is_count, values, 0.0)

    def _split(self, name: str, column: Any, days: Any, weights: Any) -> None:
        import numpy as np

        found = texts_of(column)
        used = np.flatnonzero(np.bincount(found.positions, minlength=len(found.texts) + 1))  # a dictionary may hold what no row has
        texts = [(*found.texts, None)[place] for place in used.tolist()]
        if len({*texts} - {None}) > MAX_VALUES:
            self._drop(name)
            return
        lookup = np.zeros(len(found.texts) + 1, np.int64)
        lookup[used] = np.arange(len(used))
        for text, counts in zip(texts, self._summed(days, weights, len(used), lookup[found.positions]), strict=True):
            if text is not None:
                self._keep(name, text, counts)

    def _summed(self, days: Any, weights: Any, places: int, positions: Any = 0) -> Any:
        """Return the decisions by place and day."""
        import numpy as np

        keys = days if places == 1 else positions * self.day_count + days
        sums = np.bincount(keys, weights, places * self.day_count)
        return np.rint(sums).astype(np.int64).reshape(places, self.day_count)

    def _keep(self, name: str, value: str, counts: Any) -> None:
        if name in self.dropped or not counts.any():
            return
        self.values[name][value] = self.values[name].get(value, 0) + counts
        if len(self.values[name]) > MAX_VALUES:
            self._drop(name)

    def _drop(self, name: str) -> None:
        self.dropped.add(name)
        self.values[name] = {}

    def _none(self) -> Any:
        import numpy as np

        return np.zeros(self.day_count, np.int64)
