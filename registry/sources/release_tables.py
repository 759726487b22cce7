"""Tables that come with a release: the minutes that a system was not available, and the cases that a version must answer.

Put here how their rows are read. What follows from them is ``checks/release_conditions.py`` and ``checks/release_rollback.py``.

 * Minutes: one row a civil day. A row without a readable day could be of any, and one that is there twice of either: nothing is known then,
   and the reason is told. A day of the window without minutes is the same. Rows of other days do not count.
 * Cases: rows of texts in the columns that the catalogue names. An empty case asks nothing, and one that is there twice asks no more than
   once: such a table is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from registry.domain.canonical import digest_of
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.release import ErrorBudgetSpec, SmokeCases, SmokeSpec
from registry.domain.release_read import BudgetRead
from registry.domain.times import Window
from registry.errors import SourceError
from registry.sources.evaluation_cells import numbers_of_texts
from registry.sources.evaluation_tables import (
    MAX_NAMED,
    Table,
    named_places,
    read_table,
    refuse_missing,
    staged_files_once,
    staged_query_once,
)
from registry.sources.locations import find_files
from registry.sources.moments import MomentReader
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import Stage

MAX_CASES = 10_000
_MEND = "have the table corrected"


def read_error_budget(spec: ErrorBudgetSpec, window: Window, place: PredictionPlace) -> BudgetRead:
    """Return the minutes lost on each day of ``window`` that was observed, or why that is not known.

    Raises:
        SourceUnavailableError: its database or storage does not answer (retried).
    """
    digest = ""
    try:
        with _staged(spec.source, (spec.day, spec.minutes), place) as stage:
            digest = _digest(stage)
            return BudgetRead(_minutes(stage, spec, window), digest)
    except SourceError as error:
        return BudgetRead(digest=digest, problem=str(error))


def read_smoke_cases(spec: SmokeSpec, place: PredictionPlace) -> SmokeCases:
    """Return the cases that a version must answer.

    Raises:
        SourceError: they cannot be read, or some of them are no cases.
        SchemaBrokenError: a column is missing.
        SourceUnavailableError: their database or storage does not answer (retried).
    """
    with _staged(spec.source, spec.columns, place) as stage:
        table = read_table(stage, spec.columns)
        rows = tuple(zip(*(table.get(name) for name in spec.columns), strict=True))
        _refuse_no_cases(stage, table, rows)
        return SmokeCases(tuple(spec.columns), rows, _digest(stage))


@contextmanager
def _staged(source: SourceSpec, columns: Sequence[str], place: PredictionPlace) -> Iterator[Stage]:
    """Lend the rows of ``source``, every one of which could be read, with the columns that are asked for."""
    lent = (
        staged_files_once(source, find_files(source.path, place.base, place.roots), place)
        if source.path
        else staged_query_once(source, place, lambda batch: batch)
    )
    with lent as stage:
        refuse_missing(stage.parts, columns, "release")
        if stage.malformed:
            told = "; ".join(row.reason for row in stage.malformed[:MAX_NAMED])
            raise SourceError(f"{_name(stage)}: expected rows that can be read, found {len(stage.malformed):,} that cannot: {told}")
        yield stage


def _digest(stage: Stage) -> str:
    digests = [one.digest for one in stage.inputs]
    return digests[0] if len(digests) == 1 else digest_of(digests)


def _minutes(stage: Stage, spec: ErrorBudgetSpec, window: Window) -> dict[date, float]:
    table, reader = read_table(stage, (spec.day, spec.minutes)), MomentReader(TimeField(spec.day), window.zone)
    days = [reader.read(text).day for text in table.get(spec.day)]
    undated = [row for row, day in enumerate(days) if day is None]
    if undated:
        raise SourceError(f"{_name(stage)}: expected a day in every row, found none in {_places(stage, table, spec.day, undated)}; {_MEND}")
    ours = [row for row, day in enumerate(days) if day is not None and window.start_on <= day < window.end_on]
    counts = Counter(days[row] for row in ours)
    if twice := [row for row in ours if counts[days[row]] > 1]:
        raise SourceError(f"{_name(stage)}: expected one row a day, found more in {_places(stage, table, spec.day, twice)}; {_MEND}")
    found = numbers_of_texts([table.get(spec.minutes)[row] for row in ours]).values
    if strange := [row for row, minutes in zip(ours, found, strict=True) if minutes is None or minutes < 0]:
        places = _places(stage, table, spec.minutes, strange)
        raise SourceError(f"{_name(stage)}: expected minutes of 0 or more on every day, found others in {places}; {_MEND}")
    return {day: minutes for row, minutes in zip(ours, found, strict=True) if (day := days[row]) is not None and minutes is not None}


def _refuse_no_cases(stage: Stage, table: Table, rows: Sequence[tuple[str | None, ...]]) -> None:
    if len(rows) > MAX_CASES:
        raise SourceError(f"{_name(stage)}: expected at most {MAX_CASES:,} cases, found {len(rows):,}; keep those that tell most")
    if empty := [row for row, cells in enumerate(rows) if not any(cell and cell.strip() for cell in cells)]:
        raise SourceError(
            f"{_name(stage)}: expected a value in every case, found none in {_places(stage, table, '', empty)}; take them out"
        )
    first = {cells: row for row, cells in reversed(list(enumerate(rows)))}
    if again := [row for row, cells in enumerate(rows) if first[cells] != row]:
        places = _places(stage, table, "", again)
        raise SourceError(f"{_name(stage)}: expected each case once, found it again in {places}; a version asked twice has answered once")


def _places(stage: Stage, table: Table, column: str, rows: Sequence[int]) -> str:
    cells = [table.get(column)[row] for row in rows] if column else ()
    return named_places(stage, [table.numbers[row] for row in rows], cells)


def _name(stage: Stage) -> str:
    return stage.parts[0].name
