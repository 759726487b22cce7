"""The day's evidence goes into every copy; a copy that fails takes nothing from the day and is said."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from deployments.cli.running import record_of
from registry.domain.decision import Finding, Verdict
from tests.cli.calling import call
from tests.evidence.archives import an_archive, content_of
from tests.flows.workspaces import MONDAY, Bank, a_bank

DAY = timedelta(days=1)


def a_copied_bank(root: Path, *names: str) -> Bank:
    (root / "disks").mkdir(parents=True)
    urls = "".join(f"\n  {name}: {{url: '{(root / 'disks' / name).as_uri()}'}}" for name in names)
    return a_bank(root / "bank", more_settings=f"archive_copies:{urls}")


def said_of_copies(findings: tuple[Finding, ...]) -> list[tuple[str, str, Verdict, bool]]:
    return [(found.subject, found.reason_code, found.verdict, found.blocking) for found in findings if found.check == "archive_copy"]


def test_a_workspace_without_copies_copies_nothing(tmp_path: Path) -> None:
    result = a_bank(tmp_path).triage(MONDAY)
    assert result.copies == ()
    assert not (tmp_path / ".state/archive/.publish/copies").exists()


def test_each_day_is_in_every_copy_when_its_run_ends(tmp_path: Path) -> None:
    bank = a_copied_bank(tmp_path, "east", "west")
    for offset in range(2):
        result = bank.triage(MONDAY + offset * DAY)
        assert result.copies == ()
        for name in ("east", "west"):
            assert content_of(tmp_path / "disks" / name).items() >= content_of(bank.workspace.archive_dir).items()


def test_a_dry_run_copies_nothing(tmp_path: Path) -> None:
    a_copied_bank(tmp_path, "east").triage(MONDAY, dry_run=True)
    assert list((tmp_path / "disks").iterdir()) == []


def test_a_what_if_run_copies_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = a_copied_bank(tmp_path, "east")
    monkeypatch.setenv("PROOFLOOP_STATE", str(tmp_path / "what-if"))
    bank.triage(MONDAY)
    assert list((tmp_path / "disks").iterdir()) == []


def test_a_copy_out_of_reach_stops_no_day_and_no_other_copy_and_is_caught_up_later(tmp_path: Path) -> None:
    bank = a_copied_bank(tmp_path, "east", "west")
    first = bank.triage(MONDAY)
    shutil.move(tmp_path / "disks/east", tmp_path / "away")
    (tmp_path / "disks/east").write_text("not a folder")
    second = bank.triage(MONDAY + DAY)
    assert second.decision.verdict is first.decision.verdict
    assert said_of_copies(second.copies) == [("east", "copy_unavailable", Verdict.INCONCLUSIVE, False)]
    assert said_of_copies(second.decision.findings) == said_of_copies(second.copies)  # looked at before the day too, and sealed with it
    assert record_of(second)["copies"][0]["subject"] == "east"
    assert content_of(tmp_path / "disks/west").items() >= content_of(bank.workspace.archive_dir).items()

    (tmp_path / "disks/east").unlink()
    shutil.move(tmp_path / "away", tmp_path / "disks/east")
    third = bank.triage(MONDAY + 2 * DAY)
    assert third.copies == ()
    assert content_of(tmp_path / "disks/east").items() >= content_of(bank.workspace.archive_dir).items()


def test_a_copy_that_was_altered_fails_the_next_day(tmp_path: Path) -> None:
    bank = a_copied_bank(tmp_path, "east")
    bank.triage(MONDAY)
    altered = tmp_path / "disks/east/000001/decision.json"
    altered.chmod(0o644)
    altered.write_bytes(b"{}")
    day = bank.triage(MONDAY + DAY).decision
    assert said_of_copies(day.findings) == [("east", "copy_altered", Verdict.FAIL, True)]
    assert day.verdict is Verdict.FAIL
    assert altered.read_bytes() == b"{}"


def test_copies_are_made_verified_and_restored_from_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_copied_bank(tmp_path, "east")
    bank.triage(MONDAY)
    shutil.rmtree(tmp_path / "disks/east")
    shutil.rmtree(bank.workspace.archive_dir / ".publish/copies")
    copied = call(capsys, "--workspace", bank.root, "evidence", "copy", "--json")
    assert (copied.code, copied.document["verdict"]) == (0, "pass")
    found = copied.document["copies"][0]
    assert found["confirmed_packages"] == found["sealed_packages"] > 0
    again = call(capsys, "--workspace", bank.root, "evidence", "copy")
    assert (again.code, "0 put now" in again.out) == (0, True)

    here = call(capsys, "--workspace", bank.root, "evidence", "verify", "--no-ledger", "--json").document
    there = call(capsys, "--workspace", bank.root, "evidence", "verify", "--copy", "east", "--json")
    assert there.document["head"] == here["head"]
    by_url = call(capsys, "evidence", "verify", "--copy", (tmp_path / "disks/east").as_uri(), "--json")
    assert by_url.document["head"] == here["head"]

    before = content_of(bank.workspace.archive_dir)
    refused = call(capsys, "--workspace", bank.root, "evidence", "restore", "--copy", "east")
    assert (refused.code, "move it away" in refused.err) == (2, True)
    shutil.rmtree(bank.workspace.archive_dir)
    restored = call(capsys, "--workspace", bank.root, "evidence", "restore", "--copy", "east", "--json")
    assert restored.code == there.code
    assert content_of(bank.workspace.archive_dir) == {name: content for name, content in before.items() if name != "verify.sh"}


def test_a_forged_unsigned_copy_is_not_restored_by_its_name_wherever_it_is_brought(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from registry.evidence.signers import signer_line
    from registry.evidence.signing import make_key, public_line

    bank = a_copied_bank(tmp_path, "east")
    make_key(tmp_path / "key", "sealer")
    (bank.root / "allowed_signers").write_text(signer_line(public_line(tmp_path / "key"), "sealer"))
    an_archive(tmp_path / "forged")
    shutil.copytree(tmp_path / "forged/archive", tmp_path / "disks/east")
    forged = call(capsys, "--workspace", bank.root, "evidence", "restore", "--copy", "east", "--to", tmp_path / "back")
    assert (forged.code, "nothing was restored: the copy does not verify" in forged.out) == (1, True), forged.out
    assert not (tmp_path / "back").exists()
    url = (tmp_path / "disks/east").as_uri()
    assert call(capsys, "evidence", "restore", "--copy", url, "--to", tmp_path / "strangers").code == 0


def test_a_copy_at_a_mistyped_address_restores_nothing_and_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "esat").mkdir()
    url = (tmp_path / "esat").as_uri()
    called = call(capsys, "evidence", "restore", "--copy", url, "--to", tmp_path / "back")
    assert (called.code, "nothing was restored: the copy holds no sealed package" in called.out) == (3, True), called.out
    assert not (tmp_path / "back").exists()


def test_no_copy_at_all_is_no_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    called = call(capsys, "--workspace", bank.root, "evidence", "copy")
    assert (called.code, "archive_copies" in called.out) == (3, True)


def test_doctor_says_what_a_copy_guarantees_and_writes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = a_copied_bank(tmp_path, "east")
    called = call(capsys, "--workspace", bank.root, "doctor", "--json")
    found = next(found for found in called.document["dependencies"] if found["name"] == "copy east")
    assert found["works"]
    assert all(word in found["found"] for word in ("write-once", "list after write", "lock and versions", "who can delete"))
    assert list((tmp_path / "disks").iterdir()) == []


@pytest.mark.parametrize(
    ("copies", "message"),
    [
        ("{s: {url: 's3://b/x', options: {secret: plain}}}", "secret as ${NAME}"),
        ("{s: {url: 's3://b/x', options: {key: plain}}}", "key as ${NAME}"),
        ("{s: {url: 'sftp://bank:plain@host/x'}}", "a password only as ${NAME}"),
        ("{s: {url: '/mnt/archive'}}", "the URL of one store"),
        ("{s: {url: 'simplecache::s3://b/x'}}", "the URL of one store"),
        ("{Big Name: {url: 's3://b/x'}}", "expected text matching"),
    ],
)
def test_a_setting_that_is_wrong_or_holds_a_secret_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, copies: str, message: str
) -> None:
    a_bank(tmp_path, more_settings=f"archive_copies: {copies}")
    called = call(capsys, "--workspace", tmp_path, "evidence", "copy")
    assert (called.code, message in called.err, "plain" in called.err) == (2, True, False), called.err


def test_a_copy_whose_secret_is_not_set_names_the_variable(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    more = "archive_copies: {s: {url: 's3://b/x', options: {secret: '${NOT_SET_HERE}'}}}"
    bank = a_bank(tmp_path, more_settings=more)
    called = call(capsys, "--workspace", tmp_path, "evidence", "copy")
    assert (called.code, "NOT_SET_HERE" in called.err) == (2, True)
    assert said_of_copies(bank.triage(MONDAY).copies) == [("s", "copy_not_configured", Verdict.INCONCLUSIVE, False)]
