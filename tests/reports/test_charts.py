"""Sparklines: the marks say what the numbers say."""

from __future__ import annotations

import re
from datetime import timedelta

from reports.charts import WIDTH, describe, sparkline
from tests.reports import samples


def test_a_trend_without_days_is_drawn_as_an_empty_axis() -> None:
    trend = samples.a_trend(counts=(), marks=())
    svg = sparkline(trend, None, "c")

    assert "No day was counted." in svg
    assert 'class="plain"' not in svg


def test_a_trend_of_zeros_has_no_bars_and_says_zero() -> None:
    trend = samples.a_trend(counts=(0,) * 30, marks=())

    assert "highest 0" in describe(trend)
    assert 'class="plain"' not in sparkline(trend, None, "c")


def test_bars_of_the_tested_window_stand_out_and_the_others_do_not() -> None:
    trend = samples.a_trend(counts=(1,) * 30, marks=())
    svg = sparkline(trend, samples.a_spike(window_days=7), "c")
    plain, spike = (re.search(f'class="{name}" d="([^"]*)"', svg).group(1).count("M") for name in ("plain", "spike"))  # type: ignore[union-attr]

    assert (plain, spike) == (23, 7)
    assert 'class="expected"' in svg


def test_a_marked_day_carries_a_shape_not_only_a_colour_and_stays_inside() -> None:
    trend = samples.a_trend(counts=(1,) * 400)
    first, morning_after = trend.start_on, trend.start_on + timedelta(days=400)
    svg = sparkline(samples.a_trend(counts=(1,) * 400, marks=(first, morning_after, morning_after + timedelta(days=1))), None, "c")
    xs = [float(x) for x in re.findall(r'class="mark" d="M([\d.]+) ', svg)]

    assert xs == [4.5, WIDTH - 4.5]


def test_the_description_holds_highest_lowest_last_and_the_mark() -> None:
    trend = samples.a_trend(counts=(3, 9, 1, 4), start_on=samples.TODAY - timedelta(days=4))

    assert describe(trend) == "highest 9 on 13 Oct 2020; lowest 1; last 4; ▲ its issue opened or escalated on 16 Oct 2020"


def test_the_title_of_a_trend_cannot_close_the_chart() -> None:
    svg = sparkline(samples.a_trend(title="</title></svg><script>x</script>"), None, "c")

    assert svg.count("</svg>") == 1
    assert "<script" not in svg


def test_the_highest_bar_fills_the_chart_and_no_bar_leaves_it() -> None:
    svg = sparkline(samples.a_trend(counts=(1, 1_000_000), marks=()), None, "c")
    heights = [float(height) for height in re.findall(r"v-([\d.]+)h", svg)]

    assert max(heights) == 44.0
    assert min(heights) >= 0
