"""A recurrence window drawn: what was reported of which day, which days were observed, what happened when, and the bound as it tightens.

Put geometry here; marks and colours are the template's, words beside a chart belong to ``window_view.py``.

 * One column is one civil day, of decisions, not of reports.
 * What happened is marked by letters, which the page explains: names on a line would run into each other.
 * The bound stands on a logarithmic scale, on which it falls by the same height each time the exposure doubles.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from registry.domain.exposure import EffectKind
from registry.domain.recurrence import WindowDecision, WindowInputs
from registry.domain.times import local_date
from reports import wording
from reports.rendering import render_fragment

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, LEFT = 960, 4
_MARKS, _BARS, _DAYS, _HEIGHT = 44, 96, 122, 158  # lower edges of marks, bars, days, and all
_APART, _ROW, _MONTH = 20, 17, 46
BOUND_HEIGHT, _BOUND_TOP, _BOUND_BASE = 150, 10, 124
_MAX_BARS = 400  # columns thinner than two pixels say nothing; the newest days are drawn


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened on a day, and what it means; ``tone`` colours its letter."""

    on: date
    what: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Which days are drawn, the last one included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def x(self, on: date, part: float = 0.0) -> float:
        """Return where a day begins, or a part of it lies."""
        return LEFT + ((on - self.first).days + part) * (WIDTH - 2 * LEFT) / self.count


def span_of(inputs: WindowInputs, decision: WindowDecision, moments: Sequence[Moment]) -> Span:
    """Return the days to draw: from before the fix, or what led to it, to today or the day on which the window closes."""
    known = [day.on for day in inputs.days] or [decision.business_date]
    last = max([decision.business_date, decision.closes_on or decision.business_date])
    begun = min([local_date(inputs.fix.effective_at, inputs.zone), *(one.on for one in moments)])
    first = max(min(known), min(begun - timedelta(days=inputs.policy.silence.baseline_days), last))
    return Span(max(first, last - timedelta(days=_MAX_BARS - 1)), last)


def timeline(inputs: WindowInputs, decision: WindowDecision, moments: Sequence[Moment]) -> Markup:
    """Return the days of a window as an accessible inline SVG; the letters follow the order of ``moments``."""
    span = span_of(inputs, decision, moments)
    before, after, late = seen_by_day(inputs, decision)
    top = max([1, *(before | after | late).values()])
    kinds = day_kinds(inputs, decision)
    return render_fragment(
        "window_timeline.svg.j2",
        before=_bars(before, span, top),
        after=_bars(after, span, top),
        late=_bars(late, span, top),
        returns="".join(f"M{span.x(on, 0.5):.1f} {_BARS + 2}l4 7h-8z" for on in sorted(after) if span.first <= on <= span.last),
        bands=[(kind, "".join(_cell(on, span) for on in days)) for kind, days in kinds.items()],
        marks=_lettered(moments, span),
        months=_months(span),
        top=top,
        description=f"{sum(before.values())} before the fix, {sum(after.values())} after it, {sum(late.values())} reported late; "
        + ", ".join(f"{wording.counted(len(days), 'day')} {kind}" for kind, days in kinds.items()),
        width=WIDTH,
        height=_HEIGHT,
        bars=_BARS,
        marks_end=_MARKS,
        days=_DAYS,
    )


def seen_by_day(inputs: WindowInputs, decision: WindowDecision) -> tuple[Counter[date], Counter[date], Counter[date]]:
    """Return how many signals are about decisions of each day: of old versions, of the fix, and of old versions reported after it."""
    after = {one.key for one in decision.occurrences}
    if decision.effect.kind is EffectKind.RATE:  # of a rate the newest are listed alone
        after |= {one.key for one in inputs.seen if one.is_after_fix}
    late = {one.key for one in decision.late} - after
    days: tuple[Counter[date], Counter[date], Counter[date]] = (Counter(), Counter(), Counter())
    for one in inputs.seen:
        days[1 if one.key in after else 2 if one.key in late else 0][local_date(one.decided_at, inputs.zone)] += 1
    return days


def day_kinds(inputs: WindowInputs, decision: WindowDecision) -> dict[str, list[date]]:
    """Return the days since the fix by what they count for."""
    start = decision.effective.start_on
    kinds: dict[str, list[date]] = {"observed": [], "extended": [], "unobserved": []}
    for day in inputs.days:
        if start is not None and start <= day.on < inputs.business_date:
            is_seen = day.is_observed and (not inputs.unit or bool(day.exposure_count))
            kinds["unobserved" if not is_seen else "extended" if day.extending or day.unread else "observed"].append(day.on)
    return kinds


