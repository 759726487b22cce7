"""Time tokens in a verification: Python and shell, under the roots of an authority made for the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.evidence.anchors_time import write_request
from registry.evidence.verify import verify_archive
from tests.anchors.authority import Authority, an_authority
from tests.evidence.tampering import DOUBT, FAIL, PASS, edit, flip, signers_of, swap, the_archive
from tests.evidence.test_shell import run


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority") / "keys")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """Return a folder with an archive whose second and fifth seals have a token, both later than the manifests after them."""
    folder = tmp_path_factory.mktemp("stamped")
    archive = the_archive(folder)
    for seq in (2, 5):
        seal = archive / f"seals/{seq:06d}.seal"
        write_request(seal, folder / "request.tsq")
        seal.with_name(f"{seal.name}.tsr").write_bytes(authority.answer((folder / "request.tsq").read_bytes()))
    return folder


CHANGES: dict[str, tuple[Callable[[Path], object], int]] = {
    "none": (lambda _archive: None, PASS),
    "one gone": (lambda archive: (archive / "seals/000005.seal.tsr").unlink(), PASS),
    "one altered": (edit("seals/000005.seal.tsr", lambda token: token[:-5] + flip(token[-5:])), FAIL),
    "one cut": (edit("seals/000002.seal.tsr", lambda token: token[:-1]), FAIL),
    "one with a byte more": (edit("seals/000002.seal.tsr", lambda token: token + b"\0"), FAIL),
    "one empty": (edit("seals/000002.seal.tsr", lambda _token: b""), FAIL),
    "one of other bytes": (edit("seals/000002.seal.tsr", lambda _token: b"0\x82\x00\x02ab"), FAIL),
    "swapped": (swap("seals/000002.seal.tsr", "seals/000005.seal.tsr"), FAIL),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_token_that_is_there_must_hold(kept: Path, authority: Authority, tmp_path: Path, name: str) -> None:
    shutil.copytree(kept, tmp_path / "copy", symlinks=True)
    archive, signers = tmp_path / "copy/archive", signers_of(tmp_path / "copy")
    change, expected = CHANGES[name]
    change(archive)
    report = verify_archive(archive, signers=signers, time_roots=authority.roots)
    answer = run(archive, "--signers", signers.name, "--time-roots", str(authority.roots))
    assert (report.exit_code, answer.returncode) == (expected, expected), (report.lines(), answer.stdout)
    if expected == PASS:
        assert answer.stdout.splitlines() == list(report.lines())
        assert any(line.startswith("level L2 signed chain with a time token") for line in report.lines())
        assert any("existed at 20" in line for line in report.lines())


def test_tokens_that_nobody_checked_raise_no_level(kept: Path) -> None:
    signers = signers_of(kept)
    report, answer = verify_archive(kept / "archive", signers=signers), run(kept / "archive", "--signers", signers.name)
    assert answer.stdout.splitlines() == list(report.lines())
    assert "2 time tokens were not checked (--time-roots FILE)" in report.lines()
    assert any(line.startswith("level L1 ") for line in report.lines())


def test_tokens_under_another_root_or_under_none_are_not_a_pass(kept: Path, tmp_path: Path) -> None:
    other = an_authority(tmp_path / "other").roots
    signers = signers_of(kept)
    for roots, expected in ((other, FAIL), (tmp_path / "missing", DOUBT)):
        report = verify_archive(kept / "archive", signers=signers, time_roots=roots)
        answer = run(kept / "archive", "--signers", signers.name, "--time-roots", str(roots))
        assert (report.exit_code, answer.returncode) == (expected, expected)


def test_without_signatures_tokens_raise_no_level(kept: Path, authority: Authority) -> None:
    report = verify_archive(kept / "archive", time_roots=authority.roots)
    assert (report.exit_code, str(report.level)) == (DOUBT, "L0 manifests")
