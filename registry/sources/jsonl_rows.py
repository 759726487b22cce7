"""Rows of a JSON Lines file: one object a line, its top-level keys the columns.

Put what is peculiar to JSON Lines here.

 * Texts stay as they are, numbers keep their digits, nested values become compact JSON, null is no value.
 * A line that is no object, repeats a key or is not UTF-8 is malformed; the lines around it are read. Blank lines are not rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry.errors import SourceError
from registry.sources.batches import BATCH_ROWS, Batch, Malformed, malformed
from registry.sources.caps import SourceCaps, refuse_columns
from registry.sources.locations import SourceFile
from registry.sources.opening import unpacked

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Digits(str):
    """A JSON number that is no integer, as written."""

    __slots__ = ()


def read_jsonl(file: SourceFile, caps: SourceCaps) -> Iterator[Batch]:
    """Yield the rows of ``file``; a key that a line lacks is an empty cell.

    Raises:
        SourceError: the file is damaged or has too many columns.
    """
    columns: dict[str, list[str | None]] = {}
    numbers: list[int] = []
    bad: list[Malformed] = []
    bad_count = 0
    for row_number, line_number, line in _lines(file, caps):
        try:
            row = _parsed(line, 8 * caps.max_cell_bytes)
        except (ValueError, RecursionError) as error:
            found = "nesting too deep" if isinstance(error, RecursionError) else _plainly(error)
            reason = f"{file.name}, line {line_number}: expected one JSON object in UTF-8, found {found}; correct the line at its source"
            bad.append(malformed(row_number, "malformed_row", reason, line.decode("utf-8", "surrogateescape")))
            bad_count += 1
            _refuse_flood(file, bad_count, caps)
            continue
        for name in row.keys() - columns.keys():
            columns[name] = [None] * len(numbers)
            refuse_columns(file.name, len(columns), caps)
        for name, cells in columns.items():
            cells.append(row.get(name))
        numbers.append(row_number)
        if len(numbers) == BATCH_ROWS:
            yield _batch(columns, numbers, bad)
            columns, numbers, bad = {name: [] for name in columns}, [], []
    yield _batch(columns, numbers, bad)


def _lines(file: SourceFile, caps: SourceCaps) -> Iterator[tuple[int, int, bytes]]:
    row_number = line_number = 0
    limit = 8 * caps.max_cell_bytes
    with unpacked(file, caps) as stream:
        while line := stream.readline(limit):
            line_number += 1
            rest = line
            while len(rest) == limit and not rest.endswith(b"\n"):
                rest = stream.readline(limit)
            if line_number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if line.strip():
                row_number += 1
                yield row_number, line_number, line


def _parsed(line: bytes, limit: int) -> dict[str, str | None]:
    if len(line) == limit and not line.endswith(b"\n"):
        raise ValueError(f"a line of more than {limit} bytes")
    found = json.loads(line.decode("utf-8").strip(), object_pairs_hook=_unique, parse_float=_Digits, parse_constant=_Digits)
    if not isinstance(found, dict):
        raise ValueError("a value that is no object")
    row = {name: _text(value) for name, value in found.items()}
    "".join([*row, *(text for text in row.values() if text)]).encode("utf-8")  # half a surrogate pair is no text
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a repeated key")
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, _Digits) else value


def _plainly(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "bytes that are not UTF-8" if isinstance(error, UnicodeError) else str(error)


def _refuse_flood(file: SourceFile, count: int, caps: SourceCaps) -> None:
    if count > caps.max_malformed_rows:
        raise SourceError(f"{file.name}: expected JSON Lines, found more than {caps.max_malformed_rows} malformed lines; check the export")


def _batch(columns: dict[str, list[str | None]], numbers: list[int], bad: list[Malformed]) -> Batch:
    import pyarrow as pa

    names = tuple(sorted(columns))
    return Batch(names, tuple(pa.array(columns[name], pa.string()) for name in names), numbers, tuple(bad))
