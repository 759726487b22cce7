"""Segments of a window: the same customers, products or channels before and after the fix.

Put here how one segment is compared with itself. What a change means for a closure belongs to ``closure.py``.

The rules:
 * The whole comes first, then each value of each segment that was seen on either side, by name and value.
 * An occurrence is a decision, however many signals report it; it is one of each value that any of them has.
 * Where decisions are counted by a segment, the rates of each of its values are of its own decisions, on the days of the whole.
 * Where they are not, where more of them than the policy's share of unread rows name no value of it, or a value is not matched, an
   occurrence is one in all decisions: what grew looks worse. Either is told.
 * Two Poisson counts are compared conditionally on their sum, which is binomial (Przyborowski and Wilenski, Biometrika 31, 1940), with an
   interval of 95 %. Where nothing was seen before there is neither a ratio nor an interval: the counts tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from checks.performance_statistics import rate_interval
from checks.recurrence_cells import NOT_MATCHED, UNNAMED, counts_of
from checks.recurrence_decisions import as_decisions, surely_distinct
from checks.recurrence_evidence import Weighed
from checks.recurrence_silence import level_of
from registry.domain.decision import NotEvaluated
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Level, Seen, SegmentChange, WindowInputs

_MAX_SHOWN = 5


def find_segments(inputs: WindowInputs, weighed: Weighed) -> tuple[SegmentChange, ...]:
    """Return how the whole and each of its segments changed."""
    seen_before, seen_after = weighed.counted
    before = _counts(seen_before, surely_distinct if inputs.effect.kind is EffectKind.ABSENCE else as_decisions)
    after = _counts(seen_after, as_decisions)
    whole = SegmentChange("", "", *weighed.whole, *compare_levels(*weighed.whole))
    return whole, *_changes(inputs, weighed, before, after)


def find_uncounted(inputs: WindowInputs, weighed: Weighed) -> Iterator[NotEvaluated]:
    """Yield the segments, and the values, of the counted signals that are held against all decisions."""
    seen = [one for side in weighed.counted for one in side]
    cells, known = {cell for one in seen for cell in one.segment.items()}, counts_of(inputs.days)
    names = {name for name, _ in known}
    others = sorted({name for name, _ in cells} - names)
    if seen and (others or not names):
        by = ", ".join(others) if names else "segment"
        yield NotEvaluated("segments", "exposure_not_by_segment", f"decisions are not counted by {by}: each is held against all of them")
    unnamed = [counts_of(days) for days in weighed.days]
    for name in sorted({name for name, _ in cells} & names - _named(inputs, weighed)):
        sides = [f"{side[name, UNNAMED]:,} of {whole.exposure_count:,}" for side, whole in zip(unnamed, weighed.whole, strict=True)]
        told = f"{sides[0]} {inputs.unit}s before the fix, and {sides[1]} since, name no {name}: its values are held against all of them"
        yield NotEvaluated("segments", "segment_named_in_part", told)
    lost = [f"{name} {value!r}" for name, value in sorted(cells) if name in names and not known[name, value]]
    if lost:
        more = f" and {len(lost) - _MAX_SHOWN:,} more" if len(lost) > _MAX_SHOWN else ""
        told = f"no decision was counted on any day of {', '.join(lost[:_MAX_SHOWN])}{more}: it is held against all of them"
        yield NotEvaluated("segments", NOT_MATCHED, f"{told}; let exposure.segment name its values as the signals do")


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
    inputs: WindowInputs, weighed: Weighed, before: Counter[tuple[str, str]], after: Counter[tuple[str, str]]
) -> Iterator[SegmentChange]:
    known, named, confidence = counts_of(inputs.days), _named(inputs, weighed), inputs.policy.silence.pre_fix_rate_confidence
    sides = list(zip((before, after), weighed.whole, map(counts_of, weighed.days), strict=True))
    for cell in sorted(before | after):
        is_counted = known[cell] > 0 and cell[0] in named
        then, now = (
            level_of(counts[cell], own[cell] if is_counted else whole.exposure_count, whole.day_count, confidence)
            for counts, whole, own in sides
        )
        yield SegmentChange(*cell, then, now, *compare_levels(then, now), is_counted)


def _named(inputs: WindowInputs, weighed: Weighed) -> set[str]:
    """Return the segments that are counted and of which (nearly) all decisions name a value, before the fix and since."""
    most, names = inputs.policy.watch.max_set_aside_ratio, {name for name, _ in counts_of(inputs.days)}
    for counts, whole in zip(map(counts_of, weighed.days), weighed.whole, strict=True):
        names = {name for name in names if counts[name, UNNAMED] <= most * whole.exposure_count}
    return names


def _counts(seen: Iterable[Seen], decisions_of: Callable[[list[Seen]], tuple[Seen, ...]]) -> Counter[tuple[str, str]]:
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        for cell in one.segment.items():
            found[cell].append(one)
    return Counter({cell: len(decisions_of(reported)) for cell, reported in found.items()})
