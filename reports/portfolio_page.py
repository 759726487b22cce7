"""The portfolio: every issue in one view, for those who answer for all of them.

Page one holds what is open, late, accepted and came back, over all systems, each number with what it is of, and whose verification is
overdue; then a row for each system and twelve months as small charts. Put here what the page shows and in which order; what is counted is
``checks/portfolio.py``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from registry.domain.closure import Portfolio, PortfolioMonth, PortfolioRow
from registry.domain.signal import Severity
from reports import wording
from reports.rendering import is_package_file, render_fragment, render_page
from reports.triage_summary import Figure

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_ROWS = 200
_SEVERE = (Severity.L3, Severity.L4)
_WIDTH, _HEIGHT, _BASE = 320, 84, 66


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system as it is read; ``cells`` are the open issues of each severity with the age of the oldest."""

    name: str
    system_id: str
    is_all: bool
    open_text: str
    cells: tuple[tuple[str, str, str], ...]
    overdue: str
    closed: str
    repeat: str
    accepted: str
    contain: str
    close: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a chart: its path, and whether its value is known."""

    path: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class TrendChart:
    """One number by month: its drawing, where it ended, and its denominator in words."""

    title: str
    note: str
    drawing: Markup


def render_portfolio(portfolio: Portfolio, zone: str, system_names: Mapping[str, str] | None = None, record_name: str = "") -> bytes:
    """Return the page of ``portfolio``: the same bytes for the same values.

    ``system_names`` are what people call systems, by their ids; ``record_name`` is the file of the record beside the page, if any.
    """
    whole = portfolio.rows[0] if portfolio.rows else None
    return render_page(
        "portfolio.html.j2",
        as_of=wording.time_text(portfolio.as_of, zone),
        date_text=wording.day_text(portfolio.business_date),
        headline=_headline(whole),
        tone="inconclusive" if whole is None or portfolio.overdue or _severe(whole) else "pass",
        figures=_figures(whole) if whole else (),
        severities=[(severity.value, wording.SEVERITY_WORDS[severity]) for severity in reversed(Severity)],
        rows=[_system_row(row, system_names or {}, is_all=number == 0) for number, row in enumerate(portfolio.rows[:MAX_ROWS])],
        left_out=max(0, len(portfolio.rows) - MAX_ROWS),
        overdue=portfolio.overdue[:MAX_ROWS],
        overdue_left_out=max(0, len(portfolio.overdue) - MAX_ROWS),
        trends=_trends(portfolio.months),
        months=[_month(month) for month in reversed(portfolio.months)],
        record_name=record_name,
        has_record=is_package_file(record_name),
    )


def _headline(whole: PortfolioRow | None) -> str:
    if whole is None:
        return "Nothing was counted"
    count = _open(whole)
    return f"{wording.counted(count, 'issue')} open, {_severe(whole):,} of them harm or worse; {whole.overdue_verification_count:,} overdue"


def _open(row: PortfolioRow) -> int:
    return sum(row.open_by_severity.values())


def _severe(row: PortfolioRow) -> int:
    return sum(row.open_by_severity.get(severity, 0) for severity in _SEVERE)


def _figures(whole: PortfolioRow) -> tuple[Figure, ...]:
    """Return the numbers of all systems, each with what it is of."""
    count, closed = _open(whole), whole.closed_count
    return (
        Figure(f"{count:,}", "open", "issues of every system", False),
        Figure(f"{_severe(whole):,}", "open at L3 or L4", f"of {count:,} open", bool(_severe(whole))),
        Figure(
            f"{whole.overdue_verification_count:,}",
            "overdue verification",
            "issues, open or closed, whose proof is late",
            bool(whole.overdue_verification_count),
        ),
        Figure(f"{whole.reopened_count:,}", "came back", f"in 12 months, in which {closed:,} were closed", bool(whole.reopened_count)),
        Figure(f"{whole.accepted_risk_count:,}", "accepted risks", "in force, of issues open or closed", False),
        Figure(_days(whole.mean_days_to_close), "days to close", f"mean of {closed:,} closed in 12 months", False),
    )


def _system_row(row: PortfolioRow, names: Mapping[str, str], *, is_all: bool) -> SystemRow:
    cells = tuple(_cell(row, severity) for severity in reversed(Severity))
    return SystemRow(
        name="All systems" if is_all else names.get(row.system_id, row.system_id),
        system_id="" if is_all or row.system_id not in names else row.system_id,
        is_all=is_all,
        open_text=f"{_open(row):,}",
        cells=cells,
        overdue=f"{row.overdue_verification_count:,}",
        closed=f"{row.closed_count:,}",
        repeat=f"{row.reopened_count:,}",
        accepted=f"{row.accepted_risk_count:,}",
        contain=_days(row.mean_days_to_contain),
        close=_days(row.mean_days_to_close),
    )


def _cell(row: PortfolioRow, severity: Severity) -> tuple[str, str, str]:
    count = row.open_by_severity.get(severity, 0)
    oldest = wording.counted(row.oldest_open_days[severity], "day") if severity in row.oldest_open_days else ""
    return severity.value, f"{count:,}", oldest


def _days(mean: float | None) -> str:
    return "none" if mean is None else f"{mean:,.1f}"


def _trends(months: Sequence[PortfolioMonth]) -> tuple[TrendChart, ...]:
    if not months:
        return ()
    ratios = [None if one.repeat_ratio is None else 100 * one.repeat_ratio for one in months]
    back, closed = (sum(getattr(one, name) for one in months) for name in ("reopened_count", "closed_count"))
    last = ratios[-1]
    repeat = "nothing was closed yet" if last is None else f"{last:.0f} % at the end: {back:,} came back in these months, {closed:,} closed"
    return (
        _trend("Open at the end of the month", months, [one.open_at_end_count for one in months], "issues"),
        _trend("Opened", months, [one.opened_count for one in months], "issues"),
        _trend("Closed", months, [one.closed_count for one in months], "issues"),
        _trend("Came back", months, [one.reopened_count for one in months], "issues"),
        TrendChart("Repeat rate, % of all closures so far", repeat, _drawing("Repeat rate", months, ratios)),
    )


def _trend(title: str, months: Sequence[PortfolioMonth], counts: Sequence[int], unit: str) -> TrendChart:
    note = f"{counts[-1]:,} in {_month_text(months[-1].month)}; highest {max(counts):,} {unit}, lowest {min(counts):,}"
    return TrendChart(title, note, _drawing(title, months, counts))


def _drawing(title: str, months: Sequence[PortfolioMonth], values: Sequence[float | None]) -> Markup:
    """Return a bar for each month; a month without a value has a mark at the base."""
    top = max([1.0, *(value for value in values if value is not None)])
    step = _WIDTH / len(values)
    told = "; ".join(f"{_month_text(one.month)} {_value(value)}" for one, value in zip(months, values, strict=True))
    return render_fragment(
        "months.svg.j2",
        bars=[_bar(index * step, step, value, top) for index, value in enumerate(values)],
        labels=[
            (f"{(index + 0.5) * step:.1f}", f"{_top(value, top) - 4:.1f}", _value(value))
            for index, value in enumerate(values)
            if value is not None
        ],
        ends=(_month_text(months[0].month), _month_text(months[-1].month)),
        description=f"{title}: {told}",
        width=_WIDTH,
        height=_HEIGHT,
        base=_BASE,
    )


def _bar(left: float, step: float, value: float | None, top: float) -> Bar:
    if value is None:
        return Bar(f"M{left + 0.3 * step:.1f} {_BASE - 3}h{0.4 * step:.1f}", is_known=False)
    height = _BASE - _top(value, top)
    return Bar(f"M{left + 0.1 * step:.1f} {_BASE}v-{height:.1f}h{0.8 * step:.1f}v{height:.1f}z", is_known=True)


def _top(value: float, top: float) -> float:
    return _BASE - value / top * (_BASE - 18)


def _value(value: float | None) -> str:
    return "none" if value is None else f"{value:,.0f}"


def _month(one: PortfolioMonth) -> tuple[str, ...]:
    ratio = "nothing closed before" if one.repeat_ratio is None else f"{one.repeat_ratio:.0%}"
    counts = (one.opened_count, one.closed_count, one.reopened_count, one.open_at_end_count)
    return (_month_text(one.month), *(f"{count:,}" for count in counts), ratio)


def _month_text(month: date) -> str:
    return wording.day_text(month.replace(day=1)).removeprefix("1 ")
