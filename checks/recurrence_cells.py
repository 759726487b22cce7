"""Decisions by segment: how many were of one value of it, and which value held an issue before its fix.

Put here what is counted of one value of a segment. How values compare before and after is ``recurrence_segments.py``, what silence needs
``recurrence_silence.py``.

The rules, in the order the code applies them:
 * A segment is counted where days carry decisions of it; then each value that a signal of the issue has is counted on each of these days,
   and so are the decisions that name no value of it.
 * A value of which no decision was counted on any day is not matched: the decisions are named otherwise than the signals, or have no name.
 * A value holds the issue where so large a part of the issue's own occurrences on the days before the fix were of it as the policy says.
   Then its decisions alone are exposure, before the fix and after it: quiet where nobody decided shows nothing, whoever else decided.
 * An occurrence is a decision: a value with fewer decisions than occurrences before the fix is not matched either.
 * A decision that names no value may have been of any: before the fix it counts as one of the value, and after it as none.
 * Where several hold it (a product, and the channel that it is sold through), the one counts that shows least: one that is not matched,
   then the one with the fewest decisions since the fix for each before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date

from checks.recurrence_days import exposure_of
from registry.domain.exposure import CellCount, DayExposure, ExposureRead
from registry.domain.recurrence import Seen, WatchDay, WindowInputs
from registry.domain.recurrence_levels import Holder

Cell = tuple[str, str]
UNNAMED = ""  # the value of decisions that name none of a segment
NOT_MATCHED, WITHOUT_TRAFFIC = "segment_not_matched", "segment_without_traffic"


def with_cells(days: Iterable[WatchDay], exposure: ExposureRead | None, seen: Iterable[Seen]) -> tuple[WatchDay, ...]:
    """Return ``days``, each with its decisions by the values that ``seen`` have, of every segment that ``exposure`` is counted by."""
    rows = exposure.days if exposure and not exposure.reason else ()
    names = {one.name for one in rows if one.name}
    asked = {cell for one in seen for cell in one.segment.items() if cell[0] in names}
    asked |= {(name, UNNAMED) for name, _ in asked}
    counts = {(one.on, one.name, one.value): one.count for one in rows if one.name}
    counts |= _unnamed(rows, names)
    return tuple(replace(day, cells=tuple(CellCount(*cell, counts.get((day.on, *cell), 0)) for cell in sorted(asked))) for day in days)


def _unnamed(rows: Iterable[DayExposure], names: Iterable[str]) -> dict[tuple[date, str, str], int]:
    """Return the decisions of each day that name no value of each segment."""
    whole, named = {one.on: one.count for one in rows if not one.name}, Counter[tuple[date, str]]()
    for one in rows:
        if one.value != UNNAMED:
            named[one.on, one.name] += one.count
    return {(on, name, UNNAMED): max(0, count - named[on, name]) for on, count in whole.items() for name in names}


def counts_of(days: Iterable[WatchDay]) -> Counter[Cell]:
    """Return the decisions of ``days`` by segment and value; a value that is counted and had none is there with 0."""
    found: Counter[Cell] = Counter()
    for day in days:
        for cell in day.cells:
            found[cell.name, cell.value] += cell.count
    return found


def exposure_in(days: Iterable[WatchDay], unit: str, holder: Holder | None) -> int:
    """Return how many decisions of ``days`` are exposure: those of ``holder`` alone where there is one."""
    return exposure_of(days, unit) if holder is None else counts_of(days)[holder.name, holder.value]


def find_holder(
    inputs: WindowInputs,
    seen: Collection[Seen],
    decisions_of: Callable[[Iterable[Seen]], tuple[Seen, ...]],
    days: Collection[WatchDay],
    mature: Collection[WatchDay],
) -> Holder | None:
    """Return the value that ``seen``, the issue's own signals of ``days``, is held by; None where no counted one holds it.

    ``decisions_of`` says how many decisions signals are about, ``mature`` are the days since the fix that count as exposure.
    """
    before, after, found = counts_of(days), counts_of(mature), []
    total, since = len(decisions_of(seen)), exposure_of(mature, inputs.unit)
    least = inputs.policy.silence.concentrated_ratio * total
    signals = Counter(cell for one in seen for cell in one.segment.items() if cell in before and cell[1] != UNNAMED)
    for name, value in sorted(cell for cell, count in signals.items() if count >= least):
        count = len(decisions_of(one for one in seen if one.segment.get(name) == value))
        if count >= least:
            some = before[name, value], before[name, UNNAMED], len(days), after[name, value], since
            found.append(Holder(name, value, count, total, *some))
    return min(found, key=_shows, default=None)


def lack_of(holder: Holder) -> str:
    """Return the code of why quiet, or a share, shows nothing where ``holder`` is; empty where it may."""
    return NOT_MATCHED if not holder.is_matched else WITHOUT_TRAFFIC if holder.has_no_traffic else ""


def _shows(holder: Holder) -> tuple[bool, float]:
    """Return what puts the value first that shows least."""
    return holder.is_matched, holder.after_count / holder.exposure_count if holder.exposure_count else 0.0
