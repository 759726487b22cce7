"""The rows of a stage that stand in a feed's window, as a table or view of the delivery's own cursor.

Put the selection of rows by their date of receipt here. Which feed takes them is ``claims.py``.

 * In a window are the rows whose local date of receipt is. Beside them stand the rows without a readable date and those received in the
   future: somebody must hear of them.
 * A window that is small in its stage is copied out; one that holds most of it is a view that leaves the others out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from registry.domain.catalogue import TimeField
from registry.sources.staging import KIND, ROW, Stage
from registry.sources.store import quoted
from registry.sources.time_tables import instant_of, time_table


class Standing(IntEnum):
    """Where a row stands to a feed's window."""

    IN_WINDOW = 0
    UNREADABLE = 1
    FUTURE = 2
    SIBLING = 3
    OUTSIDE = 4


@dataclass(frozen=True, slots=True)
class Window:
    """The civil days from ``start_on`` to before the business date, by ``field`` in ``zone``; later than ``observed_on`` is the future."""

    field: TimeField
    zone: str
    start_on: date
    observed_on: date


@dataclass(slots=True)
class Windows:
    """Every window of one delivery, each made once; they go with ``cursor``."""

    stage: Stage
    cursor: Any
    end_on: date
    _names: dict[Window, str] = field(default_factory=dict)
    _newest: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The relations made so far, in the order of their places."""
        return tuple(self._names.values())

    def place(self, window: Window) -> int:
        """Return the place in ``names`` of the relation of ``window``: the stage's columns and the standing of each row."""
        if window not in self._names:
            self._names[window] = self._make(window, f"window_{len(self._names)}")
        return list(self._names).index(window)

    def in_any(self, id_column: str) -> str:
        """Return a query for (row_number, id) of every row that stands in a window, or whose date cannot say where it stands."""
        shown = quoted(id_column) if id_column in self.stage.columns else "NULL"
        return " UNION ".join(f"SELECT {ROW} AS row_number, {shown} AS id FROM {name} WHERE {KIND} <= 1" for name in self.names)  # noqa: S608

    def row_count(self, others: Iterable[int]) -> int:
        """Return how many rows stand in any window or are among ``others``, each counted once."""
        numbers = sorted(set(others))
        if not self._names:
            return len(numbers)
        select = f"SELECT count(*) FROM (SELECT row_number FROM ({self.in_any('')}) UNION SELECT unnest($others::BIGINT[]))"  # noqa: S608
        return int(self.cursor.execute(select, {"others": numbers}).fetchone()[0])

    def newest_received_at(self, received_at: TimeField, zone: str) -> datetime | None:
        """Return the newest receipt at the source before the windows' end, whatever any feed's condition."""
        times = time_table(self.stage, received_at, zone)
        if times not in self._newest:
            cursor = self.stage.store.cursor()  # our own cursor may be in the middle of handing out rows
            newest = cursor.execute(f"SELECT max(at_us) FROM {times} WHERE on_day < ?", [self.end_on]).fetchone()[0]  # noqa: S608
            cursor.close()
            self._newest[times] = None if newest is None else instant_of(newest)
        return self._newest[times]

    def _make(self, window: Window, name: str) -> str:
        times, days = time_table(self.stage, window.field, window.zone), {"start": window.start_on, "end": self.end_on}
        inside = f"SELECT count(*) FROM {times} WHERE on_day >= $start AND on_day < $end"  # noqa: S608 - our own name
        count = self.cursor.execute(inside, days).fetchone()[0]
        kind = "CASE WHEN on_day IS NULL THEN 1 WHEN on_day > $today THEN 2 WHEN on_day >= $start AND on_day < $end THEN 0 ELSE 4 END"
        kinds = f"SELECT {ROW}, {kind}::TINYINT AS {KIND} FROM {times}"  # noqa: S608 - our own name
        if 2 * count < self.stage.row_count:
            rows = f"SELECT s.*, k.{KIND} FROM {self.stage.table} s JOIN ({kinds}) k USING ({ROW}) WHERE k.{KIND} <> 4"  # noqa: S608
            self.cursor.execute(f"CREATE TEMP TABLE {name} AS {rows}", days | {"today": window.observed_on})
            return name
        others = f"SELECT * FROM ({kinds}) WHERE {KIND} <> 0"  # noqa: S608 - our own name
        self.cursor.execute(f"CREATE TEMP TABLE {name}_others AS {others}", days | {"today": window.observed_on})
        found = f"SELECT s.*, coalesce(k.{KIND}, 0) AS {KIND} FROM {self.stage.table} s LEFT JOIN {name}_others k USING ({ROW})"  # noqa: S608
        if count == self.stage.row_count:
            found = f"SELECT *, 0 AS {KIND} FROM {self.stage.table}"  # noqa: S608 - our own name
        self.cursor.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM ({found}) WHERE {KIND} <> 4")  # noqa: S608 - our own names
        return name
