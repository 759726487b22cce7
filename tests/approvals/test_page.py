"""An approver, or whoever asks later, finds out with stock tools and the page alone what was signed by whom."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reports.approval_page import TOOLS
from tests.approvals.scenes import Scene
from tests.browser import chromium  # noqa: F401 - the fixture
from tests.exports.signed_history import PrintedRun, follow, holds, printed_runs
from tests.reports.conftest import Browser

NEEDED = (*TOOLS, "sh", "ssh-keygen")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a folder with the tools that the page names, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in NEEDED:
        found = shutil.which(tool)
        assert found, f"{tool} is not installed"
        (folder / tool).symlink_to(found)
    return folder


@pytest.fixture
def folder(done: Scene, tmp_path: Path) -> Path:
    """Return a folder with the files of one approval, and nothing else."""
    shutil.copytree(done.approved_package(), tmp_path / "approval")
    for path in (tmp_path / "approval").iterdir():
        path.chmod(0o644)
    return tmp_path / "approval"


def answers(folder: Path, machine: Path) -> list[tuple[PrintedRun, list[str]]]:
    return [(run, follow(run, folder, machine)) for run in printed_runs((folder / "approval.html").read_bytes())]


def test_each_command_on_the_page_prints_what_the_page_says(folder: Path, machine: Path) -> None:
    found = answers(folder, machine)
    assert len(found) == 4 and all(holds(run, lines) for run, lines in found), found
    assert 'Good "model_risk" signature for model.risk@bank.example with ED25519 key SHA256:' in found[0][1][0]


@pytest.mark.parametrize(
    ("name", "old", "new", "fails"),
    [
        ("request.json", b"I have read", b"I have not read", {0, 3}),
        ("document.json", b"60 days", b"06 days", {1}),
        ("request.json", b'"evidence_digest": "sha256:', b'"evidence_digest": "sha256:0', {0, 2, 3}),
        ("allowed_signers", b"ssh-ed25519 A", b"ssh-ed25519 B", {0}),
        ("allowed_signers", b'namespaces="model_risk"', b'namespaces="product_owner"', {0}),
        ("allowed_signers", b"model.risk@bank.example", b"eve@bank.example", {0}),
    ],
)
def test_a_command_on_the_page_notices_what_was_changed(
    folder: Path, machine: Path, name: str, old: bytes, new: bytes, fails: set[int]
) -> None:
    content = (folder / name).read_bytes()
    assert old in content
    (folder / name).write_bytes(content.replace(old, new))
    assert {place for place, (run, lines) in enumerate(answers(folder, machine)) if not holds(run, lines)} == fails


def test_the_page_needs_no_other_file_and_fits_every_screen(folder: Path, chromium: object, tmp_path: Path) -> None:  # noqa: F811
    browser = Browser(chromium, tmp_path)
    page = (folder / "approval.html").read_bytes()
    assert b"<script" not in page
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            browser.open(page, width, scheme=scheme)
            assert browser.ask("return [document.documentElement.scrollWidth <= window.innerWidth, window.innerWidth]") == [True, width]
            assert browser.requests() == [] and browser.complaints() == []
            ink, paper = browser.ask("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
            assert ink != paper
