"""When each staged row was received, as a table beside the stage: parsed once for each column, format and zone.

Put derived tables of a stage here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from registry.domain.catalogue import TimeField
from registry.sources.moments import MomentReader
from registry.sources.staging import ROW, Stage
from registry.sources.store import quoted

_CHUNK = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def time_table(stage: Stage, field: TimeField, zone: str) -> str:
    """Return the name of a table of (row, ``on_day``, ``at_us``, ``day``) for ``field`` read in ``zone``; unreadable texts have none.

    ``day`` is also there where the zone skips or repeats the local time, so that no one instant is meant.
    """
    key = ("time", field, zone)
    if key not in stage.memo:
        stage.memo[key] = _make(stage, field, zone)
    return str(stage.memo[key])


def repeated_ids(stage: Stage, column: str) -> str:
    """Return the name of a table of the ids in ``column`` that stand on several rows, or an empty text where none does."""
    key = ("repeated", column)
    if key not in stage.memo:
        name, cursor = stage.new_table(), stage.store.cursor()
        found = f"SELECT {quoted(column)} AS id FROM {stage.table} WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"  # noqa: S608
        cursor.execute(f"CREATE TABLE {name} AS {found}")
        stage.memo[key] = name if cursor.execute(f"SELECT count(*) FROM {name}").fetchone()[0] else ""  # noqa: S608 - our own name
        cursor.close()
    return str(stage.memo[key])


def instant_of(microseconds: int) -> datetime:
    """Return the instant that ``at_us`` counts to."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _make(stage: Stage, field: TimeField, zone: str) -> str:
    texts, name = stage.new_table(), stage.new_table()
    cursor = stage.store.cursor()
    cursor.execute(f"CREATE TABLE {texts} (text VARCHAR, on_day DATE, at_us BIGINT, day DATE)")
    _read_texts(stage, field, zone, texts)
    cursor.execute(
        f"CREATE TABLE {name} AS SELECT s.{ROW}, t.on_day, t.at_us, t.day FROM {stage.table} s "  # noqa: S608 - our own names
        f"LEFT JOIN {texts} t ON s.{quoted(field.column)} = t.text"
    )
    cursor.execute(f"DROP TABLE {texts}")
    cursor.close()
    return name


def _read_texts(stage: Stage, field: TimeField, zone: str, texts: str) -> None:
    import pyarrow as pa

    reader = MomentReader(field, zone)
    source, target = stage.store.cursor(), stage.store.cursor()
    column = quoted(field.column)
    source.execute(f"SELECT DISTINCT {column} FROM {stage.table} WHERE {column} IS NOT NULL")  # noqa: S608 - quoted
    while rows := source.fetchmany(_CHUNK):
        found = [(text, reader.read(text)) for (text,) in rows]
        days = pa.array([moment.on for _, moment in found], pa.date32())
        counts = pa.array([_microseconds(moment.at) for _, moment in found], pa.int64())
        civil = pa.array([moment.day for _, moment in found], pa.date32())
        columns = [pa.array([text for text, _ in found]), days, counts, civil]
        _insert(target, texts, pa.table(columns, names=["text", "on_day", "at_us", "day"]))
    source.close()
    target.close()


def _insert(cursor: Any, table: str, rows: Any) -> None:
    cursor.register("time_rows", rows)
    cursor.execute(f"INSERT INTO {table} SELECT * FROM time_rows")  # noqa: S608 - our own name
    cursor.unregister("time_rows")


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND
