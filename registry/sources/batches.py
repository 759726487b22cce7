"""What every reader hands over: columns of texts with row numbers, and the rows it could not read.

Put the exchange form between readers and staging here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.canonical import digest_bytes

BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that could not be read at all; ``row_number`` counts it among the source's data rows."""

    row_number: int
    reason_code: str
    reason: str
    content_digest: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one file: an Arrow string array for each column, the rows' numbers in the file (from 1), and malformed rows."""

    columns: tuple[str, ...]
    cells: tuple[Any, ...]
    row_numbers: Sequence[int]
    malformed: tuple[Malformed, ...] = ()


def malformed(row_number: int, reason_code: str, reason: str, text: str) -> Malformed:
    """Return a malformed row identified by its text, undecodable bytes included."""
    return Malformed(row_number, reason_code, reason, digest_bytes(text.encode("utf-8", "surrogatepass")))
