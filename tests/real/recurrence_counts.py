"""Counting the public complaints beside the product: what its windows must agree with.

Put here what is counted without the product; a count of its own is no evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a day's complaints are of one kind, and how many there are."""

    by_day: dict[date, tuple[int, int]]

    def of(self, first: date, end: date) -> tuple[int, int]:
        """Return both for ``[first, end)``."""
        inside = [counted for on, counted in self.by_day.items() if first <= on < end]
        return sum(hits for hits, _ in inside), sum(complaints for _, complaints in inside)


def read_counts(path: Path, condition: str, column: str) -> Counts:
    """Return the counts by the day in ``column``; ``condition`` is DuckDB's SQL."""
    import duckdb

    query = (
        f"""select "{column}"::date, count(*) filter (where {condition}), count(*) from read_csv('{path}', all_varchar = true) group by 1"""
    )
    return Counts({on: (hits, complaints) for on, hits, complaints in duckdb.execute(query).fetchall()})
