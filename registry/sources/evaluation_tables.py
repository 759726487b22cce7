"""Tables of an evaluation as texts by column: staged like feeds, freed at once, each row known by its file and number.

Put here what the locked set and tables of outcomes have in common. What is peculiar to one is ``evaluation_set.py`` and
``evaluation_outcomes.py``.

 * Allowed roots, limits and refusals are those of every source. Nothing stays staged: cases hold what customers wrote.
 * A column that the catalogue names is there in every file that has rows, or the table is refused with the nearest name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.columns import suggestion
from registry.sources.locations import SourceFile
from registry.sources.mapping import shown
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.query_rows import Query, load_query, read_query, window_parameters
from registry.sources.staging import ROW, Keep, Part, Stage, stage_files, stage_rows
from registry.sources.store import quoted, store_errors, store_in

MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Table:
    """Texts by column, one entry a row in each, in the order of the source; ``numbers`` are the rows' numbers in the stage."""

    numbers: tuple[int, ...]
    columns: dict[str, tuple[str | None, ...]]

    def get(self, name: str) -> tuple[str | None, ...]:
        """Return the cells of a column, none at all where ``name`` is empty: the catalogue names no such column."""
        return self.columns[name] if name else (None,) * len(self.numbers)


@contextmanager
def staged_files_once(
    source: SourceSpec, files: tuple[SourceFile, ...], place: PredictionPlace, keep: Keep | None = None
) -> Iterator[Stage]:
    """Lend ``files`` staged, what ``keep`` leaves of each batch."""
    memory_mb = place.caps.duckdb_memory_mb
    with store_errors(source.source_id, memory_mb):
        stage = stage_files(files, source, place.caps, store_in(place.spool, memory_mb), keep)
        try:
            yield stage
        finally:
            stage.drop()


@contextmanager
def staged_query_once(source: SourceSpec, place: PredictionPlace, keep: Keep) -> Iterator[Stage]:
    """Lend the rows of the source's query staged.

    Raises:
        SourceError: it asks for a window: an evaluation has none.
    """
    query, memory_mb = load_query(source, place.base, place.roots), place.caps.duckdb_memory_mb
    _refuse_window(query)
    with store_errors(source.source_id, memory_mb):
        rows = map(keep, read_query(query, date.min, date.max, place.connection_url, place.caps))
        stage = stage_rows(query.name, rows, place.caps, store_in(place.spool, memory_mb))
        try:
            yield stage
        finally:
            stage.drop()


def filled_parts(stage: Stage) -> tuple[Part, ...]:
    """Return the parts of a stage of which rows were kept, all of them where none was."""
    ends = (*(part.rows_before for part in stage.parts[1:]), stage.row_count)
    return tuple(part for part, end in zip(stage.parts, ends, strict=True) if end > part.rows_before) or stage.parts


def refuse_missing(parts: Iterable[Part], required: Sequence[str], key: str = "evaluation") -> None:
    """Refuse a table in which a file that has columns lacks one of those that are asked for; ``key`` of the catalogue asks for them.

    Raises:
        SchemaBrokenError: all that are missing in the first such file, each with the nearest name.
    """
    for part in parts:
        missing = [name for name in dict.fromkeys(required) if name not in part.columns]
        if part.columns and missing:
            raise missing_columns(part.name, missing, part.columns, key)


def missing_columns(name: str, missing: Sequence[str], found: Sequence[str], key: str = "evaluation") -> SchemaBrokenError:
    """Return the refusal of a file that lacks columns."""
    listed = ", ".join(f"{column!r}{suggestion(column, found)}" for column in missing)
    text = f"{name}: expected {'a column' if len(missing) == 1 else 'columns'} {listed}, found none; correct {key} in the catalogue, "
    return SchemaBrokenError(text + "or have the table written with it (empty where there is nothing to say)")


def read_table(stage: Stage, names: Sequence[str]) -> Table:
    """Return the named columns of a stage."""
    wanted = tuple(dict.fromkeys(name for name in names if name))
    numbers, *cells = _selected(stage, (ROW, *map(quoted, wanted)))
    return Table(numbers, dict(zip(wanted, cells, strict=True)))


def digest_columns(stage: Stage, names: Sequence[str]) -> tuple[str, ...]:
    """Return a digest of what each row has in the named columns, made where the rows are: long texts stay there."""
    # The length tells ("a b", "c") from ("a", "b c"), the dash a missing text from an empty one.
    texts = ", ".join(f"coalesce(length({quoted(name)}) || ':' || {quoted(name)}, '-')" for name in names)
    return _selected(stage, (f"'sha256:' || sha256(concat({texts}))",))[0]


def _selected(stage: Stage, expressions: Sequence[str]) -> Sequence[tuple[Any, ...]]:
    """Return what each expression is in every row, in the order of the source."""
    if not stage.columns:
        return ((),) * len(expressions)
    cursor = stage.store.cursor()
    try:
        found = cursor.execute(f"SELECT {', '.join(expressions)} FROM {stage.table} ORDER BY {ROW}").fetchall()  # noqa: S608 - quoted
    finally:
        cursor.close()
    return tuple(zip(*found, strict=True)) if found else ((),) * len(expressions)


def named_places(stage: Stage, numbers: Sequence[int], texts: Sequence[str | None] = ()) -> str:
    """Return where the first rows are, with their cells in question, and how many more there are."""
    told, last = [], ""
    for place, number in enumerate(numbers[:MAX_NAMED]):
        file, row = stage.place(number).rsplit(", ", 1)
        told.append((row if file == last else f"{file}, {row}") + (f" ({shown(texts[place])})" if texts else ""))
        last = file
    more = len(numbers) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")


def counted(count: int, noun: str) -> str:
    """
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _refuse_window(query: Query) -> None:
    import sqlalchemy as sa

    if window_parameters(query, sa.text(query.text), date.min, date.max):
        raise SourceError(
            f"{query.name}: expected a query of all outcomes, found one that asks for :window_start or :window_end; "
            "an evaluation has no window, take them out"
        )
