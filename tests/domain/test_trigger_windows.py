"""Which windows a run judges: none that is settled, none forgotten without a word, and late ones as long as they can be caught up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from registry.domain.monitoring import Window, WindowKind
from registry.domain.trigger_windows import DueWindows, find_due_windows
from registry.domain.triggers import PastWindow
from tests.checks.retraining_years import days, months

FEBRUARY, MARCH, APRIL, MAY = months(4)
REFERENCE_TO = date(2026, 2, 1)
MONTH, WEEK, DAY = WindowKind.MONTH, WindowKind.WEEK, WindowKind.DAY


def past(window: Window, **changes) -> PastWindow:
    return replace(PastWindow(window, datetime(2026, 3, 1, tzinfo=UTC), "sha256:1", judged=True, settled=True), **changes)


def due(*before: PastWindow, newest=MAY, kind=MONTH, most=31, reference_to=REFERENCE_TO) -> DueWindows:
    return find_due_windows(before, reference_to, newest, kind, most)


def test_before_any_window_has_ended_nothing_is_due():
    assert due(newest=months(1, date(2026, 1, 1))[0]) == DueWindows(())


def test_the_first_run_judges_every_window_since_the_reference():
    assert due() == DueWindows((FEBRUARY, MARCH, APRIL, MAY))


def test_a_window_that_shares_a_day_with_the_reference_is_not_compared_with_it():
    assert due(reference_to=date(2026, 2, 10)).due == (MARCH, APRIL, MAY)


def test_what_is_settled_is_not_judged_again():
    assert due(*map(past, (FEBRUARY, MARCH, APRIL, MAY))) == DueWindows(())
    assert due(*map(past, (FEBRUARY, MARCH, APRIL))).due == (MAY,)


def test_a_window_that_is_not_settled_stays_due_though_newer_ones_are_settled():
    assert due(past(FEBRUARY), past(MARCH, settled=False), past(APRIL), past(MAY)) == DueWindows((MARCH,))


def test_windows_that_are_too_many_to_catch_up_are_named_by_the_run_that_leaves_them_out_and_by_no_other():
    first = due(most=2)
    assert first == DueWindows((APRIL, MAY), (FEBRUARY, MARCH))
    assert due(past(APRIL), past(MAY), most=2) == DueWindows(())


def test_windows_that_no_run_met_are_named_after_an_outage_too():
    assert due(past(FEBRUARY), most=1) == DueWindows((MAY,), (MARCH, APRIL))


def test_an_unsettled_window_that_leaves_the_bounds_is_named_once():
    unsettled = past(FEBRUARY, settled=False)
    assert due(unsettled, past(MARCH), newest=MARCH, most=2) == DueWindows((FEBRUARY,))
    assert due(unsettled, past(MARCH), newest=APRIL, most=2) == DueWindows((APRIL,), (FEBRUARY,))
    assert due(unsettled, past(MARCH), past(APRIL), newest=APRIL, most=2) == DueWindows(())


def test_a_run_for_an_earlier_day_judges_nothing_that_may_have_been_settled_and_forgotten():
    remembered = [past(window) for window in days(33, date(2026, 4, 1))]
    assert due(*remembered, newest=days(1, date(2026, 2, 3))[0], kind=DAY) == DueWindows(())


def test_days_that_were_settled_in_windows_of_another_length_are_not_judged_again():
    weeks = due(past(FEBRUARY), past(MARCH, settled=False), newest=Window(date(2026, 3, 9), date(2026, 3, 16)), kind=WEEK)
    assert [window.start_on.day for window in weeks.due] == [2, 9]
    assert due(past(days(1)[0]), newest=MARCH) == DueWindows((MARCH,))
