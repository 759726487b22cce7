"""``proofloop evidence verify`` and ``evidence list``: the archive, judged and named.

Put archive commands here; what makes an archive valid is ``registry/evidence/verify.py``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.report import VerificationReport
from registry.evidence.verify import verify_against_ledger, verify_archive

_ARCHIVE = click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="An archive elsewhere; needs no workspace.")


@click.group("evidence")
def command() -> None:
    """Verify and list the evidence archive."""


@command.command("verify")
@_ARCHIVE
@click.option("--head", default="", metavar="DIGEST", help="A head that was noted down elsewhere: it must be one of the seals.")
@click.option("--no-ledger", is_flag=True, help="Do not compare with the ledger.")
@with_global_options
@click.pass_obj
def verify(session: Session, archive: Path | None, head: str, no_ledger: bool) -> None:
    """Check every package, seal and event of the archive; 0 only when all hold, 1 when something was altered, 3 when in doubt."""
    report = verify_archive(archive or session.workspace().archive_dir, head)
    if archive is None and not no_ledger:
        with opened_ledger(session.workspace()) as ledger:
            report = verify_against_ledger(report, ledger.read_events())
    session.answer(_verification(report), report.lines(), report.exit_code)


@command.command("list")
@_ARCHIVE
@with_global_options
@click.pass_obj
def list_command(session: Session, archive: Path | None) -> None:
    """List the sealed packages as their seals say."""
    packages = list_packages(archive or session.workspace().archive_dir)
    document = {"kind": "packages", "schema_version": 1, "count": len(packages), "packages": [_package(found) for found in packages]}
    rows = [
        (
            f"{found.seal.seq:06d}",
            f"{found.seal.sealed_at:%Y-%m-%d %H:%M}",
            f"{found.seal.file_count} files",
            _events(found),
            found.seal.bundle_digest,
        )
        for found in packages
    ]
    session.answer(document, [f"{len(packages)} packages", *aligned(rows)])


def _verification(report: VerificationReport) -> dict[str, Any]:
    head = report.head
    return {
        "kind": "verification",
        "schema_version": 1,
        "verdict": report.verdict.value,
        "problems": [plain(asdict(problem)) for problem in report.problems],
        "packages": report.package_count,
        "files": report.file_count,
        "bytes": report.byte_count,
        "events": report.event_count,
        "unsealed_events": report.unsealed_event_count,
        "head": {"seal": head.seq, "digest": head.digest} if head else None,
    }


def _package(found: PackageSummary) -> dict[str, Any]:
    return {"path": str(found.path), "digest": found.seal.digest, **plain(found.seal)}


def _events(found: PackageSummary) -> str:
    seal = found.seal
    return "no events" if seal.first_event is None else f"events {seal.first_event}-{seal.last_event}"
