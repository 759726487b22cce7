"""Statements on Apache Spark: a named connection that begins with ``sc://`` (Spark Connect), ``spark://`` or ``local``.

Put what is peculiar to Spark here. It is an extra (``proofloop[spark]``) and needs a Java run time, or a Spark Connect server.

 * Instants are told in UTC whatever the cluster's zone is: the session says so.
 * A statement that Spark refuses is a finding; a Spark that cannot be reached or started is an outage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from registry.errors import SourceError, SourceUnavailableError

_MASTERS = ("sc://", "spark://", "local")


def is_spark(url: str) -> bool:
    """Return whether a named connection leads to Spark.

    >>> is_spark("sc://lake.example:15002"), is_spark("local[2]"), is_spark("postgresql+psycopg://crm.example/crm")
    (True, True, False)
    """
    return url.startswith(_MASTERS)


def spark_columns(url: str, name: str, statement: str, given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the columns of a statement with their Spark types, without running it.

    Raises:
        SourceUnavailableError: Spark cannot be reached or started.
        SourceError: it refuses the statement.
    """
    with _refusals(name):
        return tuple(_session(url).sql(statement, args=dict(given)).dtypes)


def spark_rows(url: str, name: str, statement: str, given: Mapping[str, Any]) -> tuple[tuple[str, ...], Iterator[Sequence[Any]]]:
    """Return the names of the columns, and the rows one partition at a time.

    Raises:
        SourceUnavailableError: Spark cannot be reached or started.
        SourceError: it refuses the statement.
    """
    with _refusals(name):
        frame = _session(url).sql(statement, args=dict(given))
        return tuple(frame.columns), _streamed(name, frame)


def _streamed(name: str, frame: Any) -> Iterator[Sequence[Any]]:
    instants = [kind == "timestamp" for _, kind in frame.dtypes]
    with _refusals(name):
        for row in frame.toLocalIterator():
            # the driver hands an instant over as this process's local time, without saying so
            yield [value.astimezone(UTC) if is_instant and value else value for value, is_instant in zip(row, instants, strict=True)]


def _session(url: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SourceError(
            "expected the extra for Spark to be installed, found none; pip install 'proofloop[spark]'", "not_configured"
        ) from error
    builder = SparkSession.builder.appName("proofloop").config("spark.sql.session.timeZone", "UTC")
    # What a driver of our own must not do: open a web page of its statements, or draw progress bars on somebody's terminal.
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    session = builder.remote(url).getOrCreate() if url.startswith("sc://") else builder.master(url).getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")  # a session that was there already keeps its own otherwise
    if not url.startswith("sc://"):
        session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    try:
        yield
    except (SourceError, SourceUnavailableError):
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:160]}"
        if type(error).__name__ in {"AnalysisException", "ParseException", "NumberFormatException", "ArithmeticException"}:
            raise SourceError(f"{name}: expected a query that Spark runs, found {told}; correct it") from error
        raise SourceUnavailableError(f"{name}: expected a Spark that answers, found {told}; see that it is up and retry") from error
