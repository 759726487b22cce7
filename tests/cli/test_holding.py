"""A preservation hold from its setting to its end, as people meet it on the command line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.evidence.verify import verify_archive
from tests.cli.calling import call
from tests.flows.workspaces import FRAUD, MONDAY, Bank
from tests.holding import HOLD_PEOPLE, HeldBank, a_bank_with_an_issue, a_held_bank, holds_of, in_2040, set_hold

Capture = pytest.CaptureFixture[str]
BY = ("--by", HOLD_PEOPLE.setter, "--role", "product_owner")
SNAPSHOTS = {"system", "policies", "versions", "models", "packages"}


def snapshots(bank: Bank) -> dict[str, Any]:
    """Return what the newest hold sealed, by what it is of."""
    folder = sorted(bank.workspace.archive_dir.glob("*/snapshot-system.json"))[-1].parent
    return {path.stem.removeprefix("snapshot-"): json.loads(path.read_bytes()) for path in folder.glob("snapshot-*.json")}


def follow_mlflow(bank: Bank, uri: str) -> None:
    path = bank.root / "systems/fraud_filter.yaml"
    text = path.read_text(encoding="utf-8").replace("model: {recorded: v1}", "model: {mlflow_model: card, alias: champion}")
    path.write_text(text, encoding="utf-8")
    settings = bank.root / "proofloop.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"mlflow_uri: {uri}\n", encoding="utf-8")


def a_registry(folder: Path) -> str:
    """Return the address of an MLflow whose model ``card`` has one version, of two files, that serves."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{folder / 'mlflow.db'}"
    files = folder / "model"
    files.mkdir()
    (files / "MLmodel").write_text("flavors: {}\n")
    (files / "weights.bin").write_bytes(b"weights")
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("card")
    version = client.create_model_version("card", source=str(files), tags={"commit": "abc123"}).version
    client.set_registered_model_alias("card", "champion", str(version))
    return uri


