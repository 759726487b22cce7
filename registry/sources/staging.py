"""One source staged as a table of texts: every row numbered in the source's own order, every limit enforced while it is loaded.

Put loading here. How long a staged source is kept is ``shelf.py``; which rows a feed takes is ``claims.py``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.domain.decision import InputDigest
from registry.errors import SourceError
from registry.sources.batches import Batch, Malformed, malformed
from registry.sources.caps import SourceCaps, refuse_columns, refuse_rows
from registry.sources.columns import refuse_repeated
from registry.sources.csv_rows import read_csv
from registry.sources.jsonl_rows import read_jsonl
from registry.sources.locations import SourceFile
from registry.sources.opening import digest_file
from registry.sources.parquet_rows import read_parquet
from registry.sources.store import Store, quoted

ROW = "__row"
KIND = "__kind"


_INSERT_ROWS = 20_000
Keep = Callable[[Batch], Batch]


@dataclass(frozen=True, slots=True)
class Part:
    """One file, or the query, of a source: its columns and how many rows stood before it."""

    name: str
    columns: tuple[str, ...]
    rows_before: int


@dataclass(slots=True)
class Stage:
    """A loaded source. ``memo`` keeps what is derived from the unchanging rows, so that a replay derives it once."""

    store: Store
    table: str
    columns: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    inputs: tuple[InputDigest, ...] = ()
    row_count: int = 0
    malformed: tuple[Malformed, ...] = ()
    memo: dict[Any, Any] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)

    def new_table(self) -> str:
        """Return a name for a table that lives as long as the stage."""
        self.tables.append(f"{self.table}_{len(self.tables)}")
        return self.tables[-1]

    def place(self, row_number: int) -> str:
        """Return where a row stands, as people would look it up: file and row within it."""
        part = self.parts[bisect_right([part.rows_before for part in self.parts], row_number - 1) - 1]
        return f"{part.name}, row {row_number - part.rows_before}"

    def drop(self) -> None:
        """Free the stage's tables."""
        cursor = self.store.cursor()
        for name in (self.table, *self.tables):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.close()


def stage_files(files: Iterable[SourceFile], spec: SourceSpec, caps: SourceCaps, store: Store, keep: Keep | None = None) -> Stage:
    """Return ``files`` staged in their order; ``keep`` takes out of each batch, before it is staged, what is not asked for.

    Raises:
        SourceError: a file that cannot be read, or one over a limit; nothing stays staged.
        SourceUnavailableError: storage that does not answer.
    """
    with _Loader(store, caps) as loader:
        for file in files:
            loader.inputs.append(InputDigest(file.name, digest_file(file)))
            try:
                loader.load(file.name, map(keep or _all, _reader(file, spec, caps)))
            except UnicodeDecodeError:
                loader.restart_part()
                loader.load(file.name, map(keep or _all, _tolerant(file, spec, caps)))
        return loader.finished()


def stage_rows(name: str, batches: Iterable[Batch], caps: SourceCaps, store: Store) -> Stage:
    """Return the rows of a query staged; their digest is computed over the rows, there is no file to digest."""
    with _Loader(store, caps) as loader:
        loader.load(name, batches)
        loader.inputs.append(InputDigest(name, loader.digest_rows()))
        return loader.finished()


def _all(batch: Batch) -> Batch:
    return batch


def _reader(file: SourceFile, spec: SourceSpec, caps: SourceCaps) -> Iterator[Batch]:
    if file.kind == "csv":
        return read_csv(file, spec, caps)
    return read_jsonl(file, caps) if file.kind == "jsonl" else read_parquet(file, caps)


def _tolerant(file: SourceFile, spec: SourceSpec, caps: SourceCaps) -> Iterator[Batch]:
    try:
        yield from read_csv(file, spec, caps, tolerant=True)
    except UnicodeError as error:
        raise SourceError(
            f"{file.name}: expected text in {spec.encoding}, found bytes that are not; set source.encoding to the file's own"
        ) from error


