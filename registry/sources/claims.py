"""Which rows of a staged source belong to which feed: the window, the feed's condition, and rows that nobody or too many claim.

Put selection of rows here, in SQL over the stage. What is in a row is ``mapping.py``.

 * A feed claims a row when its condition holds and the row's ``ai_system``, where the feed has that column, is empty or names its system.
 * A row claimed by two systems in one category goes to the one that ``ai_system`` names, else to neither: it is ambiguous.
 * A row in a window that no feed's condition holds for, on whatever day that feed takes it, is unmatched.
 * Rows outside the window are looked at only where they share an id with one inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from registry.domain.feed import FeedStatus
from registry.errors import SourceError
from registry.sources.columns import required_columns, suggestion
from registry.sources.plan import FeedKey, FeedPair, SourcePlan, feed_key
from registry.sources.staging import KIND, ROW, Stage
from registry.sources.store import quoted
from registry.sources.time_tables import repeated_ids, time_table
from registry.sources.windows import Standing, Window, Windows

_FETCH_ROWS = 5_000
_MAX_LISTED = 100
_TABLE = (
    "CREATE TEMP TABLE claims (row_number BIGINT, kind TINYINT, is_named BOOLEAN, id VARCHAR, "
    "place INTEGER, feed_number INTEGER, category VARCHAR, system_id VARCHAR)"
)
_FROM_STAGE = -1  # the place of a claim on a row outside every window


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a feed takes no rows."""

    status: FeedStatus
    reason: str


