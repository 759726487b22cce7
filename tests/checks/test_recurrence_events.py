"""The events of judged windows: what moves, what comes back, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from checks.recurrence_events import indicators_event, is_told, window_event, window_events
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.issue import EffectiveFix, IssueState, is_legal
from registry.domain.recurrence import Light, Outcome, Purpose, WindowDecision
from registry.domain.signal import Severity
from tests.builders import DIGEST
from tests.recurrence_builders import a_window_decision as decided
from tests.recurrence_builders import an_indicator, an_occurrence, some_window_inputs

KINDS = {EventKind.ISSUE_MOVED: "move", EventKind.WINDOW_JUDGED: "judged", EventKind.ISSUE_REOPENED: "back"}
RETURN: dict[str, Any] = {
    "outcome": Outcome.RECURRED,
    "verdict": Verdict.FAIL,
    "occurrences": (an_occurrence(),),
    "severity_after": Severity.L3,
}
NOT_EFFECTIVE = EffectiveFix(None, None, "model 7 serves again")


def events(decision: WindowDecision, state: IssueState = IssueState.VERIFYING) -> list[Event]:
    inputs = some_window_inputs(state=state, purpose=decision.purpose)
    return list(window_events(inputs, decision, window_event(inputs, decision, DIGEST, DIGEST, "decision-00001.json")))


def kinds(decision: WindowDecision, state: IssueState = IssueState.VERIFYING) -> list[str]:
    return [KINDS[event.kind] for event in events(decision, state)]


def test_a_window_that_is_open_already_is_only_recorded() -> None:
    assert kinds(decided()) == ["judged"]


def test_an_issue_moves_to_verification_once_its_window_is_open() -> None:
    assert kinds(decided(outcome=Outcome.WATCHING), IssueState.IMPLEMENTED) == ["move", "judged"]


def test_it_stays_where_it_is_while_some_traffic_is_not_served_by_the_fix() -> None:
    assert kinds(decided(outcome=Outcome.NOT_OPEN, effective=NOT_EFFECTIVE), IssueState.IMPLEMENTED) == ["judged"]


@pytest.mark.parametrize("state", [IssueState.IMPLEMENTED, IssueState.VERIFYING, IssueState.CLOSED])
@pytest.mark.parametrize("effective", [decided().effective, NOT_EFFECTIVE])
def test_what_came_back_goes_to_root_cause_analysis_by_moves_that_are_legal(state: IssueState, effective: EffectiveFix) -> None:
    purpose = Purpose.EFFECTIVENESS if state is IssueState.CLOSED else Purpose.CLOSURE
    found = events(decided(**RETURN, effective=effective, purpose=purpose), state)
    assert KINDS[found[-1].kind] == "back"
    moves = [event.body for event in found if "from" in event.body]
    assert all(is_legal(IssueState(move["from"]), IssueState(move["to"]), move["role"]) for move in moves)
    assert [move["from"] for move in moves] == [state.value, *(move["to"] for move in moves[:-1])]
    assert moves[-1]["to"] == "rca_in_progress"


def test_a_return_counts_no_signal_again_and_proposes_the_severity() -> None:
    back = events(decided(**RETURN))[-1].body
    assert (back["signal_count"], back["feed"], back["severity"], back["through"]) == (0, "", "L3", ["post_fix"])


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.RECURRED])
def test_nothing_but_a_return_brings_an_issue_back(outcome: Outcome) -> None:
    assert "back" not in kinds(decided(outcome=outcome))


def test_the_window_of_a_closed_issue_is_told_on_its_date_or_when_something_came_back() -> None:
    asked = decided(purpose=Purpose.EFFECTIVENESS)
    assert [is_told(asked, is_recorded=recorded) for recorded in (True, False)] == [True, False]
    assert is_told(decided(**RETURN, purpose=Purpose.EFFECTIVENESS), is_recorded=False)
    assert is_told(decided(outcome=Outcome.WATCHING), is_recorded=True)


def test_two_purposes_of_one_issue_and_date_are_two_events() -> None:
    keys = {events(decided(purpose=purpose))[0].key for purpose in Purpose}
    assert len(keys) == len(Purpose)


def test_no_body_holds_a_fraction() -> None:
    indicators = [an_indicator(light=Light.AMBER, value=0.5, limit=0.25, n=4)]
    for event in (
        *events(decided(**RETURN), IssueState.IMPLEMENTED),
        indicators_event("s", indicators, decided().as_of, decided().business_date, DIGEST, DIGEST),
    ):
        assert event.canonical_body()


def test_the_indicators_of_a_system_are_its_own() -> None:
    ours, theirs = an_indicator(), an_indicator(system_id="another")
    event = indicators_event(ours.system_id, [ours, theirs], decided().as_of, decided().business_date, DIGEST, DIGEST)
    assert [one["kind"] for one in event.body["indicators"]] == [ours.kind]
