"""The forest plot of one measure: all cases and each segment on one scale, with point, interval, what is allowed and no difference.

Put geometry of the plot here; the marks are drawn by ``forest.svg.j2``, the words beside a row are ``gate_view``.

 * One scale for all rows of a measure, with no difference in the middle: left is worse, right is better, whatever the measure.
 * What is allowed may differ from row to row, so each row has its own line of it.
 * The state is told by the shape of the point, its colour says it again.
 * An interval that leaves the scale ends in an arrow: a few tiny segments must not press all others together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from registry.domain.gate import Comparison, ComparisonState
from registry.domain.segments import WHOLE
from reports.rendering import render_fragment

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 320, 26
_EDGE = 10.0  # room for an arrow
_MOST_TIMES = 3.0  # how much wider than what is compared the scale may get because of wide intervals


class Shape(StrEnum):
    """The point of a row, by its state."""

    WORSE = "worse"
    OPEN = "open"
    NOTED = "noted"
    FINE = "fine"
    NONE = "none"


SHAPE_WORDS = {
    Shape.WORSE: "worse than allowed",
    Shape.OPEN: "not shown either way",
    Shape.NOTED: "a loss that is more than chance, within what is allowed",
    Shape.FINE: "within what is allowed (all cases), or no harm found (segment)",
    Shape.NONE: "too few cases: no point is drawn",
}


@dataclass(frozen=True, slots=True)
class ForestMark:
    """Places of one row on a line of ``WIDTH``; empty where there is none. An end that was cut off is an arrow."""

    shape: Shape
    zero: str
    allowed: str
    point: str = ""
    low: str = ""
    high: str = ""
    is_low_cut: bool = False
    is_high_cut: bool = False


def scale_end(rows: Sequence[Comparison]) -> float:
    """Return where the scale ends on both sides: everything that decides lies within, wide intervals may reach out of it."""
    found = [one.difference for one in rows if one.difference]
    whole = [one.difference for one in rows if one.difference and one.segment == WHOLE]
    inner = [*(one.margin for one in rows), *(one.difference for one in found), *(end for one in whole for end in (one.low, one.high))]
    decisive = max((abs(one) for one in inner if math.isfinite(one)), default=0.0) or 1.0
    widest = max((abs(end) for one in found for end in (one.low, one.high) if math.isfinite(end)), default=0.0)
    return 1.05 * max(decisive, min(widest, _MOST_TIMES * decisive))


def forest_mark(one: Comparison, end: float) -> ForestMark:
    """Return the places of a row on a scale from minus ``end`` to ``end``."""
    found = one.difference
    zero, allowed = _place(0.0, end), _place(-one.margin, end)
    if found is None or not all(map(math.isfinite, (found.difference, found.low, found.high))):
        return ForestMark(Shape.NONE, zero, allowed)
    return ForestMark(
        shape=shape_of(one),
        zero=zero,
        allowed=allowed,
        point=_place(found.difference, end),
        low=_place(max(found.low, -end), end),
        high=_place(min(found.high, end), end),
        is_low_cut=found.low < -end,
        is_high_cut=found.high > end,
    )


def shape_of(one: Comparison) -> Shape:
    """Return the shape that says a comparison's state."""
    if one.state is ComparisonState.NOT_WORSE:
        return Shape.NOTED if one.is_shown else Shape.FINE
    return {ComparisonState.WORSE: Shape.WORSE, ComparisonState.OPEN: Shape.OPEN}.get(one.state, Shape.NONE)


def forest_row(one: Comparison, end: float, description: str) -> Markup:
    """Return a row's line as an accessible inline SVG; ``description`` says it in words."""
    return render_fragment("forest.svg.j2", mark=forest_mark(one, end), description=description, width=WIDTH, height=HEIGHT)


def legend_mark(shape: Shape) -> Markup:
    """Return the point of a shape alone, for a legend."""
    mark = ForestMark(shape, "", "", point="" if shape is Shape.NONE else f"{HEIGHT / 2:.1f}")
    return render_fragment("forest.svg.j2", mark=mark, description="", width=HEIGHT, height=HEIGHT)


def _place(value: float, end: float) -> str:
    ratio = (value + end) / (2 * end)
    return f"{_EDGE + min(max(ratio, 0.0), 1.0) * (WIDTH - 2 * _EDGE):.1f}"
