"""What is owed on live issues, by when and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.clocks import CONTAINMENT, FIRST_RESPONSE, ROOT_CAUSE
from checks.due import UNASSIGNED
from checks.duties import judge_duties
from registry.domain.issue import NOT_LIVE, IssueState
from registry.domain.signal import Severity
from registry.domain.triage import DutyStatus
from registry.errors import PolicyError
from tests.builders import NOON, an_issue
from tests.builders_policies import a_clock, some_clocks
from tests.strategies import issues

OVERDUE, AT_RISK, OPEN = DutyStatus.OVERDUE, DutyStatus.AT_RISK, DutyStatus.OPEN
MICROSECOND = timedelta(microseconds=1)


def opened(hours_ago: float, **changes):
    at = NOON - timedelta(hours=hours_ago)
    return an_issue(**{"opened_at": at, "state_since": at, **changes})


def names(duties):
    return [(duty.duty, duty.status) for duty in duties]


def test_no_issues_owe_nothing_even_without_clocks():
    assert judge_duties((), (), NOON) == ()


@pytest.mark.parametrize("state", sorted(NOT_LIVE))
def test_an_issue_that_is_not_live_owes_nothing(state):
    assert judge_duties([opened(999, state=state)], some_clocks(), NOON) == ()


def test_a_closed_issue_needs_no_row_in_the_table():
    assert judge_duties([opened(999, state=IssueState.CLOSED)], (), NOON) == ()


def test_a_severity_without_a_row_is_an_error_that_names_it():
    with pytest.raises(PolicyError, match=r"expected a row for L3 \(issue ISS-.*found none"):
        judge_duties([an_issue()], (a_clock(Severity.L2),), NOON)


def test_a_severity_that_asks_for_nothing_owes_nothing():
    assert judge_duties([opened(999, severity=Severity.L0)], some_clocks(), NOON) == ()


def test_a_fresh_issue_owes_its_first_response_and_nothing_more_yet():
    (duty,) = judge_duties([opened(0)], some_clocks(), NOON)

    assert (duty.duty, duty.status, duty.due_at) == (FIRST_RESPONSE, OPEN, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("used", "status"),
    [
        (timedelta(hours=0.75) - MICROSECOND, OPEN),
        (timedelta(hours=0.75), AT_RISK),
        (timedelta(hours=1) - MICROSECOND, AT_RISK),
        (timedelta(hours=1), OVERDUE),
        (timedelta(hours=1) + MICROSECOND, OVERDUE),
    ],
)
def test_the_first_response_is_at_risk_after_three_quarters_and_overdue_at_its_deadline(used, status):
    duties = judge_duties([an_issue(opened_at=NOON - used)], (a_clock(),), NOON)

    assert names(duties)[0] == (FIRST_RESPONSE, status)


def test_everything_overdue_or_at_risk_is_listed_and_only_the_next_of_the_rest():
    assert names(judge_duties([opened(1)], some_clocks(), NOON)) == [(FIRST_RESPONSE, OVERDUE), (CONTAINMENT, OPEN)]
    assert names(judge_duties([opened(3)], some_clocks(), NOON)) == [(FIRST_RESPONSE, OVERDUE), (CONTAINMENT, AT_RISK), (ROOT_CAUSE, OPEN)]
    assert names(judge_duties([opened(30)], some_clocks(), NOON)) == [
        (FIRST_RESPONSE, OVERDUE),
        (CONTAINMENT, OVERDUE),
        (ROOT_CAUSE, OVERDUE),
    ]


@pytest.mark.parametrize("touched", [{"state_by": "ops@bank.example"}, {"severity_by": "ops@bank.example"}])
def test_a_person_who_touched_the_issue_has_given_the_first_response(touched):
    assert names(judge_duties([opened(2, **touched)], some_clocks(), NOON)) == [(CONTAINMENT, OPEN)]


@pytest.mark.parametrize(
    ("state", "owed"),
    [
        (IssueState.NEW_SIGNAL, [FIRST_RESPONSE, CONTAINMENT, ROOT_CAUSE]),
        (IssueState.TRIAGE, [FIRST_RESPONSE, CONTAINMENT, ROOT_CAUSE]),
        (IssueState.CONTAINED, [ROOT_CAUSE]),
        (IssueState.RCA_IN_PROGRESS, [ROOT_CAUSE]),
        (IssueState.ACTION_APPROVED, []),
        (IssueState.IMPLEMENTED, []),
        (IssueState.VERIFYING, []),
        (IssueState.CLOSED, []),
        (IssueState.TRACKED, []),
    ],
)
def test_each_state_owes_what_it_has_not_yet_given(state, owed):
    assert [duty.duty for duty in judge_duties([opened(999, state=state)], some_clocks(), NOON)] == owed


def test_a_severity_without_containment_goes_from_response_to_root_cause():
    assert names(judge_duties([opened(100, severity=Severity.L1)], some_clocks(), NOON)) == [(FIRST_RESPONSE, OVERDUE), (ROOT_CAUSE, OPEN)]


def test_an_issue_that_came_back_counts_from_its_last_move_not_from_its_first_opening():
    back = opened(9000, occurrence=2, state_since=NOON - timedelta(minutes=10))

    assert names(judge_duties([back], some_clocks(), NOON)) == [(FIRST_RESPONSE, OPEN)]


def test_nobody_in_charge_is_shown_as_unassigned():
    assert {duty.owner for duty in judge_duties([opened(2, owner="")], some_clocks(), NOON)} == {UNASSIGNED}
    assert {duty.owner for duty in judge_duties([opened(2, owner="ana@bank.example")], some_clocks(), NOON)} == {"ana@bank.example"}


def test_deadlines_are_instants_across_the_day_the_clocks_change():
    before_the_change = datetime(2021, 3, 14, 6, 30, tzinfo=UTC)  # 01:30 in New York, half an hour before 02:00 becomes 03:00

    (duty,) = judge_duties([an_issue(opened_at=before_the_change)], (a_clock(first_response_hours=2.0),), before_the_change)

    assert duty.due_at == datetime(2021, 3, 14, 8, 30, tzinfo=UTC)


def test_overdue_comes_first_then_at_risk_then_open_each_by_deadline():
    found = judge_duties(
        [
            opened(0.1, issue_id="fresh"),
            opened(0.8, issue_id="soon"),
            opened(3, issue_id="late", state_by="ops@bank.example"),
            opened(30, issue_id="later", state=IssueState.CONTAINED),
            opened(50, issue_id="latest", state=IssueState.CONTAINED),
        ],
        some_clocks(),
        NOON,
    )

    assert [duty.issue_id for duty in found] == ["latest", "later", "soon", "late", "fresh", "soon", "late"]
    assert [duty.status for duty in found] == [OVERDUE, OVERDUE, AT_RISK, AT_RISK, OPEN, OPEN, OPEN]


@given(st.lists(issues(), max_size=6), st.randoms())
def test_the_order_of_issues_does_not_matter_and_the_list_is_sorted_by_urgency(found, random):
    duties = judge_duties(found, some_clocks(), NOON)
    urgency = [([OVERDUE, AT_RISK, OPEN].index(duty.status), duty.due_at) for duty in duties]

    assert urgency == sorted(urgency)
    assert set(duties) == set(judge_duties(random.sample(found, len(found)), some_clocks(), NOON))


@given(issues(), st.integers(0, 10_000))
def test_waiting_longer_never_makes_a_duty_less_urgent(issue, hours):
    now = {duty.duty: duty.status for duty in judge_duties([issue], some_clocks(), NOON)}
    later = {duty.duty: duty.status for duty in judge_duties([issue], some_clocks(), NOON + timedelta(hours=hours))}

    assert all([OPEN, AT_RISK, OVERDUE].index(later[duty]) >= [OPEN, AT_RISK, OVERDUE].index(status) for duty, status in now.items())
