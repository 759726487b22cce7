"""The days of a window: which of them were observed, how many count towards its floor, and when it closes.

Put a rule here when it counts days. What happened on them belongs to ``recurrence_occurrences.py``.

The rules, in the order the code applies them:
 * A window has every civil day from its first to yesterday that exists in its zone; one that nobody told of is not observed.
 * A day is observed when the feeds were read well for it and, where something counts decisions, some were made.
 * Where nothing counts decisions, an observed day is the unit of exposure.
 * A day on which an indicator of the policy stood, or was not read, does not count towards the floor; its decisions count.
 * The floor is reached on the day that is the last it needs. It closes once that day, and every other before it, is older than the allowed
   lateness: a day is mature when that many whole days have passed after it.
 * Of decisions that say when they arrived, the newest days without a count, whose lateness is not over, are neither observed nor missed.
 * So many unobserved days in a row, up to yesterday or to those, suspend the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from registry.domain.recurrence import WatchDay, WindowInputs
from registry.domain.times import local_date, start_of_day

_NOT_TOLD = "nothing was read for it"


@dataclass(frozen=True, slots=True)
class Watched:
    """The days of one window. ``mature`` are the observed days whose late reports have had their time, ``mature_before`` where they end."""

    start_on: date
    days: tuple[WatchDay, ...]
    observed: tuple[WatchDay, ...]
    mature: tuple[WatchDay, ...]
    mature_before: date
    extended_count: int
    uncounted: int
    unobserved_in_a_row: int
    floor_on: date | None
    closes_on: date | None

    @property
    def coverage_ratio(self) -> float | None:
        return len(self.observed) / len(self.due) if self.due else None

    @property
    def due(self) -> tuple[WatchDay, ...]:
        """The days less the newest of which no decision is counted yet."""
        return self.days[: len(self.days) - self.uncounted]


def watch_days(inputs: WindowInputs, start_on: date) -> Watched:
    """Return the days of the window that begins on ``start_on``."""
    told = {day.on: day for day in worst_last(inputs.days)}
    length = max(0, (inputs.business_date - start_on).days)
    dates = [on for on in (start_on + timedelta(days=offset) for offset in range(length)) if exists(on, inputs.zone)]
    days = tuple(told.get(on) or WatchDay(on, None, _NOT_TOLD) for on in dates)
    observed = tuple(day for day in days if is_observed(day, inputs))
    counted = [day for day in observed if not is_extended(day, inputs)]
    mature_before = inputs.business_date - timedelta(days=inputs.lateness_days)
    uncounted = _uncounted(days, inputs, mature_before)
    floor_on = counted[required_days(inputs) - 1].on if len(counted) >= required_days(inputs) else None
    return Watched(
        start_on=start_on,
        days=days,
        observed=observed,
        mature=tuple(day for day in observed if day.on < mature_before),
        mature_before=mature_before,
        extended_count=len(observed) - len(counted),
        uncounted=uncounted,
        unobserved_in_a_row=_trailing(days[: len(days) - uncounted], inputs),
        floor_on=floor_on,
        closes_on=floor_on and floor_on + timedelta(days=1 + inputs.lateness_days),
    )


def required_days(inputs: WindowInputs) -> int:
    """Return the floor of the window: no window is shorter than a day."""
    return max(1, inputs.window_days)


def last_observed(inputs: WindowInputs, end_on: date, count: int) -> tuple[WatchDay, ...]:
    """Return the last ``count`` observed days before ``end_on``."""
    told = {day.on: day for day in worst_last(inputs.days) if day.on < min(end_on, inputs.business_date)}
    return tuple(day for _, day in sorted(told.items()) if is_observed(day, inputs))[-count:]


def before_days(inputs: WindowInputs) -> tuple[WatchDay, ...]:
    """Return the observed days that the rate before the fix, or its containment, is counted on."""
    ends_at = min(filter(None, (inputs.contained_at, inputs.fix.effective_at)))
    return last_observed(inputs, local_date(ends_at, inputs.zone), inputs.policy.silence.baseline_days)


def is_observed(day: WatchDay, inputs: WindowInputs) -> bool:
    """Return whether the watch saw what happened on ``day``."""
    return day.is_observed and (not inputs.unit or (day.exposure_count or 0) > 0)


def is_extended(day: WatchDay, inputs: WindowInputs) -> bool:
    """Return whether an indicator that extends windows stood on ``day``, or nobody knows that none did."""
    return any(kind.value in inputs.policy.indicators.amber_extends for kind in (*day.extending, *day.unread))


def exposure_of(days: Iterable[WatchDay], unit: str) -> int:
    """Return how many decisions were made on ``days``, or how many days they are where nothing counts decisions."""
    return sum((day.exposure_count or 0) if unit else 1 for day in days)


def first_whole_day(instant: datetime, zone: str) -> date:
    """Return the first civil day of ``zone`` that begins at or after ``instant``.

    >>> from datetime import UTC
    >>> str(first_whole_day(datetime(2021, 3, 1, 15, tzinfo=UTC), "UTC")), str(first_whole_day(datetime(2021, 3, 1, tzinfo=UTC), "UTC"))
    ('2021-03-02', '2021-03-01')
    """
    day = local_date(instant, zone)
    return day if instant <= start_of_day(day, zone) else day + timedelta(days=1)


def exists(day: date, zone: str) -> bool:
    """Return whether ``zone`` had this civil day: one that crosses the date line may leave out a whole one.

    >>> exists(date(2011, 12, 30), "Pacific/Apia"), exists(date(2011, 12, 31), "Pacific/Apia")
    (False, True)
    """
    return start_of_day(day, zone) < start_of_day(day + timedelta(days=1), zone)


def worst_last(days: Iterable[WatchDay]) -> list[WatchDay]:
    """Return ``days`` in order; where one is told twice, what makes it worth less comes last."""
    return sorted(
        days, key=lambda day: (day.on, bool(day.reason), -(day.exposure_count or 0), day.reason, sorted((*day.extending, *day.unread)))
    )


def _uncounted(days: tuple[WatchDay, ...], inputs: WindowInputs, mature_before: date) -> int:
    """Return how many of the newest days wait for a count."""
    waits = takewhile(lambda day: day.is_observed and bool(inputs.unit) and day.exposure_count is None, reversed(days))
    return sum(day.on >= mature_before for day in waits)


def _trailing(days: tuple[WatchDay, ...], inputs: WindowInputs) -> int:
    count = 0
    for day in reversed(days):
        if is_observed(day, inputs):
            break
        count += 1
    return count
