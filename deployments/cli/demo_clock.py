"""The clock of ``proofloop demo``: nobody approves in the past, so whoever plays past days with signatures sets the clock to each of them.

Put here how the one clock of the house is moved, within one process and for as long as the demonstration lasts. No other command does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any


class _Moved(datetime):
    """The class of instants as the house's clock sees it: now is moved, and goes on from there."""

    by = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.by

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(timestamp, tz) + cls.by  # when a run was due: Prefect tells it by the clock of the machine


@contextmanager
def a_played_clock() -> Iterator[None]:
    """Let ``set_clock`` say what time it is, until the end."""
    import flows.clock  # brings no library

    _Moved.by = timedelta()
    flows.clock.datetime = _Moved  # type: ignore[attr-defined]
    try:
        yield
    finally:
        flows.clock.datetime = datetime  # type: ignore[attr-defined]


def set_clock(at: datetime) -> None:
    """Let it be ``at`` from now on."""
    _Moved.by = at - datetime.now(UTC)


def set_clock_right() -> None:
    """Let it be what it is again; where the time that was played is still to come, the clock stays there: no clock goes back."""
    _Moved.by = max(_Moved.by, timedelta())
