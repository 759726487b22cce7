"""Rows of a reviewed query on a named connection.

Put what is peculiar to databases here.

 * The statement is a file below an allowed root, reviewed like code; ``:window_start`` and ``:window_end`` are bound, nothing is pasted in.
 * Rows stream; nothing is written, the transaction is rolled back.
 * A database that does not answer is an outage (retried); one that refuses the statement is a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.errors import SourceError, SourceUnavailableError
from registry.sources.batches import Batch
from registry.sources.caps import SourceCaps, refuse_columns
from registry.sources.locations import file_errors
from registry.sources.spark_rows import is_spark, spark_rows

_MAX_STATEMENT_BYTES = 100_000
_FETCH_ROWS = 5_000
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Query:
    """A statement to run: ``name`` is its file as the workspace knows it, ``text`` what it says."""

    name: str
    connection: str
    text: str


def load_query(spec: SourceSpec, base: Path, roots: tuple[Path, ...]) -> Query:
    """Return the reviewed statement of ``spec``.

    Raises:
        SourceError: no such file, one outside ``roots``, or one that is no statement.
    """
    name = spec.query_file
    with file_errors(name):
        resolved = (base / name).resolve()
        if not any(resolved.is_relative_to(root.resolve()) for root in (base, *roots)):
            raise SourceError(f"{name}: expected a query file of the workspace, found one that leads to {resolved}; move it")
        if not resolved.is_file():
            raise SourceError(f"{name}: expected a query file, found none; check source.query_file")
        if resolved.stat().st_size > _MAX_STATEMENT_BYTES:
            raise SourceError(f"{name}: expected a query of at most {_MAX_STATEMENT_BYTES} bytes, found more; make it a view")
        text = resolved.read_text(encoding="utf-8-sig", errors="replace").strip()
    if not text:
        raise SourceError(f"{name}: expected a query, found an empty file; write the SELECT")
    return Query(name, spec.connection, text)


def read_query(
    query: Query, window_start: dt.date, window_end: dt.date, connection_url: Callable[[str], str], caps: SourceCaps
) -> Iterator[Batch]:
    """Yield the rows of ``query`` with the window bound.

    Raises:
        SourceUnavailableError: the database does not answer.
        SourceError: it refuses the statement.
    """
    import sqlalchemy as sa

    statement = sa.text(query.text)
    given = window_parameters(query, statement, window_start, window_end)
    url = connection_url(query.connection)
    if is_spark(url):
        names, found = spark_rows(url, query.name, query.text, given)
        yield from _batches(query, names, _parts(found), caps)
        return
    with connected(query, connection_url) as connection, refusals(query):
        result = connection.execution_options(stream_results=True, yield_per=_FETCH_ROWS).execute(statement, given)
        yield from _batches(query, tuple(result.keys()), result.partitions(_FETCH_ROWS), caps)


def window_parameters(query: Query, statement: Any, window_start: dt.date, window_end: dt.date) -> Mapping[str, dt.date]:
    """Return the parameters that ``statement`` asks for.

    Raises:
        SourceError: it asks for something that is no end of the window.
    """
    bound = {"window_start": window_start, "window_end": window_end}
    unknown = set(statement._bindparams) - set(bound)
    if unknown:
        raise SourceError(
            f"{query.name}: expected no parameters but :window_start and :window_end, found {', '.join(sorted(unknown))}; "
            "write values into the query (and \\: for a plain colon)"
        )
    return {name: value for name, value in bound.items() if name in statement._bindparams}


def _batches(query: Query, names: tuple[str, ...], parts: Iterable[Sequence[Sequence[Any]]], caps: SourceCaps) -> Iterator[Batch]:
    refuse_columns(query.name, len(names), caps)
    done = 0
    for rows in parts:
        yield _batch(names, rows, done)
        done += len(rows)
    yield _batch(names, (), done)


def _parts(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    while part := list(islice(rows, _FETCH_ROWS)):
        yield part


@contextmanager
def connected(query: Query, connection_url: Callable[[str], str]) -> Iterator[Any]:
    """Lend a connection that only reads, rolled back afterwards.

    Raises:
        SourceUnavailableError: the database does not answer.
    """
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    url = sa.make_url(connection_url(query.connection))
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=_connect_arguments(url))
    try:
        with _outages(query):
            connection = engine.connect()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.close()
    finally:
        engine.dispose()


def _connect_arguments(url: Any) -> Mapping[str, Any]:
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        return {"connect_timeout": _CONNECT_SECONDS, "options": "-c default_transaction_read_only=on"}
    return {}


@contextmanager
def _outages(query: Query) -> Iterator[None]:
    import sqlalchemy as sa

    try:
        yield
    except (sa.exc.DBAPIError, OSError) as error:
        raise SourceUnavailableError(
            f"connection {query.connection}: expected a database that answers, found {_driver_text(error)}; see that it is up and retry"
        ) from error


@contextmanager
def refusals(query: Query) -> Iterator[None]:
    """Tell an outage of the database from a statement that it refuses.

    Raises:
        SourceUnavailableError: it does not answer.
        SourceError: it refuses.
    """
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated or _is_busy(error):
            raise SourceUnavailableError(
                f"connection {query.connection}: expected a database that answers, found {_driver_text(error)}; see that it is up and retry"
            ) from error
        raise SourceError(
            f"{query.name}: expected a query that runs on {query.connection}, found {_driver_text(error)}; correct it"
        ) from error


def _is_busy(error: Any) -> bool:
    text = str(error.orig).lower()
    return any(phrase in text for phrase in ("database is locked", "unable to open database", "disk i/o error", "connection", "timeout"))


def _driver_text(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {lines[0][:160]}" if lines else type(cause).__name__


def _batch(names: tuple[str, ...], rows: Sequence[Sequence[Any]], done: int) -> Batch:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    cells = tuple(pa.array([_text(value) for value in column], pa.string()) for column in columns)
    return Batch(names, cells, range(done + 1, done + len(rows) + 1))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
