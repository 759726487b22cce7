"""Who may approve what, by the story of an issue alone: nobody what they own, made or linked."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.work import StepKind
from registry.evidence.approval_package import RecordedApproval
from registry.evidence.approval_story import Story, find_own_work, step_of
from tests.builders import NOON

PLAN = {"actions": [{"owner": "ben@bank.example"}, {"owner": "cora@bank.example"}]}


def a_story() -> Story:
    """Return an issue whose plan one person recorded, with actions that two others own."""

    def step(seq: int, kind: StepKind, actor: str, document: Any) -> Any:
        return step_of(seq, {"actor": actor, "data": {"step": kind, "document": document, "document_digest": f"sha256:{seq}"}})

    return Story([step(1, StepKind.PLAN, "planner@bank.example", PLAN), step(2, StepKind.CLOSE, "machine", {"gates": []})])


def said(name: str, action: str, story: Story | None = None) -> list[str]:
    approval = RecordedApproval(9, "ISS-1", name, NOON, {"name": name, "action": action}, None)
    return [str(problem) for problem in find_own_work(story or a_story(), approval)]


def restored(*checkers: str) -> Story:
    """Return the issue whose customers were restored, as often as there are checkers of it."""
    story = a_story()
    told = [{"step": StepKind.RECOVERY, "document": {"checker": checker}, "document_digest": checker} for checker in checkers]
    steps = [step_of(seq, {"actor": "desk@bank.example", "data": data}) for seq, data in enumerate(told, 3)]
    return Story([*story.steps, *steps])


@pytest.mark.parametrize("name", ["dana@bank.example", "Dana@BANK.example "])
def test_who_checked_the_newest_recovery_does_not_sign_the_closure_and_may_approve_anything_else(name: str) -> None:
    story = restored("cara@bank.example", "dana@bank.example")
    (found,) = said(name, "close", story)
    assert "who checked what was done for the customers (event 4)" in found
    assert (said(name, "accept-risk", story), said("eve@bank.example", "close", story)) == ([], [])
    assert said(name, "close", restored("dana@bank.example", "cara@bank.example")) == []


@pytest.mark.parametrize("name", ["ben@bank.example", "Ben@BANK.example ", "Cora@bank.example"])
def test_who_owns_an_action_of_the_plan_does_not_sign_its_closure(name: str) -> None:
    (found,) = said(name, "close")
    assert "who owns an action of the plan (event 1)" in found


def test_who_recorded_the_plan_does_not_sign_its_closure() -> None:
    assert len(said("planner@bank.example", "close")) == 1


def test_an_owner_may_approve_the_plan_and_a_stranger_the_closure() -> None:
    assert (said("ben@bank.example", "plan"), said("risk@bank.example", "close")) == ([], [])
