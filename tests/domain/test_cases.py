"""Cases are folded from events alone, and documents read back are those that were written."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from registry.domain.canonical import plain
from registry.domain.cases import CASE_KINDS, cases_of, closed_before
from registry.domain.events import Event, EventKind
from registry.domain.reading import from_plain
from registry.domain.signal import Severity
from registry.domain.steps import ActionPlan, Classification, DeadlineReport, IncidentClass, RootCause
from registry.domain.steps_change import Note
from registry.domain.work import STEPS, StepKind
from registry.step_documents import read_step
from tests.builders import SYSTEM, an_issue
from tests.issue_story import example

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
ISSUE = an_issue(issue_id="ISS-1")


def told(seq: int, kind: EventKind, **data: Any) -> tuple[int, dict[str, Any]]:
    event = Event(kind, SYSTEM, f"{seq}", AT, date(2026, 3, 16), data, "ISS-1", "ana@bank.example")
    return seq, json.loads(event.canonical_body())


def stepped(seq: int, document: Any, **data: Any) -> tuple[int, dict[str, Any]]:
    (kind,) = (kind for kind, rule in STEPS.items() if rule.document is type(document))
    body = {"step": kind, "role": "product_owner", "document": plain(document), "document_digest": f"d{seq}", "bundle_digest": "b", **data}
    return told(seq, STEPS[kind].event, **body)


def test_an_issue_that_nobody_worked_on_has_no_case() -> None:
    assert cases_of([ISSUE], []) == ()
    assert cases_of([], [stepped(1, Note(text="seen"))]) == ()


def test_every_kind_of_step_adds_to_a_case() -> None:
    assert {rule.event for rule in STEPS.values()} <= CASE_KINDS


def test_a_classification_keeps_what_it_replaced_and_all_of_its_document() -> None:
    document = Classification(
        severity=Severity.L1,
        reason="seen",
        deadlines=("gdpr_data_breach",),
        aware_at=AT,
        incident=IncidentClass.DATA_BREACH,
        reports=(DeadlineReport(deadline="gdpr_data_breach", reported_at=AT, receipt="case 7"),),
    )
    (case,) = cases_of([ISSUE], [stepped(4, document, severity="L1", issue_severity="L3")])
    assert case.severities == (Severity.L3, Severity.L1)
    assert (case.steps[0].document, case.steps[0].issue_severity, case.steps[0].by) == (document, Severity.L3, "ana@bank.example")


def test_a_return_begins_a_new_occurrence_with_severities_of_its_own() -> None:
    lowered = stepped(4, Classification(severity=Severity.L1, reason="seen"), severity="L1", issue_severity="L3")
    (case,) = cases_of([ISSUE], [lowered, told(5, EventKind.ISSUE_REOPENED, signal_count=3)])
    assert (case.reopened_seq, case.reopened_at, case.severities, case.latest(StepKind.CLASSIFY)) == (5, AT, (), None)


def test_what_was_severe_before_is_settled_by_a_closure_and_not_by_reopening() -> None:
    lowered = stepped(4, Classification(severity=Severity.L1, reason="seen"), severity="L1", issue_severity="L3")
    for state, severities in (("verifying", (Severity.L3, Severity.L1)), ("closed", ())):
        (case,) = cases_of([ISSUE], [lowered, told(5, EventKind.ISSUE_REOPENED, signal_count=3, **{"from": state})])
        assert (case.reopened_seq, case.severities) == (5, severities)


def test_the_closing_before_an_occurrence_is_the_newest_of_those_before_it() -> None:
    events = [
        told(number, EventKind.APPROVAL_RECORDED, action="close", to=state)
        for number, state in ((3, "closed"), (5, "verifying"), (7, "closed"))
    ]
    assert [closed_before(events, before) for before in (3, 4, 7, 8)] == [0, 3, 3, 7]


def test_an_approval_of_something_that_is_no_step_belongs_to_no_case() -> None:
    (case,) = cases_of([ISSUE], [told(4, EventKind.APPROVAL_RECORDED, action="release")])
    assert case.approvals == ()


def test_the_end_of_an_accepted_risk_is_kept_by_its_document() -> None:
    (case,) = cases_of([ISSUE], [told(4, EventKind.RISK_ACCEPTANCE_ENDED, document_digest="d1")])
    assert case.ended == ("d1",)


def test_a_key_that_a_later_program_added_is_passed_by_and_a_missing_one_is_an_error() -> None:
    assert from_plain(Note, {"text": "seen", "mood": "good"}) == Note(text="seen")
    with pytest.raises(KeyError, match="text"):
        from_plain(Note, {"mood": "good"})


def test_a_plan_is_over_once_a_root_cause_is_recorded_after_it_and_may_be_recorded_again() -> None:
    cause, plan = (read_step(kind, example(kind.__name__)) for kind in (RootCause, ActionPlan))
    (case,) = cases_of([ISSUE], [stepped(4, cause), stepped(5, plan)])
    assert case.taken("d5") is not None
    (case,) = cases_of([ISSUE], [stepped(4, cause), stepped(5, plan), stepped(6, cause)])
    assert case.taken("d5") is None
    (case,) = cases_of([ISSUE], [stepped(4, cause), stepped(5, plan), stepped(6, cause), stepped(7, plan, document_digest="d5")])
    assert case.taken("d5") == case.latest(StepKind.PLAN)
