"""Whether a source of exposure has what its catalogue names, found in the beginning of its first and last file.

Put here what ``proofloop check --online`` asks of a source in which decisions are counted. Counting them is ``exposure.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date

from registry.domain.catalogue import SourceSpec
from registry.domain.exposure import ExposureSpec
from registry.errors import SchemaBrokenError
from registry.sources.batches import Batch
from registry.sources.columns import suggestion
from registry.sources.csv_rows import read_csv
from registry.sources.jsonl_rows import read_jsonl
from registry.sources.locations import SourceFile, find_files
from registry.sources.parquet_rows import read_parquet
from registry.sources.prediction_condition import checked_condition, rows_meeting
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.query_rows import load_query, read_query

_KEY = "exposure.where"
_LOCKED = {"enable_external_access": "false", "python_enable_replacements": "false"}


def find_exposure_columns(exposures: Sequence[ExposureSpec], place: PredictionPlace, today: date) -> tuple[str, ...]:
    """Return the columns that ``exposures``, all of one source, name and its files have; a database is asked for no day but ``today``.

    Raises:
        SchemaBrokenError: there are columns missing, each with the nearest name, or a condition names one that is not there.
        SourceError: it cannot be read, or a condition cannot be evaluated.
        SourceUnavailableError: its database or storage does not answer.
    """
    named = tuple(dict.fromkeys(column for exposure in exposures for column in columns_of(exposure)))
    for name, batch in _beginnings(exposures[0].source, place, today):
        missing = [f"{column!r}{suggestion(column, batch.columns)}" for column in named if column not in batch.columns]
        if missing and batch.columns:  # JSON Lines without a row have none
            told = f"{name}: expected the columns that exposure names, found none called {', '.join(missing)}; "
            raise SchemaBrokenError(told + "correct exposure or have the export corrected")
        for where in dict.fromkeys(exposure.where for exposure in exposures if exposure.where):
            _try_condition(where, batch)
    return named


def columns_of(exposure: ExposureSpec) -> tuple[str, ...]:
    """Return every column that ``exposure`` names, each once."""
    received = exposure.received.column if exposure.received else ""
    named = (exposure.time.column, received, exposure.row_id, exposure.count, *exposure.segment.values())
    return tuple(dict.fromkeys(name for name in named if name))


def _beginnings(source: SourceSpec, place: PredictionPlace, today: date) -> Iterator[tuple[str, Batch]]:
    if not source.path:
        query = load_query(source, place.base, place.roots)
        with closing(read_query(query, today, today, place.connection_url, place.caps)) as batches:  # type: ignore[type-var]
            yield query.name, next(batches)
        return
    files = find_files(source.path, place.base, place.roots)
    for file in dict.fromkeys((files[0], files[-1])):
        with closing(_rows(file, source, place)) as batches:  # type: ignore[type-var]
            for batch in batches:
                yield file.name, batch
                break


def _rows(file: SourceFile, source: SourceSpec, place: PredictionPlace) -> Iterator[Batch]:
    if file.kind == "csv":
        return read_csv(file, source, place.caps, tolerant=True)
    return read_jsonl(file, place.caps) if file.kind == "jsonl" else read_parquet(file, place.caps)


def _try_condition(where: str, batch: Batch) -> None:
    import duckdb

    condition = checked_condition(where, _KEY)
    # No store of ours: looking leaves no folder behind.
    with closing(duckdb.connect(":memory:", config=_LOCKED)) as connection:
        cells = dict(zip(batch.columns, batch.cells, strict=True))
        rows_meeting(condition, cells, len(batch.row_numbers), connection, batch.columns, _KEY)
