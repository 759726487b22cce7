"""Charts as inline SVG: geometry is computed here, the marks are drawn by a template, so that every text in them is escaped like any other.

Put shapes of charts here. What is worth a chart, and the words beside it, belong to the page that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from registry.domain.triage import SpikeEvidence, Trend
from reports import wording
from reports.rendering import render_fragment

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 320, 64
_TOP, _BASE = 6, 50
_MARK = 4.5  # half the width of a triangle, which must not be cut off at the edge


@dataclass(frozen=True, slots=True)
class Spark:
    """A bar a day: path data of the plain and the standing-out days, x of each mark, and y of the expected rate (None: not known)."""

    plain_path: str
    spike_path: str
    mark_xs: tuple[str, ...]
    expected_y: str | None


def sparkline(trend: Trend, spike: SpikeEvidence | None, element_id: str) -> Markup:
    """Return the daily counts of one fingerprint as an accessible inline SVG; spike days differ in shade and carry a triangle below."""
    return render_fragment(
        "spark.svg.j2",
        spark=_geometry(trend, spike),
        title=f"Signals a day: {trend.title}",
        description=describe(trend, spike),
        element_id=element_id,
        width=WIDTH,
        height=HEIGHT,
        base=_BASE,
    )


def describe(trend: Trend, spike: SpikeEvidence | None = None) -> str:
    """Return what the chart shows in words: highest, lowest, last and when its issue opened or escalated."""
    if not trend.counts:
        return "No day was counted."
    highest = max(trend.counts)
    peak = trend.start_on + timedelta(days=trend.counts.index(highest))
    parts = [f"highest {highest:,} on {wording.day_text(peak)}", f"lowest {min(trend.counts):,}", f"last {trend.counts[-1]:,}"]
    if trend.marks:
        parts.append("▲ its issue opened or escalated on " + ", ".join(wording.day_text(day) for day in trend.marks))
    if spike and spike.window_days:
        parts.append(f"dashed line: {wording.amount(spike.expected / spike.window_days)} expected a day")
    return "; ".join(parts)


def last_day(trend: Trend) -> date:
    """Return the last civil day of the chart."""
    return trend.start_on + timedelta(days=max(0, len(trend.counts) - 1))


def _geometry(trend: Trend, spike: SpikeEvidence | None) -> Spark:
    days = max(1, len(trend.counts))
    step = WIDTH / days
    standing_out = _spike_days(trend, spike)
    per_day = spike.expected / spike.window_days if spike and spike.window_days else None
    top = max([1.0, *trend.counts, per_day or 0.0])
    bars = [_bar(index * step, step, count / top) for index, count in enumerate(trend.counts)]
    return Spark(
        plain_path="".join(bar for index, bar in enumerate(bars) if index not in standing_out),
        spike_path="".join(bars[index] for index in sorted(standing_out)),
        mark_xs=tuple(f"{min(max((index + 0.5) * step, _MARK), WIDTH - _MARK):.1f}" for index in _mark_days(trend)),
        expected_y=f"{_BASE - per_day / top * (_BASE - _TOP):.1f}" if per_day else None,
    )


def _bar(left: float, step: float, height_ratio: float) -> str:
    gap = 0.15 * step
    height = height_ratio * (_BASE - _TOP)
    return f"M{left + gap / 2:.1f} {_BASE}v-{height:.1f}h{step - gap:.1f}v{height:.1f}z" if height else ""


def _mark_days(trend: Trend) -> tuple[int, ...]:
    """An issue is opened on the morning after its last day of data: that mark stands under the last bar."""
    days = len(trend.counts)
    indexes = ((day - trend.start_on).days for day in trend.marks)
    return tuple(min(index, days - 1) for index in indexes if 0 <= index <= days and days)


def _spike_days(trend: Trend, spike: SpikeEvidence | None) -> frozenset[int]:
    """The tested window where a test is at hand, otherwise the marked days themselves."""
    if spike:
        return frozenset(range(max(0, len(trend.counts) - spike.window_days), len(trend.counts)))
    return frozenset(_mark_days(trend))
