"""The windows of one run, one after the other: what is told of each, and what of it the next one knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from checks.retraining import judge_triggers
from checks.trigger_day import judge_system_day, judge_triggers_day
from checks.trigger_events import is_settled
from checks.trigger_series import judge_series
from registry.domain.decision import Verdict
from registry.domain.trigger_run import ReferenceRead, SystemDay, SystemKnown, SystemRead, TriggerPlan, WindowRead
from registry.domain.triggers import PastWindow, TriggerHistory
from tests.checks.retraining_years import months
from tests.trigger_builders import POLICIES, a_cell, a_profile, a_watched_system, trigger_inputs

AS_OF = datetime(2026, 6, 1, 8, tzinfo=UTC)
SYSTEM = a_watched_system()
PLAN = TriggerPlan("bank", AS_OF, AS_OF, date(2026, 6, 1), "UTC", (SYSTEM,), POLICIES, b"")
FEBRUARY, MARCH, APRIL, MAY = months(4)
MOVED = a_cell("age", (3_900, 50, 50, 0, 0))


EVEN = a_cell("age", (1000, 1000, 1000, 1000, 0))
NOTHING = TriggerHistory(0)


def judged(*windows: WindowRead, history: TriggerHistory = NOTHING):
    reference = trigger_inputs().reference
    read = SystemRead(SYSTEM, AS_OF.date(), ReferenceRead(reference), windows)
    return judge_series(PLAN, SystemKnown(SYSTEM, history), read, 1, judge_triggers)


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


def known_unsettled(window, *, judged: bool) -> TriggerHistory:
    past = PastWindow(window, AS_OF, trigger_inputs().reference.digest, judged=judged)
    return TriggerHistory(0, windows=(past,))


def cut(window, **changes):
    """A window whose rows end before it does."""
    even = a_cell("age", (500, 500, 500, 500, 0))
    rows = tuple(100 if day < 20 else 0 for day in range(window.day_count))
    return replace(WindowRead(window, a_profile(even, window=window, day_rows=rows)), **changes)


def test_a_window_whose_rows_are_not_all_there_is_told_once_and_again_when_they_are() -> None:
    (first,) = judged(cut(MAY))
    assert (first.decision.verdict, is_settled(first.decision)) == (Verdict.INCONCLUSIVE, False)
    assert judged(cut(MAY, is_again=True), history=known_unsettled(MAY, judged=True)) == ()
    (whole,) = judged(WindowRead(MAY, a_profile(EVEN, window=MAY), is_again=True), history=known_unsettled(MAY, judged=True))
    assert (whole.decision.verdict, is_settled(whole.decision)) == (Verdict.PASS, True)


def test_a_window_that_had_no_row_is_told_when_half_of_it_is_there() -> None:
    (some,) = judged(cut(MAY, is_again=True), history=known_unsettled(MAY, judged=False))
    assert not is_settled(some.decision)


def a_day(*windows: WindowRead, history: TriggerHistory = NOTHING, skipped=()) -> SystemDay:
    """Return the line of a run of 1 June, whose newest window is May."""
    known = SystemKnown(SYSTEM, history, standing=SystemDay("credit_model", Verdict.PASS, MAY, "", "decided before"))
    read = SystemRead(SYSTEM, AS_OF.date(), ReferenceRead(trigger_inputs().reference), windows, skipped)
    series = judge_series(PLAN, known, read, 1, judge_triggers)
    return judge_system_day(PLAN, known, read, series, ["decision-00001.json"] * len(series))


def test_a_run_with_nothing_left_out_is_as_good_as_its_windows() -> None:
    assert a_day(WindowRead(MAY, a_profile(EVEN, window=MAY))).verdict is Verdict.PASS
    assert a_day() == SystemDay("credit_model", Verdict.PASS, MAY, "", "decided before")


def test_a_run_that_leaves_windows_out_for_good_names_them_and_does_not_pass() -> None:
    day = a_day(WindowRead(MAY, a_profile(EVEN, window=MAY)), skipped=(FEBRUARY, MARCH))
    assert (day.verdict, len(day.left_out)) == (Verdict.INCONCLUSIVE, 1)
    assert "2 months from 2026-02-01 until 2026-04-01 not judged" in day.reason and "catch_up_windows" in day.reason
    (finding,) = judge_triggers_day(PLAN, [day], (), (), 0).findings
    assert finding.reason_code == "windows_left_out"


def test_a_run_does_not_pass_while_an_unsettled_window_is_among_those_that_persistence_counts() -> None:
    newest = WindowRead(MAY, a_profile(EVEN, window=MAY))
    found = {window: a_day(newest, history=known_unsettled(window, judged=False)) for window in (FEBRUARY, MARCH, APRIL)}
    assert [day.verdict for day in found.values()] == [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE]
    assert "1 month from 2026-03-01 until 2026-04-01 not settled" in found[MARCH].reason
    assert a_day(history=known_unsettled(APRIL, judged=True)).verdict is Verdict.INCONCLUSIVE


def test_what_was_late_and_is_settled_now_is_not_named() -> None:
    late = WindowRead(APRIL, a_profile(EVEN, window=APRIL), is_again=True)
    assert a_day(late, history=known_unsettled(APRIL, judged=False)).left_out == ()


def test_a_failing_run_stays_failing_and_names_what_was_left_out_too() -> None:
    day = a_day(WindowRead(MAY, a_profile(MOVED, window=MAY)), skipped=(FEBRUARY,))
    assert day.verdict is Verdict.FAIL and "not judged" in day.reason
