"""Reviews: who looked, at what, and what can be concluded where the issue stands."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from checks.work.review import find_refusals
from checks.work.step import judge_step
from registry.domain.issue import IssueState
from registry.domain.steps_closure import ReviewConclusion
from tests.builders import an_issue
from tests.checks.work.cases import a_case, a_step_plan, known_nothing
from tests.checks.work.closing_steps import a_review

S, C = IssueState, ReviewConclusion
CONCLUDED = {S.IMPLEMENTED: {C.CARRY_ON}, S.VERIFYING: {C.CARRY_ON, C.REOPEN}, S.CLOSED: set(C)}


def codes(state: IssueState = S.VERIFYING, **changes: Any) -> list[str]:
    return [found.code for found in find_refusals(a_case(issue=an_issue(state=state)), a_step_plan(a_review(**changes)), known_nothing())]


def test_an_empty_review_is_told_everything_that_it_lacks_at_once() -> None:
    assert codes(forum="", observed="") == ["missing", "missing"]


@pytest.mark.parametrize(
    ("observed", "code"), [("looks good to everybody here", "no_figure"), ("tbd", "placeholder"), ("21 days", "too_short")]
)
def test_what_was_looked_at_is_said_with_a_number(observed: str, code: str) -> None:
    assert codes(observed=observed) == [code]


@pytest.mark.parametrize(("state", "conclusion"), list(product(CONCLUDED, C)))
def test_a_conclusion_is_one_that_can_be_carried_out(state: IssueState, conclusion: ReviewConclusion) -> None:
    assert (codes(state, conclusion=conclusion) == []) == (conclusion in CONCLUDED[state])


@pytest.mark.parametrize("conclusion", [C.CARRY_ON, C.REOPEN])
def test_whoever_concludes_to_reopen_is_told_to_take_that_step(conclusion: ReviewConclusion) -> None:
    decision = judge_step(a_case(issue=an_issue(state=S.VERIFYING)), a_step_plan(a_review(conclusion=conclusion)), known_nothing())
    assert decision.is_accepted and "to" not in decision.body
    assert [found.reason_code for found in decision.findings] == (["reopen_next"] if conclusion is C.REOPEN else [])
