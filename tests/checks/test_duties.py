"""What is owed on the live issues of a day: kinds of deadlines together, alarms, what is due today, and what an accepted risk suspends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.duties import Worked, cases_on, find_overdue, judge_duties
from registry.domain.issue import Issue, IssueState
from registry.domain.signal import Severity
from registry.domain.steps import (
    ActionKind,
    ActionPlan,
    Assignment,
    Classification,
    Containment,
    ContainmentPattern,
    DeadlineReport,
    IncidentClass,
    PlannedAction,
)
from registry.domain.steps_change import Note, RiskAcceptance
from registry.domain.triage import Duty, DutyKind, DutyStatus
from registry.domain.work import Case, StepKind, StepTaken
from tests.builders import NOON, TODAY, ZONE, an_issue
from tests.builders_policies import some_clocks
from tests.checks.work.cases import a_case, a_taken, an_approval, shipped_policies

S = DutyStatus
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = "ben@bank.example"


def duties(case: Case, as_of: datetime = NOON) -> tuple[Duty, ...]:
    return judge_duties([case.issue], some_clocks(), as_of, Worked((case,), shipped_policies(), ZONE))


def of_kind(case: Case, kind: DutyKind, as_of: datetime = NOON) -> dict[str, DutyStatus]:
    return {duty.duty: duty.status for duty in duties(case, as_of) if duty.kind is kind}


def an_old_case(*steps: StepTaken, **changes: Any) -> Case:
    """An issue opened ten days ago that a person has touched."""
    issue = an_issue(opened_at=NOON - 10 * DAY, state_by=WHO, **changes)
    return a_case(*steps, issue=issue)


def an_incident(**changes: Any) -> Classification:
    base = Classification(severity=Severity.L3, reason="data were seen by others", incident=IncidentClass.DATA_BREACH)
    return replace(base, **changes)


def an_acceptance(**changes: Any) -> RiskAcceptance:
    return replace(RiskAcceptance(owner="cfo@bank.example", reason="two", proof=("R-7",), expires_on=TODAY + 30 * DAY), **changes)


def accepted(document: RiskAcceptance | None = None, severity: Severity = Severity.L2, **changes: Any) -> Case:
    """An overdue issue whose risk was accepted and approved yesterday."""
    step = a_taken(document or an_acceptance(), issue_severity=severity)
    given = {"action": StepKind.ACCEPT_RISK, "role": "risk_compliance", "name": WHO, "at": NOON - HOUR, **changes}
    approval = an_approval(step.document_digest, **given)
    return replace(an_old_case(step, severity=severity), approvals=(approval,))


def test_without_issues_nothing_is_owed() -> None:
    assert judge_duties((), some_clocks(), NOON, Worked((), shipped_policies(), ZONE)) == ()


# severity clocks under classification


def test_a_severity_that_a_person_lowered_keeps_the_deadlines_that_ran() -> None:
    issue = an_issue(opened_at=NOON - 30 * HOUR, severity=Severity.L1, severity_by=WHO, state_by=WHO)
    lowered = Case(issue, severities=(Severity.L3, Severity.L1))
    (containment, cause) = judge_duties([issue], some_clocks(), NOON, Worked((lowered,), None, ZONE))
    assert (containment.duty, containment.status, cause.due_at) == ("containment", S.OVERDUE, NOON - 6 * HOUR)


def test_a_severity_that_a_person_raised_shortens_from_the_opening_on() -> None:
    issue = an_issue(opened_at=NOON - 30 * HOUR, severity=Severity.L4, severity_by=WHO, state_by=WHO)
    case = Case(issue, severities=(Severity.L2, Severity.L4))
    assert {duty.status for duty in judge_duties([issue], some_clocks(), NOON, Worked((case,), None, ZONE))} == {S.OVERDUE}


@given(st.lists(st.sampled_from(Severity), max_size=5), st.sampled_from(Severity))
def test_one_more_classification_never_makes_a_severity_clock_later(before: list[Severity], more: Severity) -> None:
    def due(severities: list[Severity]) -> dict[str, datetime]:
        issue = an_issue(opened_at=NOON - 500 * HOUR, severity=severities[-1], severity_by=WHO)
        case = Case(issue, severities=tuple(dict.fromkeys(severities)))
        return {duty.duty: duty.due_at for duty in judge_duties([issue], some_clocks(), NOON, Worked((case,), None, ZONE))}

    was, now = due([Severity.L2, *before]), due([Severity.L2, *before, more])
    assert was.keys() <= now.keys()
    assert all(now[name] <= was[name] for name in was)


def test_an_issue_that_came_back_counts_from_its_return_and_moving_it_on_gives_no_more_time() -> None:
    issue = an_issue(opened_at=NOON - 90 * DAY, occurrence=2, state=IssueState.CONTAINED, state_by=WHO, state_since=NOON - HOUR)
    case = Case(issue, reopened_seq=4, reopened_at=NOON - 30 * HOUR)
    (cause,) = judge_duties([issue], some_clocks(), NOON, Worked((case,), None, ZONE))
    assert (cause.duty, cause.due_at) == ("root cause", NOON - 6 * HOUR)


def test_steps_before_a_return_of_today_belong_to_the_occurrence_before() -> None:
    assigned = a_taken(Assignment(owner=WHO, next_step="look at the log", due_on=TODAY))
    issue = an_issue(occurrence=2, state_since=NOON)
    (case,) = cases_on([issue], [a_case(assigned)])
    assert (case.issue, case.latest(StepKind.ASSIGN), case.reopened_at) == (issue, None, NOON)


# people's own dates


@pytest.mark.parametrize(("days", "status"), [(-1, S.OVERDUE), (0, S.DUE_TODAY), (1, S.OPEN)])
def test_the_next_step_of_an_assignment_holds_through_its_day(days: int, status: DutyStatus) -> None:
    assigned = a_taken(Assignment(owner=WHO, next_step="look at the log", due_on=TODAY + days * DAY), at=NOON - HOUR)
    assert of_kind(an_old_case(assigned), DutyKind.OWN_DATE) == {"look at the log": status}


def test_a_day_ends_at_midnight_of_its_zone() -> None:
    assigned = a_taken(Assignment(owner=WHO, next_step="look at the log", due_on=TODAY))
    midnight = datetime(2020, 10, 16, 4, tzinfo=UTC)  # in New York
    case = an_old_case(assigned)
    assert of_kind(case, DutyKind.OWN_DATE, midnight - timedelta(seconds=1)) == {"look at the log": S.DUE_TODAY}
    assert of_kind(case, DutyKind.OWN_DATE, midnight) == {"look at the log": S.OVERDUE}


def test_a_next_step_is_done_once_the_issue_was_carried_on_and_a_note_does_not() -> None:
    assigned = a_taken(Assignment(owner=WHO, next_step="contain it", due_on=TODAY), 10)
    contained = Containment(pattern=ContainmentPattern.PAUSE_AUTOMATION, measure="paused", in_force_at=NOON - DAY)
    assert of_kind(an_old_case(assigned, a_taken(Note(text="called the vendor"), 11)), DutyKind.OWN_DATE)
    assert not of_kind(an_old_case(assigned, a_taken(contained, 11)), DutyKind.OWN_DATE)


def an_action(name: str, days: int) -> PlannedAction:
    return PlannedAction(
        action=name,
        kind=ActionKind.CORRECTIVE,
        what=f"do {name}",
        owner=f"{name}@bank.example",
        due_on=TODAY + days * DAY,
        closure_evidence="the rate",
        reopen_trigger="a complaint",
    )


def test_planned_actions_are_owed_by_their_own_owners_until_the_fix_is_released() -> None:
    plan = a_taken(ActionPlan(actions=(an_action("later", 9), an_action("late", -2), an_action("next", 1)), verification="compare"))
    case = an_old_case(plan, state=IssueState.ACTION_APPROVED)
    found = [(duty.duty, duty.status, duty.owner) for duty in duties(case) if duty.kind is DutyKind.OWN_DATE]
    assert found == [("do late", S.OVERDUE, "late@bank.example"), ("do next", S.OPEN, "next@bank.example")]
    assert not of_kind(an_old_case(plan, state=IssueState.IMPLEMENTED), DutyKind.OWN_DATE)


# alarms and the day


@pytest.mark.parametrize(("hours", "percent"), [(35, 0), (36, 50), (54, 75), (65, 90), (71, 90)])
def test_alarms_are_told_at_half_three_quarters_and_nine_tenths_of_the_time(hours: int, percent: int) -> None:
    document = an_incident(incident=None, deadlines=("gdpr_data_breach",), aware_at=NOON - hours * HOUR)
    (duty,) = (duty for duty in duties(an_old_case(a_taken(document))) if duty.kind is DutyKind.REGULATORY)
    assert duty.alarm_percent == percent
    assert (duty.status in {S.AT_RISK, S.DUE_TODAY}) == bool(percent)


def test_what_is_due_before_midnight_is_due_today_and_comes_after_what_is_overdue() -> None:
    soon = an_incident(incident=None, deadlines=("gdpr_data_breach",), aware_at=NOON - 70 * HOUR)
    case = an_old_case(a_taken(soon))
    found = [(duty.kind, duty.status) for duty in duties(case)]
    assert found[-1] == (DutyKind.REGULATORY, S.DUE_TODAY) and {status for _, status in found[:-1]} == {S.OVERDUE}


def test_an_overdue_report_is_a_finding_of_its_own_code_with_its_citation() -> None:
    late = an_incident(incident=None, deadlines=("gdpr_data_breach",), aware_at=NOON - 80 * HOUR)
    found = find_overdue(duties(an_old_case(a_taken(late), state=IssueState.IMPLEMENTED)))
    assert [finding.reason_code for finding in found] == ["regulatory_deadline_overdue"]
    assert "Article 33(1)" in found[0].reason


# incidents


def test_an_issue_that_nobody_called_an_incident_has_no_incident_clock() -> None:
    assert not of_kind(an_old_case(a_taken(an_incident(incident=None))), DutyKind.INCIDENT)


def test_an_incident_owes_its_answers_in_turn() -> None:
    called = a_taken(an_incident(), 10, at=NOON - timedelta(minutes=1))
    issue = an_issue(opened_at=NOON - HOUR, state_by=WHO)
    assert of_kind(a_case(called, issue=issue), DutyKind.INCIDENT) == {
        "incident triage": S.DUE_TODAY,
        "incident mitigation": S.DUE_TODAY,
        "incident post-mortem": S.OPEN,
    }
    assigned = a_taken(Assignment(owner=WHO, next_step="pause it", due_on=TODAY), 11)
    contained = Containment(pattern=ContainmentPattern.PAUSE_AUTOMATION, measure="paused", in_force_at=NOON - timedelta(minutes=20))
    mitigated = a_case(called, assigned, a_taken(contained, 12), issue=replace(issue, state=IssueState.CONTAINED))
    assert of_kind(mitigated, DutyKind.INCIDENT) == {"incident verification": S.OVERDUE, "incident post-mortem": S.OPEN}
    looked = replace(mitigated, steps=(*mitigated.steps, a_taken(Note(text="no more refusals since"), 13)))
    assert "incident verification" not in of_kind(looked, DutyKind.INCIDENT)


def test_an_incident_counts_from_the_earliest_awareness_and_its_shortest_class() -> None:
    first = an_incident(severity=Severity.L1, incident=IncidentClass.INFRA_ERROR)
    again = replace(first, aware_at=NOON - 3 * DAY, incident=IncidentClass.DATA_BREACH)
    case = an_old_case(a_taken(first, 10, at=NOON - DAY), a_taken(again, 11, at=NOON - HOUR), severity=Severity.L1)
    due = {duty.duty: duty.due_at for duty in duties(case) if duty.kind is DutyKind.INCIDENT}
    assert due["incident mitigation"] == NOON - 3 * DAY + timedelta(minutes=30)


# accepted risk


def test_an_accepted_risk_stands_in_place_of_the_clocks_that_it_suspends() -> None:
    (duty,) = duties(accepted())
    assert (duty.kind, duty.status, duty.owner) == (DutyKind.ACCEPTED_RISK, S.ACCEPTED, "cfo@bank.example")
    assert duty.due_at == datetime(2020, 11, 14, 5, tzinfo=UTC)
    assert find_overdue((duty,)) == ()


def test_an_accepted_risk_suspends_neither_regulation_nor_peoples_own_dates() -> None:
    case = accepted()
    late = a_taken(an_incident(deadlines=("gdpr_data_breach",), aware_at=NOON - 80 * HOUR), 30)
    assigned = a_taken(Assignment(owner=WHO, next_step="renew it", due_on=TODAY - DAY), 31)
    found = {duty.kind: duty.status for duty in duties(replace(case, steps=(*case.steps, late, assigned)))}
    assert found == {DutyKind.REGULATORY: S.OVERDUE, DutyKind.OWN_DATE: S.OVERDUE, DutyKind.ACCEPTED_RISK: S.ACCEPTED}


def test_an_accepted_risk_is_at_risk_ten_days_before_its_end() -> None:
    assert duties(accepted(an_acceptance(expires_on=TODAY + 11 * DAY)))[0].status is S.ACCEPTED
    assert duties(accepted(an_acceptance(expires_on=TODAY + 10 * DAY)))[0].status is S.AT_RISK


def test_what_is_not_approved_by_the_right_role_suspends_nothing() -> None:
    waiting = accepted()
    for case in (replace(waiting, approvals=()), accepted(role="model_risk"), accepted(severity=Severity.L3)):
        assert S.OVERDUE in {duty.status for duty in duties(case)}


def test_an_approval_that_expired_since_and_a_severity_that_rose_since_end_nothing() -> None:
    lapsed = accepted(expires_at=NOON - timedelta(minutes=5))
    grown = replace(lapsed, issue=replace(lapsed.issue, severity=Severity.L4))
    assert [duty.kind for duty in (*duties(lapsed), *duties(grown))] == [DutyKind.ACCEPTED_RISK] * 2


def test_an_issue_that_is_not_live_owes_nothing_whatever_people_did() -> None:
    case = accepted()
    closed: Issue = replace(case.issue, state=IssueState.CLOSED)
    assert judge_duties([closed], some_clocks(), NOON, Worked((case,), shipped_policies(), ZONE)) == ()


# issues that nobody works on any more

GDPR = Classification(severity=Severity.L3, reason="data were seen by others", deadlines=("gdpr_data_breach",), aware_at=NOON - 5 * DAY)


@pytest.mark.parametrize(
    ("state", "how"), [(IssueState.CLOSED, "reopen it, then classify it with the report"), (IssueState.TRACKED, "nobody works on it")]
)
def test_an_issue_that_nobody_works_on_owes_the_regulatory_report_that_nobody_made_and_nothing_else(state: IssueState, how: str) -> None:
    assigned = a_taken(Assignment(owner=WHO, next_step="look at the log", due_on=TODAY - DAY), 11)
    (duty,) = duties(an_old_case(a_taken(replace(GDPR, incident=IncidentClass.DATA_BREACH), 10), assigned, state=state))
    assert (duty.kind, duty.status) == (DutyKind.REGULATORY, S.OVERDUE)
    assert duty.basis.endswith(f"; the issue is {state}: {how}")


def test_a_closed_issue_whose_reports_were_made_owes_nothing() -> None:
    report = DeadlineReport(deadline="gdpr_data_breach", reported_at=NOON - 4 * DAY, receipt="EDPB-1")
    case = an_old_case(a_taken(GDPR, 10), a_taken(replace(GDPR, reports=(report,)), 11), state=IssueState.CLOSED)
    assert duties(case) == ()


def test_without_policies_of_peoples_work_a_closed_issue_owes_nothing() -> None:
    case = an_old_case(a_taken(GDPR), state=IssueState.CLOSED)
    assert judge_duties([case.issue], some_clocks(), NOON, Worked((case,), None, ZONE)) == ()
