"""Whoever follows the page finds out when anything in the exported archive was altered, added, moved or taken away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.evidence.signing import SshSigner
from tests.evidence.tampering import add, add_folder, both, delete, edit, edits, flip, rename, swap
from tests.exports.signed_history import PrintedRun, SignedHistory, a_bare_machine, follow, holds, printed_runs, run

FIRST, MIDDLE, HEAD = "000001", "000007", "000014"
LEFT_OUT = "000005"
FILES = (
    f"{FIRST}/decision.json",
    f"{MIDDLE}/ledger.jsonl",
    f"seals/{LEFT_OUT}.seal",
    f"seals/{FIRST}.sha256",
    f"seals/{HEAD}.seal",
    f"seals/{HEAD}.seal.sig",
)


def cut(seq: str) -> Callable[[Path], None]:
    def mutate(archive: Path) -> None:
        shutil.rmtree(archive / seq, ignore_errors=True)
        for path in archive.glob(f"seals/{seq}.*"):
            path.unlink()

    return mutate


def forget(seq: str) -> Callable[[Path], None]:
    """Take a package out and out of the list, its seals left: the folder then says that it never was in the export."""

    def mutate(archive: Path) -> None:
        shutil.rmtree(archive / seq)
        edit("packages.txt", lambda text: text.replace(f"{seq}\n".encode(), b""))(archive)

    return mutate


def sign_by_a_stranger(archive: Path) -> None:
    from registry.evidence.signing import make_key

    make_key(archive.parent / "stranger", "stranger")
    seal = archive / f"seals/{HEAD}.seal"
    (archive / f"seals/{HEAD}.seal.sig").write_bytes(SshSigner(archive.parent / "stranger").sign(seal.read_bytes()))


MUTATIONS: dict[str, Callable[[Path], Any]] = {
    **{name: mutate for file in FILES for name, (mutate, _) in edits(file).items()},
    "a file at the root": add("notes.txt"),
    "a hidden file": add(".hidden"),
    "a file in a package": add(f"{FIRST}/extra.json"),
    "a folder in a package": add_folder(f"{FIRST}/sub"),
    "a link in a package": lambda archive: (archive / FIRST / "extra").symlink_to("decision.json"),
    "a name with a line end": add(f"{FIRST}/a\nb.json"),
    "a package that was left out": add(f"{LEFT_OUT}/decision.json"),
    "a package at the end": add_folder("000015"),
    "a file beside the seals": add("seals/notes"),
    "a manifest without a package": add("seals/000020.sha256"),
    "rename a file": rename(f"{FIRST}/decision.json", f"{FIRST}/decision2.json"),
    "rename a package": rename(FIRST, LEFT_OUT),
    "swap packages": swap(FIRST, MIDDLE),
    "swap files": swap(f"{FIRST}/decision.json", f"{MIDDLE}/decision.json"),
    "swap ledgers": swap(f"{FIRST}/ledger.jsonl", f"{MIDDLE}/ledger.jsonl"),
    "swap seals": swap(f"seals/{FIRST}.seal", f"seals/{LEFT_OUT}.seal"),
    "swap signatures": swap(f"seals/{FIRST}.seal.sig", f"seals/{LEFT_OUT}.seal.sig"),
    "cut a package with its seals": cut(MIDDLE),
    "cut the seals of a package that was left out": cut(LEFT_OUT),
    "a package gone": lambda archive: shutil.rmtree(archive / MIDDLE),
    "the list of packages altered": edit("packages.txt", flip),
    "the list of packages gone": lambda archive: delete(archive / "packages.txt"),
    "all seals gone": lambda archive: shutil.rmtree(archive / "seals"),
    "the head signed by a stranger": sign_by_a_stranger,
    "an altered file and its manifest": both(
        edit(f"{FIRST}/decision.json", flip), edit(f"seals/{FIRST}.sha256", lambda text: text.replace(text[:8], b"00000000"))
    ),
}


@pytest.fixture(scope="session")
def exported(signed: SignedHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "export"
    assert run("evidence", "export", signed.issue_id, "--to", target, "--workspace", signed.bank.root) == 0
    packages = [package["seq"] for package in json.loads((target / "data/export.json").read_text())["packages"]]
    assert {int(FIRST), int(MIDDLE)} <= set(packages) and int(LEFT_OUT) not in packages
    return target


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_bare_machine(tmp_path_factory.mktemp("machine") / "bin")


def evidence_steps(export: Path) -> tuple[PrintedRun, PrintedRun, PrintedRun]:
    """Return how the page has the script looked at, run, and run with the head named."""
    script, verify, with_head = [step for step in printed_runs((export / "index.html").read_bytes()) if "verify.sh" in step.command]
    return script, verify, with_head


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_page_shows_that_the_archive_was_altered(exported: Path, machine: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(exported, tmp_path / "export")
    MUTATIONS[name](tmp_path / "export/data/archive")
    _, verify, _ = evidence_steps(exported)
    lines = follow(verify, tmp_path / "export", machine)
    assert not holds(verify, lines)
    assert lines[-1] in {"exit 1", "exit 3"}, lines


def test_an_altered_script_has_another_digest(exported: Path, machine: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "export")
    edit("verify.sh", lambda _: b"echo all is well\n")(tmp_path / "export/data/archive")
    script, _, _ = evidence_steps(exported)
    assert not holds(script, follow(script, tmp_path / "export", machine))


def test_a_package_that_was_taken_off_the_list_is_missed_on_the_first_line(exported: Path, machine: Path, tmp_path: Path) -> None:
    """A part of a part verifies, so the page tells how many packages there must be."""
    shutil.copytree(exported, tmp_path / "export")
    forget(MIDDLE)(tmp_path / "export/data/archive")
    _, verify, _ = evidence_steps(exported)
    lines = follow(verify, tmp_path / "export", machine)
    assert lines[-1] == "exit 0" and not holds(verify, lines)


def test_a_tail_that_was_cut_shows_with_the_head_named(exported: Path, machine: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "export")
    archive = tmp_path / "export/data/archive"
    for seq in ("000013", HEAD):
        both(cut(seq), edit("packages.txt", lambda text, seq=seq: text.replace(f"{seq}\n".encode(), b"")))(archive)
    _, verify, with_head = evidence_steps(exported)
    assert not holds(verify, follow(verify, tmp_path / "export", machine))
    lines = follow(with_head, tmp_path / "export", machine)
    assert lines[-1] == "exit 1" and any("rewritten or cut short" in line for line in lines)


def test_an_altered_story_is_not_the_sealed_one(exported: Path, machine: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "export")
    events = tmp_path / "export/data/events.jsonl"
    *_, story = printed_runs((exported / "index.html").read_bytes())
    lines = events.read_bytes().splitlines(keepends=True)
    for altered in (lines[1:], lines[:-1], [lines[0].replace(b"L3", b"L1"), *lines[1:]], [*lines, lines[-1]]):
        events.write_bytes(b"".join(altered))
        assert not holds(story, follow(story, tmp_path / "export", machine))


def test_damage_on_the_way_shows_in_the_first_step(exported: Path, machine: Path, tmp_path: Path) -> None:
    tags, files, counted = printed_runs((exported / "index.html").read_bytes())[:3]
    for name, step in (("index.html", tags), ("bag-info.txt", tags), ("data/issue.json", files), ("data/added", counted)):
        shutil.copytree(exported, tmp_path / name.replace("/", "-"))
        damaged = tmp_path / name.replace("/", "-")
        add(name, b"damaged")(damaged)
        lines = follow(step, damaged, machine)
        assert any("FAILED" in line for line in lines) or not holds(step, lines), name