class _Loader:
    """Appends batches to a new table in one transaction; leaving with an error leaves nothing behind."""

    def __init__(self, store: Store, caps: SourceCaps) -> None:
        self._stage = Stage(store, store.new_name())
        self._caps, self._cursor = caps, store.cursor()
        self._columns: dict[str, str] = {}  # folded name to name: SQL does not tell their case apart
        self._parts: list[Part] = []
        self._malformed: list[Malformed] = []
        self._before = self._last = self._loaded = 0
        self._malformed_before = 0
        self._waiting: list[Any] = []  # tables of one schema: one insert for many small files
        self.inputs: list[InputDigest] = []

    def __enter__(self) -> _Loader:
        self._cursor.execute("BEGIN")
        self._cursor.execute(f"CREATE TABLE {self._stage.table} ({ROW} BIGINT)")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._cursor.execute("COMMIT" if kind is None else "ROLLBACK")
        self._cursor.close()

    def load(self, name: str, batches: Iterable[Batch]) -> None:
        """Append every batch as one part named ``name``."""
        self._before, self._malformed_before = self._last, len(self._malformed)
        columns: tuple[str, ...] = ()
        for batch in batches:
            columns = batch.columns
            self._add_columns(name, columns)
            self._malformed += [self._numbered(row) for row in batch.malformed]
            self._append(name, batch)
            refuse_rows(name, self._last, self._caps)
        self._parts.append(Part(name, columns, self._before))

    def restart_part(self) -> None:
        """Forget what was loaded of the part under way."""
        self._insert_waiting()
        self._cursor.execute(f"DELETE FROM {self._stage.table} WHERE {ROW} > ?", [self._before])  # noqa: S608 - our own name
        del self._malformed[self._malformed_before :]
        self._last = self._before

    def digest_rows(self) -> str:
        """Return a digest of the loaded rows that does not depend on their order."""
        self._insert_waiting()
        columns = sorted(self._columns.values())
        row = "concat_ws(chr(31), " + ", ".join(f"coalesce({quoted(name)}, chr(30))" for name in columns) + ")" if columns else "''"
        rows = f"SELECT sha256({row}) AS d FROM {self._stage.table}"  # noqa: S608 - quoted
        self._cursor.execute(f"SELECT sha256(coalesce(string_agg(d, '' ORDER BY d), '')) FROM ({rows})")  # noqa: S608 - see above
        return "sha256:" + str(self._cursor.fetchone()[0])

    def finished(self) -> Stage:
        """Return the stage as loaded."""
        self._insert_waiting()
        stage = self._stage
        stage.columns, stage.parts, stage.inputs = tuple(self._columns.values()), tuple(self._parts), tuple(self.inputs)
        stage.row_count, stage.malformed = self._last, tuple(self._malformed)
        return stage

    def _add_columns(self, name: str, columns: tuple[str, ...]) -> None:
        refuse_repeated(name, columns)
        for column in columns:
            if column.casefold() in (ROW, KIND):
                raise SourceError(f"{name}: expected no column called {column!r}, which is reserved; rename it in the export")
            if column.casefold() not in self._columns:
                self._columns[column.casefold()] = column
                self._cursor.execute(f"ALTER TABLE {self._stage.table} ADD COLUMN {quoted(column)} VARCHAR")
        refuse_columns(name, len(self._columns), self._caps)

    def _numbered(self, row: Malformed) -> Malformed:
        number = self._before + row.row_number
        self._last = max(self._last, number)
        return Malformed(number, row.reason_code, row.reason, row.content_digest, row.column)

    def _append(self, name: str, batch: Batch) -> None:
        import pyarrow as pa

        if not len(batch.row_numbers):
            return
        numbers = [self._before + number for number in batch.row_numbers]
        self._last = max(self._last, numbers[-1])
        rows = pa.table([pa.array(numbers, pa.int64()), *batch.cells], names=[ROW, *batch.columns])
        rows = self._without_giants(name, rows)
        if self._waiting and self._waiting[0].schema != rows.schema:
            self._insert_waiting()
        self._waiting.append(rows)
        if sum(table.num_rows for table in self._waiting) >= _INSERT_ROWS:
            self._insert_waiting()

    def _insert_waiting(self) -> None:
        import pyarrow as pa

        if not self._waiting:
            return
        rows, self._waiting = pa.concat_tables(self._waiting), []
        listed = ", ".join(quoted(column) for column in rows.column_names)
        self._cursor.register("batch_rows", rows)
        self._cursor.execute(f"INSERT INTO {self._stage.table} ({listed}) SELECT {listed} FROM batch_rows")  # noqa: S608 - quoted
        self._cursor.unregister("batch_rows")

    def _without_giants(self, name: str, rows: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        for column in rows.column_names[1:]:
            lengths = pc.binary_length(rows.column(column))
            if (pc.max(lengths).as_py() or 0) <= self._caps.max_cell_bytes:
                continue
            is_giant = pc.fill_null(pc.greater(lengths, self._caps.max_cell_bytes), pa.scalar(False))
            for row in rows.filter(is_giant).select([ROW, column]).to_pylist():
                self._malformed.append(self._giant(name, row[ROW], column, row[column]))
            rows = rows.filter(pc.invert(is_giant))
        return rows

    def _giant(self, name: str, row_number: int, column: str, text: str) -> Malformed:
        reason = (
            f"{name}, row {row_number - self._before}, {column!r}: expected a cell of at most {self._caps.max_cell_bytes} bytes, "
            f"found {len(text.encode())}; shorten it at its source or raise limits.max_cell_bytes"
        )
        found = malformed(row_number, "cell_too_large", reason, text)
        return Malformed(found.row_number, found.reason_code, found.reason, found.content_digest, column)
