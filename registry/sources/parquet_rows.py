"""Rows of a Parquet file as texts.

Put what is peculiar to Parquet here.

 * The footer says how large the file becomes; a bomb is refused before a page is unpacked.
 * Repeated texts stay a dictionary until their unpacked size is known: a footer does not count them.
 * Every value becomes text as Arrow prints it; nested values become compact JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from registry.errors import SourceError
from registry.sources.batches import BATCH_ROWS, Batch
from registry.sources.caps import SourceCaps, refuse_bytes, refuse_columns, refuse_rows
from registry.sources.locations import SourceFile
from registry.sources.opening import opened

_MAX_BATCH_BYTES = 32_000_000
_THRIFT_LIMIT = 64_000_000
_BUFFER_BYTES = 1 << 20


def read_parquet(file: SourceFile, caps: SourceCaps) -> Iterator[Batch]:
    """Yield the rows of ``file``.

    Raises:
        SourceError: no Parquet, damaged, or larger than allowed once unpacked.
    """
    import pyarrow.parquet as pq

    with opened(file) as stream, damage_told(file):
        footer = pq.read_metadata(stream)
        _refuse_footer(file, footer, caps)
        yield from _batches(file, open_parquet(stream, footer), caps)


def open_parquet(stream: Any, footer: Any) -> Any:
    """Open a file whose ``footer`` was read: texts stay dictionaries, and no part of it may be larger than a file of ours ever needs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    limits = {"thrift_string_size_limit": _THRIFT_LIMIT, "thrift_container_size_limit": _THRIFT_LIMIT}
    texts = _text_columns(footer.schema.to_arrow_schema())
    # Read page by page: a column of a large row group need not be in memory as a whole.
    same = pa.OSFile(f"/dev/fd/{stream.fileno()}")  # the open file itself, whatever its path leads to by now; read without Python's lock
    return pq.ParquetFile(same, metadata=footer, read_dictionary=texts, buffer_size=_BUFFER_BYTES, **limits)


def _batches(file: SourceFile, parquet: Any, caps: SourceCaps) -> Iterator[Batch]:
    names = tuple(parquet.schema_arrow.names)
    done = expanded = 0
    for found in parquet.iter_batches(batch_size=_batch_rows(parquet.metadata), use_threads=False):
        expanded += text_bytes(found)
        refuse_bytes(file.name, expanded, file.identity.size_bytes, caps)
        for part in _parts(found):
            numbers = range(done + 1, done + part.num_rows + 1)
            yield Batch(names, tuple(as_text(column) for column in part.columns), numbers)
            done += part.num_rows
    yield Batch(names, tuple(_no_text() for _ in names), range(0))


@contextmanager
def damage_told(file: SourceFile) -> Iterator[None]:
    """Say of a file that cannot be unpacked that it is damaged."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        found = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise SourceError(f"{file.name}: expected a whole Parquet file, found a damaged one ({found}); have it sent again") from error


def _refuse_footer(file: SourceFile, footer: Any, caps: SourceCaps) -> None:
    refuse_rows(file.name, footer.num_rows, caps)
    refuse_columns(file.name, footer.num_columns, caps)
    expanded = 0
    for group in (footer.row_group(index) for index in range(footer.num_row_groups)):
        for chunk in (group.column(index) for index in range(group.num_columns)):
            expanded += chunk.total_uncompressed_size
            refuse_chunk(file, chunk, caps)
    refuse_bytes(file.name, expanded, file.identity.size_bytes, caps)


def refuse_chunk(file: SourceFile, chunk: Any, caps: SourceCaps) -> None:
    """Refuse a column chunk whose cells are larger than allowed on average."""
    mean = chunk.total_uncompressed_size // max(chunk.num_values, 1)
    if chunk.num_values and mean > 2 * caps.max_cell_bytes:
        raise SourceError(
            f"{file.name}: expected cells of at most {caps.max_cell_bytes} bytes, found {mean} on average in column "
            f"{chunk.path_in_schema!r}; leave the column out of the export or raise limits.max_cell_bytes"
        )


def _text_columns(schema: Any) -> list[str]:
    import pyarrow.types as kinds

    return [field.name for field in schema if kinds.is_string(field.type) or kinds.is_binary(field.type)]


def _batch_rows(footer: Any) -> int:
    total = sum(footer.row_group(index).total_byte_size for index in range(footer.num_row_groups))
    return int(max(1, min(BATCH_ROWS, _MAX_BATCH_BYTES * max(footer.num_rows, 1) // max(total, 1))))


def text_bytes(found: Any) -> int:
    """Return how many bytes the dictionary texts of ``found`` become once written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in found.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
            total += pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0
    return total


def _parts(found: Any) -> Iterator[Any]:
    if found.num_rows > 1 and text_bytes(found) > _MAX_BATCH_BYTES:
        half = found.num_rows // 2
        yield from _parts(found.slice(0, half))
        yield from _parts(found.slice(half))
    else:
        yield found


def as_text(column: Any) -> Any:
    """Return ``column`` as texts, None where it has no value."""
    import pyarrow as pa

    if pa.types.is_string(column.type):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_spelled_here(column.type):
        return pa.array([_spelled(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _is_spelled_here(kind: Any) -> bool:
    """Return whether Arrow itself has no text for the values of a type: nested ones, bytes, UUIDs."""
    import pyarrow as pa

    return bool(pa.types.is_nested(kind)) or isinstance(kind, pa.BaseExtensionType) or "binary" in str(kind)


def _spelled(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _no_text() -> Any:
    import pyarrow as pa

    return pa.array([], pa.string())
