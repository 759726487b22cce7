"""Levels of a window: how many occurrences there were among the decisions of some days, and the least that a share of them can be.

Put here what counts signals of some days against the decisions of these days. What levels show is ``recurrence_evidence.py``, the
arithmetic of their bounds ``recurrence_silence.py`` and ``recurrence_rate.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from checks.recurrence_days import exposure_of
from checks.recurrence_decisions import as_decisions
from checks.recurrence_rate import share_low
from checks.recurrence_silence import level_of
from registry.domain.recurrence import Level, Seen, WatchDay, WindowInputs
from registry.domain.times import local_date


def level_on(seen: Collection[Seen], days: Collection[WatchDay], inputs: WindowInputs) -> Level:
    """Return the level of ``seen`` among the decisions of ``days``, with the bounds that a silence is held against."""
    return level_of(len(seen), exposure_of(days, inputs.unit), len(days), inputs.policy.silence.pre_fix_rate_confidence)


def share_at_least(days: Iterable[WatchDay], seen: Iterable[Seen], limit: float, inputs: WindowInputs) -> Level:
    """Return the share that the issue's own occurrences are of the decisions of ``days``, with the least that it can be."""
    counted = [day for day in days if day.exposure_count]
    found, exposure = len(as_decisions(on_days(counted, own(seen), inputs))), exposure_of(counted, inputs.unit)
    low = share_low(found, exposure, limit, inputs.policy.rate.confidence)
    return Level(found, exposure, len(counted), found / exposure if exposure else None, low)


def is_above(level: Level | None, limit: float) -> bool:
    """Return whether a share is above ``limit`` for certain."""
    return level is not None and level.low is not None and level.low > limit


def own(seen: Iterable[Seen]) -> Iterator[Seen]:
    """Yield the signals of the issue itself: those of the same cause are no part of its own system's decisions."""
    return (one for one in seen if not one.same_cause_issue)


def on_days(days: Iterable[WatchDay], seen: Iterable[Seen], inputs: WindowInputs) -> tuple[Seen, ...]:
    """Return those of ``seen`` that were decided on any of ``days``."""
    dates = {day.on for day in days}
    return tuple(one for one in seen if decided_on(one, inputs) in dates)


def decided_on(seen: Seen, inputs: WindowInputs) -> date:
    """Return the civil day of the window's zone on which the decision of ``seen`` was made."""
    return local_date(seen.decided_at, inputs.zone)
