"""The condition that says which rows of a source are predictions, or decisions, of a system: over texts, in the locked engine.

Put what concerns ``predictions.where`` and ``exposure.where`` here; ``key`` is which of them is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from registry.errors import SchemaBrokenError, SourceError
from registry.sources.columns import suggestion
from registry.sources.store import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW, _KEY = "__row", "predictions.where"


def checked_condition(where: str, key: str = _KEY) -> str:
    """Return ``where`` as one SQL expression, an empty one where there is none.

    Raises:
        SourceError: it is no single expression.
    """
    if not where.strip():
        return ""  # the engine is not even loaded
    import duckdb

    with condition_errors((), key):
        duckdb.SQLExpression(where)
    return f"({where.strip()}\n)"  # the line end closes a comment


def columns_named(where: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Return which of ``columns`` a condition may name; one too many costs a little reading.

    >>> columns_named('Term = 60 AND "odd ""name" > 1', ("term", 'odd "name', "age"))
    ('term', 'odd "name')
    """
    text = where.casefold()
    return tuple(name for name in columns if name.casefold().replace('"', '""') in text or name.casefold() in text)


def rows_meeting(condition: str, columns: Mapping[str, Any], row_count: int, cursor: Any, known: Sequence[str], key: str = _KEY) -> Any:
    """Return for each row whether it meets the condition; ``known`` are all columns of the source, for a hint at the one that was meant.

    Raises:
        SchemaBrokenError: the condition names a column that is not there.
        SourceError: it cannot be evaluated.
    """
    import numpy as np
    import pyarrow as pa

    from registry.sources.parquet_rows import as_text

    rows = pa.table([pa.array(np.arange(row_count)), *map(as_text, columns.values())], names=[_ROW, *columns])
    cursor.register("condition_rows", rows)
    try:
        with condition_errors(known, key):
            # In WHERE, so that nothing but a condition on a single row is an answer.
            found = cursor.execute(f"SELECT {quoted(_ROW)} FROM condition_rows WHERE {condition}").fetchnumpy()  # noqa: S608 - reviewed
    finally:
        cursor.unregister("condition_rows")
    met = np.zeros(row_count, bool)
    met[found[_ROW]] = True
    return met


@contextmanager
def condition_errors(columns: Sequence[str], key: str = _KEY) -> Iterator[None]:
    """Say of a condition that cannot be evaluated what is wrong with it, without quoting a customer's cell."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        line = str(error).splitlines()[0][:200]
        if "Conversion Error" in line:  # its text quotes a customer's cell
            line = "a value that does not convert; use TRY_CAST"
        is_missing = isinstance(error, duckdb.BinderException)
        hint = suggestion(line.split('"')[1], columns) if is_missing and '"' in line else ""
        refusal = SchemaBrokenError if is_missing else SourceError
        raise refusal(f"{key}: expected a condition that can be evaluated, found {line}{hint}; correct it") from error
