"""What cells of an evaluation say: numbers, yes or no. What cannot be read is no value, and where it stands is kept.

Put here how a cell of a set or of outcomes is understood.

 * A number is finite; NaN, infinities and texts that are no numbers are no value. Booleans are 0 and 1.
 * Yes or no is true or false, 1 or 0, whatever the case of the letters; nothing else is taken for either.
 * An empty cell is no value, and nothing to tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry.sources.column_values import numbers_in

V = TypeVar("V")
_YES_OR_NO = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


@dataclass(frozen=True, slots=True)
class Cells(Generic[V]):
    """The values of a column, None where there is none, and the places whose cells have something that is no value."""

    values: tuple[V | None, ...]
    unreadable: tuple[int, ...] = ()


def numbers_of_texts(texts: Sequence[str | None]) -> Cells[float]:
    """Return what numbers ``texts`` are.

    >>> numbers_of_texts(["0.5", None, "NaN", "n/a"])
    Cells(values=(0.5, None, None, None), unreadable=(2, 3))
    """
    import pyarrow as pa

    found = numbers_in(pa.array(texts, pa.string())).values.tolist()
    values = tuple(number if math.isfinite(number) else None for number in found)
    return Cells(values, _unreadable(texts, values))


def yes_or_no(texts: Sequence[str | None]) -> Cells[bool]:
    """Return what ``texts`` say.

    >>> yes_or_no(["True", "0", "", "maybe"])
    Cells(values=(True, False, None, None), unreadable=(3,))
    """
    values = tuple(_YES_OR_NO.get((text or "").strip().lower()) for text in texts)
    return Cells(values, _unreadable(texts, values))


def _unreadable(texts: Sequence[str | None], values: Sequence[object]) -> tuple[int, ...]:
    pairs = enumerate(zip(texts, values, strict=True))
    return tuple(place for place, (text, value) in pairs if value is None and text is not None and text.strip())
