"""``proofloop evidence copy`` and ``evidence restore``: the archive's copies in other stores, brought up to date, shown and brought back.

Put commands about copies here; what is copied is ``registry/evidence/replica.py``. ``opened_copy`` is how ``evidence verify`` reads one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import aligned
from deployments.cli.session import VERDICT_CODES, Session, with_global_options
from registry.domain.decision import Verdict

if TYPE_CHECKING:
    from registry.archive_copies import CopyTarget
    from registry.evidence.replica import CopyReport
    from registry.evidence.report import Problem
    from registry.evidence.signers import Signers

_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE)


@click.command("copy")
@click.option("--copy", "names", multiple=True, metavar="NAME", help="Only this copy of archive_copies; may be repeated.")
@click.option("--read-all", is_flag=True, help="Read every object and compare it, not only the new ones.")
@with_global_options
@click.pass_obj
def copy_command(session: Session, names: tuple[str, ...], read_all: bool) -> None:
    """Put what is sealed and not yet there into every copy, and say what is where; 1 when a copy was altered, 3 when one is not whole."""
    from registry.archive_copies import copy_names, copy_target
    from registry.evidence.replica import copy_archive  # brings the stores' libraries when they are used

    workspace = session.workspace()
    targets = [copy_target(workspace, name, os.environ) for name in names or copy_names(workspace)]
    reports = [copy_archive(workspace.archive_dir, target, read_all=read_all) for target in targets]
    verdict = _worst(reports)
    document = {"kind": "copies", "schema_version": 1, "verdict": verdict.value, "copies": [_record(report) for report in reports]}
    session.answer(document, _lines(reports), VERDICT_CODES[verdict.value])


@click.command("restore")
@click.option("--copy", "name", required=True, metavar="NAME|URL", help="The copy to restore from.")
@click.option("--to", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to; the workspace's archive_dir if left out.")
@with_global_options
@click.pass_obj
def restore_command(session: Session, name: str, folder: Path | None) -> None:
    """Bring a lost archive back from a copy: verified before it is put in place, and never over something that lies there."""
    from registry.evidence.replica_reading import is_restored, restore_archive
    from registry.evidence.verify import verify_archive

    archive = folder or session.workspace().archive_dir
    # A copy at a URL that is brought elsewhere is nobody's here; every other one is this workspace's, wherever it is brought.
    signers, unnamed = (None, ()) if folder and "://" in name else _own_signers(session)
    report = restore_archive(_target(session, name), archive, lambda staged: verify_archive(staged, signers=signers).with_problems(unnamed))
    restored = is_restored(report)
    head = {"seal": report.head.seq, "digest": report.head.digest} if report.head else None
    document = {"kind": "restored", "schema_version": 1, "verdict": report.verdict.value, "archive": str(archive) if restored else None}
    why_not = "the copy does not verify" if report.verdict is Verdict.FAIL else "the copy holds no sealed package"
    told = f"restored to {archive}; run evidence verify" if restored else f"nothing was restored: {why_not}"
    session.answer({**document, "head": head}, (told, *report.lines()), report.exit_code)


def opened_copy(session: Session, name: str, archive: Path | None) -> tuple[Path | None, tuple[Problem, ...]]:
    """Return ``archive`` if no copy is named, else a folder of the copy's objects (gone when the command ends) and what is odd there."""
    if not name:
        return archive, ()
    if archive:
        raise click.UsageError("expected --copy or --archive, found both; leave one out")
    from registry.evidence.replica_reading import fetched_archive

    return click.get_current_context().with_resource(fetched_archive(_target(session, name)))


def _own_signers(session: Session) -> tuple[Signers | None, tuple[Problem, ...]]:
    """Return who may seal as the workspace says, and why that is not known although it should be."""
    from registry.sealing import known_signers, signer_problems

    return known_signers(session.workspace()), signer_problems(session.workspace())


def _target(session: Session, name: str) -> CopyTarget:
    from registry.archive_copies import copy_target, url_target

    return url_target(name, os.environ) if "://" in name else copy_target(session.workspace(), name, os.environ)


def _worst(reports: list[CopyReport]) -> Verdict:
    """No copy at all is no pass."""
    found = {report.verdict for report in reports} or {Verdict.INCONCLUSIVE}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.PASS)


def _lines(reports: list[CopyReport]) -> Iterator[str]:
    if not reports:
        yield "no copies: name one under archive_copies in proofloop.yaml"
    rows = [
        (
            str(report.verdict),
            report.name,
            report.shown,
            f"{report.confirmed_to} of {report.sealed_to} packages confirmed",
            f"{report.object_count} objects",
            f"{report.put_count} put now ({report.put_bytes} bytes)",
        )
        for report in reports
    ]
    yield from aligned(rows)
    for report in reports:
        yield f"{report.name}: write-once {report.write_once}"
        for text in (*map(str, report.problems), report.outage, report.refused):
            if text:
                yield f"{report.name}: {text}"


def _record(report: CopyReport) -> dict[str, Any]:
    problems = [
        {"object": found.file, "expected": found.expected, "found": found.found, "verdict": found.verdict} for found in report.problems
    ]
    return {
        "name": report.name,
        "url": report.shown,
        "verdict": report.verdict.value,
        "sealed_packages": report.sealed_to,
        "confirmed_packages": report.confirmed_to,
        "objects": report.object_count,
        "put": {"objects": report.put_count, "bytes": report.put_bytes},
        "write_once": report.write_once,
        "problems": problems,
        "outage": report.outage or None,
        "refused": report.refused or None,
    }
