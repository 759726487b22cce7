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


def said(name: str, action: str) -> list[str]:
    approval = RecordedApproval(3, "ISS-1", name, NOON, {"name": name, "action": action}, None)
    return [str(problem) for problem in find_own_work(a_story(), approval)]


@pytest.mark.parametrize("name", ["ben@bank.example", "Ben@BANK.example ", "Cora@bank.example"])
def test_who_owns_an_action_of_the_plan_does_not_sign_its_closure(name: str) -> None:
    (found,) = said(name, "close")
    assert "who owns an action of the plan (event 1)" in found


def test_who_recorded_the_plan_does_not_sign_its_closure() -> None:
    assert len(said("planner@bank.example", "close")) == 1


def test_an_owner_may_approve_the_plan_and_a_stranger_the_closure() -> None:
    assert (said("ben@bank.example", "plan"), said("risk@bank.example", "close")) == ([], [])
