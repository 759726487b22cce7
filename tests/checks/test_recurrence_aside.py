"""Rows that could not be read: when they leave a day unobserved, and how they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_aside import find_spoiled
from registry.domain.recurrence import Outcome, WatchDay
from registry.domain.rows_aside import RowsAside, rows_aside
from tests.builders import FEED, SYSTEM
from tests.checks.test_recurrence_inputs import a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import JUDGED_ON, a_recurrence_policy, some_window_inputs

DAY = timedelta(days=1)
ON = JUDGED_ON - 20 * DAY


def some_aside(**changes: Any) -> RowsAside:
    return replace(RowsAside(FEED, ON, 3, 0, 5), **changes)


def of_known(*aside: RowsAside) -> dict[tuple[str, str, date], RowsAside]:
    return {(SYSTEM, one.feed, one.on): one for one in aside}


def a_day(aside: RowsAside) -> WatchDay:
    return next(day for day in inputs_of(a_plan(), known(a_fixed_issue(), aside=of_known(aside))).days if day.on == ON)


BUSY = [
    ("one of a thousand", some_aside(count=1, new_count=999), True),
    ("one of fewer", some_aside(count=1, new_count=998), False),
    ("nothing else came", some_aside(count=1, new_count=0), False),
    ("all mended", some_aside(mended_count=3), True),
    ("one left", some_aside(mended_count=2), False),
    ("nothing else came, and it was mended", some_aside(count=1, mended_count=1, new_count=0), True),
]


@pytest.mark.parametrize(("_name", "aside", "is_observed"), BUSY, ids=[case[0] for case in BUSY])
def test_a_day_of_which_too_many_rows_could_not_be_read_is_not_observed(_name: str, aside: RowsAside, is_observed: bool) -> None:
    day = a_day(aside)
    assert (day.is_observed, day.aside) == (is_observed, (aside,))


def test_the_reason_says_what_to_do() -> None:
    told = find_spoiled((some_aside(),), a_recurrence_policy().watch)
    assert told == (
        f"3 rows of the feed {FEED} were set aside, beside 5 that were read: nobody knows what they say; "
        "mend them at the source under their ids while they are in the feed's window"
    )


def test_rows_that_were_never_read_are_told_with_the_window_where_their_days_count_as_well() -> None:
    inputs = some_window_inputs()
    busy = some_aside(count=1, new_count=5_000)
    days = tuple(replace(day, aside=(busy,)) if day.on == ON else day for day in inputs.days)
    decision = judge_window(replace(inputs, days=days))
    (told,) = (one for one in decision.not_evaluated if one.reason_code == "rows_set_aside")
    assert decision.outcome is Outcome.CLEAN
    assert told.reason.startswith("1 row of 1 day of the window was set aside, and never read since")
    mended = tuple(replace(day, aside=(replace(busy, mended_count=1),)) if day.on == ON else day for day in inputs.days)
    assert "rows_set_aside" not in {one.reason_code for one in judge_window(replace(inputs, days=mended)).not_evaluated}


def test_of_a_source_that_several_feeds_read_each_has_all_of_its_rows() -> None:
    judged = [("bot", "complaints", "csv", ON + DAY, 5), ("bot", "appeals", "csv", ON + DAY, 0), ("bot", "other", "db", ON + DAY, 1)]
    found = rows_aside([("csv", ON + DAY, 2), ("csv", ON + DAY, 1), ("csv", ON, 9)], judged, {("csv", ON + DAY): 7})
    assert found == {
        ("bot", "complaints", ON): RowsAside("complaints", ON, 3, 3, 5),
        ("bot", "appeals", ON): RowsAside("appeals", ON, 3, 3, 0),
    }
