"""The bound of a window day by day: the most that the rate can still be, as it stood at the end of each mature day.

Put here how the bound is told over time. What it is on the last day, and what follows from it, is ``recurrence_evidence.py``.

The rules:
 * It is told with today's knowledge: a day counts its decisions where it was observed, and each occurrence decided on it or before.
 * Where one value of a segment holds the issue, only its decisions count: ``recurrence_cells.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import accumulate

from checks.recurrence_cells import exposure_in
from checks.recurrence_days import Watched
from checks.recurrence_levels import decided_on
from checks.recurrence_rate import share_high
from checks.recurrence_silence import silent_bound
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Seen, WindowInputs
from registry.domain.recurrence_levels import BoundDay, Holder


def find_bound(
    inputs: WindowInputs, watched: Watched, returns: Collection[Seen], *, limit: float | None = None, holder: Holder | None = None
) -> Iterator[BoundDay]:
    """Yield the bound at the end of each mature day."""
    is_rate = inputs.effect.kind is EffectKind.RATE
    decided = sorted(decided_on(one, inputs) for one in returns)
    observed = {day.on for day in watched.mature}
    days = [day for day in watched.days if day.on < watched.mature_before]
    totals = accumulate(exposure_in((day,), inputs.unit, holder) if day.on in observed else 0 for day in days)
    count = 0
    for day, exposure in zip(days, totals, strict=True):
        while count < len(decided) and decided[count] <= day.on:
            count += 1
        if is_rate:
            high = None if limit is None else share_high(count, exposure, limit, inputs.policy.rate.confidence)
        else:
            high = None if count else silent_bound(exposure, inputs.policy.silence.silence_confidence)
        yield BoundDay(day.on, exposure, count, high)
