"""Predictions in CSV, JSON Lines, mixed files or a database: staged once as feeds are, then read window by window.

Put what is peculiar to staged predictions here.

 * A row that could not be read at all has no readable time: it counts among the undated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registry.domain.decision import InputDigest
from registry.sources.column_values import values_in
from registry.sources.locations import SourceFile
from registry.sources.prediction_condition import checked_condition, condition_errors
from registry.sources.prediction_rows import Chunk, PredictionPlace, PredictionRows, Request, refuse_without_times
from registry.sources.query_rows import load_query, read_query
from registry.sources.shelf import staged_files
from registry.sources.staging import ROW, Stage, stage_rows
from registry.sources.store import quoted, store_errors, store_in
from registry.sources.time_tables import time_table

_CHUNK_ROWS = 65_536


@dataclass(slots=True)
class _StagedPart:
    """All rows of a stage that belong to the window."""

    stage: Stage
    request: Request
    times: str
    condition: str
    digest: str = ""

    @property
    def name(self) -> str:
        return self.request.name

    def chunks(self) -> Iterator[Chunk]:
        import numpy as np

        names = [name for name in self.request.columns if name in self.stage.columns]
        listed = "".join(f", s.{quoted(name)}" for name in names)
        window = self.request.window
        cursor = self.stage.store.cursor()
        try:
            with condition_errors(self.stage.columns, self.request.keys.where):
                inside = "t.day >= $start AND t.day < $end"
                select = f"SELECT (t.day - $start)::INTEGER AS __place{listed} {self._from()} AND {inside}{self._guarded(inside)}"
                # In the order of the source, so that sums and samples come out the same every time.
                found = cursor.sql(f"{select} ORDER BY s.{ROW}", params={"start": window.start_on, "end": window.end_on})
                for batch in found.to_arrow_reader(_CHUNK_ROWS):
                    yield Chunk(dict(zip(names, batch.columns[1:], strict=True)), values_in(batch.column(0), np.int32))
        finally:
            cursor.close()

    def undated_count(self) -> int:
        cursor = self.stage.store.cursor()
        try:
            with condition_errors(self.stage.columns, self.request.keys.where):
                cursor.execute(f"SELECT count(*) {self._from()} AND t.day IS NULL{self._guarded('t.day IS NULL')}")
            return int(cursor.fetchone()[0]) + len(self.stage.malformed)
        finally:
            cursor.close()

    def _from(self) -> str:
        return f"FROM {self.stage.table} s JOIN {self.times} t USING ({ROW}) WHERE true"

    def _guarded(self, asked: str) -> str:
        # A condition may fail on rows that are not asked about; CASE keeps the engine from evaluating it on them.
        return f" AND CASE WHEN {asked} THEN {self.condition} ELSE false END" if self.condition else ""


@contextmanager
def staged_predictions(request: Request, files: tuple[SourceFile, ...], place: PredictionPlace) -> Iterator[PredictionRows]:
    """Lend the rows of ``files``, or of the query where there is no file.

    Raises:
        SchemaBrokenError: there is no column of times, or none that the condition names.
        SourceError: it cannot be read.
        SourceUnavailableError: the database or storage does not answer.
    """
    condition = checked_condition(request.system.predictions.where, request.keys.where)
    with store_errors(request.name, place.caps.duckdb_memory_mb), _staged(request, files, place) as stage:
        for part in stage.parts:
            if part.columns:
                refuse_without_times(request, part.name, part.columns)
        if request.time.column not in stage.columns:
            yield PredictionRows(frozenset(stage.columns), (), lambda: stage.inputs, len(stage.malformed))
            return
        part_read = _StagedPart(stage, request, time_table(stage, request.time, request.zone), condition)
        yield PredictionRows(frozenset(stage.columns), (part_read,), _inputs_of(stage), part_read.undated_count())


def _inputs_of(stage: Stage) -> Any:
    def inputs() -> tuple[InputDigest, ...]:
        return stage.inputs

    return inputs


@contextmanager
def _staged(request: Request, files: tuple[SourceFile, ...], place: PredictionPlace) -> Iterator[Stage]:
    store, source = store_in(place.spool, place.caps.duckdb_memory_mb), request.system.predictions.source
    if files:
        with staged_files(files, source, place.caps, store) as stage:
            yield stage
        return
    query = load_query(source, place.base, place.roots)
    # Rows are placed by the system's zone afterwards; a day more on either side covers every zone the database may think in.
    start = request.window.start_on - timedelta(days=1 + request.time.plus_days)
    end = request.window.end_on + timedelta(days=1 - request.time.plus_days)
    stage = stage_rows(query.name, read_query(query, start, end, place.connection_url, place.caps), place.caps, store)
    try:
        yield stage
    finally:
        stage.drop()
