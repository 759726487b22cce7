"""``proofloop evidence verify`` and ``evidence list``: the archive, judged and named.

Put archive commands here; what makes an archive valid is ``registry/evidence/verify.py``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.evidence_anchor import anchor, exposure_command, exposure_part, seal_day
from deployments.cli.evidence_recompute import command as recompute_command
from deployments.cli.evidence_replica import copy_command, opened_copy, restore_command
from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.verify import verify_against_ledger, verify_archive

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

_ARCHIVE = click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="An archive elsewhere; needs no workspace.")


@click.group("evidence")
def command() -> None:
    """Verify and list the evidence archive."""


for anchor_command in (seal_day, anchor, exposure_command, copy_command, restore_command):
    command.add_command(anchor_command)


command.add_command(recompute_command)


@command.command("verify")
@_ARCHIVE
@click.option("--copy", "copy", default="", metavar="NAME|URL", help="A copy in another store, by its name in archive_copies or its URL.")
@click.option("--head", default="", metavar="DIGEST", help="A head that was noted down elsewhere: it must be one of the seals.")
@click.option("--no-ledger", is_flag=True, help="Do not compare with the ledger.")
@click.option("--recompute", is_flag=True, help="Judge every sealed decision again and compare.")
@with_global_options
@click.pass_obj
def verify(session: Session, archive: Path | None, copy: str, head: str, no_ledger: bool, recompute: bool) -> None:
    """Check every package, seal and event of the archive; 0 only when all hold, 1 when something was altered, 3 when in doubt."""
    archive, brought = opened_copy(session, copy, archive)
    report, erased = verify_archive(archive or session.workspace().archive_dir, head).with_problems(brought), list[Finding]()
    if archive is None and not no_ledger:
        with opened_ledger(session.workspace()) as ledger:
            report = verify_against_ledger(report, ledger.read_events())
            problems, erased = _ledger_findings(ledger)
            report = report.with_problems((*problems, *_unsealed(ledger, report)))
    if recompute:
        from deployments.recompute import recompute_problems  # --help must not read pydantic

        report = report.with_problems(recompute_problems(archive or session.workspace().archive_dir))
    exposure, lines = ({}, []) if archive or no_ledger else exposure_part(session.workspace())
    document = _verification(report) | exposure | {"erased": {finding.subject: finding.reason for finding in erased}}
    session.answer(document, [*report.lines(), *(f"{finding.subject}: {finding.reason}" for finding in erased), *lines], report.exit_code)


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
    exposure, lines = ({}, []) if archive else exposure_part(session.workspace())
    session.answer(document | exposure, [f"{len(packages)} packages", *aligned(rows), *lines])


def _ledger_findings(ledger: Ledger) -> tuple[tuple[Problem, ...], list[Finding]]:
    """What the ledger says of itself: its chain, and that every row it answers from is what its events say; and what was erased."""
    from registry.ledger.verification import verify_ledger

    found = verify_ledger(ledger)
    faults = (finding for finding in found if finding.verdict is not Verdict.PASS)
    problems = (Problem(f"ledger {finding.subject}", finding.check, finding.reason, finding.verdict) for finding in faults)
    return tuple(problems), [finding for finding in found if finding.verdict is Verdict.PASS]


def _unsealed(ledger: Ledger, report: VerificationReport) -> tuple[Problem, ...]:
    """Decisions whose package is not in the archive: promised still, or gone."""
    sealed = {seal.bundle_digest for seal in report.seals}
    promised = {row.digest for row in ledger.pending_outbox()}
    kinds = [EventKind.TRIAGE_DECIDED, EventKind.DAY_SEALED, EventKind.EVIDENCE_REMOVED]
    cited = (json.loads(event.body)["data"]["bundle_digest"] for event in ledger.read_events(0, kinds))
    return tuple(
        Problem(digest, "a sealed package", "one still to be sealed", Verdict.INCONCLUSIVE)
        if digest in promised
        else Problem(digest, "a sealed package", "none in the archive")
        for digest in cited
        if digest not in sealed
    )


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
