"""Connections to the ledger's database: how they are opened, begun and what their failures mean.

Put what differs between drivers here. Nothing here knows a table.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from registry.errors import LedgerError, LedgerUnavailableError

PATIENCE_SECONDS = 30
_PAUSE_SECONDS = 0.02
_OUTAGES = {
    "database is locked": "another process is writing; wait for it or look for one that hangs, then run again",
    "database or disk is full": "the disk is full; nothing was written: free space and run again",
    "No space left on device": "the disk is full; nothing was written: free space and run again",
    "unable to open database file": "the file or its folder cannot be opened; check the path and the permissions, then run again",
    "disk I/O error": "the disk reported an error; nothing was written: check the disk and run again",
    "attempt to write a readonly database": "the file is read-only; check the permissions, then run again",
    "lock timeout": "another process is writing; wait for it or look for one that hangs, then run again",
}
# A statement that PostgreSQL refused for want of a resource or a connection, not for what it said (SQLSTATE classes).
_OUTAGE_STATES = ("08", "53", "57", "58", "55P03", "40001", "40P01")


def open_engine(url: str, patience_seconds: float = PATIENCE_SECONDS) -> Engine:
    """Return an engine for ``sqlite:///path`` or ``postgresql://...``; nothing connects yet.

    Raises:
        LedgerError: the URL names another kind of database.
    """
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise LedgerError("ledger_url: expected sqlite:///PATH or postgresql://..., found something that is not a URL") from error
    if target.get_backend_name() == "sqlite" and target.database not in (None, "", ":memory:"):
        return _sqlite_engine(target, patience_seconds)
    if target.get_backend_name() == "postgresql":
        return _postgresql_engine(target, patience_seconds)
    raise LedgerError(f"ledger_url: expected sqlite:///PATH or postgresql://..., found {target.render_as_string()}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside one write transaction; on SQLite it holds the write lock from its first moment."""
    with outages_named(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one unchanging state of the ledger and waits for no writer."""
    options: dict[str, Any] = {"proofloop_reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with outages_named(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def outages_named(engine: Engine) -> Iterator[None]:
    """Turn a driver's report of an outage into ``LedgerUnavailableError``; a damaged file into ``LedgerError``."""
    try:
        yield
    except DBAPIError as error:
        raise _named(error, engine) or error from error


def _named(error: DBAPIError, engine: Engine) -> Exception | None:
    where = f"ledger {engine.url.render_as_string(hide_password=True)}"
    said = str(error.orig)
    advice = next((advice for text, advice in _OUTAGES.items() if text in said), None)
    state = getattr(error.orig, "sqlstate", None) or ""
    if advice or error.connection_invalidated or state.startswith(_OUTAGE_STATES) or (isinstance(error, OperationalError) and not state):
        return LedgerUnavailableError(f"{where}: {said.strip().splitlines()[0]}: {advice or 'check that the server runs, then run again'}")
    if isinstance(error, IntegrityError):
        return LedgerError(f"{where}: the write was refused: {said.strip().splitlines()[0]}")
    if isinstance(error.orig, sqlite3.DatabaseError) and type(error.orig) is sqlite3.DatabaseError:
        return LedgerError(f"{where}: expected a sound SQLite file, found: {said}; restore it from the last backup and verify it")
    return None


def _sqlite_engine(url: URL, patience_seconds: float) -> Engine:
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own
        for pragma in (
            f"busy_timeout={int(patience_seconds * 1000)}",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "synchronous=FULL",
            "trusted_schema=OFF",
            "secure_delete=ON",
            "cache_size=-196608",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection, patience_seconds)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that reads, decides and then writes would otherwise fail or decide on an old state.
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN" if options.get("proofloop_reading") else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Switch a new file to write-ahead logging; SQLite does not wait for others who do the same, so this does."""
    for attempt in count(1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt * _PAUSE_SECONDS >= patience_seconds:
                raise
            time.sleep(_PAUSE_SECONDS)


def _postgresql_engine(url: URL, patience_seconds: float) -> Engine:
    options = f"-c lock_timeout={int(patience_seconds * 1000)} -c timezone=UTC -c standard_conforming_strings=on"
    arguments: dict[str, Any] = {"connect_timeout": max(2, int(min(patience_seconds, 10))), "options": options}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True, pool_size=2, connect_args=arguments
    )
    event.listen(engine, "handle_error", _keep_first_line)
    return engine


def _keep_first_line(context: ExceptionContext) -> None:
    """The server's DETAIL and CONTEXT lines repeat the row, narrative and all; they stay out of messages and logs."""
    first = str(context.original_exception).partition("\n")[0]
    context.original_exception.args = (first,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {first}",)


def make_folder(engine: Engine) -> None:
    """Create the folder of a SQLite ledger that does not exist yet."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