@dataclass(slots=True)
class Claims:
    """The claims of every feed that can be evaluated; lives as long as its cursor."""

    plan: SourcePlan
    stage: Stage
    cursor: Any
    refused: dict[FeedKey, Refusal] = field(default_factory=dict)
    unmatched_count: int = 0
    unmatched_ids: tuple[str, ...] = ()
    ambiguous_count: int = 0
    ambiguous_ids: tuple[str, ...] = ()
    windows: Windows = field(init=False)

    def __post_init__(self) -> None:
        self.windows = Windows(self.stage, self.cursor, self.plan.business_date)

    def make(self, broken: dict[FeedKey, str]) -> None:
        """Evaluate every feed; ``broken`` ones take no rows but still claim theirs where their condition can be evaluated."""
        self.refused = {key: Refusal(FeedStatus.SCHEMA_BROKEN, reason) for key, reason in broken.items()}
        self.cursor.execute(_TABLE)
        for number, pair in enumerate(self.plan.feeds):
            try:
                self._claim(number, pair)
            except _Refused as refused:
                self.refused.setdefault(feed_key(pair), refused.refusal)
        self._find_unmatched()
        self._settle_named()
        self._set_ambiguous_apart()

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield (feed number, standing, row number, *cells) of every row taken, by feed and id."""
        taking = [number for number, pair in enumerate(self.plan.feeds) if feed_key(pair) not in self.refused]
        listed = "".join(f", s.{quoted(name)}" for name in columns)
        places = [*enumerate(self.windows.names), (_FROM_STAGE, self.stage.table)]
        selects = [
            f"SELECT c.feed_number, c.kind, s.{ROW}, c.id AS __id{listed} FROM claims c JOIN {table} s ON s.{ROW} = c.row_number "  # noqa: S608
            f"WHERE c.place = {place} AND c.feed_number IN (SELECT unnest($taking::INTEGER[]))"
            for place, table in places
            if place != _FROM_STAGE or self._has_siblings()
        ]
        if not selects:
            return
        query = f"SELECT * EXCLUDE (__id) FROM ({' UNION ALL '.join(selects)}) ORDER BY feed_number, __id, {ROW}"  # noqa: S608 - our own names
        self.cursor.execute(query, {"taking": taking})
        handed_out = 0
        while found := self.cursor.fetchmany(_FETCH_ROWS):
            handed_out += len(found)
            yield from found
        expected = self._count_taken(taking)
        if handed_out != expected:
            raise SourceError(
                f"{self.plan.source.source_id}: expected {expected} rows from staging, found {handed_out}; no row was taken, run again"
            )

    def _claim(self, number: int, pair: FeedPair) -> None:
        system, spec = pair
        if any(name not in self.stage.columns for name in (spec.signal_id, spec.received_at.column, spec.ai_system) if name):
            return  # refused for its columns already
        condition = self._condition(pair)
        window = Window(spec.received_at, system.timezone, self.plan.window_start(pair), self.plan.observed_on(system))
        place = self.windows.place(window)
        # A condition may fail on rows that are not asked about; CASE keeps the engine from evaluating it before the window's own.
        guarded = f"CASE WHEN s.{KIND} <> {Standing.OUTSIDE.value} THEN {condition} ELSE false END"
        self._insert(number, pair, place, f"s.{KIND}", f"FROM {self.windows.names[place]} s WHERE {guarded}")
        repeated = repeated_ids(self.stage, spec.signal_id)
        if repeated:
            self._claim_siblings(number, pair, window, condition, repeated)

    def _claim_siblings(self, number: int, pair: FeedPair, window: Window, condition: str, repeated: str) -> None:
        column, times = quoted(pair[1].signal_id), time_table(self.stage, window.field, window.zone)
        shared = f"SELECT id FROM claims WHERE feed_number = {number} AND kind = 0 AND id IN (SELECT id FROM {repeated})"  # noqa: S608
        source = f"FROM {self.stage.table} s JOIN {times} t USING ({ROW}) WHERE s.{column} IN ({shared})"
        self._insert(
            number, pair, _FROM_STAGE, str(Standing.SIBLING.value), f"{source} AND t.on_day < DATE '{window.start_on}' AND {condition}"
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

    def _insert(self, number: int, pair: FeedPair, place: int, kind: str, source: str) -> None:
        import duckdb

        system, spec = pair
        values = f"s.{ROW}, {kind}, {self._named(pair)}, s.{quoted(spec.signal_id)}, {place}, {number}, '{spec.category.value}', $system"
        try:
            self.cursor.execute(f"INSERT INTO claims SELECT {values} {source}", {"system": system.system_id})
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

    def _has_siblings(self) -> bool:
        found = self.cursor.execute(f"SELECT 1 FROM claims WHERE place = {_FROM_STAGE} LIMIT 1").fetchone()  # noqa: S608 - a number
        return found is not None

    def _find_unmatched(self) -> None:
        if not self.windows.names:
            return
        seen = self.windows.in_any(self.plan.feeds[0][1].signal_id)
        free = f"SELECT * FROM ({seen}) WHERE row_number NOT IN (SELECT row_number FROM claims)"  # noqa: S608 - our own names
        self.cursor.execute(f"CREATE TEMP TABLE free_rows AS {free}")
        if len(self.windows.names) > 1:
            self._let_go_of_other_windows()
        self.unmatched_count, self.unmatched_ids = self._counted("SELECT row_number, id FROM free_rows")

    def _let_go_of_other_windows(self) -> None:
        """A row in one feed's window that is another feed's on another day is that feed's, not nobody's."""
        import duckdb

        for pair in self.plan.feeds:
            if feed_key(pair) not in self.refused:
                theirs = f"SELECT s.{ROW} FROM {self.stage.table} s SEMI JOIN free_rows f ON f.row_number = s.{ROW}"  # noqa: S608 - our own
                delete = f"DELETE FROM free_rows WHERE $system IS NOT NULL AND row_number IN ({theirs} WHERE {self._condition(pair)})"  # noqa: S608
                # A condition that fails on rows it was not made for leaves them free; on its own window it was evaluated before.
                with suppress(duckdb.Error):
                    self.cursor.execute(delete, {"system": pair[0].system_id})

    def _settle_named(self) -> None:
        if any(spec.ai_system for _, spec in self.plan.feeds):
            named = "SELECT row_number, category FROM claims WHERE is_named"
            self.cursor.execute(f"DELETE FROM claims WHERE NOT is_named AND (row_number, category) IN ({named})")  # noqa: S608 - see above

    def _set_ambiguous_apart(self) -> None:
        shared = "SELECT row_number, category FROM claims GROUP BY ALL HAVING min(system_id) <> max(system_id)"
        if self.cursor.execute(f"{shared} LIMIT 1").fetchone() is None:
            return
        contested = f"FROM claims WHERE (row_number, category) IN ({shared})"
        self.ambiguous_count, self.ambiguous_ids = self._counted(f"SELECT row_number, id {contested} AND kind <= 1")
        self.cursor.execute(f"DELETE {contested}")

    def _count_taken(self, taking: list[int]) -> int:
        self.cursor.execute("SELECT count(*) FROM claims WHERE feed_number IN (SELECT unnest($taking::INTEGER[]))", {"taking": taking})
        return int(self.cursor.fetchone()[0])

    def _count(self, select: str) -> int:
        return int(self.cursor.execute(f"SELECT count(DISTINCT row_number) FROM ({select})").fetchone()[0])  # noqa: S608 - our own

    def _counted(self, select: str) -> tuple[int, tuple[str, ...]]:
        count = self._count(select)
        if not count:
            return 0, ()
        self.cursor.execute(f"SELECT DISTINCT id FROM ({select}) WHERE id IS NOT NULL ORDER BY id LIMIT {_MAX_LISTED}")  # noqa: S608
        return count, tuple(row[0] for row in self.cursor.fetchall())


class _Refused(Exception):  # noqa: N818 - carries a finding inside this module, never leaves it
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def mapped_columns(plan: SourcePlan, refused: dict[FeedKey, Refusal]) -> tuple[str, ...]:
    """Return every column that the feeds that take rows map, each once."""
    taking = (spec for system, spec in plan.feeds if (system.system_id, spec.name) not in refused)
    return tuple(dict.fromkeys(name for spec in taking for name in required_columns(spec)))
