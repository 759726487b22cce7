"""Shares of rows, before and now: is a difference more than chance gives at a level, whatever the number of rows?

Put exact bounds on shares here. Tests of counts a day are ``checks/rates.py``; what a policy makes of a difference is its caller's.

The rules:
 * Given how many rows of both samples have the property, how many of them fall into the window is hypergeometric; its tail is at most
   Chernoff's bound exp(-K KL(k/K, s)) with s the window's share of all rows (Hoeffding, JASA 58, 1963, theorems 1 and 4). It is an
   inequality, not an approximation: never more false alarms than the level, at ten rows as at ten millions.
 * The level of one test is the drift budget, divided by windows a year and by tests in a window (Bonferroni).
 * That all rows fall on few of the usual days, or are all alike, is bounded by a union over the days or values that it could be.
"""

from __future__ import annotations

import math

from registry.domain.monitoring import Window

DAYS_PER_YEAR = 365.25


def level_of_one_test(alarms_per_year: float, window: Window, tests: int) -> float:
    """Return the level that spends ``alarms_per_year`` over all windows of a year and all tests of a window.

    >>> from datetime import date
    >>> round(level_of_one_test(0.5, Window(date(2026, 1, 1), date(2026, 1, 2)), 100) * 365.25 * 100, 6)
    0.5
    """
    return min(1.0, alarms_per_year * window.day_count / DAYS_PER_YEAR / max(1, tests))


def is_more(now: int, before: int, rows: int, rows_before: int, level: float) -> bool:
    """Return whether ``now`` of ``rows`` is a larger share than ``before`` of ``rows_before`` by more than chance.

    >>> is_more(3, 0, 100, 100, 0.2), is_more(2, 0, 100, 100, 0.2)  # (1/2) ** 3 and (1/2) ** 2
    (True, False)
    """
    if rows <= 0 or rows_before <= 0 or now + before == 0 or now * rows_before <= before * rows:
        return False
    return _log_bound(now, now + before, rows / (rows + rows_before)) < math.log(level)


def is_less(now: int, before: int, rows: int, rows_before: int, level: float) -> bool:
    """Return whether ``now`` of ``rows`` is a smaller share than ``before`` of ``rows_before`` by more than chance."""
    return is_more(before, now, rows_before, rows, level)


def is_alike_by_chance(count: int, largest_share: float, values: int, level: float) -> bool:
    """Return whether ``count`` rows may all have one value by chance, where the most frequent of ``values`` has ``largest_share``.

    >>> is_alike_by_chance(5, 0.5, 2, 0.05), is_alike_by_chance(6, 0.5, 2, 0.05)  # 2 * (1/2) ** n
    (True, False)
    """
    if count == 0 or largest_share >= 1:
        return True
    return bool(math.log(max(1, values)) + count * math.log(largest_share) >= math.log(level))


def fall_on_few_days_by_chance(days: int, usual_days: int, rows: int, level: float) -> bool:
    """Return whether ``rows`` rows may all fall on ``days`` of ``usual_days`` days by chance."""
    if days >= usual_days or days == 0:
        return True
    ways = math.lgamma(usual_days + 1) - math.lgamma(days + 1) - math.lgamma(usual_days - days + 1)
    return ways + rows * math.log(days / usual_days) >= math.log(level)


def _log_bound(hits: int, total: int, share: float) -> float:
    met = hits / total
    divergence = met * math.log(met / share)
    if hits < total:
        divergence += (1 - met) * math.log((1 - met) / (1 - share))
    return -total * divergence
