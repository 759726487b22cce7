"""Databases that can count by themselves: PostgreSQL, and Spark for what outgrows one machine.

Put how a statement and the types of its columns are asked for here. What is counted is ``pushdown.py``; rows that have to come here one by
one are ``query_rows.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from registry.sources.query_rows import Query, connected, refusals, window_parameters
from registry.sources.spark_rows import is_spark, spark_columns, spark_rows


class ValueType(StrEnum):
    """What a column of a statement holds, as far as counting has to know; what is none of these is counted here, row by row."""

    TEXT = "text"
    WHOLE = "whole"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    CIVIL = "civil"  # a date and time without zone: the system's
    INSTANT = "instant"


_POSTGRESQL = {
    **dict.fromkeys((18, 25, 1042, 1043), ValueType.TEXT),
    **dict.fromkeys((20, 21, 23), ValueType.WHOLE),
    **dict.fromkeys((700, 701), ValueType.FLOAT),
    1700: ValueType.DECIMAL,
    16: ValueType.BOOLEAN,
    1082: ValueType.DATE,
    1114: ValueType.CIVIL,
    1184: ValueType.INSTANT,
}
_SPARK = {
    "string": ValueType.TEXT,
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), ValueType.WHOLE),
    **dict.fromkeys(("float", "double"), ValueType.FLOAT),
    "decimal": ValueType.DECIMAL,
    "boolean": ValueType.BOOLEAN,
    "date": ValueType.DATE,
    "timestamp_ntz": ValueType.CIVIL,
    "timestamp": ValueType.INSTANT,
}


class Engine(Protocol):
    """Where a reviewed query runs."""

    @property
    def dialect(self) -> str:
        """Return the name that Ibis knows it by."""

    def columns(self) -> Mapping[str, ValueType | None]:
        """Return the columns of the query with what they hold."""

    def day_of(self, column: str, kind: ValueType, zone: str) -> str:
        """Return the SQL of a time's civil day in ``zone``."""

    def rows(self, before: str, after: str) -> list[Mapping[str, Any]]:
        """Return the rows of the query between two pieces of SQL."""


def engine_of(query: Query, window: tuple[Any, Any], connection_url: Callable[[str], str]) -> Engine | None:
    """Return the engine behind a query's connection, None where rows have to be read."""
    url = connection_url(query.connection)
    if is_spark(url):
        return SparkEngine(query, window, url)
    return PostgresEngine(query, window, connection_url) if url.startswith("postgresql") else None


@dataclass(frozen=True, slots=True)
class PostgresEngine:
    """A query on PostgreSQL, in a transaction that only reads."""

    query: Query
    window: tuple[Any, Any]
    connection_url: Callable[[str], str]
    dialect: str = "postgres"

    def columns(self) -> Mapping[str, ValueType | None]:
        result = self._run("SELECT * FROM (", ") AS q LIMIT 0")
        return {column[0]: _POSTGRESQL.get(column[1]) for column in result[1]}

    def day_of(self, column: str, kind: ValueType, zone: str) -> str:
        name = '"' + column.replace('"', '""') + '"'
        return f"({name} AT TIME ZONE '{zone}')::date" if kind is ValueType.INSTANT else f"{name}::date"

    def rows(self, before: str, after: str) -> list[Mapping[str, Any]]:
        return self._run(before, after)[0]

    def _run(self, before: str, after: str) -> tuple[list[Mapping[str, Any]], Sequence[Any]]:
        import sqlalchemy as sa

        statement = sa.text(before.replace(":", "\\:") + _body(self.query) + after.replace(":", "\\:"))
        given = window_parameters(self.query, statement, *self.window)
        with connected(self.query, self.connection_url) as connection, refusals(self.query):
            result = connection.execute(statement, given)
            described = result.cursor.description
            return [dict(row._mapping) for row in result], described


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """A query on Spark."""

    query: Query
    window: tuple[Any, Any]
    url: str
    dialect: str = "pyspark"

    def columns(self) -> Mapping[str, ValueType | None]:
        found = spark_columns(self.url, self.query.name, self.query.text, self._given())
        return {name: _SPARK.get(kind.partition("(")[0]) for name, kind in found}

    def day_of(self, column: str, kind: ValueType, zone: str) -> str:
        name = "`" + column.replace("`", "``") + "`"
        return f"to_date(from_utc_timestamp({name}, '{zone}'))" if kind is ValueType.INSTANT else f"to_date({name})"

    def rows(self, before: str, after: str) -> list[Mapping[str, Any]]:
        names, rows = spark_rows(self.url, self.query.name, before + _body(self.query) + after, self._given())
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _given(self) -> Mapping[str, Any]:
        import sqlalchemy as sa

        return window_parameters(self.query, sa.text(self.query.text), *self.window)


def _body(query: Query) -> str:
    """Return the statement so that it can stand in parentheses."""
    return query.text.rstrip().rstrip(";") + "\n"
