"""``proofloop evidence verify`` and ``evidence list``: the archive, judged and named; the other archive commands are gathered here.

Put what judges or lists the whole archive here; what makes an archive valid is ``registry/evidence/verify.py``.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.evidence_anchor import anchor, exposure_command, exposure_part, seal_day
from deployments.cli.evidence_approvals import role_lists, with_approvals, with_checked_approvals
from deployments.cli.evidence_export import export_command
from deployments.cli.evidence_recompute import command as recompute_command
from deployments.cli.evidence_replica import copy_command, opened_copy, restore_command
from deployments.cli.evidence_seal import rotate_key, seal_command
from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.session import Session, with_global_options, with_signers
from registry.domain.canonical import plain
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.work import STEPS
from registry.errors import EvidenceError
from registry.evidence.names import MAX_SEQ, PACKAGES_FILE
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.signers import Signers, read_signers
from registry.evidence.verify import verify_against_ledger, verify_archive

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

_OF_THE_ARCHIVE = (EventKind.TRIAGE_DECIDED, EventKind.DAY_SEALED, EventKind.EVIDENCE_REMOVED, EventKind.SEALING_KEY_ROTATED)
_OF_TRIGGERS = (EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN, EventKind.REQUEST_CLOSED, EventKind.TRAINING_STARTED)
_OF_PEOPLE = (EventKind.APPROVAL_RECORDED, *(rule.event for rule in STEPS.values()))
_OF_RELEASES = (EventKind.GATE_DECIDED, EventKind.RELEASE_PROPOSED, EventKind.RELEASE_SIGNED)
_OF_FIXES = (EventKind.WINDOW_JUDGED, EventKind.INDICATORS_READ, EventKind.PORTFOLIO_READ)
_CITING = frozenset({*_OF_THE_ARCHIVE, *_OF_TRIGGERS, *_OF_RELEASES, *_OF_FIXES, *_OF_PEOPLE})
"""The kinds of events that cite a package."""

_ARCHIVE = click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="An archive elsewhere; needs no workspace.")


def _digest(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Refuse what could be the digest of no seal, most of all an empty one: comparing with nothing would look like comparing."""
    if text is None or re.fullmatch(r"(?:sha256:)?[0-9a-f]{64}", text):
        return text
    raise click.BadParameter(f"expected a digest (sha256: and 64 of 0-9a-f), found {text!r}; give the whole digest or leave --head out")


@click.group("evidence")
def command() -> None:
    """Seal, verify, list, anchor, copy and hand over the evidence archive."""


for part in (
    seal_command,
    rotate_key,
    seal_day,
    anchor,
    exposure_command,
    copy_command,
    restore_command,
    export_command,
    recompute_command,
):
    command.add_command(part)


@command.command("verify")
@_ARCHIVE
@click.option("--copy", "copy", default="", metavar="NAME|URL", help="A copy in another store, by its name in archive_copies or its URL.")
@click.option("--head", callback=_digest, metavar="DIGEST", help="A head that was noted down elsewhere: it must be one of the seals.")
@with_signers
@click.option(
    "--since", type=click.IntRange(0, MAX_SEQ), default=0, metavar="N", help="Only what came after seal N, which is taken as it is."
)
@click.option(
    "--time-roots", type=click.Path(path_type=Path), metavar="FILE", help="Root certificates of time authorities: check time tokens too."
)
@click.option("--whole", is_flag=True, help="Refuse a partial archive; the workspace's own must be whole anyway.")
@click.option(
    "--against-ledger/--no-ledger",
    default=None,
    help="Compare with the ledger: what was sealed is what it holds, what it cites is sealed. Done unless the archive lies elsewhere.",
)
@click.option("--recompute", is_flag=True, help="Judge every sealed decision again and compare.")
@with_approvals
@with_global_options
@click.pass_obj
def verify(
    session: Session,
    archive: Path | None,
    copy: str,
    head: str | None,
    signers_path: Path | None,
    since: int,
    time_roots: Path | None,
    whole: bool,
    against_ledger: bool | None,
    recompute: bool,
    approvals: bool,
    revoked: Path | None,
) -> None:
    """Check every package, seal and event of the archive; 0 only when all hold, 1 when something was altered, 3 when in doubt."""
    if against_ledger and (archive or copy):
        raise click.UsageError(
            "expected --against-ledger without --archive and --copy: the ledger is compared with the workspace's own archive"
        )
    is_ours = archive is None and "://" not in copy
    signers, unread = known_sealers(session, signers_path, is_ours=is_ours)
    archive, brought = opened_copy(session, copy, archive)
    looked_at = archive or session.workspace().archive_dir
    report = verify_archive(looked_at, head, signers, since, time_roots).with_problems((*brought, *unread))
    report, erased = report.with_problems(_partial(report) if whole or archive is None else ()), list[Finding]()
    is_compared = archive is None and against_ledger is not False
    if is_compared:
        with opened_ledger(session.workspace()) as ledger:
            report = verify_against_ledger(report, ledger.read_events())
            problems, erased = _ledger_findings(ledger)
            report = report.with_problems((*problems, *_unsealed(ledger, session.workspace().archive_dir, report)))
    if recompute:
        from deployments.recompute import recompute_problems  # --help must not read pydantic

        report = report.with_problems(recompute_problems(archive or session.workspace().archive_dir, since))
    lists = role_lists(session, signers_path, revoked, is_ours=is_ours)
    report, approved = with_checked_approvals(report, looked_at, lists, since) if approvals else (report, {})
    exposure, lines = exposure_part(session.workspace()) if is_compared else ({}, [])
    document = _verification(report) | exposure | approved | {"erased": {finding.subject: finding.reason for finding in erased}}
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


