"""What the numbers of a recurrence window are of: its bound day by day, and the one value of a segment whose decisions alone count.

Put here small values that a window's decision carries beside its levels. The decision itself is ``recurrence.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BoundDay:
    """The bound as it stood at the end of one day: what the report shows tightening. ``high`` holds at every day at once."""

    on: date
    exposure_count: int
    occurrence_count: int
    high: float | None


@dataclass(frozen=True, slots=True)
class Holder:
    """The value of a counted segment that (nearly) all occurrences before a fix were of: ``occurrence_count`` of ``of_occurrence_count``.

    ``before_count`` decisions were of it on the ``day_count`` days before the fix that the rate is counted on, and ``unnamed_count`` may
    have been: they name no value. ``after_count`` of the ``of_after_count`` on observed days since, whose reports must have arrived, were.
    """

    name: str
    value: str
    occurrence_count: int
    of_occurrence_count: int
    before_count: int
    unnamed_count: int
    day_count: int
    after_count: int
    of_after_count: int

    @property
    def exposure_count(self) -> int:
        """The most decisions of it that there can have been before the fix."""
        return self.before_count + self.unnamed_count

    @property
    def is_matched(self) -> bool:
        """Whether the decisions that were counted as its own can be: an occurrence is one of them."""
        return self.before_count >= self.occurrence_count

    @property
    def has_no_traffic(self) -> bool:
        """Whether decisions were made since the fix, and none of it."""
        return self.of_after_count > 0 and self.after_count == 0
