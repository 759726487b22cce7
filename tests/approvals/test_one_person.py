"""One person, one approval: a key with two names, a name that is a pattern, and a signature without content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.approvals.scenes import ISSUE, PEOPLE, PLANNER, Scene
from tests.approvals.test_recording import RISK, codes, told
from tests.cli.calling import call

Capture = pytest.CaptureFixture[str]
ALIAS = "oll.alt@bank.example"


def signed(scene: Scene, by: str, role: str = RISK) -> Path:
    request = scene.request(role, by=by)
    scene.sign(request, role)
    return request


def test_a_pattern_approves_nothing_by_its_own_name(scene: Scene, capsys: Capture) -> None:
    scene.signers.write_text("")
    scene.allow("*@bank.example", RISK)
    said = told(capsys, scene, signed(scene, "*@bank.example"))
    assert said.code == 1 and "not_allowed" in codes(said)


def test_who_planned_does_not_approve_under_another_name_of_their_key(scene: Scene, capsys: Capture) -> None:
    scene.signers.write_text("")
    scene.allow(f"{PLANNER},{ALIAS}", RISK)
    said = told(capsys, scene, signed(scene, ALIAS))
    assert codes(said) == ["own_work"]
    assert f"{ALIAS}, whose key allowed_signers also gives {PLANNER}, who took the step `plan`" in said.document["refusals"][0]["reason"]


def test_who_planned_does_not_approve_by_a_key_that_another_line_gives_another_name(scene: Scene, capsys: Capture) -> None:
    scene.allow(PLANNER, "model_owner", key=RISK)
    assert codes(told(capsys, scene, signed(scene, PEOPLE[RISK]))) == ["own_work"]


def test_who_approved_does_not_approve_again_with_a_second_key_under_a_second_name(scene: Scene, capsys: Capture) -> None:
    assert scene.approve(RISK) == 0
    scene.allow(f"{ALIAS},{PEOPLE[RISK]}", "model_risk")
    said = told(capsys, scene, signed(scene, ALIAS, "model_risk"))
    assert codes(said) == ["approved_before"] and PEOPLE[RISK] in said.document["refusals"][0]["reason"]


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_a_signature_file_without_a_signature_is_no_typed_name(scene: Scene, capsys: Capture, content: str) -> None:
    request, empty = scene.request(RISK), scene.root / "empty.sig"
    empty.write_text(content)
    for more in (("--signature", empty), ()):
        request.with_name(f"{request.name}.sig").write_text(content)
        called = call(capsys, "approve", "record", ISSUE, "--request", request, *more, "--workspace", scene.root)
        assert called.code == 2 and "found an empty file" in called.err
