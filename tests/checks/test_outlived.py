"""A closed issue that rests on an accepted risk: its end is announced, and told until somebody looks again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.outlived import find_outlived
from registry.domain.issue import IssueState
from registry.domain.steps_closure import ReviewConclusion
from registry.domain.work import Case
from tests.builders import NOON, TODAY, ZONE
from tests.checks.test_duties import accepted, an_acceptance
from tests.checks.work.cases import a_taken, shipped_policies
from tests.checks.work.closing_steps import a_review
from tests.closing import a_proposal

DAY = timedelta(days=1)


def closed(ends_in: int, *, window: str = "elapsed_unevidenced", residual: str = "", proposed_in: int = -9) -> Case:
    """Return an issue that was closed by a proposal of so many days before today; the risk was accepted for so many days from today."""
    case = accepted(an_acceptance(expires_on=TODAY + ends_in * DAY))
    proposal = a_taken(a_proposal(residual=residual, business_date=TODAY + proposed_in * DAY), seq=20)
    return replace(case, issue=replace(case.issue, state=IssueState.CLOSED, window=window), steps=(*case.steps, proposal))


def told(case: Case) -> list[tuple[str, bool]]:
    return [(one.reason_code, one.blocking) for one in find_outlived(case, shipped_policies(), TODAY, ZONE)]


def reviewed(case: Case, days: int, **changes: Any) -> Case:
    review = a_review(conclusion=ReviewConclusion.EFFECTIVE, **changes)
    return replace(case, steps=(*case.steps, a_taken(review, seq=30, at=NOON + days * DAY)))


@pytest.mark.parametrize(
    ("ends_in", "expected"), [(90, []), (1, [("closure_risk_expiring", False)]), (0, [("closure_outlived_risk", True)])]
)
def test_the_end_of_the_risk_is_announced_and_then_told_every_day(ends_in: int, expected: list[tuple[str, bool]]) -> None:
    assert told(closed(ends_in)) == expected


def test_what_remains_and_was_signed_for_is_a_risk_as_well() -> None:
    assert told(closed(-5, window="clean", residual="two customers have not answered")) == [("closure_outlived_risk", True)]


@pytest.mark.parametrize("proposed_in", [-5, -1])
def test_what_remained_when_no_risk_was_in_force_any_more_outlives_none(proposed_in: int) -> None:
    """Who broke the glass is told as well in what remains; nobody accepted that until a day."""
    broken = "Approved in an emergency by mara@bank.example, in place of the people whom the policy asks."
    assert told(closed(-5, window="clean", residual=broken, proposed_in=proposed_in)) == []
    assert told(closed(-5, window="clean", residual=broken, proposed_in=-6)) == [("closure_outlived_risk", True)]


def test_a_closure_that_rests_on_evidence_is_left_alone() -> None:
    assert told(closed(-5, window="clean")) == []


def test_an_issue_that_is_live_again_is_owed_by_other_rules() -> None:
    case = closed(-5)
    assert told(replace(case, issue=replace(case.issue, state=IssueState.VERIFYING))) == []


def test_a_review_since_then_that_finds_the_fix_effective_answers_it() -> None:
    assert told(reviewed(closed(-5), -5)) == []
    assert told(reviewed(closed(-5), -6)) == [("closure_outlived_risk", True)]


def test_a_review_that_only_carries_on_answers_nothing() -> None:
    case = closed(-5)
    carried = replace(case, steps=(*case.steps, a_taken(a_review(), seq=30, at=NOON)))
    assert told(carried) == [("closure_outlived_risk", True)]
