"""What a reference is frozen from: the distinct values of each column, or a sample of them where there are too many.

Put here what is gathered before there are bins. What bins are made of it is ``reference_bins.py``.

 * Levels and the values of a grid are counted exactly. Of other numbers a seeded sample of rows is kept, all rows up to ``MAX_SAMPLE``:
   it only says where the edges lie, rows are counted against them exactly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from registry.errors import SourceError
from registry.sources.column_values import numbers_of, texts_of
from registry.sources.prediction_rows import Chunk

MAX_SAMPLE = 200_000
MAX_LEVELS = 10_000
_SEED = 20_250_101


@dataclass(slots=True)
class ValueTally:
    """The values of the reference's rows under way; ``part_number`` seeds the sample, so that it does not depend on who reads first."""

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    max_grid_values: int
    part_number: int
    row_count: int = 0
    levels: dict[str, Counter[str]] = field(init=False)
    grids: dict[str, Counter[float] | None] = field(init=False)
    """Distinct finite values of a number with their counts; None where there are too many."""
    keep_ratio: float = 1.0
    keys: Any = field(init=False)
    kept: dict[str, Any] = field(init=False)
    days: set[int] = field(init=False)
    """Places, in the reference, of the days that have rows."""
    _chance: Any = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        self.levels = {name: Counter() for name in self.categories}
        self.grids = {name: Counter() for name in self.numbers}
        self.keys, self.kept = np.empty(0), {name: np.empty(0) for name in self.numbers}
        self.days = set()
        self._chance = np.random.default_rng([_SEED, self.part_number])

    def add(self, chunk: Chunk) -> None:
        import numpy as np

        self.row_count += chunk.row_count
        self.days.update(np.unique(chunk.days).tolist())
        for name in self.categories:
            if name in chunk.columns:
                self._add_levels(name, chunk.columns[name])
        keys = self._chance.random(chunk.row_count)
        taken = keys < self.keep_ratio
        self._keep(keys[taken], {name: self._numbers(name, chunk)[taken] for name in self.numbers})

    def merge(self, other: ValueTally) -> None:
        self.row_count += other.row_count
        self.days |= other.days
        for name, levels in other.levels.items():
            self.levels[name].update(levels)
            _refuse_levels(name, self.levels[name])
        for name, grid in other.grids.items():
            self._add_grid(name, grid)
        self.keep_ratio = min(self.keep_ratio, other.keep_ratio)
        self._keep(other.keys, other.kept)

    def _add_levels(self, name: str, column: Any) -> None:
        import numpy as np

        found = texts_of(column)
        sizes = np.bincount(found.positions, minlength=len(found.texts) + 1)
        for text, size in zip(found.texts, sizes.tolist(), strict=False):
            if text is not None and size:
                self.levels[name][text] += size
        _refuse_levels(name, self.levels[name])

    def _numbers(self, name: str, chunk: Chunk) -> Any:
        import numpy as np

        if name not in chunk.columns:
            return np.full(chunk.row_count, np.nan)
        values = numbers_of(chunk.columns[name])
        if self.grids[name] is not None:
            distinct, sizes = np.unique(values[np.isfinite(values)] + 0.0, return_counts=True)
            few = len(distinct) <= self.max_grid_values
            self._add_grid(name, Counter(dict(zip(distinct.tolist(), sizes.tolist(), strict=True))) if few else None)
        return values

    def _add_grid(self, name: str, found: Counter[float] | None) -> None:
        ours = self.grids[name]
        if ours is None or found is None:
            self.grids[name] = None
            return
        ours.update(found)
        if len(ours) > self.max_grid_values:
            self.grids[name] = None

    def _keep(self, keys: Any, values: dict[str, Any]) -> None:
        import numpy as np

        self.keys = np.concatenate([self.keys, keys])
        self.kept = {name: np.concatenate([self.kept[name], values[name]]) for name in self.numbers}
        while len(self.keys) > MAX_SAMPLE or (len(self.keys) and self.keys.max() >= self.keep_ratio):
            if len(self.keys) > MAX_SAMPLE:
                self.keep_ratio /= 2
            taken = self.keys < self.keep_ratio
            self.keys, self.kept = self.keys[taken], {name: kept[taken] for name, kept in self.kept.items()}


def _refuse_levels(name: str, levels: Counter[str]) -> None:
    if len(levels) > MAX_LEVELS:
        raise SourceError(
            f"column {name!r}: expected a category of at most {MAX_LEVELS:,} levels, found more; it names rows rather than kinds of them, "
            "take it out of predictions.features or group it in the export"
        )
