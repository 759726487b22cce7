"""The form of an approval on a real Prefect server: one that lacks something ends as Refused, one that holds is recorded."""

from __future__ import annotations

from registry.domain.approving import ApprovalEntry
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


def test_the_form_offers_the_steps_and_says_what_goes_where() -> None:
    from flows.issue_approve import issue_approve

    schema = issue_approve.parameters.model_dump()
    entry = schema["definitions"]["ApprovalEntry"]["properties"]
    assert all(field.get("description") for field in entry.values()) and set(schema["properties"]["issue_id"]) >= {"title", "examples"}
