"""The end of an accepted risk: announced before, recorded and shown once, never early, and what else is told of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.acceptances import find_acceptance_notes, find_ended, find_in_force
from registry.domain.events import EventKind
from registry.domain.folding import fold
from registry.domain.issue import IssueState
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind
from registry.domain.work import Case, StepKind
from tests.builders import NOON, TODAY, an_issue
from tests.checks.test_duties import accepted, an_acceptance
from tests.checks.work.cases import a_case, a_taken, an_approval, shipped_policies

DAY = timedelta(days=1)
WORK = shipped_policies()


def ended(case: Case, on: date = TODAY) -> bool:
    return find_ended(case, WORK, NOON, on) is not None


def codes(case: Case, on: date = TODAY) -> list[str]:
    return [note.reason_code for note in find_acceptance_notes(case, WORK, on)]


def test_an_issue_whose_risk_nobody_accepted_has_nothing_to_end() -> None:
    case = a_case()
    assert (ended(case), codes(case), find_in_force(case, WORK, TODAY)) == (False, [], None)


@pytest.mark.parametrize(("days", "is_over"), [(-1, True), (0, True), (1, False)])
def test_an_accepted_risk_ends_on_its_day_and_not_before(days: int, is_over: bool) -> None:
    case = accepted(an_acceptance(expires_on=TODAY + days * DAY))
    assert ended(case) is is_over
    assert (find_in_force(case, WORK, TODAY) is None) is is_over


def test_the_end_is_recorded_by_the_machine_and_leaves_the_issue_in_the_state_it_had() -> None:
    case = accepted(an_acceptance(expires_on=TODAY))
    case = replace(case, issue=replace(case.issue, state=IssueState.RCA_IN_PROGRESS))
    change = find_ended(case, WORK, NOON, TODAY)
    assert change is not None and change.kind is ChangeKind.ACCEPTANCE_ENDED
    (event,) = change.events
    assert (event.kind, event.actor, event.body["document_digest"]) == (
        EventKind.RISK_ACCEPTANCE_ENDED,
        "machine",
        case.steps[0].document_digest,
    )
    assert "rca in progress" in change.reason
    after = fold(case.issue, json.loads(event.canonical_body()))
    assert after == replace(case.issue, version=case.issue.version + 1)


def test_an_end_that_was_recorded_is_not_recorded_again() -> None:
    case = accepted(an_acceptance(expires_on=TODAY - DAY))
    assert not ended(replace(case, ended=(case.steps[0].document_digest,)))


def test_a_renewal_that_is_in_force_ends_nothing_and_one_that_nobody_approved_changes_nothing() -> None:
    first = accepted(an_acceptance(expires_on=TODAY))
    renewal = a_taken(an_acceptance(expires_on=TODAY + 40 * DAY), 30, issue_severity=Severity.L2)
    waiting = replace(first, steps=(*first.steps, renewal))
    assert ended(waiting)
    yes = an_approval(renewal.document_digest, action=StepKind.ACCEPT_RISK, role="risk_compliance", seq=31, at=NOON)
    assert not ended(replace(waiting, approvals=(*waiting.approvals, yes)))


def test_an_acceptance_of_an_earlier_occurrence_is_no_more() -> None:
    case = replace(accepted(), reopened_seq=99)
    assert (find_in_force(case, WORK, TODAY), ended(case, TODAY + 99 * DAY)) == (None, False)


def test_the_end_is_announced_in_the_days_before() -> None:
    assert codes(accepted(an_acceptance(expires_on=TODAY + 11 * DAY))) == []
    assert codes(accepted(an_acceptance(expires_on=TODAY + 10 * DAY))) == ["acceptance_expiring"]


def test_an_acceptance_that_waits_for_its_approvals_says_so_until_its_day() -> None:
    case = replace(accepted(), approvals=())
    assert codes(case) == ["acceptance_unapproved"]
    assert codes(case, TODAY + 31 * DAY) == []


def test_an_issue_more_severe_than_what_was_accepted_asks_for_another_look_and_stays_accepted() -> None:
    case = accepted()
    grown = replace(case, issue=replace(case.issue, severity=Severity.L4))
    (note,) = find_acceptance_notes(grown, WORK, TODAY)
    assert (note.reason_code, note.blocking) == ("acceptance_outgrown", True)
    assert find_in_force(grown, WORK, TODAY) is not None


def test_approvals_that_were_never_complete_together_do_not_count() -> None:
    asks_two = replace(WORK, approvals=tuple(replace(rule, roles=(*rule.roles, *WORK.approvals[0].roles)) for rule in WORK.approvals))
    step = a_taken(an_acceptance(), issue_severity=Severity.L2)
    first = an_approval(
        step.document_digest, action=StepKind.ACCEPT_RISK, role="risk_compliance", at=NOON - 3 * DAY, expires_at=NOON - 2 * DAY
    )
    second = an_approval(step.document_digest, action=StepKind.ACCEPT_RISK, name="eva@bank.example", seq=21, at=NOON - DAY)
    case = replace(a_case(step, issue=an_issue(severity=Severity.L2)), approvals=(first, second))
    assert find_in_force(case, asks_two, TODAY) is None
    in_time = replace(case, approvals=(replace(first, expires_at=NOON), second))
    assert find_in_force(in_time, asks_two, TODAY) == step
