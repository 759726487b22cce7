"""The portfolio: what is open, late, accepted, closed and come back, for those who answer for all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.portfolio import judge_portfolio
from registry.domain.canonical import plain, record_json
from registry.domain.events import Event, EventKind
from registry.domain.issue import Fix, IssueState
from registry.domain.portfolio import IssueLife, Occurrence, PortfolioInputs, lives_of
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity
from registry.domain.steps_closure import ReviewConclusion, WindowReview
from registry.domain.work import Case, StepKind, StepTaken
from tests.builders import SYSTEM, an_issue
from tests.closure_builders import a_closure, some_work_policies
from tests.closure_spoiling import at_risk, told
from tests.closure_story import a_story
from tests.recurrence_builders import ISSUE, a_recurrence_policy

NOW = datetime(2021, 6, 15, 12, tzinfo=UTC)
TODAY = date(2021, 6, 15)
DAY = timedelta(days=1)


def some_inputs(**changes: Any) -> PortfolioInputs:
    base = PortfolioInputs(NOW, TODAY, "America/New_York", (), (), (), some_work_policies(), a_recurrence_policy(), 14)
    return replace(base, **changes)


def a_life(number: int, *occurrences: Occurrence, system_id: str = SYSTEM) -> IssueLife:
    return IssueLife(f"ISS-{number}", system_id, occurrences[0].from_at if occurrences else NOW - 9 * DAY, occurrences)


def days_ago(days: int) -> datetime:
    return NOW - days * DAY


def a_case(number: int, **changes: Any) -> Case:
    return Case(an_issue(**{"issue_id": f"ISS-{number}", "opened_at": days_ago(20), "severity": Severity.L2} | changes))


def verifying(state: IssueState = IssueState.VERIFYING, fixed: int = 100, **changes: Any) -> Case:
    return a_case(1, state=state, fix=Fix(days_ago(fixed), {"model": "8"}), **changes)


def reviewed(case: Case, days: int) -> Case:
    document = WindowReview(forum="weekly operations review", conclusion=ReviewConclusion.CARRY_ON, observed="0 in 900 decisions")
    step = StepTaken(90, StepKind.REVIEW, "lead@bank.example", "operations_lead", days_ago(days), document, "sha256:r", "sha256:b")
    return replace(case, steps=(*case.steps, step))


def overdue(case: Case, **changes: Any) -> list[str]:
    return [
        what for _, _, what in judge_portfolio(some_inputs(cases=(case,), lives=(a_life(1, Occurrence(days_ago(120))),), **changes)).overdue
    ]


def test_a_workspace_without_issues_has_a_row_for_each_system_and_twelve_quiet_months() -> None:
    found = judge_portfolio(some_inputs(systems=("loan_assistant", SYSTEM)))
    assert [row.system_id for row in found.rows] == ["", SYSTEM, "loan_assistant"]
    assert set(found.rows[0].open_by_severity.values()) == {0}
    assert (found.rows[0].mean_days_to_contain, found.rows[0].mean_days_to_close, found.rows[0].oldest_open_days) == (None, None, {})
    assert [month.month for month in found.months][:: len(found.months) - 1] == [date(2020, 7, 1), date(2021, 6, 1)]
    assert {(month.opened_count, month.repeat_ratio) for month in found.months} == {(0, None)}


def test_open_issues_are_counted_by_severity_with_the_age_of_the_oldest() -> None:
    cases = (a_case(1), a_case(2, severity=Severity.L3), a_case(3, severity=Severity.L3), a_case(4, state=IssueState.TRACKED))
    lives = (a_life(1, Occurrence(days_ago(20))), a_life(2, Occurrence(days_ago(3))), a_life(3, Occurrence(days_ago(40))), a_life(4))
    row = judge_portfolio(some_inputs(cases=cases, lives=lives)).rows[0]
    assert (row.open_by_severity[Severity.L2], row.open_by_severity[Severity.L3], row.open_by_severity[Severity.L0]) == (1, 2, 0)
    assert row.oldest_open_days == {Severity.L2: 20, Severity.L3: 40}


def test_an_issue_that_came_back_is_as_old_as_its_return() -> None:
    life = a_life(1, Occurrence(days_ago(300), days_ago(200), is_closed=True), Occurrence(days_ago(5), is_return=True))
    row = judge_portfolio(some_inputs(cases=(a_case(1),), lives=(life,))).rows[1]
    assert (row.oldest_open_days, row.closed_count, row.reopened_count) == ({Severity.L2: 5}, 1, 1)


def test_days_to_contain_and_to_close_are_means_over_the_last_twelve_months() -> None:
    old = a_life(1, Occurrence(days_ago(900), days_ago(500), contained_at=days_ago(899), is_closed=True))
    quick = a_life(2, Occurrence(days_ago(100), days_ago(60), contained_at=days_ago(98), is_closed=True))
    early = a_life(3, Occurrence(days_ago(50), contained_at=days_ago(51)))
    row = judge_portfolio(some_inputs(lives=(old, quick, early))).rows[0]
    assert (row.mean_days_to_contain, row.mean_days_to_close) == (1.0, 40.0)


def test_each_system_is_counted_for_itself_and_in_all_of_them() -> None:
    lives = (a_life(1, Occurrence(days_ago(20))), a_life(2, Occurrence(days_ago(9)), system_id="loan_assistant"))
    rows = judge_portfolio(some_inputs(cases=(a_case(1), a_case(2, system_id="loan_assistant")), lives=lives)).rows
    assert [row.open_by_severity[Severity.L2] for row in rows] == [2, 1, 1]


def test_a_month_tells_what_was_opened_closed_and_came_back_and_the_share_that_did() -> None:
    march, april = datetime(2021, 3, 10, tzinfo=UTC), datetime(2021, 4, 10, tzinfo=UTC)
    lives = (
        a_life(1, Occurrence(march - 5 * DAY, march, is_closed=True), Occurrence(april, is_return=True)),
        a_life(2, Occurrence(march - 60 * DAY, march + DAY, is_closed=True)),
    )
    months = {month.month: month for month in judge_portfolio(some_inputs(lives=lives)).months}
    told = months[date(2021, 3, 1)]
    assert (told.opened_count, told.closed_count, told.reopened_count, told.open_at_end_count, told.repeat_ratio) == (1, 2, 0, 0, 0.0)
    assert (months[date(2021, 4, 1)].reopened_count, months[date(2021, 4, 1)].repeat_ratio) == (1, 0.5)
    assert (months[date(2021, 6, 1)].open_at_end_count, months[date(2021, 2, 1)].repeat_ratio) == (1, None)


def test_a_month_ends_at_local_midnight() -> None:
    life = a_life(1, Occurrence(datetime(2021, 4, 1, 3, 59, tzinfo=UTC)))
    months = {month.month: month.opened_count for month in judge_portfolio(some_inputs(lives=(life,))).months}
    assert (months[date(2021, 3, 1)], months[date(2021, 4, 1)]) == (1, 0)


def test_a_risk_counts_while_it_is_accepted_approved_and_in_force() -> None:
    life = IssueLife(ISSUE, SYSTEM, days_ago(190), (Occurrence(days_ago(190)),))
    accepted, waiting = told(at_risk()).case, told(at_risk(role="")).case
    found = [judge_portfolio(some_inputs(cases=(case,), lives=(life,))).rows[0].accepted_risk_count for case in (accepted, waiting)]
    assert found == [1, 0]
    after = some_inputs(cases=(accepted,), lives=(life,), business_date=date(2021, 9, 1))
    assert judge_portfolio(after).rows[0].accepted_risk_count == 0


@pytest.mark.parametrize(
    ("case", "what"),
    [
        (verifying(IssueState.IMPLEMENTED), "in force since 2021-03-07, and its window is not open"),
        (verifying(), "its window could have been over on 2021-04-10: not judged"),
        (verifying(window=Outcome.SUSPENDED), "its window could have been over on 2021-04-10: suspended"),
        (verifying(fixed=20), "to be reviewed every 7 days since 2021-05-26"),
        (reviewed(verifying(fixed=20), 9), "to be reviewed every 7 days, last on 2021-06-06"),
    ],
)
def test_a_verification_that_is_late_is_told_with_what_is_late(case: Case, what: str) -> None:
    assert overdue(case) == [what]


def test_what_is_in_time_or_not_in_verification_is_not_late() -> None:
    assert overdue(reviewed(verifying(fixed=20), 3)) == []
    assert overdue(a_case(1, state=IssueState.CONTAINED)) == []
    assert overdue(reviewed(verifying(IssueState.IMPLEMENTED, fixed=30), 2)) == []


def test_a_proposal_that_waits_for_its_signatures_is_late_once_it_is_too_old() -> None:
    proposed = {age: verifying(closure="sha256:p") for age in (14, 15)}
    for age, case in proposed.items():
        step = StepTaken(91, StepKind.CLOSE, "machine", "machine", days_ago(age), None, "sha256:p", "sha256:b")
        proposed[age] = replace(reviewed(case, 1), steps=(*reviewed(case, 1).steps, step))
    assert overdue(proposed[14]) == []
    assert overdue(proposed[15]) == ["proposed for closure on 2021-05-31, and not signed"]


def test_a_closed_issue_is_late_when_nobody_asked_again_whether_its_fix_held() -> None:
    closed = verifying(IssueState.CLOSED, fixed=200, state_since=days_ago(120))
    assert overdue(closed) == ["its fix was to be reviewed from 2021-05-16 on, and was not"]
    assert overdue(reviewed(closed, 20)) == []
    assert overdue(reviewed(closed, 40)) == ["its fix was to be reviewed from 2021-05-16 on, and was not"]
    assert overdue(verifying(IssueState.CLOSED, state_since=days_ago(104))) == []


def test_the_count_of_late_ones_is_that_of_issues() -> None:
    row = judge_portfolio(some_inputs(cases=(verifying(),), lives=(a_life(1, Occurrence(days_ago(120))),))).rows[1]
    assert row.overdue_verification_count == 1


def test_the_same_issues_give_the_same_bytes_in_any_order() -> None:
    lives = (a_life(1, Occurrence(days_ago(20))), a_life(2, Occurrence(days_ago(9))))
    one, other = (some_inputs(cases=(a_case(1), verifying()), lives=found) for found in (lives, lives[::-1]))
    assert record_json(judge_portfolio(one)) == record_json(judge_portfolio(other))


def envelope(kind: EventKind, at: datetime, issue_id: str = "ISS-1", **data: Any) -> tuple[int, dict[str, Any]]:
    event = Event(kind, SYSTEM, issue_id, at, at.date(), plain(data), issue_id)
    return 1, {"kind": kind.value, "system": SYSTEM, "issue": issue_id, "as_of": plain(at), "data": event.body}


def moved(at: datetime, before: str, after: str, kind: EventKind = EventKind.ISSUE_MOVED) -> tuple[int, dict[str, Any]]:
    return envelope(kind, at, **{"from": before, "to": after, "role": "machine"})


def test_no_events_are_no_lives() -> None:
    assert lives_of(()) == ()
    assert lives_of((moved(NOW, "verifying", "closed"),)) == ()


def test_a_life_is_told_from_events() -> None:
    opened = a_story().issue().opened_at
    in_force = a_closure().case.latest(StepKind.CONTAIN)
    assert in_force is not None
    (life,) = lives_of(a_story().events)
    assert life == IssueLife(ISSUE, SYSTEM, opened, (Occurrence(opened, contained_at=in_force.document.in_force_at),))


def test_closed_and_come_back_is_another_occurrence_and_reopened_in_verification_is_none() -> None:
    events = [
        envelope(EventKind.ISSUE_OPENED, days_ago(50), state="triage"),
        moved(days_ago(30), "verifying", "rca_in_progress", EventKind.ISSUE_REOPENED),
        moved(days_ago(20), "verifying", "closed", EventKind.APPROVAL_RECORDED),
        moved(days_ago(10), "closed", "triage", EventKind.ISSUE_REOPENED),
        moved(days_ago(9), "triage", "tracked"),
    ]
    (life,) = lives_of(events)
    first, second = life.occurrences
    assert first == Occurrence(days_ago(50), days_ago(20), is_closed=True)
    assert second == Occurrence(days_ago(10), days_ago(9), is_return=True)


def test_a_risk_that_is_accepted_contains_nothing_and_the_first_control_counts() -> None:
    def contained(pattern: str, days: int) -> tuple[int, dict[str, Any]]:
        document = {"pattern": pattern, "in_force_at": days_ago(days)}
        return envelope(EventKind.CONTAINMENT_RECORDED, days_ago(1), step="contain", document=document)

    opened = envelope(EventKind.ISSUE_OPENED, days_ago(50), state="triage")
    events = (opened, contained("risk_acceptance", 49), contained("narrow_scope", 45), contained("raise_human_gate", 40))
    assert lives_of(events)[0].occurrences[0].contained_at == days_ago(45)


def test_an_issue_that_is_only_tracked_was_never_open() -> None:
    assert lives_of((envelope(EventKind.ISSUE_OPENED, days_ago(5), state="tracked"),))[0].occurrences == ()


@given(st.lists(st.tuples(st.integers(1, 700), st.integers(1, 300), st.booleans()), max_size=8))
def test_no_month_has_more_open_than_were_opened_or_more_back_than_were_closed(spans: list[tuple[int, int, bool]]) -> None:
    lives = []
    for number, (ago, lasted, back) in enumerate(spans):
        begun, ended = days_ago(ago), days_ago(ago) + lasted * DAY
        first = Occurrence(begun, ended if ended < NOW else None, is_closed=ended < NOW)
        lives.append(a_life(number, *((first, Occurrence(ended, is_return=True)) if back and ended < NOW else (first,))))
    for month in judge_portfolio(some_inputs(lives=tuple(lives))).months:
        assert 0 <= month.open_at_end_count <= len(spans)
        assert month.repeat_ratio is None or 0 <= month.repeat_ratio <= 1
