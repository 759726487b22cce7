"""A publisher killed at any point and run again leaves exactly one whole package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from registry.domain.decision import Verdict
from registry.evidence.archive import CHECKPOINTS, publish
from registry.evidence.draft import DRAFT_CHECKPOINTS, draft_package, load_draft
from registry.evidence.packages import list_packages
from registry.evidence.signers import SealingKey, Signers
from registry.evidence.signing import SshSigner
from registry.evidence.verify import verify_archive
from tests.evidence.archives import a_draft, a_key, an_archive, content_of, ledger_of, sealed_at

ROOT = Path(__file__).parents[2]


def die_at(point: str, key: str, hit: int = 1) -> None:
    """Draft and publish day 4 below the current folder, signed by ``key``, and kill this process at the ``hit``-th passing of ``point``."""
    left = [hit]

    def checkpoint(name: str) -> None:
        left[0] -= name == point
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    files = {"decision.json": b'{"day": 4}\n', "report.html": b"<p>calm</p>\n"}
    draft = draft_package(Path("spool"), files, checkpoint=checkpoint)
    publish(Path("archive"), draft, ledger_of(8), sealed_at(4), checkpoint, signer=SshSigner(Path(key)))


def run_killed(folder: Path, point: str, signer: SshSigner, hit: int = 1) -> None:
    program = f"from tests.evidence.test_kill import die_at; die_at({point!r}, {str(signer.key)!r}, {hit})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def verdict_of(archive: Path, signer: SshSigner) -> Verdict:
    return verify_archive(archive, signers=Signers("test", {signer.fingerprint: SealingKey(signer.fingerprint)})).verdict


@pytest.mark.parametrize("point", CHECKPOINTS)
def test_killed_while_publishing_and_run_again_gives_the_archive_of_a_clean_run(tmp_path: Path, point: str) -> None:
    signer = a_key(tmp_path)
    archive = an_archive(tmp_path / "killed", signer=signer)
    run_killed(tmp_path / "killed", point, signer)
    assert verdict_of(archive, signer) is not Verdict.FAIL
    publish(archive, a_draft(tmp_path / "killed/spool", 4), ledger_of(8), sealed_at(4), signer=signer)
    clean = an_archive(tmp_path / "clean", packages=4, signer=signer)
    assert verdict_of(archive, signer) is Verdict.PASS
    assert content_of(archive) == content_of(clean)


@pytest.mark.parametrize("point", CHECKPOINTS)
def test_killed_and_taken_over_by_another_publisher_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    signer = a_key(tmp_path)
    archive = an_archive(tmp_path, signer=signer)
    run_killed(tmp_path, point, signer)
    for day in (5, 4):
        publish(archive, a_draft(tmp_path / "spool", day), ledger_of(10), sealed_at(day), signer=signer)
    bundles = [package.seal.bundle_digest for package in list_packages(archive)]
    assert sorted(bundles) == sorted(a_draft(tmp_path / "spool", day).bundle_digest for day in range(1, 6))
    assert (verdict_of(archive, signer), verify_archive(archive).event_count) == (Verdict.PASS, 10)


@pytest.mark.parametrize("point", ["signature_written", "signature_published", "seal_written"])
def test_the_signature_of_a_killed_publisher_does_not_stay_when_an_unsigned_one_finishes(tmp_path: Path, point: str) -> None:
    archive = an_archive(tmp_path)
    run_killed(tmp_path, point, a_key(tmp_path))
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4))
    assert not list(archive.glob("seals/*.sig"))
    assert verify_archive(archive).verdict is Verdict.PASS


def test_a_time_token_that_comes_while_a_package_waits_for_its_seal_is_no_contradiction(tmp_path: Path) -> None:
    signer = a_key(tmp_path)
    archive = an_archive(tmp_path, signer=signer)
    run_killed(tmp_path, "manifest_published", signer)
    (archive / "seals/000003.seal.tsr").write_bytes(b"token")
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4), signer=signer)
    assert verdict_of(archive, signer) is Verdict.PASS


def test_killed_again_while_finishing_what_a_killed_publisher_left(tmp_path: Path) -> None:
    signer = a_key(tmp_path)
    archive = an_archive(tmp_path, signer=signer)
    for point in CHECKPOINTS[CHECKPOINTS.index("package_published") : -1]:
        run_killed(tmp_path, point, signer)
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4), signer=signer)
    assert verdict_of(archive, signer) is Verdict.PASS
    assert len(list_packages(archive)) == 4


@pytest.mark.parametrize("point", DRAFT_CHECKPOINTS)
def test_killed_while_drafting_and_run_again_gives_one_whole_draft(tmp_path: Path, point: str) -> None:
    run_killed(tmp_path, point, a_key(tmp_path))
    draft = a_draft(tmp_path / "spool", 4)
    assert load_draft(tmp_path / "spool", draft.bundle_digest) == draft
    assert [path for path in (tmp_path / "spool").iterdir() if path.is_dir()] == [draft.path]


def test_every_named_point_is_passed_in_order(tmp_path: Path) -> None:
    passed: list[str] = []
    draft = draft_package(tmp_path / "spool", {"a.json": b"1"}, checkpoint=passed.append)
    publish(tmp_path / "archive", draft, ledger_of(1), sealed_at(1), passed.append, signer=a_key(tmp_path))
    assert passed == [*DRAFT_CHECKPOINTS, *CHECKPOINTS]
