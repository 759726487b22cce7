"""Whether rows of a window are there twice: the ids that the catalogue names for rows, counted in the scan that reads them.

Put what concerns ids of rows here. What too many duplicates mean is ``checks/duplicates.py``.

 * Ids are kept as digests of 128 bits in the locked engine, which spills to the disk: memory does not grow with the rows.
 * A row without an id is no duplicate of another, and is counted as such. Where the catalogue names no id, nothing is read or kept for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from registry.sources.parquet_rows import as_text
from registry.sources.prediction_rows import Chunk, Part, PredictionPlace, PredictionRows, Request, values_told
from registry.sources.store import Store, store_errors, store_in


@dataclass(frozen=True, slots=True)
class IdCount:
    """How many rows have an id, and how many of them the id of another before them."""

    named: int
    repeated: int


@dataclass(slots=True)
class _IdPart:
    """A part of a source whose ids are kept as it is read."""

    part: Part
    table: str
    store: Store
    column: str

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def digest(self) -> str:
        return self.part.digest

    def chunks(self) -> Iterator[Chunk]:
        cursor = self.store.cursor()  # of this part alone: parts are read beside each other
        try:
            for chunk in self.part.chunks():
                if self.column in chunk.columns:
                    with values_told(self.name, chunk):
                        self._keep(cursor, chunk.columns[self.column])
                yield chunk
        finally:
            cursor.close()

    def _keep(self, cursor: Any, column: Any) -> None:
        import pyarrow as pa

        cursor.register("chunk_ids", pa.table([as_text(column)], names=["id"]))
        try:
            cursor.execute(f"INSERT INTO {self.table} SELECT md5_number(id) FROM chunk_ids WHERE id <> ''")  # noqa: S608 - a name of ours
        finally:
            cursor.unregister("chunk_ids")


@contextmanager
def counted_ids(
    rows: PredictionRows, request: Request, place: PredictionPlace
) -> Iterator[tuple[PredictionRows, Callable[[], IdCount | None]]]:
    """Lend ``rows`` so that their ids are kept while they are read, and what then tells how many rows have one.

    It tells None where the catalogue names no id, or the source has none.
    """
    column = request.system.predictions.row_id
    if not column or column not in rows.columns:
        yield rows, lambda: None
        return
    memory_mb = place.caps.duckdb_memory_mb
    store = store_in(place.spool, memory_mb)
    table, cursor = store.new_name(), store.cursor()
    with store_errors(request.name, memory_mb):
        cursor.execute(f"CREATE TABLE {table} (id UHUGEINT)")
        try:
            yield replace(rows, parts=[_IdPart(part, table, store, column) for part in rows.parts]), lambda: _counted(cursor, table)
        finally:
            cursor.execute(f"DROP TABLE {table}")
            cursor.close()


def _counted(cursor: Any, table: str) -> IdCount:
    # GROUP BY spills to the disk, count(DISTINCT) does not.
    statement = f"SELECT coalesce(sum(n), 0), coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {table} GROUP BY id)"  # noqa: S608 - ours
    return IdCount(*map(int, cursor.execute(statement).fetchone()))
