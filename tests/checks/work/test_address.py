"""A step goes to an issue that is there: a mistyped id is told which ones were meant, before anything of it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checks.work.address import find_address_refusals, unaddressed_approval, unaddressed_step
from registry.domain.steps_change import Note
from registry.domain.work import Refusal
from registry.domain.work_run import StepPlan
from tests.checks.work.cases import AS_OF, a_step_plan

OPEN = dict.fromkeys(("ISS-20260309-1a2b3c4d", "ISS-20260309-1a2b3c4e", "FRAUD-1"), AS_OF - timedelta(days=1))


def a_plan_on(issue_id: str) -> StepPlan:
    plan = a_step_plan(Note(text="x"))
    return replace(plan, submission=replace(plan.submission, issue_id=issue_id))


def refused(issue_id: str, openings: dict[str, datetime]) -> Refusal:
    (refusal,) = find_address_refusals(a_plan_on(issue_id), openings)
    return refusal


def test_a_ledger_without_issues_has_none_to_work_on():
    found = refused("ISS-1", {})
    assert found.reason == "issue: expected an existing issue, found 'ISS-1', which is none of the ledger's 0"
    assert (found.code, found.remedy) == ("unknown_issue", "`proofloop issue list` names them all")


@pytest.mark.parametrize("issue_id", OPEN)
def test_an_issue_of_the_ledger_is_refused_for_nothing(issue_id: str):
    assert find_address_refusals(a_plan_on(issue_id), OPEN) == ()


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("ISS-20260309-1a2b3c4", "ISS-20260309-1a2b3c4"),
        ("iss-20260309-1A2B3C4D", "ISS-20260309-1a2b3c4d"),
        ("fraud1", "FRAUD-1"),
        (" FRAUD-1", "FRAUD-1"),
    ],
)
def test_whoever_mistyped_an_id_is_told_those_that_are_written_like_it(mistyped: str, meant: str):
    assert refused(mistyped, OPEN).remedy.startswith(f"write {meant}")


def test_an_id_that_is_like_no_other_is_told_where_they_are_listed():
    assert refused("", OPEN).remedy == refused("qqqq", OPEN).remedy == "`proofloop issue list` names them all"


def test_a_step_cannot_count_from_before_the_issue_opened():
    found = refused("FRAUD-1", {"FRAUD-1": AS_OF + timedelta(minutes=1)})
    assert (found.code, "2020-10-15 16:01 UTC" in found.reason) == ("not_open_yet", True)
    assert find_address_refusals(a_plan_on("FRAUD-1"), {"FRAUD-1": AS_OF}) == ()


def test_what_goes_nowhere_is_decided_without_a_look_at_it():
    plan = a_plan_on("FRAUD-9")
    refusals = find_address_refusals(plan, OPEN)
    step, approval = unaddressed_step(plan, refusals), unaddressed_approval(plan, refusals)
    assert (step.is_accepted, step.refusals, dict(step.body)) == (False, refusals, {})
    assert (approval.is_accepted, approval.request.issue, approval.request.printed_name) == (False, "FRAUD-9", plan.submission.by)
