"""seal-day, anchor, exposure, anchor-to and what verify, list and doctor say of anchors."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.evidence.anchors import note_of
from tests.anchors.sealed import a_command, a_noting_command
from tests.cli.calling import call
from tests.flows.workspaces import MONDAY, Bank, a_bank


def a_sealed_bank(root: Path, settings: str = "") -> Bank:
    bank = a_bank(root, more_settings=settings)
    bank.triage(MONDAY)
    return bank


def test_a_day_without_anything_is_sealed_from_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = a_bank(tmp_path, more_settings=a_noting_command(tmp_path)).root
    called = call(capsys, "--workspace", root, "evidence", "seal-day", "--json")
    assert (called.code, called.document["statement"]) == (0, "Nothing was recorded since the archive began.")
    assert (called.document["attempt"], called.document["seal"]) == ("anchored", 1)
    again = call(capsys, "--workspace", root, "evidence", "seal-day")
    assert again.code == 0
    assert "PASS  daily seal of" in again.out and "the head had been anchored before" in again.out


def test_a_failed_anchor_is_a_fail_that_the_command_line_tries_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_sealed_bank(tmp_path, a_command(tmp_path, "[ -e open ] || exit 7"))
    failed = call(capsys, "--workspace", bank.root, "evidence", "anchor")
    assert failed.code == 1 and "expected exit code 0, found 7" in failed.out
    (tmp_path / "open").touch()
    assert call(capsys, "--workspace", bank.root, "evidence", "anchor").code == 0
    again = call(capsys, "--workspace", bank.root, "evidence", "anchor", "--json")
    assert (again.code, again.document["attempt"]["status"], again.document["exposure"]["unanchored_count"]) == (0, "already", 0)


def test_without_a_command_nothing_is_anchored_and_that_is_no_success(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "--workspace", a_sealed_bank(tmp_path).root, "evidence", "anchor")
    assert called.code == 3 and "no anchor_command is set" in called.out


def test_triage_says_what_became_of_the_head(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_bank(tmp_path, more_settings=a_command(tmp_path, "echo no way >&2; exit 7"))
    called = call(capsys, "--workspace", bank.root, "triage", "--as-of", MONDAY)
    assert called.code == 0 and "anchor  the anchor command failed; the next run tries again: anchor_command: expected exit" in called.out
    assert call(capsys, "--workspace", bank.root, "triage", "--as-of", MONDAY, "--json").document["anchor"]["status"] == "failed"


def test_exposure_counts_events_and_seconds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_sealed_bank(tmp_path, a_noting_command(tmp_path))
    called = call(capsys, "--workspace", bank.root, "evidence", "exposure", "--json")
    found = called.document["exposure"]
    assert (called.code, called.document["verdict"]) == (0, "pass")
    assert (found["unsealed_count"], found["receipts"], found["unanchored_count"]) == (1, 1, 0)
    assert found["anchor_age_seconds"] >= 0 and found["unsealed_seconds"] >= 0
    for command in ("verify", "list"):
        assert "newest anchor: seal 000001" in call(capsys, "--workspace", bank.root, "evidence", command).out


def test_a_head_noted_elsewhere_shows_a_rewritten_archive(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank, notes = a_sealed_bank(tmp_path), tmp_path / "notes.txt"
    head = call(capsys, "--workspace", bank.root, "evidence", "list", "--json").document["packages"][0]["digest"]
    notes.write_text(f"Dear auditor,\n{noted(1, head)}\n")
    calm = call(capsys, "--workspace", bank.root, "evidence", "exposure", "--noted", notes)
    assert calm.code == 0 and "heads noted elsewhere: 1 of 1 are seals of this archive" in calm.out
    notes.write_text(f"{noted(1, head)}\n{noted(2, head)}\n")
    cut = call(capsys, "--workspace", bank.root, "evidence", "exposure", "--noted", notes)
    assert cut.code == 1 and "seals/000002.seal: expected" in cut.out
    notes.write_text("no heads here")
    assert call(capsys, "--workspace", bank.root, "evidence", "exposure", "--noted", notes).code == 1


def test_a_tampered_seal_is_named_by_verify_although_the_exposure_cannot_be_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bank = a_sealed_bank(tmp_path)
    seal = bank.workspace.archive_dir / "seals/000001.seal"
    seal.write_bytes(seal.read_bytes() + b"\n")
    called = call(capsys, "--workspace", bank.root, "evidence", "verify")
    assert called.code == 1 and "exposure: not measured" in called.out


def test_doctor_says_how_old_the_newest_anchor_is_and_runs_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = a_bank(tmp_path, more_settings=a_noting_command(tmp_path))
    assert "anchor.sh is there; nothing is sealed yet" in call(capsys, "--workspace", bank.root, "doctor").out
    assert not (tmp_path / "called.txt").exists()
    bank.triage(MONDAY)
    calm = call(capsys, "--workspace", bank.root, "doctor")
    assert calm.code == 0 and "newest anchor: seal 000001" in calm.out

    class InAYear(datetime):
        @classmethod
        def now(cls, tz: object = UTC) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=365)  # type: ignore[arg-type]

    monkeypatch.setattr("deployments.cli.probe_anchor.datetime", InAYear)
    stale = call(capsys, "--workspace", bank.root, "doctor")
    assert stale.code == 4 and "older than 7 days" in stale.out and "without anchor: who can write to the archive" in stale.out


def test_a_command_whose_program_is_missing_is_a_dependency_that_is_down(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_bank(tmp_path, more_settings="anchor_command: [./gone.sh]\n")
    called = call(capsys, "--workspace", bank.root, "doctor")
    assert called.code == 4 and "expected a program './gone.sh', found none" in called.out


def test_a_recipe_is_an_anchor_command_as_the_guide_shows_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    remote = tmp_path / "heads.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    words = [sys.executable, "-m", "deployments.cli.main", "anchor-to", "git", "--repository", str(remote)]
    bank = a_sealed_bank(tmp_path / "bank", f"anchor_command: {words}\n")
    called = call(capsys, "--workspace", bank.root, "evidence", "anchor", "--json")
    assert called.document["attempt"]["status"] == "already", called.document
    listed = subprocess.run(["git", "show", "main:heads/000001"], cwd=remote, capture_output=True, text=True, check=True).stdout
    assert listed.startswith("evidence-head/v1 000001 sha256:")
    (bank.root / "noted.txt").write_text(listed)
    assert call(capsys, "--workspace", bank.root, "evidence", "exposure", "--noted", bank.root / "noted.txt").code == 0


def test_a_recipe_that_fails_says_why_on_its_standard_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "anchor-to", "git", "--repository", tmp_path, "000001", "sha256:ab", tmp_path / "nothing")
    assert called.code == 2 and "expected the seal file" in called.err


def noted(seal: int, digest: str) -> str:
    return note_of({"seal": seal, "digest": digest, "sealed_at": "2026-03-16T10:00:00.000000Z", "events": 3})
