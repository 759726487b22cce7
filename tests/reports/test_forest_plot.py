"""The forest plot: places that can be compared by eye, and states that can be told without colour."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from registry.domain.gate import Comparison, ComparisonState
from registry.domain.paired import PairedDifference
from registry.domain.segments import WHOLE, Segment
from reports.forest_plot import SHAPE_WORDS, WIDTH, Shape, forest_mark, forest_row, legend_mark, scale_end, shape_of
from tests.payloads import PAYLOADS


def a_difference(difference: float = 0.0, reach: float = 0.02, **changes: Any) -> PairedDifference:
    return replace(PairedDifference(200, 0.9, 0.9 + difference, difference, difference - reach, difference + reach, 0.5, "m"), **changes)


def a_row(difference: float = 0.0, reach: float = 0.02, segment: Segment = WHOLE, **changes: Any) -> Comparison:
    base = Comparison("accuracy", segment, ComparisonState.NOT_WORSE, 0.02, 200, a_difference(difference, reach))
    return replace(base, **changes)


TOO_FEW = replace(a_row(segment=Segment("a", "b"), state=ComparisonState.TOO_FEW), difference=None)


def test_a_row_without_a_comparison_has_no_point_and_no_interval_and_still_its_lines() -> None:
    mark = forest_mark(TOO_FEW, 0.1)

    assert mark.shape is Shape.NONE
    assert (mark.point, mark.low, mark.high) == ("", "", "")
    assert (mark.zero, mark.allowed) == ("160.0", "130.0")


def test_a_scale_of_nothing_still_has_a_width() -> None:
    assert scale_end([]) > 0
    assert scale_end([replace(TOO_FEW, margin=0.0)]) > 0


def test_no_difference_stands_in_the_middle_and_worse_is_left() -> None:
    end = scale_end([a_row(-0.03), a_row(0.05)])
    worse, better = (float(forest_mark(a_row(one), end).point) for one in (-0.03, 0.05))

    assert forest_mark(a_row(), end).zero == f"{WIDTH / 2:.1f}"
    assert worse < WIDTH / 2 < better


def test_a_point_lies_within_its_interval_and_the_margin_left_of_the_middle() -> None:
    mark = forest_mark(a_row(-0.01), 0.1)

    assert float(mark.low) < float(mark.point) < float(mark.high)
    assert float(mark.allowed) < float(mark.zero)


def test_each_row_has_its_own_line_of_what_is_allowed() -> None:
    whole, part = (forest_mark(a_row(margin=margin), 0.1).allowed for margin in (0.02, 0.05))
    assert float(part) < float(whole)


def test_a_tiny_segment_does_not_press_the_others_together_and_its_interval_ends_in_arrows() -> None:
    rows = [a_row(-0.01), a_row(0.0, reach=0.9, segment=Segment("a", "b"))]
    end = scale_end(rows)
    mark = forest_mark(rows[1], end)

    assert end < 0.15
    assert (mark.is_low_cut, mark.is_high_cut) == (True, True)
    assert "l-7 5l7 5" in forest_row(rows[1], end, "x")


def test_everything_that_decides_lies_on_the_scale() -> None:
    rows = [a_row(0.01, reach=0.05), a_row(-0.4, reach=0.5, segment=Segment("a", "b"), margin=0.05)]
    end = scale_end(rows)

    assert end > 0.4
    assert not forest_mark(rows[0], end).is_low_cut


def test_a_number_that_was_not_computed_is_not_drawn() -> None:
    broken = replace(a_row(), difference=a_difference(low=math.nan))
    assert forest_mark(broken, scale_end([broken])).shape is Shape.NONE


@pytest.mark.parametrize(
    ("state", "is_shown", "shape"),
    [
        (ComparisonState.NOT_WORSE, False, Shape.FINE),
        (ComparisonState.NOT_WORSE, True, Shape.NOTED),
        (ComparisonState.WORSE, True, Shape.WORSE),
        (ComparisonState.OPEN, False, Shape.OPEN),
        (ComparisonState.TOO_FEW, False, Shape.NONE),
    ],
)
def test_every_state_has_its_own_shape(state: ComparisonState, is_shown: bool, shape: Shape) -> None:
    assert shape_of(a_row(state=state, is_shown=is_shown)) is shape
    assert SHAPE_WORDS[shape]


def test_shapes_differ_without_their_colour() -> None:
    drawn = {shape: re.sub(r'class="[^"]*"', "", str(legend_mark(shape))) for shape in Shape}
    assert len(set(drawn.values())) == len(Shape)


def test_a_row_says_in_words_what_it_draws_and_a_mark_of_the_legend_is_silent() -> None:
    row = forest_row(a_row(), 0.1, "accuracy, all cases: within what is allowed")

    assert 'role="img" aria-label="Drawn: accuracy, all cases: within what is allowed"' in row
    assert "aria-label" not in legend_mark(Shape.FINE)


@pytest.mark.parametrize("payload", PAYLOADS[:40], ids=lambda payload: payload.kind)
def test_a_hostile_description_stays_a_description(payload: Any) -> None:
    plain, hostile = (re.sub(r'aria-label="[^"]*"', "", forest_row(a_row(), 0.1, text)) for text in ("x", payload.text))
    assert plain == hostile
