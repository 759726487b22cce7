"""The days of a window: has the feed stopped, are the usual days there, are there as many rows as usual?

Put a rule here when it judges how a window's rows lie on its days. What is in the rows is judged elsewhere.

The rules, in order:
 * Closed: a day that the catalogue names as closed (``monitoring.closed_on``) is one on which no row is expected, in all that follows.
 * Usual gap: a window without a row lacks none where the reference has rows on fewer than half of the days of such weekdays: a Sunday as
   a window of its own. It is not waited for.
 * Stopped: no row on the last days of the window, more of them in a row than the reference ever had between two days with rows. The gap
   after its last such day and before its first is one too, and months differ by a ninth of their days: a feed without weekends, and one
   dated once a month, stays quiet. So do few rows that leave such a gap by chance. INCONCLUSIVE, ``stale``: the rest may still be coming.
 * Volume: fewer than ``min_volume_ratio`` of the rows that the reference has in as many days, fewer than on any stretch of as many days of
   it, and fewer than chance gives. INCONCLUSIVE, ``volume_drop``, as a window without any row is: what is there is judged all the same.
 * Few days: rows on fewer than ``min_day_ratio`` of the days expected, by the reference's own share of days with rows, and fewer than
   this many rows would fall on by chance; fewer than the drift policy's ``min_rows`` say nothing about days. A source that is dated once
   a month stays quiet.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import accumulate

from checks.data_quality_pair import Problem
from checks.shares import fall_on_few_days_by_chance, is_less
from registry.domain.monitoring import Window
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile


def is_usual_gap(reference: ReferenceProfile, window: Window, closed_on: Collection[date] = ()) -> bool:
    """Return whether the reference has mostly no rows on the weekdays of a window's open days."""
    before = reference.profile
    observed: dict[int, list[bool]] = {}
    for place, rows in enumerate(before.day_rows):
        observed.setdefault((before.window.start_on + timedelta(days=place)).weekday(), []).append(rows > 0)
    asked = {day.weekday() for day in window.days() if day not in closed_on}
    return all(weekday in observed and 2 * sum(observed[weekday]) < len(observed[weekday]) for weekday in asked)


def find_stop(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, level: float, closed_on: Collection[date] = ()
) -> Problem | None:
    """Return that the feed stopped before the window's end."""
    days, rows = profile.day_rows, profile.row_count
    at_end, open_days = _silent_at_end(days), _open_days(profile.window, closed_on)
    silent = at_end - sum(day in closed_on for day in profile.window.days()[len(days) - at_end :])
    usual = _longest_gap(reference.profile.day_rows)
    if rows == 0 or silent <= usual or (silent < open_days and rows * math.log1p(-silent / open_days) >= math.log(level)):
        return None
    newest = profile.window.end_on - timedelta(days=at_end + 1)
    text = f"the newest row is of {newest}, and {silent} days without any follow until {profile.window.end_on}; the reference has at most "
    text += f"{usual} in a row, so rows may still be coming: look whether the source delivered. Read again until they are there, for "
    text += f"{policies.requests.catch_up_windows} windows; name days on which nothing comes in the catalogue (monitoring.closed_on)"
    return Problem("stale", text, float(silent), float(usual), n=rows)


def find_volume_drop(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, level: float, closed_on: Collection[date] = ()
) -> Problem | None:
    """Return that most of the usual rows are not there."""
    before, days, rows = reference.profile, _open_days(profile.window, closed_on), profile.row_count
    usual = before.row_count * days / before.window.day_count
    limit = min(policies.data_quality.min_volume_ratio * usual, _quietest(before.day_rows, days))
    if rows == 0 or days == 0 or rows >= limit or not is_less(rows, before.row_count, days, before.window.day_count, level):
        return None
    text = f"{rows:,} rows in {days} days, expected about {usual:,.0f} as in the reference and at least {limit:,.0f}; look whether the "
    text += f"source delivered all of them. Read again until they are there, for {policies.requests.catch_up_windows} windows; "
    text += "if there are so few from now on, freeze a new reference"
    return Problem("volume_drop", text, rows / usual, limit / usual, 1.0, rows)


def find_few_days(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, level: float, closed_on: Collection[date] = ()
) -> Problem | None:
    """Return that rows are on few of the usual days."""
    before, rows, days = reference.profile, profile.row_count, _open_days(profile.window, closed_on)
    usual = math.ceil(days * before.observed_days / before.window.day_count)
    if rows < max(1, policies.drift.min_rows) or usual == 0:
        return None
    expected = usual * (1 - (1 - 1 / usual) ** rows)
    limit = policies.data_quality.min_day_ratio * expected
    if profile.observed_days >= limit or fall_on_few_days_by_chance(profile.observed_days, usual, rows, level):
        return None
    text = f"rows on {profile.observed_days} of {days} days, expected about {expected:.0f} and at least {limit:.1f}; "
    text += "look which days the source missed"
    return Problem("few_days", text, profile.observed_days / days, limit / days, expected / days, rows)


def _open_days(window: Window, closed_on: Collection[date]) -> int:
    return sum(day not in closed_on for day in window.days())


def _silent_at_end(day_rows: Sequence[int]) -> int:
    return next((silent for silent, rows in enumerate(reversed(day_rows)) if rows), len(day_rows))


def _longest_gap(day_rows: Sequence[int]) -> int:
    """Return the most days without rows in a row, where the days begin anew after the last one.

    >>> _longest_gap([5] * 5 + [0, 0]), _longest_gap([9] + [0] * 27)  # no weekends; once a month, counted in a February
    (2, 30)
    """
    observed = [day for day, rows in enumerate(day_rows) if rows]
    if not observed:
        return len(day_rows)
    following = [*observed[1:], observed[0] + len(day_rows)]
    longest = max(after - day - 1 for day, after in zip(observed, following, strict=True))
    return longest * 10 // 9


def _quietest(day_rows: Sequence[int], days: int) -> float:
    """Return the fewest rows of any ``days`` days in a row that have some; as many as there would be where there are not so many days.

    >>> _quietest([3, 0, 4, 1], 2), _quietest([3, 3], 4)
    (3, 12.0)
    """
    if len(day_rows) < days:
        return sum(day_rows) * days / max(1, len(day_rows))
    until = [0, *accumulate(day_rows)]
    return min((end - start for start, end in zip(until, until[days:], strict=False) if end > start), default=0)
