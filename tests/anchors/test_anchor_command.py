"""The anchor command: how it is called, and what its end means."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from registry.domain.anchoring import Receipt
from registry.domain.canonical import digest_bytes, digest_of
from registry.domain.events import EventKind, StoredEvent
from registry.domain.times import parse_instant
from registry.errors import EvidenceError
from registry.evidence.anchors import heads_noted, note_of, receipt_event, receipt_of
from registry.evidence.anchors_command import has_anchor, run_anchor_command
from registry.evidence.packages import last_seal
from registry.settings import Workspace, load_workspace
from tests.anchors.sealed import NOW, a_command, a_noting_command, a_sealed_workspace, head_and_path

ENVIRON = {"PATH": "/usr/bin:/bin", "DB_PASSWORD": "a-password-of-the-ledger", "SSH_AUTH_SOCK": "/run/agent"}


def run(workspace: Workspace, environ: dict[str, str] | None = None) -> Receipt:
    seal = last_seal(workspace.archive_dir)
    assert seal is not None
    return run_anchor_command(workspace, seal, NOW, environ or ENVIRON)


def test_a_workspace_without_a_command_has_no_anchor(tmp_path: Path) -> None:
    assert not has_anchor(a_sealed_workspace(tmp_path))
    assert has_anchor(a_sealed_workspace(tmp_path / "other", settings=a_noting_command(tmp_path / "other")))


def test_a_what_if_run_hands_out_no_head(tmp_path: Path) -> None:
    a_sealed_workspace(tmp_path, settings=a_noting_command(tmp_path))
    assert not has_anchor(load_workspace(tmp_path, {"PROOFLOOP_STATE": str(tmp_path / "what-if")}))


def test_the_head_comes_as_words_as_variables_and_as_json(tmp_path: Path) -> None:
    workspace = a_sealed_workspace(tmp_path, settings=a_noting_command(tmp_path))
    head, path = head_and_path(workspace)
    run(workspace)
    assert (tmp_path / "called.txt").read_text().splitlines() == ["a word with blanks; $(not run)", "000003", head.digest, str(path)]
    told = json.loads((tmp_path / "called.txt.json").read_text())
    assert (told["seal"], told["digest"], told["path"], told["events"]) == (3, head.digest, str(path), 6)
    variables = (tmp_path / "called.txt.env").read_text().splitlines()
    assert {"PROOFLOOP_ANCHOR_SEAL=000003", f"PROOFLOOP_ANCHOR_DIGEST={head.digest}", f"PROOFLOOP_ANCHOR_PATH={path}"} <= set(variables)


def test_the_passwords_of_the_settings_are_not_handed_on(tmp_path: Path) -> None:
    ledger = "ledger_url: postgresql://bank:${DB_PASSWORD}@db/ledger\n"
    run(a_sealed_workspace(tmp_path, settings=ledger + a_noting_command(tmp_path)))
    variables = (tmp_path / "called.txt.env").read_text()
    assert "a-password-of-the-ledger" not in variables and "SSH_AUTH_SOCK=/run/agent" in variables


def test_the_receipt_says_what_was_answered_when_and_by_which_command(tmp_path: Path) -> None:
    workspace = a_sealed_workspace(tmp_path, settings=a_noting_command(tmp_path))
    head, _ = head_and_path(workspace)
    receipt = run(workspace)
    assert (receipt.head, receipt.anchored_at, receipt.command) == (head, NOW, "anchor.sh")
    assert receipt.command_digest == digest_of(list(workspace.settings.anchor_command))
    assert (receipt.answer, receipt.answer_digest) == (f"noted 000003 of {head.digest}", digest_bytes(f"{receipt.answer}\n".encode()))


def test_a_receipt_is_an_event_that_can_be_read_back(tmp_path: Path) -> None:
    receipt = run(a_sealed_workspace(tmp_path, settings=a_noting_command(tmp_path)))
    event = receipt_event(receipt, "Pacific/Apia")
    assert (event.kind, event.subject, event.business_date.isoformat()) == (EventKind.HEAD_ANCHORED, "000003", "2020-03-11")
    assert receipt_of(StoredEvent(1, "", event.canonical_body(), "", event.key, NOW)) == receipt


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo half done; echo 'the remote hung up' >&2; exit 7", "expected exit code 0, found 7: the remote hung up"),
        ("exit 1", "expected exit code 0, found 1: nothing on its standard error"),
        ("kill -9 $$", "expected exit code 0, found -9"),
        ("echo https://bank:open-sesame@git.example/heads >&2; exit 2", r"found 2: \(withheld: it holds a secret\)"),
    ],
)
def test_only_the_exit_code_zero_is_an_anchor(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(EvidenceError, match=told):
        run(a_sealed_workspace(tmp_path, settings=a_command(tmp_path, script)))


def test_a_command_that_does_not_end_is_stopped_with_its_children(tmp_path: Path) -> None:
    script = f"(sleep 300; touch {tmp_path}/late) & echo $! > {tmp_path}/child; sleep 300"
    with pytest.raises(EvidenceError, match="expected it to end within anchor_timeout_seconds = 1, it did not and was stopped"):
        run(a_sealed_workspace(tmp_path, settings=a_command(tmp_path, script) + "anchor_timeout_seconds: 1\n"))
    assert is_gone(int((tmp_path / "child").read_text()))


def test_a_child_that_is_left_behind_is_not_waited_for(tmp_path: Path) -> None:
    receipt = run(a_sealed_workspace(tmp_path, settings=a_command(tmp_path, f"sleep 300 & echo $! > {tmp_path}/child; echo done")))
    assert receipt.answer == "done" and is_gone(int((tmp_path / "child").read_text()))


@pytest.mark.parametrize("word", ["no-such-program-anywhere", "./no-such-file.sh"])
def test_a_program_that_is_not_there_is_named(tmp_path: Path, word: str) -> None:
    with pytest.raises(EvidenceError, match=f"expected a program '{word}' that can be run, found none"):
        run(a_sealed_workspace(tmp_path, settings=f"anchor_command: [{word}]\n"))


def test_an_answer_with_a_secret_or_control_characters_is_not_kept_as_it_is(tmp_path: Path) -> None:
    secret = run(a_sealed_workspace(tmp_path / "a", settings=a_command(tmp_path / "a", "echo https://bank:open-sesame@git.example/x")))
    assert secret.answer == "(withheld: it holds a secret)"
    wild = run(a_sealed_workspace(tmp_path / "b", settings=a_command(tmp_path / "b", "printf '\\033[2Jgone\\377'")))
    assert wild.answer == "?[2Jgone?"


def test_noted_heads_are_read_back_from_whatever_they_were_written_into() -> None:
    line = note_of({"seal": 42, "digest": "sha256:ab", "sealed_at": "2020-01-02T00:00:00.000000Z", "events": 7})
    text = f"Dear auditor,\n> {line}\n\nevidence-head/v1 000043\nsha256:cd\nevidence-head/v1"
    assert [(head.seal, head.digest) for head in heads_noted(text)] == [(42, "sha256:ab"), (43, "sha256:cd")]
    assert heads_noted("nothing of the kind") == ()
    assert parse_instant(line.split()[3]).year == 2020


def is_gone(process: int) -> bool:
    """Whether the process ended: it may still be listed until its new parent has looked."""
    state = Path(f"/proc/{process}/stat")
    deadline = time.monotonic() + 20
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
        if time.monotonic() > deadline:
            return False
    return True
