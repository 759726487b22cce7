"""Sealing by the flows or by another account, verifying with signers, and handing over to another key: from the command line."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.evidence.packages import list_packages
from registry.evidence.signing import SshSigner, make_key
from tests.cli.calling import Called, call


def said(capsys: pytest.CaptureFixture[str], root: Path, *words: object) -> Called:
    return call(capsys, "--workspace", root, *words)


def a_workspace(capsys: pytest.CaptureFixture[str], root: Path, settings: str = "") -> Path:
    call(capsys, "init", root)
    with (root / "proofloop.yaml").open("a") as stream:
        stream.write(settings)
    return root


def triage(capsys: pytest.CaptureFixture[str], root: Path, days_ago: int = 0) -> Called:
    # A day is judged at 06:00: before it, the newest one that can be is yesterday's.
    day = (datetime.now(UTC) - timedelta(hours=6)).date() - timedelta(days=days_ago)
    return said(capsys, root, "triage", "--as-of", day, "--json")


def in_shell(root: Path, *words: str) -> int:
    script = root / ".state/archive/verify.sh"
    return subprocess.run(["sh", script, *words], capture_output=True, check=False).returncode


def test_a_new_workspace_signs_and_python_and_shell_verify_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    assert stat.S_IMODE((root / ".state/sealing_key").stat().st_mode) == 0o600
    triage(capsys, root)
    verified = said(capsys, root, "evidence", "verify", "--json")
    assert (verified.code, verified.document["level"], verified.document["signed_seals"]) == (0, "L1 signed chain", 1)
    assert in_shell(root, "--signers", str(root / "allowed_signers")) == 0


def test_the_workspaces_own_signers_are_used_and_a_stripped_signature_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root)
    (root / ".state/archive/seals/000001.seal.sig").unlink()
    assert said(capsys, root, "evidence", "verify").code == 1
    assert in_shell(root, "--signers", str(root / "allowed_signers")) == 1


def test_signers_that_cannot_be_read_are_no_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root)
    assert said(capsys, root, "evidence", "verify", "--signers", root / "missing").code == 3
    with (root / "allowed_signers").open("a") as stream:
        stream.write('x namespaces="evidence-seal@v1" nonsense\n')
    assert said(capsys, root, "evidence", "verify").code == 3


@pytest.mark.parametrize("lose", [lambda path: path.unlink(), lambda path: path.write_text("")])
def test_an_archive_forged_without_signatures_is_no_pass_where_the_list_of_signers_was_lost(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lose: Callable[[Path], object]
) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root)
    (root / ".state/archive/seals/000001.seal.sig").unlink()
    lose(root / "allowed_signers")
    verified = said(capsys, root, "evidence", "verify", "--json")
    assert verified.code == 3
    assert [problem["file"] for problem in verified.document["problems"]] == [str(root / "allowed_signers")]


def test_without_ssh_keygen_nothing_is_signed_and_doctor_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.evidence.signing._PROGRAM", "no-such-program")
    called = call(capsys, "init", tmp_path, "--json")
    assert called.document["sealing_key"] == "" and not (tmp_path / ".state/sealing_key").exists()
    assert "seals are NOT signed: no ssh-keygen here" in said(capsys, tmp_path, "doctor").out
    triage(capsys, tmp_path)
    verified = said(capsys, tmp_path, "evidence", "verify", "--json")
    assert (verified.code, verified.document["level"]) == (0, "L0 manifests")


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda root: (root / "allowed_signers").write_text(""), "to be allowed to seal"),
        (lambda root: (root / "proofloop.yaml").open("a").write("sealing: {key: gone}\n"), "expected a key, found no file"),
        (lambda root: (root / ".state/sealing_key").unlink(), "expected a key to sign the next one"),
    ],
)
def test_doctor_says_why_sealing_would_not_work(capsys: pytest.CaptureFixture[str], tmp_path: Path, break_it, told: str) -> None:  # type: ignore[no-untyped-def]
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root)
    assert said(capsys, root, "doctor").code == 0
    break_it(root)
    called = said(capsys, root, "doctor")
    assert called.code == 4 and told in called.out


def test_where_another_account_seals_the_flows_only_promise(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path, "sealing: {by: sealer}\n")
    day = triage(capsys, root, 1)
    assert day.document["evidence"]["seal"] == 0 and Path(day.document["report"]).is_file()
    assert list_packages(root / ".state/archive") == ()
    assert said(capsys, root, "evidence", "verify").code == 3  # the package is promised and not sealed
    sealed = said(capsys, root, "evidence", "seal", "--json")
    assert (sealed.code, [seal["seal"] for seal in sealed.document["seals"]]) == (0, [1])
    assert said(capsys, root, "evidence", "verify").code == 0
    again = triage(capsys, root, 1)
    assert again.document["evidence"]["seal"] == 1 and ".state/archive/000001" in again.document["report"]
    assert said(capsys, root, "evidence", "seal", "--json").document["seals"] == []


def test_a_promised_draft_that_is_lost_is_told_by_the_sealer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path, "sealing: {by: sealer}\n")
    triage(capsys, root)
    (draft,) = (path for path in (root / ".state/spool/drafts").iterdir() if path.is_dir())
    draft.rename(tmp_path / "lost")
    sealed = said(capsys, root, "evidence", "seal", "--json")
    assert sealed.code == 3 and "is promised and not sealed" in sealed.document["lost"][0]


def test_a_file_of_another_account_is_copied_into_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.evidence.files import link_or_copy

    (tmp_path / "draft").write_bytes(b"1")
    link_or_copy(tmp_path / "draft", tmp_path / "own")
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    link_or_copy(tmp_path / "draft", tmp_path / "copied")
    inode = (tmp_path / "draft").stat().st_ino
    assert (tmp_path / "own").stat().st_ino == inode != (tmp_path / "copied").stat().st_ino
    assert (tmp_path / "copied").read_bytes() == b"1"


def test_a_key_is_changed_by_an_event_that_the_old_one_seals(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root, 1)
    make_key(root / "next_key", "next")
    old, new = SshSigner(root / ".state/sealing_key").fingerprint, SshSigner(root / "next_key").fingerprint
    rotated = said(capsys, root, "evidence", "rotate-key", root / "next_key", "--actor", "ops", "--json")
    assert (rotated.code, rotated.document["from"], rotated.document["to"]) == (0, old, new)
    record = json.loads((root / ".state/archive/000002/rotation.json").read_text())
    assert (record["from"], record["to"], record["actor"]) == (old, new, "ops")
    again = said(capsys, root, "evidence", "rotate-key", root / "next_key", "--actor", "ops", "--json")
    assert (again.code, again.document["seals"]) == (0, [])
    with (root / "allowed_signers").open("a") as stream:
        stream.write(rotated.document["allowed_signers"] + "\n")
    with (root / "proofloop.yaml").open("a") as stream:
        stream.write(f"sealing: {{key: {root / 'next_key'}}}\n")
    triage(capsys, root)
    verified = said(capsys, root, "evidence", "verify", "--json")
    assert (verified.code, verified.document["signed_seals"]) == (0, 3)
    assert in_shell(root, "--signers", str(root / "allowed_signers")) == 0


def test_a_key_that_nobody_let_continue_seals_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root, 1)
    make_key(root / "next_key", "next")
    with (root / "proofloop.yaml").open("a") as stream:
        stream.write("sealing: {key: next_key}\n")
    called = triage(capsys, root)
    assert called.code == 2 and "rotate-key" in called.err
    assert len(list_packages(root / ".state/archive")) == 1


def test_the_workspaces_own_archive_must_be_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    triage(capsys, root)
    (root / ".state/archive/packages.txt").write_text("000001\n")
    assert said(capsys, root, "evidence", "verify").code == 3
    elsewhere = ("--archive", root / ".state/archive", "--signers", root / "allowed_signers")
    assert said(capsys, root, "evidence", "verify", *elsewhere).code == 0
    assert said(capsys, root, "evidence", "verify", *elsewhere, "--whole").code == 3


def test_a_stretch_compared_with_the_ledger_still_finds_the_earlier_packages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_workspace(capsys, tmp_path)
    for days_ago in (2, 1, 0):
        triage(capsys, root, days_ago)
    limited = said(capsys, root, "evidence", "verify", "--since", 2, "--json")
    assert (limited.code, limited.document["packages"]) == (0, 1)
    assert limited.document["scope"].startswith("only what came after seal 000002 sha256:")
