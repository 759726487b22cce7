"""The windows of one run, one after the other: what is told of each, and what of it the next one knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from checks.retraining import judge_triggers
from checks.trigger_series import judge_series
from registry.domain.trigger_run import ReferenceRead, SystemKnown, SystemRead, TriggerPlan, WindowRead
from registry.domain.triggers import TriggerHistory
from tests.checks.retraining_years import months
from tests.trigger_builders import POLICIES, a_cell, a_profile, a_watched_system, trigger_inputs

AS_OF = datetime(2026, 6, 1, 8, tzinfo=UTC)
SYSTEM = a_watched_system()
PLAN = TriggerPlan("bank", AS_OF, AS_OF, date(2026, 6, 1), "UTC", (SYSTEM,), POLICIES, b"")
FEBRUARY, MARCH, APRIL, MAY = months(4)
MOVED = a_cell("age", (3_900, 50, 50, 0, 0))


def judged(*windows: WindowRead):
    reference = trigger_inputs().reference
    read = SystemRead(SYSTEM, AS_OF.date(), ReferenceRead(reference), windows)
    return judge_series(PLAN, SystemKnown(SYSTEM, TriggerHistory(0)), read, 1, judge_triggers)


def empty(window, **changes):
    return replace(WindowRead(window, a_profile(window=window)), **changes)


def test_no_window_tells_nothing() -> None:
    assert judged() == ()


def test_each_window_knows_what_the_one_before_it_in_the_run_asked_for() -> None:
    first, second = judged(WindowRead(FEBRUARY, a_profile(MOVED, window=FEBRUARY)), WindowRead(MARCH, a_profile(MOVED, window=MARCH)))
    assert ([len(one.decision.requests) for one in (first, second)], second.decision.opened) == ([1, 0], ())


def test_a_window_that_still_cannot_be_judged_takes_no_request_away_from_the_newest() -> None:
    (newest,) = judged(
        empty(FEBRUARY, is_again=True, label_count=10), empty(MARCH, is_again=True), WindowRead(MAY, a_profile(MOVED, window=MAY))
    )
    assert (newest.number, newest.decision.window) == (1, MAY)
    assert [one.action for one in newest.decision.requests] == ["investigate"]


def test_a_window_that_nobody_met_before_is_told_also_where_it_cannot_be_judged() -> None:
    (blind,) = judged(empty(APRIL))
    assert blind.decision.window == APRIL and not blind.decision.requests


def test_a_window_whose_rows_came_late_is_judged() -> None:
    (late,) = judged(WindowRead(FEBRUARY, a_profile(MOVED, window=FEBRUARY), is_again=True))
    assert late.decision.opened == ("drift|age",)
