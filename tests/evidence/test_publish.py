"""Publishing: one package per draft, the same bytes from the same inputs, and nothing built on a broken archive."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from registry.domain.decision import Verdict
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.archive import publish
from registry.evidence.draft import Draft, bundle_digest_of, draft_package
from registry.evidence.files import refer
from registry.evidence.packages import find_package, last_seal, list_packages
from registry.evidence.verify import verify_archive
from tests.evidence.archives import a_draft, an_archive, content_of, evidence_of, ledger_of, publish_days, sealed_at


def test_an_archive_without_packages_lists_none_and_has_no_last_seal(tmp_path: Path) -> None:
    assert list_packages(tmp_path / "archive") == ()
    assert last_seal(tmp_path / "archive") is None
    assert find_package(tmp_path / "archive", "sha256:" + "0" * 64) is None


def test_the_first_package_has_data_files_ledger_manifest_and_seal(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, packages=1)
    assert sorted(content_of(archive)) == [
        "000001/decision.json",
        "000001/ledger.jsonl",
        "000001/report.html",
        "seals/000001.seal",
        "seals/000001.sha256",
        "verify.sh",
    ]


def test_a_seal_reads_as_text_and_says_what_it_seals(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    ledger = ledger_of(4)
    first, second = publish_days(archive, tmp_path / "spool", [1, 2], ledger, 2)
    assert (archive / "seals/000002.seal").read_text() == (
        "evidence-seal/v1\n"
        "seq: 000002\n"
        f"prev: {first.digest}\n"
        "time: 2020-03-03T11:00:00.000000Z\n"
        f"manifest: {second.manifest_digest} 5\n"
        f"events: 3-4 {ledger[3].hash}\n"
        f"bundle: {a_draft(tmp_path / 'spool', 2).bundle_digest}\n"
    )


def test_stock_sha256sum_checks_every_manifest(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    for seq in (1, 2, 3):
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", f"seals/{seq:06d}.sha256"], cwd=archive, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_stranger_re_derives_the_event_chain_with_sed_and_sha256sum(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, packages=1, events_each=3)
    rule = r"""s/^.*"prev":"\([0-9a-f]*\)","hash":"[0-9a-f]*","body":\(.*\)}$/\1\2/"""
    for line, event in zip((archive / "000001/ledger.jsonl").read_text().splitlines(), ledger_of(3), strict=True):
        joined = subprocess.run(["sed", rule], input=line, capture_output=True, text=True, check=True).stdout
        printed = subprocess.run(["sha256sum"], input=joined.strip("\n"), capture_output=True, text=True, check=True).stdout
        assert printed.split()[0] == event.hash


def test_the_same_inputs_give_the_same_archive_byte_for_byte(tmp_path: Path) -> None:
    assert content_of(an_archive(tmp_path / "one")) == content_of(an_archive(tmp_path / "two"))


def test_publishing_a_draft_again_changes_nothing_and_returns_its_seal(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    seals = publish_days(archive, tmp_path / "spool", [1, 2, 3], ledger_of(6), 2)
    before = content_of(archive)
    again = publish(archive, a_draft(tmp_path / "spool", 1), ledger_of(9), sealed_at(9))
    assert (again, content_of(archive)) == (seals[0], before)


def test_a_package_without_new_events_is_sealed_too(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    publish(archive, a_draft(tmp_path / "spool", 1), ledger_of(2), sealed_at(1))
    seal = publish(archive, a_draft(tmp_path / "spool", 2), ledger_of(2), sealed_at(2))
    assert (seal.first_event, seal.last_event) == (None, 2)
    assert verify_archive(archive).verdict is Verdict.PASS


def test_a_package_is_found_by_its_bundle_digest(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    found = find_package(archive, a_draft(tmp_path / "spool", 2).bundle_digest)
    assert found is not None and (found.path.name, found.seal.seq) == ("000002", 2)
    assert [package.seal.seq for package in list_packages(archive)] == [1, 2, 3]


@pytest.mark.parametrize("damage", [b"", b"torn", b"0" * 216], ids=["lost", "torn", "right size, wrong content"])
def test_a_damaged_index_is_rebuilt_and_never_doubles_a_package(tmp_path: Path, damage: bytes) -> None:
    archive = an_archive(tmp_path)
    before = content_of(archive)
    (archive / ".publish/index").write_bytes(damage)
    for day in (1, 2, 3):
        publish(archive, a_draft(tmp_path / "spool", day), ledger_of(6), sealed_at(9))
    assert content_of(archive) == before


def test_a_gap_in_the_ledger_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, packages=1)
    with pytest.raises(EvidenceError, match="event 4: expected event 3 next"):
        publish(archive, a_draft(tmp_path / "spool", 2), ledger_of(5)[3:], sealed_at(2))
    assert verify_archive(archive).verdict is Verdict.PASS


def test_a_ledger_that_says_something_else_than_was_sealed_is_refused(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, packages=1)
    with pytest.raises(EvidenceError, match=r"event 2: expected .* as sealed"):
        publish(archive, a_draft(tmp_path / "spool", 2), ledger_of(4, text="rewritten"), sealed_at(2))


def test_an_event_whose_body_was_changed_is_refused(tmp_path: Path) -> None:
    events = ledger_of(2)
    events[1] = replace(events[1], body=events[1].body.replace(b'"n":2', b'"n":3'))
    with pytest.raises(EvidenceError, match="event 2: expected hash"):
        publish(tmp_path / "archive", a_draft(tmp_path / "spool"), events, sealed_at(1))


def test_a_spool_file_changed_after_drafting_is_refused_by_name(tmp_path: Path) -> None:
    draft = a_draft(tmp_path / "spool")
    (draft.path / "decision.json").write_bytes(b"something else")
    with pytest.raises(EvidenceError, match=r"decision\.json: expected sha256:"):
        publish(tmp_path / "archive", draft, ledger_of(1), sealed_at(1))
    assert list_packages(tmp_path / "archive") == ()


@pytest.mark.parametrize("lost", ["000002", "seals/000002.seal", "seals/000003.sha256"])
def test_nothing_is_built_on_an_archive_that_lost_something(tmp_path: Path, lost: str) -> None:
    archive = an_archive(tmp_path)
    (archive / lost).rename(tmp_path / "taken")
    with pytest.raises(EvidenceError, match="run evidence verify"):
        publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4))


def test_a_package_whose_seal_was_lost_is_sealed_again_not_dropped(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    (archive / "seals/000003.seal").unlink()
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4))
    assert [package.seal.seq for package in list_packages(archive)] == [1, 2, 3, 4]
    assert verify_archive(archive).verdict is Verdict.PASS


def test_storage_that_cannot_be_written_is_an_outage_that_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    with pytest.raises(EvidenceUnavailableError, match=r"evidence archive .*expected storage|evidence archive .*expected readable"):
        publish(tmp_path / "archive", a_draft(tmp_path / "spool"), [], sealed_at(1))


def test_eight_publishers_of_the_same_drafts_seal_each_once(tmp_path: Path) -> None:
    drafts = [a_draft(tmp_path / "spool", day) for day in range(1, 6)]
    ledger = ledger_of(5)

    def publish_all(_worker: int) -> None:
        for draft in drafts:
            publish(tmp_path / "archive", draft, ledger, sealed_at(1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish_all, range(8)))
    assert sorted(package.seal.bundle_digest for package in list_packages(tmp_path / "archive")) == sorted(
        draft.bundle_digest for draft in drafts
    )
    assert verify_archive(tmp_path / "archive").verdict is Verdict.PASS


def test_the_evidence_room_imports_nothing_heavy() -> None:
    heavy = {"pandas", "sqlalchemy", "prefect", "mlflow", "duckdb", "numpy", "pydantic"}
    program = f"import sys, registry.evidence.archive, registry.evidence.verify; print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


SECRET = "AKIA" + "A1B2C3D4E5F6G7H8"


def a_hand_made_draft(spool: Path, content: bytes) -> Draft:
    """Return a draft that did not come from ``draft_package``, as another account could leave it."""
    made = draft_package(spool, {"decision.json": b"{}"})
    (made.path / "decision.json").write_bytes(content)
    ref = refer(made.path / "decision.json")
    return Draft(bundle_digest_of([ref]), made.path, (ref,))


@pytest.mark.parametrize("content", [SECRET.encode(), b"password hunter22-hunter22"])
def test_a_draft_with_a_secret_is_not_sealed_whoever_drafted_it(tmp_path: Path, content: bytes) -> None:
    archive, draft = tmp_path / "archive", a_hand_made_draft(tmp_path / "spool", content)
    with pytest.raises(EvidenceError, match="expected no secrets") as refused:
        publish(archive, draft, ledger_of(1), sealed_at(1), secrets={"DB_PASSWORD": "hunter22-hunter22"})
    assert content.decode() not in str(refused.value)
    assert evidence_of(archive) == {} and not (archive / ".publish/staged").exists()


def test_an_event_with_a_secret_is_not_sealed(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with pytest.raises(EvidenceError, match=r"ledger\.jsonl line 1: AWS access key"):
        publish(archive, a_draft(tmp_path / "spool"), ledger_of(1, text=SECRET), sealed_at(1))
    assert evidence_of(archive) == {}
