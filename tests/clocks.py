"""The one clock of the house, set to a day of a test: nobody approves in the past, so that whoever tells a story of weeks has to be there.

Put here what sets it; which instants a story has belongs to the story.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import flows.clock


class _SetDatetime(datetime):
    """The class of instants as the clock sees it: now is moved."""

    moved = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.moved

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: Any = None) -> datetime:  # type: ignore[override]
        """A run was scheduled when it was started."""
        return datetime.fromtimestamp(timestamp, tz) + cls.moved


@contextlib.contextmanager
def a_set_clock() -> Iterator[None]:
    """Let ``set_clock`` say what time it is, until the end."""
    with contextlib.ExitStack() as until_the_end:
        until_the_end.callback(setattr, flows.clock, "datetime", datetime)
        flows.clock.datetime = _SetDatetime  # type: ignore[misc]
        yield


def set_clock(at: datetime) -> None:
    """Let it be ``at`` from now on; the clock goes on from there."""
    _SetDatetime.moved = at - datetime.now(UTC)
