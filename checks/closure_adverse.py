"""Adverse effects of a fix: did something get worse for others, while it got better for those whom the issue is about?

Put here how a rate after a fix is compared with the one before, by segment and by system. What is done about one that rose is told in the
gates ``verification``; how the window counted them is ``checks/recurrence_segments.py``.

The rules:
 * The interval of a ratio of two rates is exact: given their sum, the later count is binomial (Przyborowski and Wilenski, Biometrika 31,
   1940), with the bounds of Clopper and Pearson (Biometrika 26, 1934) at the policy's confidence.
 * A rate rose where the whole interval lies above the policy's ratio. A count, an exposure or an interval that is no number is a rise: what
   cannot be computed never passes.
 * Without exposure on either side nothing can be told; then it is not evaluated, and never taken for no effect.
 * A system that began with the version of the fix has nothing that could have become worse; that is told, once its own days are observed.
 * A system that did not become worse on fewer observed days than the window asks for may yet do so; that is told. So are feeds of it that
   could not be compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from registry.domain.closure import ClosureInputs, Lack, SharedEffect
from registry.domain.decision import NotEvaluated, Verdict
from registry.domain.recurrence import Level, SegmentChange


def rate_ratio_interval(before: Level, after: Level, confidence: float) -> tuple[float, float] | None:
    """Return the interval of the later rate over the earlier one; None where one of them has no exposure.

    >>> found = rate_ratio_interval(Level(10, 1000, 30), Level(40, 1000, 30), 0.95)
    >>> found and [round(bound, 2) for bound in found]
    [1.97, 8.97]
    """
    from scipy.special import betaincinv

    if before.exposure_count <= 0 or after.exposure_count <= 0:
        return None
    earlier, later, tail = before.occurrence_count, after.occurrence_count, (1 - confidence) / 2
    low = float(betaincinv(later, earlier + 1, tail)) if later else 0.0
    high = float(betaincinv(later + 1, earlier, 1 - tail)) if earlier else 1.0
    by_exposure = before.exposure_count / after.exposure_count
    return _odds(low) * by_exposure, _odds(high) * by_exposure


def has_risen(change: SegmentChange, confidence: float, min_ratio: float) -> bool | None:
    """Return whether the rate of a segment rose beyond chance and ``min_ratio``; None where nothing can be told."""
    stated = change.interval[0] if change.interval else 0.0
    if not math.isfinite(stated) or min(_counts(change)) < 0:
        return True
    interval = rate_ratio_interval(change.before, change.after, confidence)
    return None if interval is None else not interval[0] <= min_ratio


def find_adverse(inputs: ClosureInputs) -> Iterator[Lack]:
    """Yield each segment, and each system that shares the artifact, of which the rate rose, or of which nobody can say."""
    policy = inputs.policy
    for change in inputs.window.segments if inputs.window else ():
        if has_risen(change, policy.adverse_confidence, policy.min_adverse_ratio):
            name = f"{change.name} {change.value}".strip() or "all of it together"
            yield _rise("adverse_segment", name, change, inputs)
    for effect in inputs.shared:
        risen = has_risen(effect.change, policy.adverse_confidence, policy.min_adverse_ratio)
        name = f"{effect.system_id}, which runs {effect.artifact} {effect.version} too,"
        if risen:
            yield _rise("adverse_system", name, effect.change, inputs)
        elif risen is None and not _has_no_before(effect):
            missing = f"expected what the fix did to {name} found no exposure of it before and after"
            yield Lack("shared_unknown", missing, f"let the triage read the feeds of {effect.system_id} over both times")


def find_uncompared(inputs: ClosureInputs) -> Iterator[NotEvaluated]:
    """Yield the segments of which nothing can be told, and the systems of which not all can: for want of a time before, or since."""
    for change in inputs.window.segments if inputs.window else ():
        if change.name and has_risen(change, inputs.policy.adverse_confidence, inputs.policy.min_adverse_ratio) is None:
            reason = "it has no exposure of its own before or after the fix, so no adverse effect on it can be told"
            yield NotEvaluated(f"{change.name} {change.value}", "no_exposure", reason)
    for effect in inputs.shared:
        yield from _find_untold(effect, inputs)


def _find_untold(effect: SharedEffect, inputs: ClosureInputs) -> Iterator[NotEvaluated]:
    subject, version = f"system {effect.system_id}", f"{effect.artifact} {effect.version}"
    days, asked = effect.change.after.day_count, inputs.window.required_days if inputs.window else 0
    risen = has_risen(effect.change, inputs.policy.adverse_confidence, inputs.policy.min_adverse_ratio)
    if _has_no_before(effect):
        reason = f"all that is known of it begins with {version}, so it has no time before to compare with"
        yield NotEvaluated(subject, "no_time_before", reason)
    elif risen is False and days < asked:
        reason = f"{days} observed days since it serves {version}, of {asked} that the window asks for: what did not rise yet may do so"
        yield NotEvaluated(subject, "shared_too_early", reason)
    if effect.left_out:
        reason = f"the feed {', '.join(effect.left_out)} was in the catalogue on a part of the compared days, and is not compared"
        yield NotEvaluated(subject, "feed_in_part", reason)


def _has_no_before(effect: SharedEffect) -> bool:
    return effect.began_with_it and effect.change.after.exposure_count > 0


def _rise(code: str, name: str, change: SegmentChange, inputs: ClosureInputs) -> Lack:
    ratio = inputs.policy.min_adverse_ratio
    found = f"{_told(change.before)} before and {_told(change.after)} after"
    missing = f"expected no rate that rose beyond {ratio:g} times since the fix, found it for {name.rstrip(',')}: {found}"
    return Lack(code, missing, "find out what the fix did there, and reopen the issue", Verdict.FAIL)


def _told(level: Level) -> str:
    return f"{level.occurrence_count} in {level.exposure_count}"


def _counts(change: SegmentChange) -> tuple[int, ...]:
    levels = (change.before, change.after)
    return tuple(count for level in levels for count in (level.occurrence_count, level.exposure_count, level.day_count))


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf
