"""An export is what was sealed and nothing else, says so, and whoever receives it finds out with only a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import bagit
import pytest

from registry.domain.events import Event, EventKind
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.evidence.files import refer
from registry.evidence.packages import list_packages
from registry.evidence.signers import read_signers
from registry.evidence.signing import SshSigner
from registry.evidence.verify import verify_archive
from tests.cli.calling import call
from tests.exports.signed_history import NOW, SignedHistory, a_bare_machine, follow, holds, printed_runs
from tests.flows.workspaces import MONDAY, ROUTER, moved

Capture = pytest.CaptureFixture[str]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def exported(signed: SignedHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.exports.signed_history import run

    target = tmp_path_factory.mktemp("exported") / "export"
    assert run("evidence", "export", signed.issue_id, "--to", target, "--workspace", signed.bank.root) == 0
    return target


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_bare_machine(tmp_path_factory.mktemp("machine") / "bin")


@pytest.fixture
def copied(signed: SignedHistory, tmp_path: Path) -> Path:
    shutil.copytree(signed.archive, tmp_path / "archive")
    return tmp_path / "archive"


def export_from(capsys: Capture, archive: Path, issue_id: str, target: Path, signers: Path | None) -> tuple[int, str]:
    more = ["--signers", signers] if signers else []
    called = call(capsys, "evidence", "export", issue_id, "--to", target, "--archive", archive, *more)
    return called.code, called.out + called.err


def test_an_archive_without_packages_exports_nothing(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "archive").mkdir()
    code, said = export_from(capsys, tmp_path / "archive", "ISS-1", tmp_path / "export", None)
    assert (code, "nothing was exported" in said) == (3, True)
    assert list(tmp_path.iterdir()) == [tmp_path / "archive"]


def test_an_altered_archive_exports_nothing(signed: SignedHistory, copied: Path, tmp_path: Path, capsys: Capture) -> None:
    (copied / "000003/decision.json").chmod(0o644)
    (copied / "000003/decision.json").write_text("{}")
    code, said = export_from(capsys, copied, signed.issue_id, tmp_path / "export", signed.signers)
    assert (code, "nothing was exported" in said, "000003/decision.json" in said) == (1, True, True)
    assert list(tmp_path.iterdir()) == [copied]


def test_signed_seals_without_signers_export_nothing(signed: SignedHistory, tmp_path: Path, capsys: Capture) -> None:
    code, said = export_from(capsys, signed.archive, signed.issue_id, tmp_path / "export", None)
    assert (code, "--signers FILE" in said) == (3, True)
    (tmp_path / "empty").write_text("# nobody\n")
    assert export_from(capsys, signed.archive, signed.issue_id, tmp_path / "export", tmp_path / "empty")[0] == 3
    assert not (tmp_path / "export").exists()


def test_an_export_is_no_archive_to_export_from(exported: Path, signed: SignedHistory, tmp_path: Path, capsys: Capture) -> None:
    code, said = export_from(capsys, exported / "data/archive", signed.issue_id, tmp_path / "again", signed.signers)
    assert (code, "a whole archive" in said) == (3, True)


def test_an_issue_that_nobody_knows_is_refused_with_the_nearest_name(signed: SignedHistory, tmp_path: Path, capsys: Capture) -> None:
    wrong = signed.issue_id[:-1] + "x"
    for where in (["--archive", signed.archive, "--signers", signed.signers], ["--workspace", signed.bank.root]):
        called = call(capsys, "evidence", "export", wrong, "--to", tmp_path / "export", *where)
        assert (called.code, f"did you mean {signed.issue_id}" in called.err) == (2, True)


def test_a_target_that_cannot_be_made_is_refused(exported: Path, signed: SignedHistory, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    inside = signed.archive / "export"
    for target, said in ((exported, "does not exist yet"), (tmp_path / "link", "does not exist yet"), (inside, "outside the archive")):
        called = call(capsys, "evidence", "export", signed.issue_id, "--to", target, "--workspace", signed.bank.root)
        assert (called.code, said in called.err) == (2, True), called.err
    assert call(capsys, "evidence", "export", signed.issue_id, "--to", tmp_path / "no/where", "--workspace", signed.bank.root).code == 2
    assert not inside.exists()


def test_events_that_are_not_sealed_yet_stop_the_export_until_they_are(tmp_path: Path, capsys: Capture) -> None:
    from tests.flows.workspaces import a_bank, an_override

    bank = a_bank(tmp_path / "bank", opens="spike")
    bank.write_overrides([an_override(1, moved(MONDAY, -1), kind="locked out", consequence="no access")])
    bank.triage(MONDAY)
    (issue,) = bank.ledger.read_issues([ROUTER])
    body = {"severity": "L1", "reason": "mild"}
    bank.ledger.append([Event(EventKind.SEVERITY_SET, ROUTER, "by hand", NOW, MONDAY, body, issue.issue_id, "ana@bank.example")])
    before = call(capsys, "evidence", "export", issue.issue_id, "--to", tmp_path / "export", "--workspace", bank.root)
    assert (before.code, "1 that are not: seal them with" in before.out, (tmp_path / "export").exists()) == (3, True, False)
    assert call(capsys, "evidence", "export", issue.issue_id, "--to", tmp_path / "older", "--archive", bank.workspace.archive_dir).code == 0
    assert call(capsys, "evidence", "seal-day", "--workspace", bank.root).code in {0, 3}
    after = call(capsys, "evidence", "export", issue.issue_id, "--to", tmp_path / "export", "--workspace", bank.root)
    assert after.code == 0, after.out
    assert "Severity set" in (tmp_path / "export/index.html").read_text()
    assert "Severity set" not in (tmp_path / "older/index.html").read_text()


def test_an_unsealed_opening_is_not_an_unknown_issue(tmp_path: Path, capsys: Capture) -> None:
    from tests.cli.calling import an_opening
    from tests.flows.workspaces import a_bank

    bank = a_bank(tmp_path / "bank")
    bank.triage(MONDAY)
    bank.ledger.append([an_opening("FRAUD-1")])
    called = call(capsys, "evidence", "export", "FRAUD-1", "--to", tmp_path / "export", "--workspace", bank.root)
    assert (called.code, "expected every event of the issue sealed" in called.out) == (3, True)


def test_an_export_is_the_same_bytes_from_the_workspace_and_from_the_archive_alone(
    exported: Path, signed: SignedHistory, tmp_path: Path, capsys: Capture
) -> None:
    assert export_from(capsys, signed.archive, signed.issue_id, tmp_path / "elsewhere", signed.signers)[0] == 0
    assert tree(tmp_path / "elsewhere") == tree(exported)
    assert not [path for path in tmp_path.iterdir() if path.name != "elsewhere"]


def test_the_export_is_a_bag_and_a_changed_or_added_file_makes_it_none(exported: Path, tmp_path: Path) -> None:
    assert bagit.Bag(str(exported)).validate()
    info = bagit.Bag(str(exported)).info
    archive = exported / "data/archive"
    assert info["Evidence-Head"].split()[1] == verify_archive(archive).seals[-1].digest
    for name in ("data/issue.json", "index.html", "data/archive/verify.sh", "data/added.txt"):
        shutil.copytree(exported, tmp_path / "bag")
        (tmp_path / "bag" / name).write_text("other")
        with pytest.raises(bagit.BagError):
            bagit.Bag(str(tmp_path / "bag")).validate()
        shutil.rmtree(tmp_path / "bag")


def test_a_stranger_with_only_a_shell_follows_the_page(exported: Path, machine: Path, tmp_path: Path) -> None:
    """In the folder as it was made, in a copy elsewhere, and in one that cannot be written to."""
    runs = printed_runs((exported / "index.html").read_bytes())
    assert len(runs) == 8
    before = tree(exported)
    moved_to, sealed_off = tmp_path / "elsewhere with blanks", tmp_path / "readonly"
    for copy in (moved_to, sealed_off):
        shutil.copytree(exported, copy)
    for path in (*sealed_off.rglob("*"), sealed_off):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for export in (exported, moved_to, sealed_off):
        for run in runs:
            lines = follow(run, export, machine)
            assert holds(run, lines), (run, lines)
        assert tree(export) == before
    assert any(run.last[0].startswith("level L1") for run in runs) and any(run.last[0].startswith("level L3") for run in runs)


def test_the_bare_machine_has_no_python_and_no_other_tool(machine: Path, exported: Path) -> None:
    from tests.exports.signed_history import PrintedRun

    said = follow(PrintedRun("command -v python3 python perl ls openssl || echo none", "", ()), exported, machine)
    assert said == ["none"]


def test_what_the_shell_prints_is_what_the_program_reports(exported: Path) -> None:
    archive = exported / "data/archive"
    signers = read_signers(exported / "data/allowed_signers")
    done = subprocess.run(
        ["sh", str(archive / "verify.sh"), "--signers", str(exported / "data/allowed_signers")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, tuple(done.stdout.splitlines())) == (0, verify_archive(archive, signers=signers).lines())


def test_the_packages_are_those_that_the_issue_needs_and_each_says_why(exported: Path, signed: SignedHistory) -> None:
    contents = json.loads((exported / "data/export.json").read_text())
    reasons = {package["seq"]: set(package["reasons"]) for package in contents["packages"]}
    holding = {
        package.seal.seq: [json.loads(line)["body"] for line in (package.path / "ledger.jsonl").read_text().splitlines()]
        for package in list_packages(signed.archive)
    }
    assert {seq for seq, why in reasons.items() if "events" in why} == {
        seq for seq, bodies in holding.items() if any(body["issue"] == signed.issue_id for body in bodies)
    }
    for kind, reason in (("SealingKeyRotated", "sealing_key"), ("LegalHoldSet", "hold")):
        assert {seq for seq, why in reasons.items() if reason in why} == {
            seq for seq, bodies in holding.items() if any(body["kind"] == kind for body in bodies)
        }
    assert {path.name for path in (exported / "data/archive").glob("[0-9]*")} == {f"{seq:06d}" for seq in reasons}
    assert 0 < len(reasons) < len(holding) == contents["of_packages"]


def test_the_record_of_the_issue_is_the_one_that_is_shown_with_its_signals(exported: Path, signed: SignedHistory, capsys: Capture) -> None:
    shown = call(capsys, "issue", "show", signed.issue_id, "--workspace", signed.bank.root, "--json").document
    found = json.loads((exported / "data/issue.json").read_text())
    assert [event.pop("package") for event in found["events"]] == [
        f"archive/{Path(event.pop('package')).name}" for event in shown["events"]
    ]
    shown.pop("present")  # what is owed now is no part of what was sealed
    assert found == shown
    assert found["signals"]
    in_packages = "".join(path.read_text() for path in (exported / "data/archive").glob("*/signals-*.jsonl"))
    assert all(signal["content_digest"] in in_packages for signal in found["signals"])


def test_nothing_in_it_names_the_machine_and_no_narrative_is_in_it(exported: Path, signed: SignedHistory) -> None:
    for name, content in tree(exported).items():
        assert str(signed.bank.root).encode() not in content, name
        assert b"Please call me at" not in content, name
    keys = (exported / "data/allowed_signers").read_text()
    assert "bank.example" not in keys and keys.startswith("#")


def test_another_issue_of_the_same_days_is_told_in_the_answer_and_on_the_page(
    exported: Path, signed: SignedHistory, tmp_path: Path, capsys: Capture
) -> None:
    said = export_from(capsys, signed.archive, signed.issue_id, tmp_path / "export", signed.signers)[1]
    assert "here events of 1 other issue" in said
    assert "events of 1 other issue are in them as well" in (exported / "index.html").read_text()


def test_links_on_the_page_lead_to_files_that_are_there(exported: Path) -> None:
    import re

    page = (exported / "index.html").read_text()
    links = re.findall(r'href="([^"#][^"]*)"', page)
    assert len(links) > 20 and all((exported / link).is_file() for link in links)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def more_packages(signed: SignedHistory, archive: Path, spool: Path, files: dict[str, bytes]) -> None:
    """Seal one more package with the key in use; the ledger has nothing new."""
    publish(archive, draft_package(spool, files), signed.bank.ledger.read_events(), NOW, signer=SshSigner(signed.bank.root / "next_key"))


def remove(signed: SignedHistory, archive: Path, spool: Path, *paths: str) -> None:
    lines = "".join(f"{refer(archive / path).digest.removeprefix('sha256:')}  {path}\n" for path in sorted(paths))
    more_packages(signed, archive, spool, {"removed.sha256": lines.encode(), "certificate.json": b"{}\n"})
    for path in paths:
        (archive / path).unlink()


def test_removed_files_are_told_and_the_page_is_followed_all_the_same(
    signed: SignedHistory, copied: Path, tmp_path: Path, machine: Path, capsys: Capture
) -> None:
    remove(signed, copied, tmp_path / "spool", "000001/report.html", "000001/signals-0003.jsonl")
    more_packages(signed, copied, tmp_path / "spool", {"after.json": b"{}\n"})
    target = tmp_path / "export"
    code, said = export_from(capsys, copied, signed.issue_id, target, signed.signers)
    assert (code, "2 files of these packages were removed under retention" in said) == (0, True), said
    contents = json.loads((target / "data/export.json").read_text())
    assert contents["removed"] == ["000001/report.html", "000001/signals-0003.jsonl"]
    assert contents["packages"][-1]["reasons"] == ["removal"]
    page = (target / "index.html").read_text()
    assert "removed under retention: <bdi>report.html</bdi>, <bdi>signals-0003.jsonl</bdi>" in page
    for run in printed_runs(page.encode()):
        assert holds(run, follow(run, target, machine)), run


def test_signals_that_were_removed_are_said_to_be_gone_and_not_none(
    signed: SignedHistory, copied: Path, tmp_path: Path, capsys: Capture
) -> None:
    names = sorted(path.name for path in (copied / "000001").glob("signals-*"))
    remove(signed, copied, tmp_path / "spool", *(f"000001/{name}" for name in names))
    assert export_from(capsys, copied, signed.issue_id, tmp_path / "export", signed.signers)[0] == 0
    record = json.loads((tmp_path / "export/data/issue.json").read_text())
    assert record["signals"] is None and "removed since" in record["signals_missing"]
    assert "they were removed since" in (tmp_path / "export/index.html").read_text()


def test_an_erasure_of_its_narratives_is_told(signed: SignedHistory, tmp_path: Path, capsys: Capture) -> None:
    shutil.copytree(signed.bank.root, tmp_path / "bank")
    settings = tmp_path / "bank/proofloop.yaml"
    settings.write_text(settings.read_text().replace(str(signed.bank.root), str(tmp_path / "bank")))
    other = next(issue for issue in signed.bank.ledger.read_issues() if issue.issue_id != signed.issue_id)
    key = json.loads(signed.bank.ledger.read_issue_signals(other.issue_id)[0][1])["key"]
    from registry.domain.canonical import digest_of
    from registry.ledger.store import open_ledger

    ledger = open_ledger(f"sqlite:///{tmp_path}/bank/.state/ledger.db", lambda: NOW)
    body = {"signals": [key], "systems": [other.system_id], "reason": "asked", "requested_by": "privacy"}
    ledger.append([Event(EventKind.NARRATIVE_ERASED, "", digest_of([key]), NOW, MONDAY, body)])
    ledger.close()
    assert call(capsys, "evidence", "seal-day", "--workspace", tmp_path / "bank").code in {0, 3}
    called = call(capsys, "evidence", "export", other.issue_id, "--to", tmp_path / "export", "--workspace", tmp_path / "bank", "--json")
    assert (called.code, [erasure["signal_count"] for erasure in called.document["erasures"]]) == (0, [1])
    assert "The narratives of 1 signal were erased on request" in (tmp_path / "export/index.html").read_text()


def test_a_decision_whose_package_is_missing_stops_the_export(tmp_path: Path, capsys: Capture) -> None:
    from registry.domain.events import GENESIS_HASH, StoredEvent, chain_hash
    from tests.cli.calling import an_opening

    opening = an_opening("FRAUD-1")
    decided = Event(
        EventKind.TRIAGE_DECIDED,
        "*",
        "all",
        opening.as_of,
        opening.business_date,
        {"systems": ["fraud_filter"], "bundle_digest": "sha256:x"},
    )
    events: list[StoredEvent] = []
    for seq, event in enumerate((opening, decided), 1):
        previous, content = events[-1].hash if events else GENESIS_HASH, event.canonical_body()
        events.append(StoredEvent(seq, previous, content, chain_hash(previous, content), event.key, NOW))
    publish(tmp_path / "archive", draft_package(tmp_path / "spool", {"a.json": b"{}\n"}), events, NOW)
    code, said = export_from(capsys, tmp_path / "archive", "FRAUD-1", tmp_path / "export", None)
    assert (code, "proofloop evidence seal" in said, (tmp_path / "export").exists()) == (3, True, False)


def test_an_unsigned_archive_exports_at_the_lowest_level_and_says_so(tmp_path: Path, machine: Path, capsys: Capture) -> None:
    from registry.domain.events import GENESIS_HASH, StoredEvent, chain_hash
    from tests.cli.calling import an_opening

    body = an_opening("FRAUD-1").canonical_body()
    event = StoredEvent(1, GENESIS_HASH, body, chain_hash(GENESIS_HASH, body), "key", NOW)
    publish(tmp_path / "archive", draft_package(tmp_path / "spool", {"a.json": b"{}\n"}), [event], NOW)
    assert export_from(capsys, tmp_path / "archive", "FRAUD-1", tmp_path / "export", None)[0] == 0
    page = (tmp_path / "export/index.html").read_bytes()
    assert b"the seals are not signed" in page and not (tmp_path / "export/data/allowed_signers").exists()
    for run in printed_runs(page):
        assert holds(run, follow(run, tmp_path / "export", machine)), run


def test_a_failure_in_between_leaves_nothing(
    signed: SignedHistory, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("reports.export_page.render_page", fail)
    (tmp_path / "out").mkdir()
    assert export_from(capsys, signed.archive, signed.issue_id, tmp_path / "out/export", signed.signers)[0] == 3
    assert list((tmp_path / "out").iterdir()) == []


def test_a_seal_made_meanwhile_stays_out(signed: SignedHistory, copied: Path, tmp_path: Path) -> None:
    from deployments.issue_export import export_issue
    from registry.evidence import export as writing

    before = len(list_packages(copied))
    original = writing._copy_archive

    def racing(*arguments: object) -> None:
        more_packages(signed, copied, tmp_path / "spool", {"late.json": b"{}\n"})
        original(*arguments)  # type: ignore[arg-type]

    writing._copy_archive = racing  # type: ignore[assignment]
    try:
        outcome = export_issue(copied, signed.issue_id, tmp_path / "export", read_signers(signed.signers))
    finally:
        writing._copy_archive = original
    assert outcome.export is not None and outcome.export.head.seal == before
    assert len(list((tmp_path / "export/data/archive/seals").glob("*.seal"))) == before
