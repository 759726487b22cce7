"""Predictions in Parquet files: only the row groups that may hold the window, only the columns that are asked for.

Put what is peculiar to predictions in Parquet here. What a footer is refused for is ``parquet_rows.py``.

 * A row group is left out only where its statistics prove that all its times lie outside of the window and none is missing.
 * The digest is that of what was read: the footer, and the bytes of the column chunks. It does not grow with the history beside them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from registry.domain.decision import InputDigest
from registry.errors import SchemaBrokenError
from registry.sources.caps import refuse_bytes, refuse_columns, refuse_rows
from registry.sources.column_values import filter_mask
from registry.sources.columns import refuse_repeated
from registry.sources.locations import SourceFile
from registry.sources.opening import opened
from registry.sources.parquet_rows import as_text, damage_told, open_parquet, refuse_chunk
from registry.sources.prediction_condition import checked_condition, columns_named, rows_meeting
from registry.sources.prediction_rows import Chunk, PredictionPlace, PredictionRows, Request, refuse_without_times
from registry.sources.prediction_times import OUTSIDE, UNDATED, epoch_day, window_places
from registry.sources.store import store_errors, store_in

_CHUNK_ROWS, _CHUNK_BYTES = 131_072, 64_000_000
_HASH_BYTES = 1 << 18  # still in the cache when it is hashed
_TAIL_BYTES = 8  # the length of the footer and the magic word
_DAY_PARTS = {"milliseconds": 86_400_000, "microseconds": 86_400_000_000, "nanoseconds": 86_400_000_000_000}


@dataclass(frozen=True, slots=True)
class _Footer:
    """A file's footer as read once, and the digest of its bytes."""

    file: SourceFile
    metadata: Any
    digest: str
    names: tuple[str, ...]
    times_have_zone: bool


