"""Rates before and after a fix, segment by segment: their rows, and the ratio of the two with its interval as a small plot.

Put here how a change of a rate is drawn and written; windows and dossiers show the same rows.

 * One scale for all rows, from a ratio of zero; no change stands where the ratio is 1.
 * The shape of the point tells whether the interval lies on one side of it, its colour says it again.
 * An interval that leaves the scale ends in an arrow: one tiny segment must not press all others together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from registry.domain.recurrence import Level, SegmentChange
from reports import wording
from reports.rendering import render_fragment

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 240, 26
_EDGE, _LEAST_END, _MOST_END, _MAX_ROWS = 10.0, 2.0, 5.0, 40


class Basis(StrEnum):
    """What the rates of segments are of: each of its own decisions, all of them, or some of these and some of those."""

    OWN = "own"
    ALL = "all"
    MIXED = "mixed"
    NONE = ""  # there is no segment


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One segment as it is read; ``drawing`` shows its ratio."""

    name: str
    note: str
    before: str
    before_rate: str
    after: str
    after_rate: str
    ratio: str
    bounds: str
    drawing: Markup
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """The rows of a table, where its scale ends, and how many rows are left out; ``basis`` says what the rates of segments are of."""

    rows: tuple[ChangeRow, ...]
    end: str
    left_out: int
    basis: Basis


def change_rows(changes: Sequence[SegmentChange], notes: Sequence[str] = ()) -> ChangeRows:
    """Return the rows of ``changes``, the whole first; ``notes`` says more of each, in the same order."""
    ordered = sorted(zip(changes, notes or [""] * len(changes), strict=True), key=lambda pair: bool(pair[0].name))
    end, basis = _end([change for change, _ in ordered]), _basis(changes)
    noted = [(change, note or _of_all(change, basis)) for change, note in ordered[:_MAX_ROWS]]
    rows = tuple(_row(change, note, end) for change, note in noted)
    return ChangeRows(rows, f"{end:g}", max(0, len(ordered) - _MAX_ROWS), basis)


def _basis(changes: Sequence[SegmentChange]) -> Basis:
    kinds = {change.is_counted for change in changes if change.name}
    return Basis.NONE if not kinds else Basis.MIXED if len(kinds) > 1 else Basis.OWN if kinds.pop() else Basis.ALL


def _of_all(change: SegmentChange, basis: Basis) -> str:
    return "of all of them" if basis is Basis.MIXED and change.name and not change.is_counted else ""


def level_text(level: Level) -> tuple[str, str]:
    """Return a level as its count with the denominator, and as a rate per 1,000 with its bounds.

    >>> level_text(Level(12, 9000, 90, 12 / 9000, 0.001, 0.002))
    ('12 of 9,000', '1.33 (1 to 2)')
    >>> level_text(Level(0, 0, 0))
    ('0 of 0', 'no rate')
    """
    rate = "no rate" if level.ratio is None else _per_thousand(level.ratio)
    if level.ratio is not None and level.low is not None and level.high is not None:
        rate += f" ({_per_thousand(level.low)} to {_per_thousand(level.high)})"
    return f"{level.occurrence_count:,} of {level.exposure_count:,}", rate


def _per_thousand(ratio: float) -> str:
    return f"{1000 * ratio:.3g}" if math.isfinite(ratio) else "no rate"


def _row(change: SegmentChange, note: str, end: float) -> ChangeRow:
    before, after = level_text(change.before), level_text(change.after)
    ratio = "no ratio" if change.rate_ratio is None else wording.measure(change.rate_ratio)
    bounds = f"{change.interval[0]:.2g} to {change.interval[1]:.2g}" if change.interval else "no interval"
    name = f"{change.name}: {change.value}" if change.name else "All of them"
    return ChangeRow(name, note, *before, *after, ratio, bounds, _drawing(change, end), not change.name)


def _drawing(change: SegmentChange, end: float) -> Markup:
    low, high = change.interval or (None, None)
    point = change.rate_ratio if change.rate_ratio is not None and math.isfinite(change.rate_ratio) else None
    told = "no ratio can be told" if point is None else f"ratio {point:.3g}"
    return render_fragment(
        "rate.svg.j2",
        tone="worse" if low is not None and low > 1 else "better" if high is not None and high < 1 else "open",
        same=_place(1.0, end),
        point="" if point is None else _place(point, end),
        low="" if low is None else _place(low, end),
        high="" if high is None else _place(high, end),
        is_cut=high is not None and high > end,
        description=f"{told}, interval {low:.3g} to {high:.3g}" if low is not None and high is not None else told,
        width=WIDTH,
        height=HEIGHT,
    )


def _end(changes: Sequence[SegmentChange]) -> float:
    """Return where the scale ends: every point lies within as far as it goes, and the interval of the whole."""
    points = [one.rate_ratio for one in changes if one.rate_ratio is not None and math.isfinite(one.rate_ratio)]
    wholes = [one.interval[1] for one in changes if not one.name and one.interval and math.isfinite(one.interval[1])]
    return min(_MOST_END, max(_LEAST_END, math.ceil(1.1 * max([*points, *wholes], default=0.0))))


def _place(ratio: float, end: float) -> str:
    inside = min(max(ratio, 0.0), end) if math.isfinite(ratio) else end
    return f"{_EDGE + inside / end * (WIDTH - 2 * _EDGE):.1f}"
