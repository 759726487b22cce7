"""One step, whatever its kind: accepted with a body that folds, or refused with everything that is missing and how to meet it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import strategies as st

from checks.work.step import judge_step
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole
from registry.domain.events import Event
from registry.domain.folding import fold
from registry.domain.issue import IssueState
from registry.domain.signal import Severity
from registry.domain.steps import Classification, Containment, ContainmentPattern
from registry.domain.steps_change import Implementation, Note
from registry.domain.work import STEPS, Case, StepDecision, StepKind, StepTaken, Submission
from registry.domain.work_run import HoldInForce, StepKnowledge, VersionAnswer
from registry.errors import ConfigurationError
from registry.step_documents import read_step
from tests.builders import SYSTEM, TODAY, a_system, an_issue
from tests.checks.work.cases import AS_OF, OWNER, a_case, a_step_plan, a_taken, known_nothing
from tests.examples import drawing

OPS = "ops@bank.example"
PEOPLE = st.sampled_from((OWNER, OPS, "risk@bank.example", "stranger@bank.example", "machine", "", " "))
INSTANTS = st.datetimes(datetime(2019, 1, 1), datetime(2022, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract
TEXTS = st.one_of(
    st.sampled_from(("", " ", OWNER, OPS, "the filter read an unknown code as an unknown merchant", "call 212-555-0143", "tbd")),
    st.text(max_size=30),
)
st.register_type_strategy(datetime, INSTANTS)


def documents(kind: StepKind) -> st.SearchStrategy[Any]:
    """Return documents of ``kind`` that say anything at all."""
    return st.from_type(STEPS[kind].document)


@st.composite
def steps_taken(draw: st.DrawFn) -> tuple[StepTaken, ...]:
    kinds = draw(st.lists(st.sampled_from(StepKind), max_size=5))
    drawn = [draw(documents(kind)) for kind in kinds]
    return tuple(a_taken(document, seq, by=draw(PEOPLE)) for seq, document in enumerate(drawn, 3))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    issue = an_issue(state=draw(st.sampled_from(IssueState)), severity=draw(st.sampled_from(Severity)))
    return replace(a_case(*draw(steps_taken()), issue=issue), reopened_seq=draw(st.sampled_from((0, 4))))


def knowledge() -> st.SearchStrategy[StepKnowledge]:
    hold = HoldInForce("preserve-000000000000", SYSTEM, "ISS-9", OPS, "an inquiry", AS_OF - timedelta(days=1))
    answers = st.builds(VersionAnswer, st.just("model"), TEXTS, TEXTS, st.sampled_from((True, False, None)), st.just("no answer"))
    return st.builds(StepKnowledge, st.lists(answers, max_size=2).map(tuple), st.sampled_from(((), (hold,))))


def judged(case: Case, document: Any, **changes: Any) -> StepDecision:
    return judge_step(case, a_step_plan(document, **changes), known_nothing())


def test_a_step_of_nobody_is_refused():
    plan = a_step_plan(Note(text="Seen again."))
    plan = replace(plan, submission=replace(plan.submission, by=" "))
    (refusal,) = judge_step(a_case(), plan, known_nothing()).refusals
    assert refusal.code == "no_actor"


@pytest.mark.parametrize("kind", StepKind)
@drawing(60, phases=set(Phase) - {Phase.explain}, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_step_is_accepted_and_folds_or_is_refused_with_a_remedy_and_never_fails(kind: StepKind, data: st.DataObject):
    case, document = data.draw(cases()), data.draw(documents(kind))
    role, by = data.draw(st.sampled_from((OwnerRole.PRODUCT_OWNER, OwnerRole.OPERATIONS_LEAD, OwnerRole.DATA_OWNER))), data.draw(PEOPLE)
    plan = a_step_plan(document, submission=Submission(kind, case.issue.issue_id, by, role, document))

    decision = judge_step(case, plan, data.draw(knowledge()))

    event("accepted" if decision.is_accepted else "refused")
    if decision.refusals:
        assert decision.body == {}
        assert all(refusal.code and refusal.reason and refusal.remedy for refusal in decision.refusals)
        assert all(refusal.code.isidentifier() for refusal in decision.refusals)
    else:
        assert_folds(case, decision)


def assert_folds(case: Case, decision: StepDecision) -> None:
    """What was accepted can be appended: its event moves the issue where it says, or leaves it where it was."""
    body = json.loads(json.dumps(plain({**decision.body, "bundle_digest": "sha256:0"})))
    rule = STEPS[decision.submission.kind]
    happened = Event(rule.event, SYSTEM, "x", AS_OF, TODAY, body, case.issue.issue_id, decision.submission.by)
    after = fold(case.issue, json.loads(happened.canonical_body()))
    assert after is not None
    assert after.state == body.get("to", case.issue.state)


@drawing(200)
@given(st.data())
def test_what_one_document_is_called_depends_on_its_issue_kind_and_words_alone(data: st.DataObject):
    kind = data.draw(st.sampled_from(StepKind))
    document = data.draw(documents(kind))
    first = judged(data.draw(cases()), document)
    again = judged(data.draw(cases()), replace(document), as_of=AS_OF - timedelta(hours=1))
    assert first.document_digest == again.document_digest


def test_a_learning_signal_leaves_triage_as_tracked_with_the_severity_a_person_set():
    document = Classification(severity=Severity.L0, reason="Nobody was kept from anything.")
    decision = judged(a_case(issue=an_issue(state=IssueState.TRIAGE, severity=Severity.L1)), document)
    assert decision.body["to"] is IssueState.TRACKED
    assert_folds(a_case(issue=an_issue(state=IssueState.TRIAGE, severity=Severity.L1)), decision)


def test_a_learning_signal_that_is_contained_already_is_worked_to_its_end():
    document = Classification(severity=Severity.L0, reason="Nobody was kept from anything.")
    assert "to" not in judged(a_case(issue=an_issue(state=IssueState.CONTAINED)), document).body


def test_a_system_that_left_the_catalogue_has_nobody_to_act_for_it():
    (refusal,) = judged(a_case(), Note(text="Seen again."), systems=()).refusals
    assert (refusal.code, "nobody" in refusal.reason) == ("wrong_actor", True)


def test_a_deputy_whom_the_list_of_signers_names_may_act():
    deputies = {OwnerRole.PRODUCT_OWNER: ("deputy@bank.example",)}
    plan = a_step_plan(Note(text="Seen again."), deputies=deputies, systems=(a_system(owners={}),))
    plan = replace(plan, submission=replace(plan.submission, by="deputy@bank.example"))
    assert judge_step(a_case(), plan, known_nothing()).is_accepted


@pytest.mark.parametrize(("kind", "field"), [(Containment, "in_force_at"), (Classification, "aware_at"), (Implementation, "deployed_at")])
def test_an_instant_without_its_offset_never_becomes_a_document(kind: type, field: str):
    given = {"in_force_at": "2026-03-10T14:00:00", "pattern": "not_needed", "measure": "x"} if kind is Containment else {}
    given |= {"severity": "L3", "reason": "x", "aware_at": "2026-03-10T14:00:00"} if kind is Classification else {}
    given |= {"deployed_at": "2026-03-10T14:00:00", "share_percent": "100", "rollback": "x"} if kind is Implementation else {}
    with pytest.raises(
        ConfigurationError, match=f"{field}: expected an instant with its offset, like .*, found 2026-03-10T14:00:00; write it"
    ):
        read_step(kind, given)


def test_everything_that_is_missing_is_told_at_once():
    from tests.checks.work.test_states import CONTAINS

    document = replace(
        CONTAINS, pattern=ContainmentPattern.NARROW_SCOPE, measure="call 212-555-0143", in_force_at=AS_OF + timedelta(days=1)
    )
    plan = a_step_plan(document)
    plan = replace(plan, submission=replace(plan.submission, by="stranger@bank.example"))
    codes = [refusal.code for refusal in judge_step(a_case(issue=an_issue(state=IssueState.CLOSED)), plan, known_nothing()).refusals]
    assert {"wrong_actor", "wrong_state", "in_the_future", "personal_data", "unassigned", "no_evidence"} <= set(codes)
