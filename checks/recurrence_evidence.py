"""What a window shows: the level before the fix, the one after it, and whether the difference is more than luck.

Put here what is counted against what. The arithmetic is ``recurrence_silence.py`` and ``recurrence_rate.py``.

The rules, in the order the code applies them:
 * Decisions are counted, however many signals report one. What names none is taken so that it proves less: ``recurrence_decisions.py``.
 * The rate before is counted by the day of the decision, on observed days alone, occurrences and decisions alike. For an effect that should
   be absent it is that of the issue's own signals: silence of those with the same cause as well shows no less.
 * An effect that should be absent: every decision of the fix counts against it, exposure only of mature days for it. Where one value of a
   segment holds the issue, level and exposure are of its decisions alone (``recurrence_cells.py``); where they cannot be, it shows nothing.
 * A rate: the limit is its target or the level before the issue began. Every decision since the fix is effective counts against it, those
   of whole days for it; what is above the limit at the lower end came back, what is not above it at the upper end is mended. Signals of
   the same cause are a share of other decisions: they count against it at the upper end, and neither raise the limit nor bring it back.
 * A rate that was not above its limit while the issue stood, at the lower end, was never what the limit keeps out: staying within it shows
   no fix. It is counted as what comes back is, so that a few by luck before the fix make nothing clean. Nor does one show a fix where the
   value that holds the issue has had no decision since.
 * Without a rate before, a limit, or a count of decisions for a rate, no window will ever show anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from checks.recurrence_bound import find_bound
from checks.recurrence_cells import NOT_MATCHED, find_holder, lack_of
from checks.recurrence_days import Watched, before_days, exposure_of, last_observed
from checks.recurrence_decisions import as_decisions, surely_distinct
from checks.recurrence_feeds import LEFT, comparable, has_nobody_left
from checks.recurrence_levels import decided_on, is_above, level_on, on_days, own, share_at_least
from checks.recurrence_rate import find_limit, share_high
from checks.recurrence_silence import level_of, required_exposure, silent_bound
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Level, Seen, WatchDay, WindowInputs
from registry.domain.recurrence_levels import BoundDay, Holder


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the days show. ``hopeless`` is the code of why they never will; ``counted`` are the signals of ``before`` and of ``after``, and
    ``days`` their days; ``standing`` is a rate since the issue began and before its fix, None without a limit. ``whole`` are both levels
    by all decisions, ``holder`` the value of a segment that the issue is held by.
    """

    before: Level
    after: Level
    normal: Level | None
    limit: float | None
    required: float | None
    bound: tuple[BoundDay, ...]
    whole: tuple[Level, Level]
    counted: tuple[tuple[Seen, ...], tuple[Seen, ...]]
    days: tuple[tuple[WatchDay, ...], tuple[WatchDay, ...]]
    has_returned: bool
    is_shown: bool
    hopeless: str = ""
    standing: Level | None = None
    holder: Holder | None = None


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
    whole = level_on(surely_distinct(seen), days, inputs), _quiet(inputs, returns, exposure_of(watched.mature, inputs.unit), watched)
    holder = find_holder(inputs, seen, surely_distinct, days, watched.mature)
    level, after = whole
    if holder:
        level = level_of(holder.occurrence_count, holder.exposure_count, holder.day_count, policy.pre_fix_rate_confidence)
        after = _quiet(inputs, returns, holder.after_count, watched)
    required = required_exposure(level, policy) if holder is None or holder.is_matched else None
    is_too_few = level.occurrence_count < policy.min_pre_fix_occurrence_count
    return Weighed(
        before=level,
        after=after,
        normal=None,
        limit=level.low if required is not None else None,
        required=required,
        bound=tuple(find_bound(inputs, watched, as_decisions(returns), holder=holder)),
        whole=whole,
        counted=(seen, tuple(returns)),
        days=(days, watched.mature),
        has_returned=bool(returns),
        is_shown=required is not None and after.exposure_count >= required and not returns,
        hopeless="" if required is not None else NOT_MATCHED if holder and not (holder.is_matched or is_too_few) else "too_few_before",
        holder=holder,
    )


def _quiet(inputs: WindowInputs, returns: Collection[Seen], exposure: int, watched: Watched) -> Level:
    """Return what came back in ``exposure``; where nothing did, with the bound that the silence is."""
    again = len(as_decisions(returns))
    high = None if returns else silent_bound(exposure, inputs.policy.silence.silence_confidence)
    ratio = again / exposure if exposure else None
    return Level(again, exposure, len(watched.mature), ratio, None if high is None else 0.0, high)


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
    level = level_on(as_decisions(seen), days, inputs)
    after = Level(len(decided), exposure, len(watched.mature), len(decided) / exposure if exposure else None, low, high)
    holder = find_holder(inputs, tuple(own(seen)), as_decisions, days, watched.mature)
    return Weighed(
        before=level,
        after=after,
        normal=normal if normal_days else None,
        limit=limit,
        required=None,
        bound=tuple(find_bound(inputs, watched, decided, limit=limit)),
        whole=(level, after),
        counted=(seen, mature),
        days=(days, watched.mature),
        has_returned=limit is not None and is_above(since, limit),
        is_shown=was_above and high is not None and limit is not None and high <= limit and not (holder and lack_of(holder)),
        hopeless="" if was_above else _hopeless(inputs, limit),
        standing=standing,
        holder=holder,
    )


def _hopeless(inputs: WindowInputs, limit: float | None) -> str:
    if has_nobody_left(inputs):
        return LEFT
    if limit is not None:
        return "never_above_limit"
    return "no_normal_level" if inputs.unit else "no_exposure"