def bound_chart(decision: WindowDecision) -> Markup | None:
    """Return the bound of each day against what may be, or None where no day has one."""
    days = [(one.on, one.high) for one in decision.bound if one.high is not None and one.high > 0 and math.isfinite(one.high)]
    if not days:
        return None
    limit = decision.limit if decision.limit and decision.limit > 0 else None
    values = [high for _, high in days] + ([limit] if limit else [])
    low, high = math.log(min(values)) - 0.2, math.log(min(max(values), min(values) * 300)) + 0.2
    span = Span(days[0][0], max(days[-1][0], days[0][0] + timedelta(days=1)))
    points = [(span.x(on, 0.5), _height(value, low, high)) for on, value in days]
    return render_fragment(
        "window_bound.svg.j2",
        path=_steps(points),
        limit="" if limit is None else f"{_height(limit, low, high):.1f}",
        limit_text="" if limit is None else per_thousand(limit),
        ends=[
            (f"{x:.1f}", f"{y:.1f}", per_thousand(value))
            for (x, y), (_, value) in zip((points[0], points[-1]), (days[0], days[-1]), strict=True)
        ],
        is_met=limit is not None and days[-1][1] <= limit,
        months=_months(span),
        description=f"at most {_on(days[0])}, at most {_on(days[-1])}" + (f"; may be {per_thousand(limit)}" if limit else ""),
        width=WIDTH,
        height=BOUND_HEIGHT,
        base=_BOUND_BASE,
    )


def per_thousand(ratio: float) -> str:
    """Return a share as its number in a thousand.

    >>> per_thousand(0.00057), per_thousand(1.0)
    ('0.57', '1,000')
    """
    return f"{1000 * ratio:,.0f}" if ratio >= 0.1 else f"{1000 * ratio:.3g}"


def letter(number: int) -> str:
    """Return the letter of a moment by its place.

    >>> letter(0), letter(27)
    ('A', 'B1')
    """
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _on(day: tuple[date, float]) -> str:
    return f"{per_thousand(day[1])} in 1,000 on {wording.day_text(day[0])}"


def _bars(counts: Counter[date], span: Span, top: int) -> str:
    step = span.x(span.first, 1.0) - LEFT
    shown = ((on, count) for on, count in sorted(counts.items()) if span.first <= on <= span.last)
    bars = ((span.x(on), max(4.0, count / top * (_BARS - _MARKS - 4))) for on, count in shown)
    return "".join(f"M{left:.1f} {_BARS}v-{height:.1f}h{max(1.5, 0.8 * step):.1f}v{height:.1f}z" for left, height in bars)


def _cell(on: date, span: Span) -> str:
    if not span.first <= on <= span.last:
        return ""
    left, right = span.x(on), span.x(on, 1.0)
    gap = 0.5 if right - left > 3 else 0.0
    return f"M{left:.1f} {_DAYS - 14}h{right - left - gap:.1f}v14h-{right - left - gap:.1f}z"


def _lettered(moments: Sequence[Moment], span: Span) -> list[tuple[str, str, str, str]]:
    """Return letter, x, y and tone of each moment, a row higher where it would stand on another."""
    ends = [-math.inf, -math.inf]
    found = {}
    for number in sorted(range(len(moments)), key=lambda index: moments[index].on):
        x = min(max(span.x(moments[number].on, 0.5), LEFT + 9), WIDTH - LEFT - 9)
        row = 0 if x - ends[0] >= _APART or ends[1] > ends[0] else 1
        ends[row] = x
        found[number] = (letter(number), f"{x:.1f}", f"{_MARKS - 14 - row * _ROW}", moments[number].tone)
    return [found[number] for number in sorted(found)]


def _months(span: Span) -> list[tuple[str, str]]:
    """Return x and name of as many first days of months as there is room for."""
    firsts = [on for on in (span.first + timedelta(days=offset) for offset in range(span.count)) if on.day == 1]
    every = max(1, math.ceil(_MONTH * len(firsts) / WIDTH))
    places = [(span.x(on), on) for index, on in enumerate(firsts) if index % every == 0]
    return [(f"{x:.1f}", wording.day_text(on).removeprefix("1 ")) for x, on in places if x < WIDTH - 56]


def _height(value: float, low: float, high: float) -> float:
    ratio = min(max((math.log(value) - low) / (high - low), 0.0), 1.0)
    return _BOUND_BASE - ratio * (_BOUND_BASE - _BOUND_TOP)


def _steps(points: Iterable[tuple[float, float]]) -> str:
    drawn = [f"{x:.1f} {y:.1f}" for x, y in points]
    return "M" + "L".join(drawn)


def instant_on(at: datetime, zone: str) -> date:
    """Return the civil day of an instant, as the chart draws it."""
    return local_date(at, zone)
