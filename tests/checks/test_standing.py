"""What people's steps do to a whole day: the triage hides, brings back and owes what they said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.domain.signal import Severity
from registry.domain.steps import Classification
from registry.domain.steps_change import IssueSuppression
from registry.domain.triage import ChangeKind, DutyKind, DutyStatus
from registry.domain.triage_run import TriageOutcome
from registry.domain.work import Case
from tests.builders import NOON, SYSTEM, TODAY, ZONE, a_feed, a_fix, a_system, an_issue
from tests.checks.test_duties import accepted, an_acceptance
from tests.checks.test_triage import POLICIES, judge, kinds, quiet_history, some
from tests.checks.work.cases import a_taken, an_approval, shipped_policies

DAY = timedelta(days=1)
WORKED = replace(POLICIES, work=shipped_policies())


def judged(case: Case, count: int = 0, **changes: Any) -> TriageOutcome:
    history = quiet_history(issues=(case.issue,), cases=(case,))
    return judge(some(count), history, policies=WORKED, zone=ZONE, **changes)


def quiet(**issue: Any) -> Case:
    step = a_taken(IssueSuppression(reason="known", until_on=TODAY + DAY))
    return Case(an_issue(level_since_on=TODAY - 40 * DAY, **issue), (step,))


def test_a_day_without_people_is_judged_as_ever() -> None:
    assert judge(policies=WORKED, zone=ZONE).day.verdict is Verdict.PASS


def test_a_suppressed_live_issue_still_takes_its_signals_and_does_not_escalate() -> None:
    shown, hidden = judged(replace(quiet(), steps=()), 60), judged(quiet(), 60)
    assert kinds(shown) == [ChangeKind.JOINED, ChangeKind.ESCALATED]
    assert kinds(hidden) == [ChangeKind.JOINED]
    assert (hidden.day.suppressed.count, hidden.day.suppressed.ids) == (60, ("ISS-0123456789abcdef-1",))
    assert shown.day.suppressed.count == 0


def test_a_suppression_never_hides_that_a_fix_did_not_hold() -> None:
    assert kinds(judged(quiet(state=IssueState.CLOSED, fix=a_fix()), 3)) == [ChangeKind.REACTIVATED]


def test_a_suppressed_tracked_symptom_opens_no_issue() -> None:
    each = (a_system(feeds=(a_feed(opens_spike=False, opens_each=True),)),)
    tracked = quiet(state=IssueState.TRACKED)
    assert kinds(judged(replace(tracked, steps=()), 3, systems=each)) == [ChangeKind.OPENED]
    assert kinds(judged(tracked, 3, systems=each)) == []


def test_an_accepted_risk_that_ended_is_back_the_same_day_with_what_it_owes() -> None:
    case = accepted(an_acceptance(expires_on=TODAY))
    outcome = judged(case)
    assert kinds(outcome) == [ChangeKind.ACCEPTANCE_ENDED]
    assert [event.kind for event in outcome.events if event.issue_id] == [EventKind.RISK_ACCEPTANCE_ENDED]
    assert DutyStatus.OVERDUE in {duty.status for duty in outcome.day.duties}
    assert (outcome.day.verdict, "issue_acceptance_ended" in {reason.code for reason in outcome.day.reasons}) == (Verdict.FAIL, True)
    assert outcome.day.absent.ids == (case.issue.issue_id,)


def test_an_accepted_risk_in_force_leaves_nothing_overdue() -> None:
    outcome = judged(accepted())
    assert kinds(outcome) == [] and [duty.status for duty in outcome.day.duties] == [DutyStatus.ACCEPTED]
    assert outcome.day.verdict is Verdict.PASS


@pytest.mark.parametrize("part", ["cases", "work"])
def test_days_sealed_before_people_worked_are_judged_without_them(part: str) -> None:
    case = accepted(an_acceptance(expires_on=TODAY))
    history = quiet_history(issues=(case.issue,), cases=() if part == "cases" else (case,))
    outcome = judge(some(0), history, policies=POLICIES if part == "work" else WORKED)
    assert kinds(outcome) == [] and outcome.day.system in {"*", SYSTEM}


def test_a_day_fails_while_a_closed_issue_lacks_a_report_that_the_law_asks_and_tells_of_one_that_waits() -> None:
    names = ("gdpr_data_breach", "eu_ai_act_serious_incident")
    named = Classification(severity=Severity.L3, reason="data were seen by others", deadlines=names, aware_at=NOON - 5 * DAY)
    outcome = judged(Case(an_issue(state=IssueState.CLOSED), (a_taken(named),)))
    assert [(duty.kind, duty.status) for duty in outcome.day.duties] == [(DutyKind.REGULATORY, DutyStatus.OVERDUE)]
    assert outcome.day.verdict is Verdict.FAIL
    assert {"regulatory_deadline_overdue"} == {reason.code for reason in outcome.day.reasons}
    assert "deadline_not_running" in {found.reason_code for found in outcome.day.findings}


def test_a_broken_glass_is_told_every_day_that_its_issue_is_live_and_decides_nothing() -> None:
    case = Case(
        an_issue(level_since_on=TODAY - 40 * DAY),
        approvals=tuple(
            an_approval("sha256:" + "d" * 64, name=name, is_break_glass=True) for name in ("ana@bank.example", "bo@bank.example")
        ),
    )
    day = judged(case).day
    (note,) = [finding for finding in day.findings if finding.reason_code == "broken_glass"]
    assert "plan: approved in an emergency by ana@bank.example, bo@bank.example" in note.reason
    assert not note.blocking and day.verdict is judged(replace(case, approvals=())).day.verdict
    assert not any(f.reason_code == "broken_glass" for f in judged(replace(case, approvals=())).day.findings)
