"""One person, one approval: a key with two names, a name that is a pattern, and a signature without content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.approvals.scenes import ISSUE, PEOPLE, PLANNER, Scene, copied
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


def test_a_key_with_two_names_on_one_line_approves_nothing(scene: Scene, capsys: Capture) -> None:
    scene.signers.write_text("")
    scene.allow(f"{PEOPLE[RISK]},{ALIAS}", RISK)
    said = told(capsys, scene, signed(scene, PEOPLE[RISK]))
    assert codes(said) == ["shared_key"]
    assert f"which allowed_signers gives to {PEOPLE[RISK]} and {ALIAS}" in said.document["refusals"][0]["reason"]


def test_who_planned_does_not_approve_by_a_key_that_another_line_gives_another_name(scene: Scene, capsys: Capture) -> None:
    scene.allow(PLANNER, "model_owner", key=RISK)
    assert codes(told(capsys, scene, signed(scene, PEOPLE[RISK]))) == ["shared_key"]


def test_a_second_name_of_the_same_person_in_other_letters_is_no_second_person(scene: Scene, capsys: Capture) -> None:
    scene.allow(PEOPLE[RISK].upper(), "operations_lead", key=RISK)
    assert told(capsys, scene, signed(scene, PEOPLE[RISK])).code == 0
    assert call(capsys, "check", "--workspace", scene.root).code == 0


def test_who_approved_does_not_carry_it_out_under_a_name_that_their_key_got_since(done: Scene, tmp_path: Path, capsys: Capture) -> None:
    scene = copied(done, tmp_path)
    scene.allow(ALIAS, "model_owner", key=RISK)
    words = ("--by", ALIAS, "--role", "model_owner", "--deployed-at", "2026-01-01T00:00:00Z", "--share-percent", "100", "--rollback", "x")
    said = call(capsys, "issue", "implement", ISSUE, *words, "--workspace", scene.root, "--json")
    (own,) = [refusal for refusal in said.document["refusals"] if refusal["code"] == "approved_it"]
    assert own["reason"].endswith(f"found {ALIAS}, who did as {PEOPLE[RISK]}: allowed_signers gives both one key")


def test_the_check_of_the_workspace_names_the_lines_that_give_one_key_to_two_people(scene: Scene, capsys: Capture) -> None:
    assert call(capsys, "check", "--workspace", scene.root).code == 0
    lines = len(scene.signers.read_text().splitlines())
    number = next(place for place, line in enumerate(scene.signers.read_text().splitlines(), 1) if line.startswith(PEOPLE[RISK]))
    scene.allow(ALIAS, "model_owner", key=RISK)
    called = call(capsys, "check", "--workspace", scene.root)
    assert called.code == 2
    assert f"given to {ALIAS} and {PEOPLE[RISK]} (line {number}, {lines + 1}): one key, two people" in called.err


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_a_signature_file_without_a_signature_is_no_typed_name(scene: Scene, capsys: Capture, content: str) -> None:
    request, empty = scene.request(RISK), scene.root / "empty.sig"
    empty.write_text(content)
    for more in (("--signature", empty), ()):
        request.with_name(f"{request.name}.sig").write_text(content)
        called = call(capsys, "approve", "record", ISSUE, "--request", request, *more, "--workspace", scene.root)
        assert called.code == 2 and "found an empty file" in called.err
