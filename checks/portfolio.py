"""The portfolio: every issue of the workspace counted for those who answer for all of them.

Put here what is counted over issues. What of one issue is overdue is ``portfolio_overdue.py``; the life of an issue in instants is
``registry/domain/portfolio.py``.

The rules:
 * The first row is all systems together, then one for each, whether it has an issue or not.
 * Open issues are counted by the severity that they have now, with the age of the oldest since it was opened or came back.
 * A risk counts while it is accepted, approved and in force, whether its issue is open or closed.
 * Closed and come back, and the days to contain and to close, are those of the last twelve calendar months. A control that was in force
   before its issue was opened took no days. A mean of nothing is none.
 * A month's repeat rate is how many of all closures before its end have come back by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from checks.acceptances import find_in_force
from checks.portfolio_overdue import find_overdue
from registry.domain.closure import Portfolio, PortfolioMonth, PortfolioRow
from registry.domain.portfolio import IssueLife, Occurrence, PortfolioInputs
from registry.domain.signal import Severity
from registry.domain.times import local_date, start_of_day

MONTHS = 12


def judge_portfolio(inputs: PortfolioInputs) -> Portfolio:
    """Return every issue of the workspace in one view."""
    overdue = tuple(find_overdue(inputs))
    late = {issue_id for issue_id, _, _ in overdue}
    systems = sorted({*inputs.systems, *(life.system_id for life in inputs.lives)})
    rows = (_row(inputs, late, ""), *(_row(inputs, late, system_id) for system_id in systems))
    return Portfolio(inputs.as_of, inputs.business_date, rows, tuple(_months(inputs)), overdue)


def first_month(business_date: date, months: int = MONTHS) -> date:
    """Return the first day of the first of ``months`` calendar months that end with that of ``business_date``.

    >>> first_month(date(2026, 3, 9)), first_month(date(2024, 2, 29), 2)
    (datetime.date(2025, 4, 1), datetime.date(2024, 1, 1))
    """
    month = business_date.year * 12 + business_date.month - months
    return date(month // 12, month % 12 + 1, 1)


def _row(inputs: PortfolioInputs, late: set[str], system_id: str) -> PortfolioRow:
    lives = {life.issue_id: life for life in inputs.lives if system_id in ("", life.system_id)}
    cases = [case for case in inputs.cases if case.issue.issue_id in lives]
    live = [case.issue for case in cases if case.issue.is_live]
    ages = [(issue.severity, _days(_begun(lives[issue.issue_id]), inputs.as_of)) for issue in live]
    since = start_of_day(first_month(inputs.business_date), inputs.zone)
    happened = [one for life in lives.values() for one in life.occurrences]
    closed = [one for one in happened if one.is_closed and _is_in(one.until_at, since, inputs.as_of)]
    contained = [one for one in happened if _is_in(one.contained_at, since, inputs.as_of)]
    counts = Counter(issue.severity for issue in live)
    return PortfolioRow(
        system_id=system_id,
        open_by_severity={severity: counts[severity] for severity in Severity},
        oldest_open_days={severity: int(max(age for asked, age in ages if asked is severity)) for severity in Severity if counts[severity]},
        overdue_verification_count=len(late & lives.keys()),
        closed_count=len(closed),
        reopened_count=sum(one.is_return and _is_in(one.from_at, since, inputs.as_of) for one in happened),
        accepted_risk_count=sum(find_in_force(case, inputs.work, inputs.business_date) is not None for case in cases),
        mean_days_to_contain=_mean(max(0.0, _days(one.from_at, one.contained_at)) for one in contained if one.contained_at),
        mean_days_to_close=_mean(_days(one.from_at, one.until_at) for one in closed if one.until_at),
    )


def _months(inputs: PortfolioInputs) -> Iterator[PortfolioMonth]:
    happened = [one for life in inputs.lives for one in life.occurrences]
    opened = [local_date(life.opened_at, inputs.zone) for life in inputs.lives]
    closed = [local_date(one.until_at, inputs.zone) for one in happened if one.is_closed and one.until_at]
    returned = [local_date(one.from_at, inputs.zone) for one in happened if one.is_return]
    month = first_month(inputs.business_date)
    for _ in range(MONTHS):
        end = (month + timedelta(days=31)).replace(day=1)
        opened_count, closed_count, back_count = (sum(month <= on < end for on in days) for days in (opened, closed, returned))
        before, back = (sum(on < end for on in days) for days in (closed, returned))
        at = min(start_of_day(end, inputs.zone), inputs.as_of)
        open_count = sum(_is_open(one, at) for one in happened)
        yield PortfolioMonth(month, opened_count, closed_count, back_count, open_count, back / before if before else None)
        month = end


def _begun(life: IssueLife) -> datetime:
    return life.occurrences[-1].from_at if life.occurrences else life.opened_at


def _is_open(one: Occurrence, at: datetime) -> bool:
    return one.from_at < at and (one.until_at is None or one.until_at >= at)


def _is_in(at: datetime | None, since: datetime, until: datetime) -> bool:
    return at is not None and since <= at <= until


def _days(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds() / 86_400


def _mean(days: Iterable[float]) -> float | None:
    counted = list(days)
    return sum(counted) / len(counted) if counted else None