def test_a_hold_that_points_to_nothing_is_refused_and_leaves_no_trace(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    before = bank.ledger.head()
    done = set_hold(capsys, bank, issue_id, model="tbd", logs="")
    assert done.code == 1 and [refusal["code"] for refusal in done.document["refusals"]] == ["no_pointer", "no_pointer"]
    assert bank.ledger.head() == before and holds_of(bank) == ()
    assert not list(bank.workspace.archive_dir.glob("*/snapshot-*.json"))


def test_a_hold_seals_what_the_house_can_reach_beside_what_people_say(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    found = snapshots(held.bank)
    assert set(found) == SNAPSHOTS
    assert all((each["system"], each["issue"]) == (FRAUD, held.issue_id) for each in found.values())
    assert found["system"]["entry"]["owners"]["product_owner"] == HOLD_PEOPLE.setter
    tables = set(found["policies"]["tables"])
    assert {"triage", "severity", "approvals", "holds"} <= tables
    assert [(row["artifact"], row["version"]) for row in found["versions"]["history"]] == [("model", "v1")]
    assert found["models"] == found["models"] | {"models": [], "not_reached": []}
    packages = found["packages"]["packages"]
    assert found["packages"]["of_packages"] == 2 and [package["number"] for package in packages] == [1, 2]
    for file in packages[0]["files"]:
        assert file["digest"] == digest_bytes((held.bank.workspace.archive_dir / "000001" / file["name"]).read_bytes())
    assert verify_archive(held.bank.workspace.archive_dir).verdict is Verdict.PASS


def test_only_packages_of_the_window_are_listed(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    assert set_hold(capsys, bank, issue_id, data_from_on="2999-01-01").code == 0
    assert snapshots(bank)["packages"]["packages"] == []


def test_the_model_that_serves_is_described_and_its_files_digested(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    follow_mlflow(bank, a_registry(tmp_path))
    assert set_hold(capsys, bank, issue_id).document["pending"] == []
    (model,) = snapshots(bank)["models"]["models"]
    assert (model["name"], model["alias"], model["version"], model["not_read"]) == ("card", "champion", "1", "")
    assert model["metadata"]["tags"] == "commit=abc123" and model["metadata_digest"].startswith("sha256:")
    assert dict(model["files"]) == {"MLmodel": digest_bytes(b"flavors: {}\n"), "weights.bin": digest_bytes(b"weights")}


def test_an_mlflow_out_of_reach_does_not_stop_a_hold_and_is_told_and_sealed(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    follow_mlflow(bank, f"sqlite:///{tmp_path / 'none.db'}")
    done = set_hold(capsys, bank, issue_id)
    assert done.code == 0
    (missed,) = done.document["pending"]
    assert missed["reason_code"] == "snapshot_incomplete" and "preserve the model yourself" in missed["reason"]
    assert snapshots(bank)["models"]["not_reached"] == [missed["reason"]]
    assert len(holds_of(bank)) == 1


def test_a_model_whose_files_are_gone_is_told(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    follow_mlflow(bank, a_registry(tmp_path))
    for path in (tmp_path / "model").iterdir():
        path.unlink()
    (tmp_path / "model").rmdir()
    (missed,) = set_hold(capsys, bank, issue_id).document["pending"]
    assert "expected the model's files" in missed["reason"]


def test_the_same_hold_twice_is_one(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    before = held.events()
    again = set_hold(capsys, held.bank, held.issue_id)
    assert again.code == 0 and again.document["repeated"] and held.events() == before


def test_a_hold_is_ended_by_somebody_else_and_its_event_names_both(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    own = ("--by", HOLD_PEOPLE.setter, "--role", "product_owner", "--hold", held.hold_id, "--reason", "it is over")
    refused = call(capsys, "--workspace", held.root, "--json", "issue", "release-hold", held.issue_id, *own)
    assert refused.code == 1
    assert [refusal["code"] for refusal in refused.document["refusals"]] == ["wrong_hold_role", "own_hold"]
    held.release(capsys)
    assert holds_of(held.bank) == ()
    body = json.loads(list(held.bank.ledger.read_issue_events(held.issue_id))[-1].body)
    assert (body["actor"], body["data"]["set_by"], body["data"]["hold"]) == (HOLD_PEOPLE.releaser, HOLD_PEOPLE.setter, held.hold_id)


def test_the_same_words_set_no_hold_again_once_it_was_released_and_new_ones_do(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    held.release(capsys)
    again = set_hold(capsys, held.bank, held.issue_id)
    assert again.code == 1 and again.document["refusals"][0]["code"] == "released_before"
    assert set_hold(capsys, held.bank, held.issue_id, reason="inquiry 8 of the supervisor").code == 0
    assert len(holds_of(held.bank)) == 1


def test_two_holds_end_one_by_one(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    assert set_hold(capsys, held.bank, held.issue_id, reason="claim 12 of a customer").code == 0
    held.release(capsys)
    (left,) = holds_of(held.bank)
    refused = call(capsys, "--workspace", held.root, "issue", *held.step("implement"))
    assert refused.code == 1 and left.hold_id in refused.out and held.hold_id not in refused.out


def test_a_hold_shows_where_people_look(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    ending = f"proofloop issue release-hold {held.issue_id} --hold {held.hold_id}"
    shown = call(capsys, "--workspace", held.root, "issue", "show", held.issue_id)
    assert ending in shown.out and HOLD_PEOPLE.setter in shown.out
    due = call(capsys, "--workspace", held.root, "retention", "due")
    assert held.hold_id in due.out and ending in due.out
    day = held.bank.triage(MONDAY + timedelta(days=2))
    page = Path(day.report_path).read_text(encoding="utf-8")
    assert "Must stay as it is" in page and held.hold_id in page
    notes = [finding for finding in day.decision.findings if finding.check == "hold"]
    assert [(note.verdict, note.blocking) for note in notes] == [(Verdict.PASS, False)]
    held.release(capsys, "--as-of", "2026-03-20T10:00:00+0000")
    assert held.hold_id not in call(capsys, "--workspace", held.root, "retention", "due").out
    later = held.bank.triage(MONDAY + timedelta(days=6))
    assert not [finding for finding in later.decision.findings if finding.check == "hold"]


def test_a_day_before_the_hold_knows_nothing_of_it(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    day = held.bank.triage(MONDAY - timedelta(days=3))
    assert not [finding for finding in day.decision.findings if finding.check == "hold"]


@pytest.mark.parametrize(
    "dated", ["2026-03-18", "2026-03-17 09:00"]
)  # by the day's own run, or by one before it for 09:00, before the hold
def test_a_version_that_changes_under_hold_fails_the_day(tmp_path: Path, capsys: Capture, dated: str) -> None:
    held = a_held_bank(tmp_path, capsys)
    path = held.root / "systems/fraud_filter.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("recorded: v1", "recorded: v2"), encoding="utf-8")
    if dated.endswith("09:00"):
        call(capsys, "--workspace", held.root, "triage", "--as-of", f"{dated.replace(' ', 'T')}:00Z")
    day = held.bank.triage(MONDAY + timedelta(days=2))
    failed = [finding for finding in day.decision.findings if finding.reason_code == "changed_under_hold"]
    assert len(failed) == 1 and f"v2 serves since {dated}" in failed[0].reason and held.hold_id in failed[0].reason
    assert day.decision.verdict is Verdict.FAIL
    assert "changed under hold" in Path(day.report_path).read_text(encoding="utf-8")


def test_what_a_hold_keeps_from_removal_is_told_before_anything_is_approved(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    with in_2040():
        dry = call(capsys, "--workspace", held.root, "--json", "retention", "delete", "--reason", "terms ended").document
    assert dry["files"] == [] and dry["held_back"] and dry["holding"][0]["hold_id"] == held.hold_id


def test_a_preservation_hold_is_not_lifted_as_a_legal_one(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    done = call(capsys, "--workspace", held.root, "retention", "lift", held.hold_id, "--by", "x", "--reason", "over")
    assert done.code == 2 and "proofloop issue release-hold" in done.err and len(holds_of(held.bank)) == 1


def test_a_legal_hold_leaves_the_system_free_to_change(tmp_path: Path, capsys: Capture) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    given = ("--system", FRAUD, "--by", "legal@bank.example", "--reason", "inquiry 7")
    assert call(capsys, "--workspace", bank.root, "retention", "hold", *given).code == 0
    free = HeldBank(bank, issue_id, hold=None)  # type: ignore[arg-type]
    refused = call(capsys, "--workspace", bank.root, "--json", "issue", *free.step("implement")).document
    assert "preservation_hold" not in [refusal["code"] for refusal in refused["refusals"]]


@pytest.mark.parametrize("name", ["implement", "versions", "erase"])
def test_a_hold_set_while_a_change_waits_its_turn_still_refuses_it(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    now = datetime.now(UTC)
    claim = bank.ledger.claim("preservation", [FRAUD], date(1970, 1, 1), "another", now, timedelta(hours=1))
    waited = []

    def set_it_meanwhile(_seconds: float) -> None:
        waited.append(bank.ledger.release(claim.leases))
        assert set_hold(capsys, bank, issue_id).code == 0

    monkeypatch.setattr("tasks.preservation.time.sleep", set_it_meanwhile)
    free = HeldBank(bank, issue_id, hold=None)  # type: ignore[arg-type]
    given = {
        "implement": ("issue", *free.step("implement")),
        "versions": ("versions", "record", FRAUD, "model", "v2", "--from", "2026-03-18T10:00:00Z", *BY, "--reason", "release 2"),
        "erase": ("narratives", "erase", "--issue", issue_id, "--reason", "request 12", "--requested-by", "data_subject", "--yes"),
    }[name]
    done = call(capsys, "--workspace", bank.root, *given)
    assert len(waited) == 1 and done.code == 1 and holds_of(bank)[0].hold_id in done.out


def test_a_day_under_hold_can_be_judged_again_and_the_archive_still_verifies(tmp_path: Path, capsys: Capture) -> None:
    held = a_held_bank(tmp_path, capsys)
    held.bank.triage(MONDAY + timedelta(days=2))
    done = call(capsys, "--workspace", held.root, "evidence", "verify", "--recompute")
    assert done.code == 0, done.out + done.err
    exported = call(capsys, "--workspace", held.root, "evidence", "export", held.issue_id, "--to", tmp_path / "handed-over")
    assert exported.code == 0, exported.out + exported.err
    assert list((tmp_path / "handed-over").rglob("snapshot-models.json"))
