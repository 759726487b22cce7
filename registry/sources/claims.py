"""Which rows of a staged source belong to which feed: the window, the feed's condition, and rows that nobody or too many claim.

Put selection of rows here, in SQL over the stage. What is in a row is ``mapping.py``.

 * A row is in a feed's window when its local date of receipt is. One without a readable date, or received in the future, is looked at
   always.
 * A feed claims a row when its condition holds and the row's ``ai_system``, where the feed has that column, is empty or names its system.
 * A row claimed by two systems in one category goes to the one that ``ai_system`` names, else to neither: it is ambiguous.
 * A row in a window that no feed claims is unmatched.
 * Rows outside the window are looked at only where they share an id with one inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from registry.domain.catalogue import TimeField
from registry.domain.feed import FeedStatus
from registry.sources.columns import required_columns, suggestion
from registry.sources.plan import FeedKey, FeedPair, SourcePlan, feed_key
from registry.sources.staging import KIND, ROW, Stage
from registry.sources.store import quoted
from registry.sources.time_tables import instant_of, repeated_ids, time_table

_FETCH_ROWS = 5_000
_MAX_LISTED = 100
_BY_CATEGORY = "FROM claims c JOIN feeds f USING (feed_number)"


class Standing(IntEnum):
    """Where a row stands to a feed's window."""

    IN_WINDOW = 0
    UNREADABLE = 1
    FUTURE = 2
    SIBLING = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a feed takes no rows."""

    status: FeedStatus
    reason: str


@dataclass(frozen=True, slots=True)
class _Window:
    field: TimeField
    zone: str
    start_on: date
    observed_on: date


@dataclass(slots=True)
class Claims:
    """The claims of every feed that can be evaluated; lives as long as its cursor."""

    plan: SourcePlan
    stage: Stage
    cursor: Any
    refused: dict[FeedKey, Refusal] = field(default_factory=dict)
    _windows: dict[_Window, str] = field(default_factory=dict)

    def make(self, broken: dict[FeedKey, str]) -> None:
        """Evaluate every feed; ``broken`` ones take no rows but still claim theirs where their condition can be evaluated."""
        self.refused = {key: Refusal(FeedStatus.SCHEMA_BROKEN, reason) for key, reason in broken.items()}
        self.cursor.execute("CREATE TEMP TABLE claims (row_number BIGINT, feed_number INTEGER, kind TINYINT, is_named BOOLEAN, id VARCHAR)")
        for number, pair in enumerate(self.plan.feeds):
            try:
                self._claim(number, pair)
            except _Refused as refused:
                self.refused.setdefault(feed_key(pair), refused.refusal)
        self._settle_named()
        self._set_ambiguous_apart()

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield (feed number, standing, row number, *cells) of every row taken, by feed and id."""
        taking = [number for number, pair in enumerate(self.plan.feeds) if feed_key(pair) not in self.refused]
        listed = "".join(f", s.{quoted(name)}" for name in columns)
        self.cursor.execute(
            f"SELECT c.feed_number, c.kind, s.{ROW}{listed} FROM claims c JOIN {self.stage.table} s ON s.{ROW} = c.row_number "  # noqa: S608
            f"WHERE c.feed_number IN (SELECT unnest(?::INTEGER[])) ORDER BY c.feed_number, c.id, s.{ROW}",
            [taking],
        )
        while found := self.cursor.fetchmany(_FETCH_ROWS):
            yield from found

    def row_count(self) -> int:
        """Return how many rows stand in any feed's window."""
        return self._count(self._all_in_window()) if self._windows else 0

    def unmatched(self) -> tuple[int, tuple[str, ...]]:
        """Return how many rows in the window nobody claims, and the first ids."""
        if not self._windows:
            return 0, ()
        free = f"SELECT w.* FROM ({self._all_in_window()}) w WHERE w.row_number NOT IN (SELECT row_number FROM all_claimed)"  # noqa: S608
        return self._count(free), self._ids(free)

    def ambiguous(self) -> tuple[int, tuple[str, ...]]:
        """Return how many rows are claimed by several systems in one category, and the first ids."""
        found = f"SELECT DISTINCT row_number, id FROM ambiguous WHERE kind = {Standing.IN_WINDOW.value}"  # noqa: S608 - a number
        return self._count(found), self._ids(found)

    def newest_received_at(self, pair: FeedPair) -> datetime | None:
        """Return the newest receipt at the source before the window's end, whatever the feed's condition."""
        times = time_table(self.stage, pair[1].received_at, pair[0].timezone)
        self.cursor.execute(f"SELECT max(at_us) FROM {times} WHERE on_day < ?", [self.plan.business_date])  # noqa: S608 - our own name
        newest = self.cursor.fetchone()[0]
        return None if newest is None else instant_of(newest)

    def _claim(self, number: int, pair: FeedPair) -> None:
        system, spec = pair
        if any(name not in self.stage.columns for name in (spec.signal_id, spec.received_at.column, spec.ai_system) if name):
            return  # refused for its columns already
        condition = self._condition(pair)
        window = _Window(spec.received_at, system.timezone, self.plan.window_start(spec), self.plan.observed_on(system))
        taken = f"SELECT s.{ROW}, {number}, s.{KIND}, {self._named(pair)}, s.{quoted(spec.signal_id)}"
        self._insert(pair, f"{taken} FROM {self._window(window)} s WHERE {condition}", system.system_id)
        repeated = repeated_ids(self.stage, spec.signal_id)
        if repeated:
            self._claim_siblings(number, pair, window, condition, repeated)

    def _claim_siblings(self, number: int, pair: FeedPair, window: _Window, condition: str, repeated: str) -> None:
        column, times = quoted(pair[1].signal_id), time_table(self.stage, window.field, window.zone)
        shared = f"SELECT id FROM claims WHERE feed_number = {number} AND kind = 0 AND id IN (SELECT id FROM {repeated})"  # noqa: S608
        self._insert(
            pair,
            f"SELECT s.{ROW}, {number}, {Standing.SIBLING.value}, {self._named(pair)}, s.{column} "  # noqa: S608 - quoted
            f"FROM {self.stage.table} s JOIN {times} t USING ({ROW}) "
            f"WHERE s.{column} IN ({shared}) AND t.on_day < DATE '{window.start_on}' AND {condition}",
            pair[0].system_id,
        )

    def _named(self, pair: FeedPair) -> str:
        # Without the column no row is named; the parameter is used all the same, an unused one is an error.
        return f"coalesce(trim(s.{quoted(pair[1].ai_system)}) = $system, false)" if pair[1].ai_system else "$system = ''"

    def _condition(self, pair: FeedPair) -> str:
        import duckdb

        where, column = pair[1].where.strip(), quoted(pair[1].ai_system)
        ours = f"coalesce(trim(s.{column}), '') IN ('', $system)" if pair[1].ai_system else "true"
        if not where:
            return ours
        try:
            duckdb.SQLExpression(where)
        except duckdb.Error as error:
            raise self._refused(pair, error, FeedStatus.ERRORED) from error
        return f"{ours} AND ({where}\n)"  # the line end closes a comment

    def _insert(self, pair: FeedPair, select: str, system_id: str) -> None:
        import duckdb

        try:
            self.cursor.execute(f"INSERT INTO claims {select}", {"system": system_id})
        except duckdb.BinderException as error:
            raise self._refused(pair, error, FeedStatus.SCHEMA_BROKEN) from error
        except duckdb.Error as error:
            raise self._refused(pair, error, FeedStatus.ERRORED) from error

    def _refused(self, pair: FeedPair, error: Exception, status: FeedStatus) -> _Refused:
        line = str(error).splitlines()[0][:200]
        if "Conversion Error" in line:  # its text quotes a customer's cell
            line = "a value that does not convert; use TRY_CAST"
        hint = ""
        if status is FeedStatus.SCHEMA_BROKEN and '"' in line:
            hint = suggestion(line.split('"')[1], self.stage.columns)
        reason = f"feed {pair[1].name}: expected a where that can be evaluated, found {line}{hint}; correct it in the catalogue"
        return _Refused(Refusal(status, reason))

    def _window(self, window: _Window) -> str:
        if window not in self._windows:
            name, times = f"window_{len(self._windows)}", time_table(self.stage, window.field, window.zone)
            self.cursor.execute(
                f"CREATE TEMP TABLE {name} AS SELECT s.*, CASE WHEN t.on_day IS NULL THEN 1 WHEN t.on_day > $today THEN 2 ELSE 0 END AS {KIND} "  # noqa: S608, E501 - our own names
                f"FROM {self.stage.table} s JOIN {times} t USING ({ROW}) "
                "WHERE (t.on_day >= $start AND t.on_day < $end) OR t.on_day IS NULL OR t.on_day > $today",
                {"start": window.start_on, "end": self.plan.business_date, "today": window.observed_on},
            )
            self._windows[window] = name
        return self._windows[window]

    def _settle_named(self) -> None:
        self.cursor.execute("CREATE TEMP TABLE all_claimed AS SELECT DISTINCT row_number FROM claims")
        self.cursor.execute("CREATE TEMP TABLE feeds (feed_number INTEGER, category VARCHAR, system_id VARCHAR)")
        rows = [(number, spec.category.value, system.system_id) for number, (system, spec) in enumerate(self.plan.feeds)]
        self.cursor.executemany("INSERT INTO feeds VALUES (?, ?, ?)", rows)
        if any(spec.ai_system for _, spec in self.plan.feeds):
            self.cursor.execute(
                "DELETE FROM claims WHERE NOT is_named AND (row_number, feed_number) IN "
                f"(SELECT c.row_number, c.feed_number {_BY_CATEGORY} "  # noqa: S608 - our own names
                f"WHERE (c.row_number, f.category) IN (SELECT c.row_number, f.category {_BY_CATEGORY} WHERE c.is_named))"
            )

    def _set_ambiguous_apart(self) -> None:
        shared = f"SELECT c.row_number, f.category {_BY_CATEGORY} GROUP BY ALL HAVING count(DISTINCT f.system_id) > 1"
        self.cursor.execute(f"CREATE TEMP TABLE ambiguous AS SELECT c.* {_BY_CATEGORY} WHERE (c.row_number, f.category) IN ({shared})")
        self.cursor.execute("DELETE FROM claims WHERE (row_number, feed_number) IN (SELECT row_number, feed_number FROM ambiguous)")

    def _all_in_window(self) -> str:
        column = quoted(self.plan.feeds[0][1].signal_id)
        known = column if self.plan.feeds[0][1].signal_id in self.stage.columns else "NULL"
        selects = [f"SELECT {ROW} AS row_number, {known} AS id FROM {name} WHERE {KIND} = 0" for name in self._windows.values()]  # noqa: S608
        return " UNION ".join(selects)

    def _count(self, select: str) -> int:
        return int(self.cursor.execute(f"SELECT count(DISTINCT row_number) FROM ({select})").fetchone()[0])  # noqa: S608 - our own

    def _ids(self, select: str) -> tuple[str, ...]:
        self.cursor.execute(f"SELECT DISTINCT id FROM ({select}) WHERE id IS NOT NULL ORDER BY id LIMIT {_MAX_LISTED}")  # noqa: S608
        return tuple(row[0] for row in self.cursor.fetchall())


class _Refused(Exception):  # noqa: N818 - carries a finding inside this module, never leaves it
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def mapped_columns(plan: SourcePlan, refused: dict[FeedKey, Refusal]) -> tuple[str, ...]:
    """Return every column that the feeds that take rows map, each once."""
    taking = (spec for system, spec in plan.feeds if (system.system_id, spec.name) not in refused)
    return tuple(dict.fromkeys(name for spec in taking for name in required_columns(spec)))
