"""Segments: all rows, or those with one value of one column.

Put here how rows are split to be watched apart. What is counted of each is ``profile.py`` and ``outcomes.py``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """All rows (no column), or the rows with one value of one segment column."""

    column: str = ""
    value: str = ""

    @property
    def name(self) -> str:
        """
        >>> Segment().name, Segment("term", "60").name
        ('all rows', 'term=60')
        """
        return f"{self.column}={self.value}" if self.column else "all rows"


WHOLE = Segment()
NO_VALUE = "(no value)"
"""What a segment of an evaluation set is called whose cases have no value of its column."""
