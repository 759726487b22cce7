"""Profiles: how often each bin of each column was met, in the reference and in one window, for all rows and for each segment.

Put the shape of counts and of the bins they are counted in here. Counting is ``registry/sources``, measuring is
``checks/drift_measures.py``.

The bins are frozen with the reference; a window is only ever counted against frozen bins, so one scan of the window is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import PredictionSpec, Window
from registry.domain.outcomes import WindowOutcomes
from registry.domain.segments import WHOLE as WHOLE  # noqa: PLC0414 - for those who ask for a profile
from registry.domain.segments import Segment as Segment  # noqa: PLC0414


class ColumnRole(StrEnum):
    """Which drift a column speaks of: of the data, or of the predictions. Concept drift is measured on outcomes."""

    FEATURE = "feature"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class ColumnBins:
    """How one column is counted, frozen.

    Number: bin ``i`` holds ``edges[i-1] < x <= edges[i]``, the first and last are open; then ``missing`` (null or NaN). Infinite values are
    counted apart, in no bin. Category: one bin for each of ``levels``, then ``rare`` (the known ``rare_levels`` together), ``unseen`` (a
    level the reference did not have), ``missing``. A ``grid`` is the sorted values of a number that takes few values (a price list, a
    code); ``low`` and ``high`` are the finite range that the reference had, None where it had no finite value.
    """

    name: str
    kind: ColumnKind
    role: ColumnRole = ColumnRole.FEATURE
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    rare_levels: tuple[str, ...] = ()
    grid: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def bin_count(self) -> int:
        """
        >>> ColumnBins("age", ColumnKind.NUMBER, edges=(1.0, 2.0)).bin_count
        4
        >>> ColumnBins("sex", ColumnKind.CATEGORY, levels=("f", "m")).bin_count
        5
        """
        return len(self.edges) + 2 if self.kind is ColumnKind.NUMBER else len(self.levels) + 3


@dataclass(frozen=True, slots=True)
class CellCounts:
    """One column in one segment: ``counts`` follow the bins of its ``ColumnBins``, their sum and ``infinite_count`` are the segment's rows.

    ``low`` and ``high``: the finite range met. ``off_grid_count``: finite values that are not on the reference's grid, where it has one.
    ``unreadable_count``:
    of a number's missing values those where something stands that is no number; of the whole only.
    ``new_levels`` and ``rare_levels``: the most frequent unseen and known rare levels with their counts, of the whole only: what tells a
    code that the reference all but never had from rare levels that grew. ``total`` is the sum of the finite values.
    """

    column: str
    segment: Segment
    counts: tuple[int, ...]
    infinite_count: int = 0
    low: float | None = None
    high: float | None = None
    total: float | None = None
    off_grid_count: int = 0
    unreadable_count: int = 0
    new_levels: tuple[tuple[str, int], ...] = ()
    rare_levels: tuple[tuple[str, int], ...] = ()

    @property
    def missing_count(self) -> int:
        return self.counts[-1]

    @property
    def value_count(self) -> int:
        """Return how many values are in a bin of their own: neither missing nor infinite."""
        return sum(self.counts[:-1])

    @property
    def row_count(self) -> int:
        return sum(self.counts) + self.infinite_count


@dataclass(frozen=True, slots=True)
class WindowProfile:
    """The counts of one window. ``missing_columns`` are not in the source at all; they have no cell.

    ``day_rows`` are the rows of each day of the window; ``undated_count`` are rows of the source without a readable time,
    which belong to no window. ``source_digest`` is that of the bytes that were read, or of the rows for a database. ``versions`` are the
    model versions that decided its rows, with how many each did (the empty name: rows without one), where the catalogue names their column.
    """

    window: Window
    row_count: int
    segments: tuple[tuple[Segment, int], ...]
    cells: tuple[CellCounts, ...]
    missing_columns: tuple[str, ...] = ()
    day_rows: tuple[int, ...] = ()
    undated_count: int = 0
    source_digest: str = ""
    versions: tuple[tuple[str, int], ...] = ()
    duplicate_count: int | None = None
    """Rows with the id of another row of the window; None where the catalogue names no id or the source has none."""
    without_id_count: int = 0
    """Rows whose id is empty, where the catalogue names one and the source has its column: whether they are there twice is not known."""

    @property
    def observed_days(self) -> int:
        """Return how many days have at least one row."""
        return sum(rows > 0 for rows in self.day_rows)

    def cell(self, column: str, segment: Segment = WHOLE) -> CellCounts | None:
        """Return the counts of a column in a segment; None where it has none."""
        return next((cell for cell in self.cells if (cell.column, cell.segment) == (column, segment)), None)

    def rows_in(self, segment: Segment) -> int:
        """Return how many rows a segment has, zero where it has none."""
        return dict(self.segments).get(segment, 0)


@dataclass(frozen=True)
class ReferenceProfile:
    """What a system's windows are compared with: frozen once, replaced only by an explicit, recorded act.

    ``versions`` are the model versions that decided its rows. ``predictions`` is how the catalogue described
    them when it was frozen, so that another description later is not compared unnoticed. ``outcomes`` are those of its days as they were
    when they were known: a segment is there once it was, and is not read again. ``digest`` names the profile with its file.
    """

    system_id: str
    zone: str
    frozen_at: datetime
    columns: tuple[ColumnBins, ...]
    profile: WindowProfile
    versions: tuple[str, ...] = ()
    predictions: PredictionSpec | None = None
    outcomes: WindowOutcomes | None = None
    schema_version: int = field(default=1)

    @cached_property
    def digest(self) -> str:
        return digest_bytes(record_json(self))

    @cached_property
    def counts_digest(self) -> str:
        """Return the name of its days, bins and counts: windows are compared with the same, whether its outcomes are known yet or not."""
        return self.digest if self.outcomes is None else replace(self, outcomes=None).digest

    def column(self, name: str) -> ColumnBins | None:
        return next((column for column in self.columns if column.name == name), None)

    def segments(self) -> Iterator[Segment]:
        """Return all rows first, then each segment that the reference has."""
        return (segment for segment, _ in self.profile.segments)
