"""Verification: nothing is a pass unless everything was looked at, and every alteration is detected and named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.evidence.packages import read_seal
from registry.evidence.report import VerificationReport
from registry.evidence.seal import Seal, parse_manifest, render_manifest, render_seal
from registry.evidence.verify import verify_against_ledger, verify_archive
from tests.evidence.archives import a_key, an_archive, content_of, evidence_of, ledger_of


def files_named(report: VerificationReport) -> set[str]:
    return {problem.file for problem in report.problems}


def test_an_empty_archive_is_inconclusive_not_a_pass(tmp_path: Path) -> None:
    for archive in (tmp_path, tmp_path / "missing"):
        report = verify_archive(archive)
        assert (report.verdict, report.exit_code, report.head) == (Verdict.INCONCLUSIVE, 3, None)


def test_an_untouched_archive_passes_with_counts_and_head(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    report = verify_archive(archive)
    assert (report.verdict, report.exit_code, report.problems) == (Verdict.PASS, 0, ())
    assert (report.package_count, report.event_count, len(report.seals)) == (3, 6, 3)
    assert report.head is not None and report.lines()[-2] == f"head 000003 {digest_bytes((archive / 'seals/000003.seal').read_bytes())}"


def test_verifying_writes_nothing(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    shutil.rmtree(archive / ".publish")
    before = content_of(archive)
    verify_archive(archive)
    assert content_of(archive) == before and not (archive / ".publish").exists()


def flip(archive: Path, file: str) -> None:
    content = bytearray((archive / file).read_bytes())
    content[len(content) // 2] ^= 1
    (archive / file).write_bytes(bytes(content))


def truncate(archive: Path, file: str) -> None:
    (archive / file).write_bytes((archive / file).read_bytes()[:-1])


def append(archive: Path, file: str) -> None:
    (archive / file).write_bytes((archive / file).read_bytes() + b"\n")


def empty(archive: Path, file: str) -> None:
    (archive / file).write_bytes(b"")


def delete(archive: Path, file: str) -> None:
    (archive / file).unlink()


def link(archive: Path, file: str) -> None:
    (archive / file).rename(archive.parent / "elsewhere")
    (archive / file).symlink_to(archive.parent / "elsewhere")


def pipe(archive: Path, file: str) -> None:
    (archive / file).unlink()
    os.mkfifo(archive / file)


def become_folder(archive: Path, file: str) -> None:
    (archive / file).unlink()
    (archive / file).mkdir()


ALL_FILES = sorted(
    [f"{seq:06d}/{name}" for seq in (1, 2, 3) for name in ("decision.json", "ledger.jsonl", "report.html")]
    + [f"seals/{seq:06d}{suffix}" for seq in (1, 2, 3) for suffix in (".seal", ".sha256")]
)


@pytest.mark.parametrize("mutate", [flip, truncate, append, empty, delete, link, pipe, become_folder], ids=lambda mutate: mutate.__name__)
@pytest.mark.parametrize("file", ALL_FILES)
def test_a_change_of_any_file_is_detected_and_the_file_named(tmp_path: Path, mutate: Callable[[Path, str], None], file: str) -> None:
    archive = an_archive(tmp_path)
    mutate(archive, file)
    report = verify_archive(archive)
    assert report.exit_code != 0
    assert any(file in str(problem) for problem in report.problems), report.lines()


ADDED = [
    "notes.txt",
    "000002/extra.json",
    "000002/sub",
    "000004",
    "999999",
    "000000",
    "seals/notes",
    "seals/000004.seal",
    "seals/000009.sha256",
    ".hidden",
]


@pytest.mark.parametrize("added", ADDED)
def test_an_added_file_or_folder_is_detected_and_named(tmp_path: Path, added: str) -> None:
    archive = an_archive(tmp_path)
    path = archive / added
    if path.suffix or path.name == "notes":
        path.write_text("{}")
    else:
        path.mkdir()
    report = verify_archive(archive)
    assert report.exit_code != 0
    assert any(added in file or added in problem.found for problem in report.problems for file in [problem.file]), report.lines()


def test_a_signature_that_nothing_checked_is_never_a_pass(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    (archive / "seals/000003.seal.sig").write_bytes(a_key(tmp_path).sign((archive / "seals/000003.seal").read_bytes()))
    report = verify_archive(archive)
    assert (report.verdict, files_named(report)) == (Verdict.INCONCLUSIVE, {"seals/000003.seal.sig"})
    (archive / "seals/000003.seal.sig").write_text("x")
    assert verify_archive(archive).verdict is Verdict.FAIL


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("000001", "000002"),
        ("000001/decision.json", "000002/decision.json"),
        ("000001/decision.json", "000001/report.html"),
        ("000001/ledger.jsonl", "000003/ledger.jsonl"),
        ("seals/000001.seal", "seals/000002.seal"),
        ("seals/000002.sha256", "seals/000003.sha256"),
    ],
)
def test_swapped_files_and_packages_are_detected_and_named(tmp_path: Path, one: str, other: str) -> None:
    archive = an_archive(tmp_path)
    swap(archive / one, archive / other)
    report = verify_archive(archive)
    assert report.verdict is Verdict.FAIL
    for name in (one, other):
        assert any(file.startswith(name) for file in files_named(report)), report.lines()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("000002/decision.json", "000002/decision2.json"),
        ("000002", "000004"),
        ("seals/000002.seal", "seals/000002.SEAL"),
        ("seals", "Seals"),
    ],
)
def test_a_renamed_file_or_package_is_detected_under_both_names(tmp_path: Path, old: str, new: str) -> None:
    archive = an_archive(tmp_path)
    (archive / old).rename(archive / new)
    report = verify_archive(archive)
    assert report.verdict is Verdict.FAIL
    assert any(file.startswith(old) for file in files_named(report)) and any(file.startswith(new) for file in files_named(report)), (
        report.lines()
    )


@pytest.mark.parametrize("seq", [1, 2])
def test_a_package_taken_out_whole_with_its_seals_is_detected(tmp_path: Path, seq: int) -> None:
    archive = an_archive(tmp_path)
    shutil.rmtree(archive / f"{seq:06d}")
    (archive / f"seals/{seq:06d}.seal").unlink()
    (archive / f"seals/{seq:06d}.sha256").unlink()
    report = verify_archive(archive)
    assert report.verdict is Verdict.FAIL and f"{seq:06d}" in files_named(report)


def test_a_last_package_without_its_seal_cannot_be_told_from_interrupted_publishing(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    (archive / "seals/000003.seal").unlink()
    report = verify_archive(archive)
    assert (report.verdict, files_named(report)) == (Verdict.INCONCLUSIVE, {"seals/000003.seal"})


def reseal(archive: Path, seq: int, changes: dict[str, object]) -> None:
    """Write the seal again with other content, its manifest recomputed: what someone without the later seals could do."""
    manifest = archive / f"seals/{seq:06d}.sha256"
    digests = {path: digest_bytes((archive / path).read_bytes()) for path in parse_manifest(manifest.read_bytes(), "manifest")}
    manifest.write_bytes(render_manifest(digests))
    seal = replace(read_seal(archive, seq), manifest_digest=digest_bytes(manifest.read_bytes()), **changes)  # type: ignore[arg-type]
    (archive / f"seals/{seq:06d}.seal").write_bytes(render_seal(seal))


SEAL_EDITS: list[dict[str, object]] = [
    {"seq": 7},
    {"prev": "none"},
    {"prev": "sha256:" + "1" * 64},
    {"file_count": 4},
    {"first_event": None},
    {"last_event": 3},
    {"last_hash": "1" * 64},
    {"bundle_digest": "sha256:" + "1" * 64},
]


@pytest.mark.parametrize("seq", [2, 3])
@pytest.mark.parametrize("edit", SEAL_EDITS, ids=lambda edit: next(iter(edit)))
def test_an_edited_seal_is_detected_even_when_it_is_canonical_text(tmp_path: Path, edit: dict[str, object], seq: int) -> None:
    archive = an_archive(tmp_path)
    reseal(archive, seq, edit)
    report = verify_archive(archive)
    assert report.verdict is Verdict.FAIL
    assert any(f"{seq:06d}" in file for file in files_named(report)), report.lines()


def test_a_data_file_rewritten_with_its_manifest_and_seal_breaks_the_next_seal(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    (archive / "000002/decision.json").write_text("{}")
    bundle = digest_bytes(
        render_manifest({name: digest_bytes((archive / "000002" / name).read_bytes()) for name in ("decision.json", "report.html")})
    )
    reseal(archive, 2, {"bundle_digest": bundle})
    assert {"seals/000002.seal", "seals/000002.sha256", "seals/000003.seal"} <= files_named(verify_archive(archive))


def test_text_that_reads_the_same_but_is_not_canonical_is_detected(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    for file, old, new in (("seals/000003.seal", b"seq: 000003", b"seq:  000003"), ("seals/000003.sha256", b"  ", b" *")):
        content = (archive / file).read_bytes()
        (archive / file).write_bytes(content.replace(old, new))
        assert file in files_named(verify_archive(archive))
        (archive / file).write_bytes(content)
    assert verify_archive(archive).verdict is Verdict.PASS


def test_a_time_that_does_not_exist_is_not_canonical(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    seal = archive / "seals/000003.seal"
    seal.write_text(seal.read_text().replace("2020-03-04", "2020-02-30"))
    assert "seals/000003.seal" in files_named(verify_archive(archive))


@pytest.mark.parametrize("cut", ["first line", "last line", "half a line", "swapped lines", "doubled line"])
def test_an_altered_ledger_file_is_detected_though_every_digest_was_recomputed(tmp_path: Path, cut: str) -> None:
    archive = an_archive(tmp_path)
    path = archive / "000003/ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    altered = {
        "first line": lines[1:],
        "last line": lines[:1],
        "half a line": [lines[0], lines[1][:40]],
        "swapped lines": lines[::-1],
        "doubled line": [*lines, lines[1]],
    }
    path.write_bytes(b"".join(altered[cut]))
    reseal(archive, 3, {})
    report = verify_archive(archive)
    assert report.verdict is Verdict.FAIL and "000003/ledger.jsonl" in files_named(report)


def test_every_flipped_bit_is_detected_when_the_head_is_known(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, packages=2, events_each=1)
    head = verify_archive(archive).head
    assert head is not None
    for file, content in evidence_of(archive).items():
        for position in range(0, len(content) * 8, 3):
            altered = bytearray(content)
            altered[position // 8] ^= 1 << position % 8
            (archive / file).write_bytes(bytes(altered))
            assert verify_archive(archive, head.digest).exit_code == 1, f"{file} bit {position}"
        (archive / file).write_bytes(content)
    assert verify_archive(archive, head.digest).verdict is Verdict.PASS


def rewrite_time(archive: Path) -> None:
    seal = archive / "seals/000003.seal"
    seal.write_text(seal.read_text().replace("time: 2020", "time: 2021"))


def cut_tail(archive: Path) -> None:
    shutil.rmtree(archive / "000003")
    (archive / "seals/000003.seal").unlink()
    (archive / "seals/000003.sha256").unlink()


@pytest.mark.parametrize("mutate", [rewrite_time, cut_tail], ids=lambda mutate: mutate.__name__)
def test_what_stays_unseen_without_a_known_head_is_seen_with_it(tmp_path: Path, mutate: Callable[[Path], None]) -> None:
    archive = an_archive(tmp_path)
    head = verify_archive(archive).head
    assert head is not None
    mutate(archive)
    assert verify_archive(archive).verdict is Verdict.PASS
    assert verify_archive(archive, head.digest).verdict is Verdict.FAIL


def test_an_older_known_head_still_vouches_for_the_archive_that_grew(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    older: Seal = verify_archive(archive).seals[0]
    assert verify_archive(archive, older.digest.removeprefix("sha256:")).verdict is Verdict.PASS


def test_a_file_that_cannot_be_read_is_not_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = an_archive(tmp_path)

    def refuse(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("registry.evidence.inspection.refer", refuse)
    report = verify_archive(archive)
    assert report.verdict is not Verdict.PASS and "000001/decision.json" in files_named(report)


def test_an_error_of_the_verifier_itself_is_not_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = an_archive(tmp_path)

    def fail(_archive: Path) -> object:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("registry.evidence.inspection.list_archive", fail)
    report = verify_archive(archive)
    assert (report.verdict, report.problems[0].found) == (Verdict.INCONCLUSIVE, "RuntimeError: unforeseen")


def test_the_ledger_that_was_sealed_agrees_and_later_events_are_counted(tmp_path: Path) -> None:
    report = verify_against_ledger(verify_archive(an_archive(tmp_path)), ledger_of(8))
    assert (report.verdict, report.unsealed_event_count) == (Verdict.PASS, 2)


def test_a_ledger_cannot_turn_an_empty_archive_into_a_pass(tmp_path: Path) -> None:
    assert verify_against_ledger(verify_archive(tmp_path), ledger_of(3)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("events", "file"),
    [
        ([], "ledger"),
        (ledger_of(5), "ledger"),
        (ledger_of(6)[1:], "ledger"),
        (ledger_of(6)[:3] + ledger_of(6)[4:], "ledger"),
        (ledger_of(6, text="rewritten"), "ledger event 2"),
        ([*ledger_of(5), replace(ledger_of(6)[5], body=b"{}")], "ledger"),
    ],
    ids=["empty", "shorter", "without its first", "with a gap", "rewritten", "with another body"],
)
def test_a_ledger_that_differs_from_what_was_sealed_fails(tmp_path: Path, events: list, file: str) -> None:  # type: ignore[type-arg]
    report = verify_against_ledger(verify_archive(an_archive(tmp_path)), events)
    assert report.verdict is Verdict.FAIL and file in files_named(report)
