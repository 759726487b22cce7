"""An issue comes back: with what was seen, and where that can be seen."""

from __future__ import annotations

from typing import Any

import pytest

from checks.work.step import judge_step
from registry.domain.issue import IssueState
from registry.domain.steps import ReopenTo
from registry.domain.steps_change import Reopening
from registry.domain.work import Case, StepDecision
from tests.builders import an_issue
from tests.checks.work.cases import a_case, a_step_plan, a_taken, known_nothing
from tests.checks.work.worksheets import a_worksheet


def a_reopening(**changes: Any) -> Reopening:
    given = {"to": ReopenTo.TRIAGE, "reason": "Terminals are blocked again: 40 of 300 on 2 June.", "evidence": ("https://a.example/1",)}
    return Reopening(**given | changes)


def a_closed_case(*steps: Any) -> Case:
    return a_case(*steps, issue=an_issue(state=IssueState.CLOSED))


def judged(case: Case, document: Reopening) -> StepDecision:
    return judge_step(case, a_step_plan(document), known_nothing())


def codes(case: Case, document: Reopening) -> list[str]:
    return [refusal.code for refusal in judged(case, document).refusals]


@pytest.mark.parametrize("evidence", [(), ("",), (" ", "\t"), ("n/a", "tbd")])
def test_a_reopening_that_shows_nothing_is_refused(evidence: tuple[str, ...]):
    assert codes(a_closed_case(), a_reopening(evidence=evidence)) == ["no_evidence"]


@pytest.mark.parametrize("reason", ["", "  ", "tbd", "n/a", "..."])
def test_a_reopening_without_a_reason_is_refused(reason: str):
    assert codes(a_closed_case(), a_reopening(reason=reason)) == ["no_reason"]


def test_everything_that_is_missing_is_told_at_once():
    document = a_reopening(to=ReopenTo.RCA_IN_PROGRESS, reason="", evidence=())
    assert codes(a_closed_case(), document) == ["no_reason", "no_evidence", "no_known_cause"]


def test_evidence_that_an_earlier_reopening_rested_on_is_refused_unless_something_new_is_beside_it():
    earlier = a_taken(a_reopening(evidence=("https://a.example/1", "https://a.example/2")), seq=7)
    case = a_closed_case(earlier)
    refused = judged(case, a_reopening()).refusals

    assert [(refusal.code, "event 7" in refusal.reason) for refusal in refused] == [("old_evidence", True)]
    assert codes(case, a_reopening(evidence=("https://a.example/1", "https://a.example/3"))) == []


def test_a_cause_comes_back_only_where_one_was_recorded():
    document = a_reopening(to=ReopenTo.RCA_IN_PROGRESS)
    assert codes(a_closed_case(), document) == ["no_known_cause"]
    assert codes(a_closed_case(a_taken(a_worksheet(), seq=7)), document) == []


@pytest.mark.parametrize("to", ReopenTo)
@pytest.mark.parametrize("state", [IssueState.CLOSED, IssueState.VERIFYING])
def test_a_reopening_leads_where_its_document_says(state: IssueState, to: ReopenTo):
    case = a_case(a_taken(a_worksheet(), seq=7), issue=an_issue(state=state))
    body = judged(case, a_reopening(to=to)).body
    assert (body["from"], body["to"], body["reason"]) == (state, to.value, a_reopening().reason)
