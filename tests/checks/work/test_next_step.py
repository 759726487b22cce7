"""What comes next on an issue: the order of the steps, who may take them, and the command to start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.work.next_step import Desk, find_next_step
from registry.domain.cases import cases_of
from registry.domain.catalogue import OwnerRole
from registry.domain.issue_file import NextStep
from registry.domain.work import Case, StepKind
from registry.policies.loader import load_work_policies
from tests.checks.work.cases import a_taken
from tests.closing import a_proposal
from tests.issue_story import ISSUE, LEAD, OPENED_AT, OWNER, RISK, Story, to_implemented
from tests.reports.issue_samples import a_card_filter


def the_case(story: Story) -> Case:
    issue = story.issue()
    return next(iter(cases_of([issue], story.events)), Case(issue))


def next_of(story: Story, **desk: object) -> NextStep:
    return next_for(the_case(story), **desk)


def next_for(case: Case, **desk: object) -> NextStep:
    given = {"system": a_card_filter(), "deputies": {}, "policies": load_work_policies(None), "as_of": OPENED_AT + timedelta(days=1)}
    return find_next_step(case, Desk(**{**given, **desk}))


def test_an_issue_that_nobody_touched_is_assigned_first():
    step = next_of(Story().open())

    assert step.step == "assign"
    assert step.command == (
        f"proofloop issue assign {ISSUE} --by {OWNER} --role product_owner --owner OWNER --next-step NEXT_STEP --due-on DUE_ON"
    )


def test_where_the_catalogue_names_nobody_nobody_is_named_and_the_command_says_what_to_fill_in():
    step = next_of(Story().open(), system=None)

    assert step.people == ()
    assert "--by NAME --role ROLE" in step.command


def test_someone_who_may_sign_in_a_role_is_named_beside_its_owner():
    step = next_of(Story().open().step(StepKind.ASSIGN), deputies={OwnerRole.OPERATIONS_LEAD: ("deputy@bank.example", LEAD)})

    assert step.step == "contain"
    assert step.people == (("operations_lead", LEAD), ("operations_lead", "deputy@bank.example"), ("product_owner", OWNER))


STORY = {
    3: "contain",  # opened, assigned and classified
    5: "root-cause",
    6: "plan",
    7: "approve",
    9: "link-change",
    11: "implement",
    12: "add-evidence",
    13: "scope",
}


@pytest.mark.parametrize("told", STORY)
def test_the_steps_follow_each_other_from_triage_to_proof(told: int):
    story = to_implemented()
    story.events = story.events[:told]

    assert next_of(story).step == STORY[told]


def test_a_plan_that_waits_says_whose_approval_is_missing_and_that_it_is_signed():
    story = to_implemented()
    story.events = story.events[:7]

    step = next_of(story)

    assert step.lacks == ("product_owner (signed)", "risk_compliance (signed)", "model_risk (signed): the catalogue names nobody")
    assert step.people == (("product_owner", OWNER), ("risk_compliance", RISK))
    assert step.command == f"proofloop approve list {ISSUE}"


def test_a_plan_older_than_its_root_cause_is_made_anew_before_anybody_approves_it():
    story = to_implemented()
    story.events = story.events[:7]
    story.step(StepKind.ROOT_CAUSE, by=OWNER, role="product_owner", direct_cause="The terminals sent U2 twice for one purchase.")

    assert next_of(story).step == "plan"


def test_an_action_without_a_change_is_named():
    story = to_implemented()
    story.events = story.events[:10]

    assert next_of(story).why == "Actions without a change: code-check."


def test_a_document_with_parts_is_written_in_a_file():
    story = to_implemented()
    story.events = story.events[:6]

    assert next_of(story).command.endswith("--file plan.yaml")


def test_after_the_scope_customers_are_recovered_where_there_was_harm_and_then_the_window_decides():
    story = to_implemented().step(StepKind.SCOPE)

    watched = next_of(story, is_harm=False)

    assert next_of(story).step == "recovery"
    assert (watched.step, watched.people, watched.command) == ("", (), f"proofloop closure {ISSUE}")
    for kind in (StepKind.RECOVERY, StepKind.NOT_APPLICABLE):
        assert next_of(to_implemented().step(StepKind.SCOPE).step(kind)) == watched


def test_a_proposal_to_close_that_stands_waits_for_its_approvals_and_one_that_fell_does_not():
    case = the_case(to_implemented().step(StepKind.SCOPE).step(StepKind.RECOVERY))
    proposal = a_taken(a_proposal(), seq=90)
    proposed = replace(case, steps=(*case.steps, proposal), issue=replace(case.issue, closure=proposal.document_digest))

    assert next_for(proposed).command == f"proofloop approve list {ISSUE}"
    assert "waits for approvals" in next_for(proposed).why
    assert next_for(replace(proposed, issue=case.issue)).command == f"proofloop closure {ISSUE}"


def test_a_tracked_issue_asks_nobody_for_anything():
    step = next_of(Story().open(state="tracked", severity="L0"))

    assert (step.step, step.people, step.command) == ("", (), "")
    assert step.why
