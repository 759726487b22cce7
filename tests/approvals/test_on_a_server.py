"""The form of an approval on a real Prefect server: one that lacks something ends as Refused, one that holds is recorded."""

from __future__ import annotations

import pytest

from registry.domain.approving import ApprovalEntry
from registry.domain.steps_change import Note
from registry.domain.work import StepKind
from tests.approvals.scenes import ISSUE, PEOPLE, Scene
from tests.flows.conftest import prefect_api  # noqa: F401 - the fixture

ROLE = "risk_compliance"


def test_an_approval_runs_as_a_flow_and_a_refused_one_is_neither_green_nor_broken(scene: Scene, prefect_api: str) -> None:  # noqa: F811
    from flows.issue_approve import issue_approve

    request = scene.request(ROLE)
    words = {"issue_id": ISSUE, "by": PEOPLE[ROLE], "role": ROLE, "workspace": str(scene.root)}
    typed = ApprovalEntry(action=StepKind.PLAN, request=request.read_text())
    state = issue_approve(**words, document=typed, return_state=True)  # type: ignore[call-overload]
    assert (state.name, "only asserted" in state.message) == ("Refused", True)
    signed = ApprovalEntry(action=StepKind.PLAN, request=request.read_text(), signature=scene.sign(request, ROLE).read_text())
    state = issue_approve(**words, document=signed, return_state=True)  # type: ignore[call-overload]
    assert (state.name, state.result().receipt is not None) == ("Completed", True)
    assert prefect_api.startswith("http")


def test_a_mistyped_issue_in_a_form_ends_as_refused_and_names_the_one_that_was_meant(
    scene: Scene,
    prefect_api: str,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    from flows.issue_approve import issue_approve
    from flows.issue_note import issue_note

    words = {"issue_id": "FRAUD1", "by": PEOPLE[ROLE], "role": ROLE, "workspace": str(scene.root)}
    handed_in = ((issue_approve, ApprovalEntry(action=StepKind.PLAN)), (issue_note, Note(text="The vendor answers in May.")))
    for flow, document in handed_in:
        state = flow(**words, document=document, return_state=True)  # type: ignore[call-overload]
        assert (state.name, "expected an existing issue, found 'FRAUD1'" in state.message) == ("Refused", True)
        assert "write FRAUD-1 or FRAUD-2 if you mean that one" in state.message
    assert "Traceback" not in caplog.text and prefect_api.startswith("http")


def test_the_form_offers_the_steps_and_says_what_goes_where() -> None:
    from flows.issue_approve import issue_approve

    schema = issue_approve.parameters.model_dump()
    entry = schema["definitions"]["ApprovalEntry"]["properties"]
    assert all(field.get("description") for field in entry.values()) and set(schema["properties"]["issue_id"]) >= {"title", "examples"}
