"""Rows of a feed that no run could read as signals: what they leave open about a day.

Put here how many rows of a day were set aside, as the events of its triage tell it. Which of them are too many for a day to be evidence of
quiet is ``checks/recurrence_aside.py``.

 * Triage tells of a source how many rows it set aside, and of a feed which source it reads. Nobody knows whose row it was where several
   feeds read one source: each of them has them all.
 * A row is set aside once, on the date of the run that saw it first; that run is about the day before.
 * It is mended when a later run read a signal of its id through a feed of its source. A row without an id is never known to be.
 * Nor does one leave anything open whose id an earlier run read: it is a change of what is known, which a source that goes on editing its
   rows brings every day, and the first reading counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

Judged = tuple[str, str, str, date, int]
"""System, feed, source, business date of the run, and how many new signals it took."""


@dataclass(frozen=True, slots=True)
class RowsAside:
    """Rows that were set aside on a day where a feed is read; another run read ``mended_count`` of them, this one ``new_count`` signals."""

    feed: str
    on: date
    count: int
    mended_count: int
    new_count: int

    @property
    def left_count(self) -> int:
        return max(0, self.count - self.mended_count)

    @property
    def left_ratio(self) -> float:
        """The share of the rows that were new on the day of which nobody knows what they say; all of them where none was read."""
        return self.left_count / (self.left_count + self.mended_count + self.new_count) if self.left_count else 0.0


def source_of(subject: str) -> str:
    """Return the source that the subject of an event about rows that were set aside names.

    >>> source_of("complaints_csv:fee_bot")
    'complaints_csv'
    """
    return subject.rpartition(":")[0]


def rows_aside(
    set_aside: Iterable[tuple[str, date, int]], judged: Iterable[Judged], mended: Mapping[tuple[str, date], int]
) -> dict[tuple[str, str, date], RowsAside]:
    """Return by system, feed and day what was set aside; ``set_aside`` are source, business date and count, ``mended`` by these two."""
    counts: Counter[tuple[str, date]] = Counter()
    for source, business_date, count in set_aside:
        counts[source, business_date] += count
    found = {}
    for system_id, feed, source, business_date, new_count in judged:
        if count := counts[source, business_date]:
            on = business_date - timedelta(days=1)
            found[system_id, feed, on] = RowsAside(feed, on, count, min(count, mended.get((source, business_date), 0)), new_count)
    return found
