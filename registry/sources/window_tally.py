"""Every column in all rows and in every segment, counted in one scan.

Put how a chunk is split into segments here. How a cell counts is ``cell_tallies.py``.

 * A segment's rows of a chunk are brought together once, so that each cell counts a slice of neighbouring values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.domain.profile import WHOLE, CellCounts, ColumnBins, Segment
from registry.sources.cell_tallies import CategoryTally, NumberTally, bin_lookup, new_tally
from registry.sources.column_values import Texts, numbers_in, texts_of
from registry.sources.prediction_rows import Chunk

_MAX_VERSIONS = 10_000  # a reference with more is refused


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of a chunk ordered by one segment column: segment ``i`` has ``order[bounds[i]:bounds[i + 1]]``."""

    segments: tuple[Segment, ...]
    order: Any
    bounds: Any

    def slices(self, values: Any) -> Iterator[tuple[Segment, Any]]:
        """Yield each segment that has rows with its part of ``values``."""
        ordered = values[self.order]
        for segment, start, end in zip(self.segments, self.bounds[:-1], self.bounds[1:], strict=True):
            if end > start:
                yield segment, ordered[start:end]


def split_by(segments: Sequence[Segment], found: Texts) -> Split:
    """Return how the rows are split among ``segments``, all of one column; rows of no segment are in none."""
    import numpy as np

    places = {segment.value: place for place, segment in enumerate(segments)}
    lookup = np.array([places.get(text, len(segments)) if text is not None else len(segments) for text in found.texts] + [len(segments)])
    codes = lookup.astype(np.int16)[found.positions]
    sizes = np.bincount(codes, minlength=len(segments) + 1)[: len(segments)]
    return Split(tuple(segments), np.argsort(codes, kind="stable"), np.concatenate([[0], np.cumsum(sizes)]))


@dataclass(slots=True)
class WindowTally:
    """The counts of one window under way, of the segments of a reference."""

    columns: tuple[ColumnBins, ...]
    segments: tuple[Segment, ...]
    day_count: int
    version: str = ""
    """The column of the model's version; empty where there is none."""
    undated_count: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    days: Any = field(init=False)
    rows: dict[Segment, int] = field(init=False)
    cells: dict[tuple[str, Segment], NumberTally | CategoryTally] = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        self.days, self.rows = np.zeros(self.day_count, np.int64), dict.fromkeys((WHOLE, *self.segments), 0)
        self.cells = {(bins.name, segment): new_tally(bins) for bins in self.columns for segment in (WHOLE, *self.segments)}

    def add(self, chunk: Chunk) -> None:
        self.undated_count += chunk.undated_count
        if not chunk.row_count:
            return
        self.days += _counted_days(chunk, self.day_count)
        self.rows[WHOLE] += chunk.row_count
        if self.version in chunk.columns:
            self._add_versions(_levels(texts_of(chunk.columns[self.version])))
        splits = self._splits(chunk)
        for bins in self.columns:
            self._add_column(bins, chunk, splits)

    def merge(self, other: WindowTally) -> None:
        self.undated_count += other.undated_count
        self.days += other.days
        self._add_versions(other.versions)
        for segment, count in other.rows.items():
            self.rows[segment] += count
        for key, tally in other.cells.items():
            self.cells[key].merge(tally)

    def found(self, missing_columns: Sequence[str]) -> tuple[CellCounts, ...]:
        """Return the cells of every column that the source has, column by column."""
        return tuple(tally.cell(segment) for (name, segment), tally in self.cells.items() if name not in missing_columns)

    def _add_versions(self, found: Mapping[str, int]) -> None:
        for version, count in found.items():
            if version in self.versions or len(self.versions) < _MAX_VERSIONS:
                self.versions[version] += count

    def _splits(self, chunk: Chunk) -> list[Split]:
        splits = []
        for column in dict.fromkeys(segment.column for segment in self.segments):
            if column in chunk.columns:
                asked = [segment for segment in self.segments if segment.column == column]
                splits.append(split_by(asked, texts_of(chunk.columns[column])))
                for segment, start, end in zip(asked, splits[-1].bounds[:-1], splits[-1].bounds[1:], strict=True):
                    self.rows[segment] += int(end - start)
        return splits

    def _add_column(self, bins: ColumnBins, chunk: Chunk, splits: list[Split]) -> None:
        whole = self.cells[bins.name, WHOLE]
        if bins.name not in chunk.columns:
            self._add_missing(bins, chunk, splits)
            return
        if isinstance(whole, CategoryTally):
            found = texts_of(chunk.columns[bins.name])
            lookup = bin_lookup(bins, found.texts)
            whole.add_texts(found, lookup)
            values = lookup[found.positions] if splits else None
        else:
            numbers = numbers_in(chunk.columns[bins.name])
            whole.unreadable_count += numbers.unreadable_count
            values = numbers.values
            whole.add(values)
        for split in splits:
            for segment, part in split.slices(values):
                self.cells[bins.name, segment].add(part)

    def _add_missing(self, bins: ColumnBins, chunk: Chunk, splits: list[Split]) -> None:
        self.cells[bins.name, WHOLE].add_missing(chunk.row_count)
        for split in splits:
            for segment, start, end in zip(split.segments, split.bounds[:-1], split.bounds[1:], strict=True):
                self.cells[bins.name, segment].add_missing(int(end - start))


def _counted_days(chunk: Chunk, days: int) -> Any:
    import numpy as np

    if (chunk.days[1:] >= chunk.days[:-1]).all():  # a log is mostly in the order of time, which NumPy counts slowest
        return np.diff(np.searchsorted(chunk.days, np.arange(days + 1)))
    return np.bincount(chunk.days, minlength=days)


def asked_columns(columns: Sequence[ColumnBins], segments: Sequence[Segment], *others: str) -> tuple[str, ...]:
    """Return the names of everything that a tally reads, each once."""
    named = [*(bins.name for bins in columns), *(segment.column for segment in segments), *others]
    return tuple(dict.fromkeys(name for name in named if name))


def _levels(found: Texts) -> dict[str, int]:
    """Return how many rows have each text; those without one are under the empty name."""
    import numpy as np

    sizes: dict[str, int] = {}
    for text, size in zip((*found.texts, None), np.bincount(found.positions, minlength=len(found.texts) + 1).tolist(), strict=True):
        sizes[text or ""] = sizes.get(text or "", 0) + size
    return {text: size for text, size in sizes.items() if size}
