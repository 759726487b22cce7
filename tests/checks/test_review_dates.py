"""Reviews of fixes: when one is owed, by when, and what meets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.duties import Worked, judge_duties
from checks.review_dates import find_effectiveness_review, find_window_reviews
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.policy_recurrence import ReviewPolicy
from registry.domain.signal import Severity
from registry.domain.steps_closure import ReviewConclusion, WindowReview
from registry.domain.triage import DutyStatus
from registry.domain.work import Case, StepKind, StepTaken
from tests.builders import an_issue
from tests.builders_policies import some_clocks

OPENED = datetime(2021, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = ReviewPolicy(90, 14)
CLOCKS = {rule.severity: rule for rule in some_clocks()}


def in_state(state: IssueState = IssueState.VERIFYING, severity: Severity = Severity.L2, **changes: Any) -> Issue:
    return replace(an_issue(state=state, severity=severity, fix=Fix(OPENED, {})), state_since=OPENED, **changes)


def reviewed(case: Case, at: datetime) -> Case:
    document = WindowReview(forum="weekly", conclusion=ReviewConclusion.CARRY_ON, observed="none")
    step = StepTaken(9, StepKind.REVIEW, "ana@bank.example", "product_owner", at, document, "sha256:1", "sha256:2")
    return replace(case, steps=(*case.steps, step))


@pytest.mark.parametrize("state", list(IssueState))
def test_only_a_running_window_is_reviewed_and_only_a_closed_issue_again(state: IssueState) -> None:
    case = Case(in_state(state))
    assert bool(list(find_window_reviews(case, CLOCKS, "UTC"))) is (state is IssueState.VERIFYING)
    again = list(find_effectiveness_review(case, POLICY, "UTC", OPENED + 90 * DAY, 0.75))
    assert bool(again) is (state is IssueState.CLOSED)


@pytest.mark.parametrize("severity", list(Severity))
def test_how_often_a_window_is_reviewed_follows_its_severity(severity: Severity) -> None:
    every = CLOCKS[severity].review_every_days
    found = list(find_window_reviews(Case(in_state(severity=severity)), CLOCKS, "UTC"))
    assert [owed.due_at.date() for owed in found] == ([] if every is None else [(OPENED + every * DAY).date()])


def test_a_date_holds_through_its_civil_day() -> None:
    (owed,) = find_window_reviews(Case(in_state()), CLOCKS, "America/New_York")
    assert owed.due_at == datetime(2021, 3, 9, 5, tzinfo=UTC) - timedelta(microseconds=1)


def test_a_review_moves_the_next_one() -> None:
    case = reviewed(Case(in_state()), OPENED + 3 * DAY)
    (owed,) = find_window_reviews(case, CLOCKS, "UTC")
    assert owed.due_at.date() == (OPENED + 10 * DAY).date()
    (earlier,) = find_window_reviews(reviewed(Case(in_state()), OPENED - 3 * DAY), CLOCKS, "UTC")
    assert earlier.due_at.date() == (OPENED + 7 * DAY).date()


def test_a_review_without_an_answer_stays_owed_whoever_looked() -> None:
    """The window of then was suspended: nobody knows whether the fix held, and somebody wrote a review all the same."""
    on = OPENED.replace(hour=0) + 90 * DAY
    for answered_at in (None, on - DAY):
        looked = reviewed(Case(in_state(IssueState.CLOSED), answered_at=answered_at), on + DAY)
        (owed,) = find_effectiveness_review(looked, POLICY, "UTC", on + 2 * DAY, 0.75)
        assert "the monitoring has no answer yet" in owed.basis
    assert list(find_effectiveness_review(replace(looked, answered_at=on), POLICY, "UTC", on + 2 * DAY, 0.75)) == []
    found = judge_duties((looked.issue,), tuple(CLOCKS.values()), OPENED + 105 * DAY, Worked((looked,), zone="UTC", review=POLICY))
    assert [(duty.duty, duty.status) for duty in found] == [("review whether the fix held", DutyStatus.OVERDUE)]


def test_a_closed_issue_waits_for_its_day_and_is_then_owed_until_somebody_looked() -> None:
    on = OPENED.replace(hour=0) + 90 * DAY
    case = Case(in_state(IssueState.CLOSED), answered_at=on)
    assert list(find_effectiveness_review(case, POLICY, "UTC", on - timedelta(seconds=1), 0.75)) == []
    (owed,) = find_effectiveness_review(case, POLICY, "UTC", on, 0.75)
    assert (owed.start_at, owed.due_at.date()) == (on, (on + 14 * DAY).date())
    assert list(find_effectiveness_review(reviewed(case, on + DAY), POLICY, "UTC", on + 2 * DAY, 0.75)) == []
    assert list(find_effectiveness_review(reviewed(case, on - DAY), POLICY, "UTC", on + 2 * DAY, 0.75)) != []


def test_without_a_fix_there_is_nothing_to_look_at_again() -> None:
    case = Case(replace(in_state(IssueState.CLOSED), fix=None))
    assert list(find_effectiveness_review(case, POLICY, "UTC", OPENED + 99 * DAY, 0.75)) == []


def duties(issue: Issue, at: datetime, review: ReviewPolicy | None = POLICY) -> list[tuple[str, DutyStatus]]:
    found = judge_duties((issue,), tuple(CLOCKS.values()), at, Worked(zone="UTC", review=review))
    return [(duty.duty, duty.status) for duty in found if duty.kind == "review"]


def test_overdue_reviews_are_told_of_windows_and_of_closed_issues() -> None:
    assert duties(in_state(), OPENED + 8 * DAY) == [("review of the window", DutyStatus.OVERDUE)]
    assert duties(in_state(IssueState.CLOSED), OPENED + 105 * DAY) == [("review whether the fix held", DutyStatus.OVERDUE)]


def test_a_day_that_was_sealed_before_there_were_reviews_owes_none() -> None:
    assert duties(in_state(), OPENED + 8 * DAY, review=None) == []
