"""Rows that had arrived: a count for an earlier date must not see what came after it.

Put here which rows of a source were there by then. How they count is ``exposure_tally.py``.

 * A row is known where it certainly arrived before the first day that is not counted any more: the same line as that of signals, whose days
   of receipt end there.
 * One whose arrival cannot be read could have come at any time: it counts among the rows without a day.
 * Where no column says when a row arrived, every row is known; who asks for the count is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from registry.domain.catalogue import TimeField
from registry.domain.monitoring import Window
from registry.domain.times import start_of_day
from registry.sources.column_values import filter_mask
from registry.sources.prediction_rows import Chunk, Part, PredictionRows
from registry.sources.prediction_times import NOT_KNOWN, UNDATED, known_days, window_places


def arrived_rows(rows: PredictionRows, received: TimeField | None, zone: str, end_on: date) -> PredictionRows:
    """Return ``rows`` without those that arrived on ``end_on`` or later, by ``received``; all of them where it is None."""
    return rows if received is None else replace(rows, parts=[_ArrivedPart(part, received, zone, end_on) for part in rows.parts])


@dataclass(slots=True)
class _ArrivedPart:
    part: Part
    received: TimeField
    zone: str
    end_on: date

    @property
    def digest(self) -> str:
        return self.part.digest

    @property
    def name(self) -> str:
        return self.part.name

    def chunks(self) -> Iterator[Chunk]:
        for chunk in self.part.chunks():
            yield self._arrived(chunk)

    def _arrived(self, chunk: Chunk) -> Chunk:
        column = chunk.columns.get(self.received.column)
        if column is None or not chunk.row_count:  # one file of several may lack it
            return Chunk(
                {name: values[:0] for name, values in chunk.columns.items()}, chunk.days[:0], chunk.undated_count + chunk.row_count
            )
        yesterday = Window(self.end_on - timedelta(days=1), self.end_on)
        unread = window_places(column, self.received, self.zone, yesterday) == UNDATED
        known = known_days(column, self.received, self.zone, start_of_day(self.end_on, self.zone)) != NOT_KNOWN
        mask = filter_mask(known)
        columns = {name: values.filter(mask) for name, values in chunk.columns.items()}
        return Chunk(columns, chunk.days[known], chunk.undated_count + int((unread & ~known).sum()))
