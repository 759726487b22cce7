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
 * A rate that was not above its limit while the issue stood, at the lower end, was never what the limit keeps out: staying within it shows
   no fix. It is counted as what comes back is, so that a few by luck before the fix make nothing clean.
 * Without a rate before, a limit, or a count of decisions for a rate, no window will ever show anything.
 * The bound is told for each mature day, as it would have been seen with today's knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from checks.recurrence_days import Watched, before_days, exposure_of, last_observed
from checks.recurrence_decisions import as_decisions, surely_distinct
from checks.recurrence_feeds import LEFT, comparable, has_nobody_left
from checks.recurrence_levels import decided_on, is_above, level_on, on_days, own, share_at_least
from checks.recurrence_rate import find_limit, share_high
from checks.recurrence_silence import required_exposure, silent_bound
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import BoundDay, Level, Seen, WindowInputs


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the days show. ``hopeless`` is the code of why they never will; ``counted`` are the signals of ``before`` and of ``after``;
    ``standing`` is a rate since the issue began and before its fix, None without a limit.
    """

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
    standing: Level | None = None


def weigh(
    inputs: WindowInputs, watched: Watched, effective_at: datetime | None, before: Collection[Seen], returns: Collection[Seen]
) -> Weighed:
    """Return what ``returns`` after the fix show against what was seen ``before`` it."""
    before = tuple(comparable(before, inputs))
    if inputs.effect.kind is EffectKind.ABSENCE:
        return _silence(inputs, watched, before, returns)
    return _rate(inputs, watched, before, [one for one in returns if effective_at and one.decided_at >= effective_at])


def _silence(inputs: WindowInputs, watched: Watched, before: Collection[Seen], returns: Collection[Seen]) -> Weighed:
    policy = inputs.policy.silence
    days = before_days(inputs)
    seen = on_days(days, own(before), inputs)
    level, again = level_on(surely_distinct(seen), days, inputs), len(as_decisions(returns))
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
    seen = on_days(days, before, inputs)
    normal = level_on(as_decisions(on_days(normal_days, own(before), inputs)), normal_days, inputs)
    limit = find_limit(inputs.effect, normal, policy) if inputs.unit else None
    mature = tuple(one for one in returns if decided_on(one, inputs) < watched.mature_before)
    decided = as_decisions(mature)
    exposure = exposure_of(watched.mature, inputs.unit)
    standing, since, high = None, None, None
    if limit is not None:
        standing = share_at_least([day for day in days if day.on >= inputs.began_on], before, limit, inputs)
        since = share_at_least(watched.days, returns, limit, inputs)
        high = share_high(len(decided), exposure, limit, policy.confidence)
    low, was_above = since.low if since else None, limit is not None and is_above(standing, limit)
    return Weighed(
        before=level_on(as_decisions(seen), days, inputs),
        after=Level(len(decided), exposure, len(watched.mature), len(decided) / exposure if exposure else None, low, high),
        normal=normal if normal_days else None,
        limit=limit,
        required=None,
        bound=tuple(_bound(inputs, watched, decided, limit)),
        counted=(seen, mature),
        has_returned=limit is not None and is_above(since, limit),
        is_shown=was_above and high is not None and limit is not None and high <= limit,
        hopeless="" if was_above else _hopeless(inputs, limit),
        standing=standing,
    )


def _hopeless(inputs: WindowInputs, limit: float | None) -> str:
    if has_nobody_left(inputs):
        return LEFT
    if limit is not None:
        return "never_above_limit"
    return "no_normal_level" if inputs.unit else "no_exposure"


def _bound(inputs: WindowInputs, watched: Watched, returns: Collection[Seen], limit: float | None = None) -> Iterator[BoundDay]:
    """Yield the bound at the end of each mature day."""
    is_rate = inputs.effect.kind is EffectKind.RATE
    decided = sorted(decided_on(one, inputs) for one in returns)
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
