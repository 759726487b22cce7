"""Action plan: what is refused before somebody approves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.work.plan import find_refusals
from checks.work.step import judge_step
from registry.domain.issue import IssueState
from registry.domain.signal import Severity
from registry.domain.steps import ActionKind, ActionPlan, Classification, IncidentClass, PlannedAction
from registry.domain.work import StepKind
from tests.builders import an_issue
from tests.checks.work.cases import a_case, a_step_plan, a_taken, an_approval, known_nothing
from tests.checks.work.worksheets import FEE_ANSWER
from tests.examples import drawing

TODAY = date(2020, 10, 15)


def an_action(**changes):
    base = PlannedAction(
        action="new-filter",
        kind=ActionKind.CORRECTIVE,
        what="Filter the retriever by effective date",
        owner="model.owner@bank.example",
        due_on=TODAY + timedelta(days=14),
        closure_evidence="No superseded source in 500 sampled answers of November",
        reopen_trigger="Two answers in a week that cite a superseded source",
    )
    return replace(base, **changes)


PREVENTION = an_action(
    action="retirement",
    kind=ActionKind.PREVENTIVE,
    what="Add source retirement to the release checklist",
    closure_evidence="Every release of November names its retired sources",
    reopen_trigger="A release whose retired sources nobody listed",
)


def a_plan(*actions, **changes):
    base = ActionPlan(
        actions=actions or (an_action(), PREVENTION),
        verification="Unsupported fee claims before and after, on the locked fee set and 30 days of chats",
    )
    return replace(base, **changes)


def analysed(**issue):
    """A case whose cause is recorded in the present occurrence."""
    return a_case(a_taken(FEE_ANSWER), issue=an_issue(state=IssueState.RCA_IN_PROGRESS, **issue))


def judged(document, case=None):
    return find_refusals(case or analysed(), a_step_plan(document), known_nothing())


def codes(document, case=None):
    return [refusal.code for refusal in judged(document, case)]


def test_an_empty_plan_is_refused_for_everything_it_lacks():
    empty = ActionPlan(actions=(), verification="")

    assert codes(empty, a_case()) == ["no_root_cause", "no_corrective", "no_preventive", "missing"]


def test_a_plan_with_a_correction_and_a_prevention_is_accepted():
    assert codes(a_plan()) == []


def approved():
    """A case whose plan was approved."""
    return a_case(a_taken(FEE_ANSWER, seq=10), a_taken(a_plan(), seq=11), issue=an_issue(state=IssueState.ACTION_APPROVED))


@pytest.mark.parametrize(("reason", "found"), [("", ["missing"]), ("tbd", ["placeholder"]), ("not possible", ["too_short"])])
def test_a_plan_that_replaces_an_approved_one_says_why(reason, found):
    assert codes(a_plan(reason=reason), approved()) == found
    assert codes(a_plan(reason=reason), analysed()) == []


def test_a_plan_that_replaces_an_approved_one_leads_back_to_where_plans_are_approved_and_tells_why():
    document = a_plan(reason="The vendor delivers the new index in July at the earliest")
    decision = judge_step(approved(), a_step_plan(document), known_nothing())

    assert [refusal.code for refusal in decision.refusals] == []
    assert (decision.body["from"], decision.body["to"], decision.body["reason"]) == ("action_approved", "rca_in_progress", document.reason)


def test_a_plan_needs_a_root_cause_of_the_present_occurrence():
    reopened = a_case(a_taken(FEE_ANSWER, seq=10), reopened_seq=11)

    assert codes(a_plan(), reopened) == ["no_root_cause"]


@pytest.mark.parametrize(("kept", "code"), [(PREVENTION, "no_corrective"), (an_action(), "no_preventive")])
def test_a_plan_of_one_kind_is_refused(kept, code):
    assert codes(a_plan(kept)) == [code]


@pytest.mark.parametrize("name", ["", "New filter", "new filter", "-filter", "f" * 65, "filtre-été"])
def test_an_action_is_named_so_that_changes_can_be_linked_to_it(name):
    assert codes(a_plan(an_action(action=name), PREVENTION)) == ["bad_name"]


def test_two_actions_of_one_name_are_refused():
    assert codes(a_plan(an_action(), replace(PREVENTION, action="new-filter"))) == ["same_name"]


def test_one_thing_planned_twice_is_refused():
    assert codes(a_plan(an_action(), replace(PREVENTION, what="filter the retriever by effective date!"))) == ["same"]


@pytest.mark.parametrize("owner", ["", "TBD", "n/a", "unbekannt", "???"])
def test_an_action_without_a_named_owner_is_refused(owner):
    assert codes(a_plan(an_action(owner=owner), PREVENTION)) == ["no_owner"]


@pytest.mark.parametrize("field", ["what", "closure_evidence", "reopen_trigger"])
@pytest.mark.parametrize(("text", "code"), [("", "missing"), ("tbd", "placeholder"), ("Effective dates", "too_short")])
def test_an_action_says_what_is_done_and_how_it_will_show(field, text, code):
    (refusal,) = judged(a_plan(an_action(**{field: text}), PREVENTION))

    assert refusal.code == code
    assert refusal.reason.startswith(f"actions[0].{field}: expected ")
    assert ", like: " in refusal.remedy


@pytest.mark.parametrize(("text", "code"), [("", "missing"), ("to be determined", "placeholder"), ("we will test it", "too_short")])
def test_a_plan_says_how_the_fix_is_verified(text, code):
    assert codes(a_plan(verification=text)) == [code]


@pytest.mark.parametrize(
    "evidence",
    [
        "The PR was merged",
        "The pull request is merged and the ticket closed",
        "Model retrained and deployed to production",
        "The prompt was fixed in the playground",
        "Monitoring was added and confirmed by the owner",
        "Das Ticket wurde geschlossen und erledigt",
        "代码已合并,问题已修复",
    ],
)
def test_evidence_that_somebody_worked_is_no_evidence_that_it_worked(evidence):
    codes_found = codes(a_plan(an_action(closure_evidence=evidence), PREVENTION))

    assert "activity" in codes_found


def test_what_shows_success_does_not_show_failure():
    same = an_action(reopen_trigger="no superseded source in 500 sampled answers of november.")

    assert codes(a_plan(same, PREVENTION)) == ["same"]


def test_an_action_due_yesterday_is_refused_and_one_due_today_is_not():
    assert codes(a_plan(an_action(due_on=TODAY - timedelta(days=1)), PREVENTION)) == ["due_in_the_past"]
    assert codes(a_plan(an_action(due_on=TODAY), PREVENTION)) == []


@pytest.mark.parametrize(("severity", "days"), [("L0", 365), ("L1", 90), ("L2", 60), ("L3", 30), ("L4", 14)])
def test_an_action_is_due_within_the_days_of_its_severity(severity, days):
    case = analysed(severity=Severity(severity))

    assert codes(a_plan(an_action(due_on=TODAY + timedelta(days=days)), replace(PREVENTION, due_on=TODAY)), case) == []
    late = a_plan(an_action(due_on=TODAY + timedelta(days=days + 1)), replace(PREVENTION, due_on=TODAY))
    assert codes(late, case) == ["due_too_late"]


def test_after_an_incident_prevention_is_due_within_a_week():
    incident = Classification(severity=Severity.L3, reason="customers were locked out", incident=IncidentClass.INFRA_ERROR)
    case = replace(analysed(), steps=(a_taken(incident, seq=9), a_taken(FEE_ANSWER)))

    (refusal,) = judged(a_plan(), case)

    assert refusal.code == "due_too_late"
    assert refusal.reason.startswith("actions[1].due_on: expected 2020-10-22 at the latest")


def test_a_new_plan_replaces_the_old_one_and_takes_none_of_its_approvals():
    old = a_taken(a_plan(), seq=11)
    case = replace(analysed(), steps=(a_taken(FEE_ANSWER), old), approvals=(an_approval(old.document_digest),))
    edited = a_plan(an_action(what="Filter the retriever by effective date and brand"), PREVENTION)

    decision = judge_step(case, a_step_plan(edited), known_nothing())

    assert decision.is_accepted
    new = a_taken(edited, seq=12, document_digest=decision.document_digest)
    after = replace(case, steps=(*case.steps, new))
    assert after.latest(StepKind.PLAN) == new
    assert case.approvals_of(old.document_digest)
    assert after.approvals_of(decision.document_digest) == ()


@given(
    st.lists(st.builds(an_action, what=st.text(max_size=30), owner=st.text(max_size=9), action=st.text(max_size=9)), max_size=4), st.text()
)
@drawing(150)
def test_any_text_is_judged_and_none_raises(actions, verification):
    assert all(refusal.reason and refusal.remedy for refusal in judged(ActionPlan(actions=tuple(actions), verification=verification)))


@given(
    st.permutations([an_action(), PREVENTION, replace(PREVENTION, action="third", what="Publish the retired sources weekly", owner="tbd")])
)
@settings(deadline=None)
def test_the_order_of_actions_changes_nothing(actions):
    assert codes(a_plan(*actions)) == ["no_owner"]
