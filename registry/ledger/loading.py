"""Loading spooled signals into the ledger at the speed of a bulk insert, in bounded memory.

Put reading of spool files and the two bulk paths here. A file is read once: its digest, order, counts and rows are checked on the way, and
any difference from what the decision was made from rolls the transaction back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from registry.domain.canonical import storable_text
from registry.domain.feed import FeedDelivery, FileRef
from registry.errors import LedgerError
from registry.ledger.codec import SIGNAL_COLUMNS, SignalRow, parsed_line, signal_row
from registry.ledger.tables import NARRATIVE, SIGNAL, SIGNAL_COUNT

_BLOCK_BYTES = 1 << 20
_NARRATIVE_COLUMNS = ("key", "salt", "text")
CellKey = tuple[str, str, str, int]


@dataclass(slots=True)
class _Seen:
    """What passed while a signals file was read."""

    rows: int
    last_key: str
    counts: Counter[CellKey]


def load_signals(connection: Connection, delivery: FeedDelivery, spool: Path, observed_on: date) -> int:
    """Store a delivery's new signals, count them into ``signal_count``, and return how many there were.

    Raises:
        LedgerError: the file is not the one the delivery names, or holds other signals than the decision counted.
        IntegrityError: a signal is in the ledger already.
    """
    if delivery.signals is None:
        return 0
    seen = _Seen(0, "", Counter())
    lines = _verified_lines(spool, delivery.signals)
    _bulk_insert(connection, SIGNAL, SIGNAL_COLUMNS, _checked_rows(lines, delivery, observed_on.isoformat(), seen))
    _compare_counts(delivery, seen)
    _store_counts(connection, delivery, seen.counts)
    return seen.rows


def load_narratives(connection: Connection, delivery: FeedDelivery, spool: Path) -> None:
    """Store the redacted narratives of a delivery with their salts, in the one table that can be erased."""
    if delivery.narratives is not None:
        lines = _verified_lines(spool, delivery.narratives)
        _bulk_insert(connection, NARRATIVE, _NARRATIVE_COLUMNS, (_narrative_row(line) for line in lines))


def _narrative_row(line: bytes) -> tuple[str, str, bytes]:
    try:
        data = parsed_line(line)
        return data["key"], data["salt"], data["text"].encode("utf-8", "surrogatepass")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(
            "expected one narrative (key, salt, text) a line of the spool, found another line; spool the day again"
        ) from error


def _verified_lines(spool: Path, file: FileRef) -> Iterator[bytes]:
    """Yield the lines of a spooled file without their ends; refuse it at the end if its digest or row count is not the named one."""
    digest, rows, unended = hashlib.sha256(), 0, b""
    try:
        with (spool / file.path).open("rb", buffering=0) as handle:
            while block := handle.read(_BLOCK_BYTES):
                digest.update(block)
                *lines, unended = (unended + block).split(b"\n")
                rows += len(lines)
                yield from lines
        if unended:
            rows += 1
            yield unended
    except OSError as error:
        raise LedgerError(
            f"spool file {file.path}: expected {file.row_count} rows, could not read it ({error.strerror}); run again"
        ) from error
    if f"sha256:{digest.hexdigest()}" != file.digest or rows != file.row_count:
        raise LedgerError(
            f"spool file {file.path}: expected {file.row_count} rows with {file.digest}, found {rows} rows with "
            f"sha256:{digest.hexdigest()}; nothing was written: run again, which spools the day anew"
        )


def _checked_rows(lines: Iterable[bytes], delivery: FeedDelivery, observed_on: str, seen: _Seen) -> Iterator[SignalRow]:
    system_id, feed, counts = delivery.system_id, delivery.feed, seen.counts
    for line in lines:
        row = signal_row(line, observed_on)
        if row[0] <= seen.last_key or row[1] != system_id or row[2] != feed:
            raise LedgerError(_misplaced(delivery, row, seen))
        seen.last_key = row[0]
        seen.rows += 1
        if not row[8]:
            counts[row[5], row[4], row[6], row[7]] += 1
        yield row


def _misplaced(delivery: FeedDelivery, row: SignalRow, seen: _Seen) -> str:
    return (
        f"signals of {delivery.system_id}/{delivery.feed}, row {seen.rows + 1}: expected a signal of this feed with a key after "
        f"{seen.last_key or 'the start'}, found {row[1]}/{row[2]} {row[0]}; a file is sorted by key without repeats"
    )


def _compare_counts(delivery: FeedDelivery, seen: _Seen) -> None:
    """The decision was made from the cells: if they do not count these signals, the decision is about something else."""
    judged: Counter[CellKey] = Counter()
    for cell in delivery.cells:
        judged[cell.fingerprint, cell.on.isoformat(), storable_text(cell.channel), int(cell.pre_fix)] += cell.count
    if judged != seen.counts:
        (first, *_) = sorted((judged - seen.counts) or (seen.counts - judged))
        raise LedgerError(
            f"signals of {delivery.system_id}/{delivery.feed}: expected the counts that were judged, found others, first for fingerprint "
            f"{first[0]} on {first[1]}: judged {judged[first]}, spooled {seen.counts[first]}; nothing was written"
        )


def _store_counts(connection: Connection, delivery: FeedDelivery, counts: Counter[CellKey]) -> None:
    statement = upsert(connection, SIGNAL_COUNT)
    statement = statement.on_conflict_do_update(
        index_elements=[column.name for column in SIGNAL_COUNT.primary_key],
        set_={"count": SIGNAL_COUNT.c.count + statement.excluded["count"]},
    )
    names = ("fingerprint", "received_on", "channel", "pre_fix")
    rows = [
        {"system_id": delivery.system_id, "feed": delivery.feed, "count": count}
        | dict(zip(names, key, strict=True))
        | {"received_on": date.fromisoformat(key[1])}
        for key, count in sorted(counts.items())
    ]
    if rows:
        connection.execute(statement, rows)


def upsert(connection: Connection, table: Table) -> Any:
    """Return the backend's insert that knows ON CONFLICT."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _bulk_insert(connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    """Insert rows of plain values in the backend's fastest way; the first that violates a constraint ends the transaction."""
    names, driver, errors = ", ".join(columns), cast(Any, connection.connection.driver_connection), connection.dialect.loaded_dbapi
    if connection.dialect.name == "postgresql":
        insert, statement = _copy, f"COPY {table.name} ({names}) FROM STDIN"
    else:
        places = ", ".join("?" * len(columns))
        insert, statement = _insert_each, f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - our own names
    try:
        insert(driver, statement, rows)
    except errors.Error as error:
        # The server's text goes on with the row it failed at; the row stays out of messages and logs.
        said = type(error)(str(error).partition("\n")[0])
        raise DBAPIError.instance(statement, None, said, errors.Error, hide_parameters=True, dialect=connection.dialect) from None


def _insert_each(driver: Any, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    driver.executemany(statement, rows)


def _copy(driver: Any, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
