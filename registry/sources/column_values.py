"""Arrow columns as what is counted: numbers with NaN for a missing value, or texts with the place of each row's text.

Put what a cell of a prediction means here. Times are ``prediction_times.py``.

 * Null, NaN and the empty text are missing, whatever kind of file they come from.
 * What stands in a column of numbers and is none (a text, a date, a list) is missing, and counted as unreadable. Booleans are 0 and 1.
 * A level is the value as text. One that is longer than ``MAX_LEVEL`` is cut and ends with a digest, so that two stay two.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

MAX_LEVEL = 200
_KEPT = 160
_BOOLEANS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Texts:
    """The distinct ``texts`` of a column (None: missing; one may stand twice) and the place of each row's, ``len(texts)`` where missing."""

    texts: tuple[str | None, ...]
    positions: Any


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as float64 ``values``, NaN where it has no number; ``unreadable_count`` of these have something that is none."""

    values: Any
    unreadable_count: int = 0


def numbers_of(column: Any) -> Any:
    """Return ``column`` as float64, NaN where it has no number."""
    return numbers_in(column).values


def numbers_in(column: Any) -> Numbers:
    """Return the numbers of ``column``, with how many of its cells hold something else."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        wide = (
            column if kind == pa.float64() else column.cast(pa.int8() if pa.types.is_boolean(kind) else kind).cast(pa.float64(), safe=False)
        )
        return Numbers(_with_nan(wide))
    return _read_in(column)


def texts_of(column: Any) -> Texts:
    """Return the distinct texts of ``column``."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_floating(column.type):
        column = _plain_floats(column)
    if not pa.types.is_dictionary(column.type):
        column = (_spelled(column) if pa.types.is_nested(column.type) else column).dictionary_encode()
    texts = tuple(_level(text) for text in _spelled(column.dictionary).to_pylist())
    indices = column.indices if column.indices.type == pa.int32() else column.indices.cast(pa.int32())
    places = values_in(indices, np.int32)
    return Texts(texts, np.where(nulls_in(indices), len(texts), places) if indices.null_count else places)


def values_in(column: Any, kind: Any) -> Any:
    """Return the values of an Arrow array of fixed width as NumPy has them, without a copy; where one is null, anything may stand.

    Arrow's own conversion loads pandas, which takes longer than to count a million rows.
    """
    import numpy as np

    if not len(column):
        return np.empty(0, kind)
    return np.frombuffer(column.buffers()[1], kind, column.offset + len(column))[column.offset :]


def nulls_in(column: Any) -> Any:
    """Return where an Arrow array is null."""
    import numpy as np

    if not column.null_count:
        return np.zeros(len(column), bool)
    bits = np.frombuffer(column.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=column.offset + len(column), bitorder="little")[column.offset :] == 0


def filter_mask(taken: Any) -> Any:
    """Return a NumPy mask as Arrow filters by it."""
    import numpy as np
    import pyarrow as pa

    return pa.BooleanArray.from_buffers(pa.bool_(), len(taken), [None, pa.py_buffer(np.packbits(taken, bitorder="little"))])


def _with_nan(column: Any) -> Any:
    import numpy as np

    values = values_in(column, np.float64)
    return np.where(nulls_in(column), math.nan, values) if column.null_count else values


def _read_in(column: Any) -> Numbers:
    import numpy as np
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            return Numbers(_with_nan(column.cast(pa.float64())))
        except pa.ArrowInvalid:
            pass  # one of them is no number: they are read one by one
    found = texts_of(column)
    read = [math.nan if text is None else _number(text) for text in found.texts]
    is_unreadable = np.array([*(number is None for number in read), False])
    values = np.array([*(math.nan if number is None else number for number in read), math.nan])
    return Numbers(values[found.positions], int(np.count_nonzero(is_unreadable[found.positions])))


def _number(text: str) -> float | None:
    """Return the number that a text is, None where it is none."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _plain_floats(column: Any) -> Any:
    """Return the numbers with NaN as null and one zero: two spellings of a number are one level."""
    import numpy as np
    import pyarrow as pa

    values = _with_nan(column.cast(pa.float64())) + 0.0
    valid = np.packbits(~np.isnan(values), bitorder="little")
    return pa.Array.from_buffers(pa.float64(), len(values), [pa.py_buffer(valid), pa.py_buffer(values)])


def _spelled(column: Any) -> Any:
    from registry.sources.parquet_rows import as_text

    return as_text(column)


def _level(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) <= MAX_LEVEL:
        return text
    return text[:_KEPT] + "..." + hashlib.sha256(text.encode()).hexdigest()[: MAX_LEVEL - _KEPT - 3]