@dataclass(slots=True)
class _RowGroup:
    """One row group that may hold rows of the window."""

    footer: _Footer
    number: int
    request: Request
    place: PredictionPlace
    digest: str = ""
    condition: str = field(init=False)

    def __post_init__(self) -> None:
        self.condition = checked_condition(self.request.system.predictions.where, self.request.keys.where)

    @property
    def read_columns(self) -> list[str]:
        """Return the columns that are read: asked for, the time, and what the condition may name."""
        asked = {*self.request.columns, self.request.time.column, *columns_named(self.condition, self.footer.names)}
        return [name for name in self.footer.names if name in asked]

    @property
    def name(self) -> str:
        return self.footer.file.name

    def chunks(self) -> Iterator[Chunk]:
        with opened(self.footer.file) as stream, damage_told(self.footer.file):
            self.digest = _digest_ranges(stream, self._ranges())
            parquet = open_parquet(stream, self.footer.metadata)
            for batch in parquet.iter_batches(self._chunk_rows(), [self.number], self.read_columns, use_threads=False):
                yield self._chunk(batch)

    def wanted(self) -> Iterator[Any]:
        """Yield the column chunks that are read."""
        group, wanted = self.footer.metadata.row_group(self.number), set(self.read_columns)
        for index in range(group.num_columns):
            path = group.column(index).path_in_schema
            if path in wanted or path.partition(".")[0] in wanted:  # the second of a nested column
                yield group.column(index)

    def _chunk_rows(self) -> int:
        """Return how many rows fit into a chunk, fewer where they are long."""
        row_count: int = self.footer.metadata.row_group(self.number).num_rows
        row_bytes = int(sum(chunk.total_uncompressed_size for chunk in self.wanted())) // row_count
        return max(1, min(_CHUNK_ROWS, _CHUNK_BYTES // max(row_bytes, 1)))

    def _ranges(self) -> list[tuple[int, int]]:
        starts = ((chunk, chunk.dictionary_page_offset or chunk.data_page_offset) for chunk in self.wanted())
        return [(min(start, chunk.data_page_offset), chunk.total_compressed_size) for chunk, start in starts]

    def _chunk(self, batch: Any) -> Chunk:
        columns = dict(zip(batch.schema.names, map(_countable, batch.columns), strict=True))
        places = window_places(columns[self.request.time.column], self.request.time, self.request.zone, self.request.window)
        taken = places != OUTSIDE
        if not taken.all():
            columns, places = _filtered(columns, taken), places[taken]
        if self.condition and len(places):
            met = self._meeting(columns, len(places))
            columns, places = _filtered(columns, met), places[met]
        is_dated = places != UNDATED
        undated = len(places) - int(is_dated.sum())
        if undated:
            columns, places = _filtered(columns, is_dated), places[is_dated]
        return Chunk({name: columns[name] for name in self.request.columns if name in columns}, places, undated)

    def _meeting(self, columns: dict[str, Any], row_count: int) -> Any:
        named = {name: columns[name] for name in columns_named(self.condition, columns)}
        memory_mb = self.place.caps.duckdb_memory_mb
        cursor = store_in(self.place.spool, memory_mb).cursor()
        try:
            with store_errors(self.request.name, memory_mb):
                return rows_meeting(self.condition, named, row_count, cursor, self.footer.names, self.request.keys.where)
        finally:
            cursor.close()


def parquet_rows(request: Request, files: tuple[SourceFile, ...], place: PredictionPlace) -> PredictionRows:
    """Return the row groups of ``files`` that may hold rows of the window.

    Raises:
        SchemaBrokenError: a file has no column of times, or one whose cells hold several values.
        SourceError: a file is damaged, or the window needs more than the limits allow.
    """
    footers = [_read_footer(file, request, place) for file in files]
    groups = [
        _RowGroup(footer, number, request, place)
        for footer in footers
        for number in range(footer.metadata.num_row_groups)
        if _may_hold(footer, number, request)
    ]
    for footer in footers:
        _refuse_groups(footer, [group for group in groups if group.footer is footer], place)
    columns = frozenset(name for footer in footers for name in footer.names)
    return PredictionRows(columns, groups, lambda: tuple(_digested(footer, groups) for footer in footers))


def _countable(column: Any) -> Any:
    """Return a column as it is, or as texts where Arrow can neither filter nor compare its values: UUIDs, views of texts."""
    import pyarrow as pa

    kind = column.type
    is_view = pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
    return as_text(column) if is_view or isinstance(kind, pa.BaseExtensionType) else column


def _filtered(columns: dict[str, Any], taken: Any) -> dict[str, Any]:
    mask = filter_mask(taken)
    return {name: column.filter(mask) for name, column in columns.items()}


def _read_footer(file: SourceFile, request: Request, place: PredictionPlace) -> _Footer:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with opened(file) as stream, damage_told(file):
        metadata = pq.read_metadata(stream)
        refuse_columns(file.name, metadata.num_columns, place.caps)
        schema = metadata.schema.to_arrow_schema()
        refuse_repeated(file.name, schema.names)
        refuse_without_times(request, file.name, schema.names)
        times = schema.field(request.time.column).type
        _refuse_nested_times(request, file, times)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(size - _TAIL_BYTES)
        length = int.from_bytes(stream.read(4), "little") + _TAIL_BYTES
        digest = _digest_ranges(stream, [(size - length, length)])
        return _Footer(file, metadata, digest, tuple(schema.names), pa.types.is_timestamp(times) and times.tz is not None)


def _refuse_nested_times(request: Request, file: SourceFile, kind: Any) -> None:
    import pyarrow.types as kinds

    if kinds.is_nested(kind):
        raise SchemaBrokenError(
            f"{file.name}: expected a date, a time or a text in each row of column {request.time.column!r}, found {kind}; "
            f"name another in {request.keys.time} or have the export corrected"
        )


def _may_hold(footer: _Footer, number: int, request: Request) -> bool:
    group = footer.metadata.row_group(number)
    if not group.num_rows:
        return False
    named = (place for place in range(group.num_columns) if group.column(place).path_in_schema == request.time.column)
    place = next(named, None)
    if place is None:
        return True
    chunk, kind = group.column(place), footer.metadata.schema.column(place)
    found = chunk.statistics
    if found is None or not found.has_min_max or not found.has_null_count or found.null_count:
        return True
    day_length = _day_length(kind)
    if day_length is None:
        return True
    shift = request.time.plus_days
    start, end = (epoch_day(day - timedelta(days=shift)) for day in (request.window.start_on, request.window.end_on))
    slack = 2 if footer.times_have_zone else 0  # civil days of a zone begin up to 14 hours before or after those of UTC
    return bool(found.max_raw >= (start - slack) * day_length and found.min_raw < (end + slack) * day_length)


def _day_length(kind: Any) -> int | None:
    """Return how many units of a column's stored numbers make a day; None where it stores no dates or times as numbers."""
    said = json.loads(kind.logical_type.to_json())
    if kind.physical_type == "INT32" and said.get("Type") == "Date":
        return 1
    if kind.physical_type == "INT64" and said.get("Type") == "Timestamp":
        return _DAY_PARTS.get(said.get("timeUnit", ""))
    return None


def _refuse_groups(footer: _Footer, groups: list[_RowGroup], place: PredictionPlace) -> None:
    expanded = row_count = 0
    for group in groups:
        row_count += footer.metadata.row_group(group.number).num_rows
        for chunk in group.wanted():
            expanded += chunk.total_uncompressed_size
            refuse_chunk(footer.file, chunk, place.caps)
    refuse_rows(footer.file.name, row_count, place.caps)
    refuse_bytes(footer.file.name, expanded, footer.file.identity.size_bytes, place.caps)


def _digest_ranges(stream: Any, ranges: list[tuple[int, int]]) -> str:
    found, buffer = hashlib.sha256(), memoryview(bytearray(_HASH_BYTES))
    for start, length in ranges:
        stream.seek(start)
        left = length
        while left > 0 and (count := stream.readinto(buffer[: min(left, _HASH_BYTES)])):
            found.update(buffer[:count])
            left -= count
    return "sha256:" + found.hexdigest()


def _digested(footer: _Footer, groups: list[_RowGroup]) -> InputDigest:
    parts = [footer.digest, *(group.digest for group in groups if group.footer is footer)]
    if len(parts) == 1:
        return InputDigest(footer.file.name, footer.digest)
    return InputDigest(footer.file.name, "sha256:" + hashlib.sha256("\n".join(parts).encode()).hexdigest())