def known_sealers(session: Session, path: Path | None, *, is_ours: bool) -> tuple[Signers | None, tuple[Problem, ...]]:
    """Return who may seal, from outside the archive, and why that is not known although it should be.

    The workspace says it of its own archive and the copies it names; of any other archive only ``--signers`` does.
    """
    if path is None and not is_ours:
        return None, ()
    from registry.sealing import known_signers, signer_problems  # --help must not read pydantic

    try:
        signers = read_signers(path) if path else known_signers(session.workspace())
        problems = () if path else signer_problems(session.workspace())
    except EvidenceError as error:
        return None, (Problem("signers", "a file of allowed signers that can be read", str(error), Verdict.INCONCLUSIVE),)
    if signers is not None and not signers.keys:
        return None, (Problem(signers.name, "at least one sealing key", "none", Verdict.INCONCLUSIVE),)
    return signers, problems


def _partial(report: VerificationReport) -> tuple[Problem, ...]:
    return (Problem(PACKAGES_FILE, "a whole archive", "one that says it is partial", Verdict.INCONCLUSIVE),) if report.is_partial else ()


def _ledger_findings(ledger: Ledger) -> tuple[tuple[Problem, ...], list[Finding]]:
    """What the ledger says of itself: its chain, and that every row it answers from is what its events say; and what was erased."""
    from registry.ledger.verification import verify_ledger

    found = verify_ledger(ledger)
    faults = (finding for finding in found if finding.verdict is not Verdict.PASS)
    problems = (Problem(f"ledger {finding.subject}", finding.check, finding.reason, finding.verdict) for finding in faults)
    return tuple(problems), [finding for finding in found if finding.verdict is Verdict.PASS]


def _unsealed(ledger: Ledger, archive: Path, report: VerificationReport) -> tuple[Problem, ...]:
    """Decisions whose package is not in the archive: promised still, or gone. What a limited verification left out is only looked up."""
    earlier = [package.seal for package in list_packages(archive)] if report.base else []
    sealed = {seal.bundle_digest for seal in (*earlier, *report.seals)}
    promised = {row.digest for row in ledger.pending_outbox()}
    found = (json.loads(event.body)["data"].get("bundle_digest") for event in ledger.read_events(0, _CITING))
    cited = (digest for digest in found if digest)  # a severity or a fix of an earlier version cites nothing
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
        "scope": report.scope,
        "level": str(report.level) if report.verdict is Verdict.PASS else None,
        "leaves_unseen": report.level.invisible if report.verdict is Verdict.PASS else None,
        "signed_seals": report.signature_count,
        "removed": [plain(asdict(removal)) for removal in report.removals],
        "notes": list(report.notes),
    }


def _package(found: PackageSummary) -> dict[str, Any]:
    return {"path": str(found.path), "digest": found.seal.digest, **plain(found.seal)}


def _events(found: PackageSummary) -> str:
    seal = found.seal
    return "no events" if seal.first_event is None else f"events {seal.first_event}-{seal.last_event}"
