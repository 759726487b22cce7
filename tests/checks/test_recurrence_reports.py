"""Reports that come late: a window waits as long as the issue's own took, whatever lateness its feeds are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.recurrence import judge_window
from checks.recurrence_reports import waits_days
from registry.domain.decision import Verdict
from registry.domain.recurrence import Outcome, Seen, WindowInputs
from registry.domain.times import start_of_day
from tests.recurrence_builders import FIRST_DAY, FIX_AT, ZONE, a_return, a_seen, seen_before, some_window_inputs

DAY = timedelta(days=1)


def reported_after(days: int, *seen: Seen) -> tuple[Seen, ...]:
    return tuple(replace(one, reported_at=one.decided_at + days * DAY) for one in seen)


def looks(seen: tuple[Seen, ...]) -> Iterator[tuple[int, WindowInputs]]:
    """Yield the window of every day of 200, each with the reports that had come by then."""
    for day in range(1, 200):
        on = FIRST_DAY + day * DAY
        until = start_of_day(on, ZONE)
        told = tuple(one for one in seen if one.reported_at < until)
        yield day, some_window_inputs(business_date=on, lateness_days=3, seen=told)


def test_a_problem_that_is_reported_six_weeks_late_is_not_called_mended_before_its_reports_can_come() -> None:
    """Twelve in ninety days before, as many after: no report of what the fix decided is there before day 46."""
    after = [a_return(900 + n, decided_at=FIX_AT + (2 + 7.5 * n) * DAY) for n in range(20)]
    found = (judge_window(inputs) for _, inputs in looks(reported_after(45, *seen_before(12), *after)))
    ended = next(one for one in found if one.outcome is not Outcome.WATCHING)
    assert ended.outcome is Outcome.RECURRED


def test_a_fix_that_held_is_clean_once_late_reports_had_their_time_and_says_for_how_long_it_waited() -> None:
    clean = {days: _first_clean(reported_after(days, *seen_before(12))) for days in (0, 3, 45)}
    assert clean[0] == clean[3]
    assert clean[45] - clean[3] == 45 - 3
    judged = judge_window(some_window_inputs(lateness_days=3, seen=reported_after(45, *seen_before(12))))
    told = [one.reason for one in judged.not_evaluated if one.reason_code == "reports_take_longer"]
    assert told == [
        "90% of the issue's own 12 reports before the fix came within 45 days of the decision, where its feeds may be 3 days late: "
        "the window waits 45 days for reports about each of its own days"
    ]


def _first_clean(seen: tuple[Seen, ...]) -> int:
    return next(day for day, inputs in looks(seen) if judge_window(inputs).outcome is Outcome.CLEAN)


@pytest.mark.parametrize(("late", "waits"), [(2, 7), (3, 60)])
def test_one_report_in_ten_may_take_longer(late: int, waits: int) -> None:
    quick, slow = reported_after(2, *seen_before(20 - late)), reported_after(60, *(a_seen(50 + n) for n in range(late)))
    assert waits_days(some_window_inputs(seen=(*quick, *slow), lateness_days=7)) == waits


def test_what_was_decided_since_or_came_through_another_issue_says_nothing_of_how_long_its_reports_take() -> None:
    since = reported_after(60, a_return())
    shared = reported_after(60, *(replace(one, same_cause_issue="ISS-0-1") for one in seen_before(12)))
    assert waits_days(some_window_inputs(lateness_days=3, seen=(*since, *shared))) == 3


@pytest.mark.parametrize(
    ("count", "code", "verdict"), [(2, "fix_decides", Verdict.PASS), (3, "older_version_decides", Verdict.INCONCLUSIVE)]
)
def test_signals_that_go_on_under_the_old_version_s_name_leave_nothing_clean(count: int, code: str, verdict: Verdict) -> None:
    old = tuple(a_seen(700 + n, decided_at=FIX_AT + (5 + n) * DAY, reported_at=FIX_AT + (6 + n) * DAY) for n in range(count))
    quiet = some_window_inputs()
    judged = judge_window(replace(quiet, seen=(*quiet.seen, *old)))
    (found,) = (one for one in judged.findings if one.check == "versions")
    assert (found.reason_code, found.verdict) == (code, verdict)
    assert judged.outcome is (Outcome.CLEAN if verdict is Verdict.PASS else Outcome.WATCHING)
