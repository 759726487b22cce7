"""The windows of one run, one after the other: what is told of each, and what of it the next one knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from checks.retraining import judge_triggers
from checks.trigger_day import judge_system_day, judge_triggers_day
from checks.trigger_events import is_settled
from checks.trigger_series import judge_series
from registry.domain.decision import Verdict
from registry.domain.monitoring import Window, WindowKind
from registry.domain.trigger_run import FrozenReference, ReferenceRead, SystemDay, SystemKnown, SystemRead, TriggerPlan, WindowRead
from registry.domain.triggers import PastWindow, TriggerHistory
from tests.checks.retraining_years import months
from tests.trigger_builders import JANUARY, POLICIES, a_cell, a_profile, a_watched_system, trigger_inputs

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


def weekday_feed_on(day: date, rows: int, at_weekends: int = 0, closed_on: tuple[date, ...] = ()):
    """Return the decision about one day, of a feed that has a hundred rows on weekdays and few at weekends."""
    reference = trigger_inputs().reference
    january = tuple(at_weekends if (date(2026, 1, 1) + timedelta(days=n)).weekday() >= 5 else 100 for n in range(31))
    reference = replace(reference, profile=replace(reference.profile, day_rows=january))
    window, cells = Window(day, day + timedelta(days=1)), (a_cell("age", (rows // 2, rows // 2, 0, 0, 0)),) if rows else ()
    system = a_watched_system(WindowKind.DAY, closed_on=closed_on)
    inputs = trigger_inputs(
        window, system=system, window_kind=WindowKind.DAY, reference=reference, profile=a_profile(*cells, window=window)
    )
    return judge_triggers(inputs)


SATURDAY, MONDAY = date(2026, 2, 7), date(2026, 2, 9)


def test_a_day_without_rows_is_waited_for_unless_the_reference_has_mostly_none_on_its_weekday() -> None:
    weekend, monday = weekday_feed_on(SATURDAY, 0), weekday_feed_on(MONDAY, 0)
    assert [is_settled(one) for one in (weekend, monday)] == [True, False]
    assert {weekend.verdict, monday.verdict} == {Verdict.INCONCLUSIVE}


def test_a_day_without_rows_that_the_catalogue_names_as_closed_is_not_waited_for() -> None:
    closed, open_still = (weekday_feed_on(MONDAY, 0, closed_on=(day,)) for day in (MONDAY, SATURDAY))
    assert [is_settled(one) for one in (closed, open_still)] == [True, False]
    assert [one.reason_code for one in closed.data_quality] == ["usual_gap"]
    assert closed.verdict is Verdict.INCONCLUSIVE, "nothing was looked at, so nothing passes"


def test_a_day_with_as_few_rows_as_usual_is_not_waited_for() -> None:
    weekend, monday = weekday_feed_on(SATURDAY, 12, at_weekends=10), weekday_feed_on(MONDAY, 4, at_weekends=10)
    assert [is_settled(one) for one in (weekend, monday)] == [True, False]
    assert weekend.verdict is Verdict.INCONCLUSIVE


def test_a_window_that_was_written_twice_is_read_again_until_the_export_is_mended() -> None:
    (twice,) = judged(WindowRead(MAY, a_profile(EVEN, window=MAY, duplicate_count=2_000)))
    assert (twice.decision.verdict, is_settled(twice.decision)) == (Verdict.FAIL, False)
    (mended,) = judged(
        WindowRead(MAY, a_profile(EVEN, window=MAY, duplicate_count=0), is_again=True), history=known_unsettled(MAY, judged=False)
    )
    assert is_settled(mended.decision)


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


def told_without_a_window(history: TriggerHistory, **changes) -> SystemDay:
    """Return the line of a run of 1 June that has no window to judge, for a system whose reference was frozen before."""
    frozen = FrozenReference("credit_model", "", "", "", JANUARY.start_on, JANUARY.end_on, 3)
    standing = SystemDay("credit_model", Verdict.FAIL, APRIL, "", "decided before")
    known = SystemKnown(SYSTEM, history, replace(frozen, **changes), standing)
    return judge_system_day(PLAN, known, SystemRead(SYSTEM, AS_OF.date(), ReferenceRead(), ()), (), ())


def test_an_unsettled_window_is_not_waited_for_any_more_once_it_is_within_the_reference() -> None:
    history = known_unsettled(APRIL, judged=True)
    found = [told_without_a_window(history, reference_to=day).left_out for day in (JANUARY.end_on, APRIL.end_on)]
    assert [len(one) for one in found] == [1, 0]


def test_what_stands_is_not_told_of_a_reference_that_another_has_replaced() -> None:
    april = PastWindow(APRIL, AS_OF, "sha256:before", judged=True, settled=True)
    same, other = (told_without_a_window(TriggerHistory(0, (april,)), counts_digest=one) for one in ("sha256:before", "sha256:after"))
    assert (same.verdict, same.reason) == (Verdict.FAIL, "decided before")
    assert (other.verdict, other.window) == (Verdict.INCONCLUSIVE, None)
    assert "the first month of the new reference is waited for" in other.reason


def test_what_was_late_and_is_settled_now_is_not_named() -> None:
    late = WindowRead(APRIL, a_profile(EVEN, window=APRIL), is_again=True)
    assert a_day(late, history=known_unsettled(APRIL, judged=False)).left_out == ()


def test_a_failing_run_stays_failing_and_names_what_was_left_out_too() -> None:
    day = a_day(WindowRead(MAY, a_profile(MOVED, window=MAY)), skipped=(FEBRUARY,))
    assert day.verdict is Verdict.FAIL and "not judged" in day.reason
