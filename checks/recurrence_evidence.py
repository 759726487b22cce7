"""What a window shows: the level before the fix, the one after it, and whether the difference is more than luck.

Put here what is counted against what. The arithmetic is ``recurrence_silence.py`` and ``recurrence_rate.py``.

The rules, in the order the code applies them:
 * Decisions are counted, however many signals report one. What names none is taken so that it proves less: ``recurrence_decisions.py``.
 * The rate before is counted by the day of the decision, on observed days alone, occurrences and decisions alike. For an effect that should
   be absent it is that of the issue's own signals: silence of those with the same cause as well shows no less.
 * An effect that should be absent: every decision of the fix counts against it, exposure only of mature days for it.
 * A rate: the limit is its target or the level before the issue began. Every decision since the fix is effective counts against it, those
   of whole days for it; what is above the limit at the lower end came back, what is not above it at the upper end is mended. Signals of
   the same cause are a share of other decisions: they count against it at the upper end, and neither raise the limit nor bring it back.
 * Without a rate before, a limit, or a count of decisions for a rate, no window will ever show anything.
 * The bound is told for each mature day, as it would have been seen with today's knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from checks.recurrence_days import Watched, before_days, exposure_of, last_observed
from checks.recurrence_decisions import as_decisions, surely_distinct
from checks.recurrence_rate import find_limit, share_high, share_low
from checks.recurrence_silence import level_of, required_exposure, silent_bound
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import BoundDay, Level, Seen, WatchDay, WindowInputs
from registry.domain.times import local_date


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the days show. ``hopeless`` is the code of why they never will; ``counted`` are the signals of ``before`` and of ``after``."""

    before: Level
    after: Level
    normal: Level | None
    limit: float | None
    required: float | None
    bound: tuple[BoundDay, ...]
    counted: tuple[tuple[Seen, ...], tuple[Seen, ...]]
    has_returned: bool
    is_shown: bool
    hopeless: str = ""


def weigh(
    inputs: WindowInputs, watched: Watched, effective_at: datetime | None, before: Collection[Seen], returns: Collection[Seen]
) -> Weighed:
    """Return what ``returns`` after the fix show against what was seen ``before`` it."""
    if inputs.effect.kind is EffectKind.ABSENCE:
        return _silence(inputs, watched, before, returns)
    return _rate(inputs, watched, before, [one for one in returns if effective_at and one.decided_at >= effective_at])


def _silence(inputs: WindowInputs, watched: Watched, before: Collection[Seen], returns: Collection[Seen]) -> Weighed:
    policy = inputs.policy.silence
    days = before_days(inputs)
    seen = _on(days, _own(before), inputs)
    level, again = _level(surely_distinct(seen), days, inputs), len(as_decisions(returns))
    required, exposure = required_exposure(level, policy), exposure_of(watched.mature, inputs.unit)
    high = None if returns else silent_bound(exposure, policy.silence_confidence)
    ratio = again / exposure if exposure else None
    after = Level(again, exposure, len(watched.mature), ratio, None if high is None else 0.0, high)
    return Weighed(
        before=level,
        after=after,
        normal=None,
        limit=level.low if required is not None else None,
        required=required,
        bound=tuple(_bound(inputs, watched, as_decisions(returns))),
        counted=(seen, tuple(returns)),
        has_returned=bool(returns),
        is_shown=required is not None and exposure >= required and not returns,
        hopeless="" if required is not None else "too_few_before",
    )


def _rate(inputs: WindowInputs, watched: Watched, before: Collection[Seen], returns: Collection[Seen]) -> Weighed:
    policy = inputs.policy.rate
    days, normal_days = before_days(inputs), last_observed(inputs, inputs.began_on, policy.normal_days)
    seen = _on(days, before, inputs)
    normal = _level(as_decisions(_on(normal_days, _own(before), inputs)), normal_days, inputs)
    limit = find_limit(inputs.effect, normal, policy) if inputs.unit else None
    mature = tuple(one for one in returns if _date(one, inputs) < watched.mature_before)
    decided = as_decisions(mature)
    exposure = exposure_of(watched.mature, inputs.unit)
    low, high = None, None
    if limit is not None:
        counted = [day for day in watched.days if day.exposure_count]
        low = share_low(len(as_decisions(_on(counted, _own(returns), inputs))), exposure_of(counted, inputs.unit), limit, policy.confidence)
        high = share_high(len(decided), exposure, limit, policy.confidence)
    return Weighed(
        before=_level(as_decisions(seen), days, inputs),
        after=Level(len(decided), exposure, len(watched.mature), len(decided) / exposure if exposure else None, low, high),
        normal=normal if normal_days else None,
        limit=limit,
        required=None,
        bound=tuple(_bound(inputs, watched, decided, limit)),
        counted=(seen, mature),
        has_returned=low is not None and limit is not None and low > limit,
        is_shown=high is not None and limit is not None and high <= limit,
        hopeless="" if limit is not None else "no_normal_level" if inputs.unit else "no_exposure",
    )


def _bound(inputs: WindowInputs, watched: Watched, returns: Collection[Seen], limit: float | None = None) -> Iterator[BoundDay]:
    """Yield the bound at the end of each mature day."""
    is_rate = inputs.effect.kind is EffectKind.RATE
    decided = sorted(_date(one, inputs) for one in returns)
    observed = {day.on for day in watched.mature}
    days = [day for day in watched.days if day.on < watched.mature_before]
    totals = accumulate(exposure_of((day,), inputs.unit) if day.on in observed else 0 for day in days)
    count = 0
    for day, exposure in zip(days, totals, strict=True):
        while count < len(decided) and decided[count] <= day.on:
            count += 1
        if is_rate:
            high = None if limit is None else share_high(count, exposure, limit, inputs.policy.rate.confidence)
        else:
            high = None if count else silent_bound(exposure, inputs.policy.silence.silence_confidence)
        yield BoundDay(day.on, exposure, count, high)


def _level(seen: Collection[Seen], days: Collection[WatchDay], inputs: WindowInputs) -> Level:
    return level_of(len(seen), exposure_of(days, inputs.unit), len(days), inputs.policy.silence.pre_fix_rate_confidence)


def _own(seen: Iterable[Seen]) -> Iterator[Seen]:
    """Yield the signals of the issue itself: those of the same cause are no part of its own system's decisions."""
    return (one for one in seen if not one.same_cause_issue)


def _on(days: Iterable[WatchDay], seen: Iterable[Seen], inputs: WindowInputs) -> tuple[Seen, ...]:
    dates = {day.on for day in days}
    return tuple(one for one in seen if _date(one, inputs) in dates)


def _date(seen: Seen, inputs: WindowInputs) -> date:
    return local_date(seen.decided_at, inputs.zone)
