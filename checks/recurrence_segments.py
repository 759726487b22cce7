"""Segments of a window: the same customers, products or channels before and after the fix.

Put here how one segment is compared with itself. What a change means for a closure belongs to ``closure.py``.

The rules:
 * The whole comes first, then each value of each segment that was seen on either side, by name and value.
 * An occurrence is a decision, however many signals report it; it is one of each value that any of them has.
 * Decisions are not counted by segment, so that an occurrence of a segment is one in all decisions: a segment that grew looks worse.
 * Two Poisson counts are compared conditionally on their sum, which is binomial (Przyborowski and Wilenski, Biometrika 31, 1940), with an
   interval of 95 %. Where nothing was seen before there is neither a ratio nor an interval: the counts tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from checks.performance_statistics import rate_interval
from checks.recurrence_decisions import as_decisions, surely_distinct
from checks.recurrence_evidence import Weighed
from checks.recurrence_silence import level_of
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Level, Seen, SegmentChange, WindowInputs


def find_segments(inputs: WindowInputs, weighed: Weighed) -> tuple[SegmentChange, ...]:
    """Return how the whole and each of its segments changed."""
    seen_before, seen_after = weighed.counted
    before = _counts(seen_before, surely_distinct if inputs.effect.kind is EffectKind.ABSENCE else as_decisions)
    after, confidence = _counts(seen_after, as_decisions), inputs.policy.silence.pre_fix_rate_confidence
    whole = SegmentChange("", "", weighed.before, weighed.after, *compare_levels(weighed.before, weighed.after))
    return whole, *_changes(weighed, before, after, confidence)


def compare_levels(before: Level, after: Level) -> tuple[float | None, tuple[float, float] | None]:
    """Return the ratio of two rates with its interval.

    >>> ratio, (low, high) = compare_levels(Level(10, 1000, 10, 0.01), Level(5, 1000, 10, 0.005))
    >>> ratio, round(low, 3), round(high, 3)
    (0.5, 0.134, 1.605)
    """
    if not before.occurrence_count or not before.exposure_count or not after.exposure_count:
        return None, None
    scale = before.exposure_count / after.exposure_count
    low, high = rate_interval(after.occurrence_count, before.occurrence_count + after.occurrence_count)
    return after.occurrence_count / before.occurrence_count * scale, (low / (1 - low) * scale, high / (1 - high) * scale)


def _changes(
    weighed: Weighed, before: Counter[tuple[str, str]], after: Counter[tuple[str, str]], confidence: float
) -> Iterator[SegmentChange]:
    for name, value in sorted(before | after):
        then, now = (
            level_of(counts[name, value], whole.exposure_count, whole.day_count, confidence)
            for counts, whole in ((before, weighed.before), (after, weighed.after))
        )
        yield SegmentChange(name, value, then, now, *compare_levels(then, now))


def _counts(seen: Iterable[Seen], decisions_of: Callable[[list[Seen]], tuple[Seen, ...]]) -> Counter[tuple[str, str]]:
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        for cell in one.segment.items():
            found[cell].append(one)
    return Counter({cell: len(decisions_of(reported)) for cell, reported in found.items()})
