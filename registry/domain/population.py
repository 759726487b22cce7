"""The list of a recovery as it was counted: who was affected, and what became of each.

Put the counts here. How the file is read is ``registry/sources/affected.py``; whether they add up is judged when a recovery is handed in,
and again when its issue is to be closed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PopulationRead:
    """The list of a recovery as it was counted from its file. ``reason`` says why it could not be; then nothing was counted.

    ``bad_rows`` are rows that could not be read, each with its number, what was expected and found.
    """

    path: str
    sha256: str
    row_count: int = 0
    distinct_count: int = 0
    contacted_count: int = 0
    remediated_count: int = 0
    excluded_count: int = 0
    residual_count: int = 0
    exclusions: tuple[tuple[str, int], ...] = ()
    residuals: tuple[tuple[str, str], ...] = ()
    bad_rows: tuple[str, ...] = ()
    reason: str = ""
