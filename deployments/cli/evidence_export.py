"""``proofloop evidence export``: one issue as a folder that a recipient checks with nothing but a shell.

Put here how an export is asked for and what is said of it; making it is ``deployments/issue_export.py``. ``evidence.py`` takes the command
into its group.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import opened_ledger
from deployments.cli.session import COULD_NOT_TELL, Session, with_global_options, with_signers
from registry.domain.canonical import plain
from registry.errors import EvidenceError

if TYPE_CHECKING:
    from deployments.issue_export import Outcome
    from registry.domain.events import StoredEvent
    from registry.domain.issue_export import IssueExport
    from registry.evidence.signers import Signers

_REMINDERS = (
    "it holds whole packages: whoever receives it also receives what else was sealed in them",
    "no narrative is in it; what happened after its newest seal is not told",
)


@click.command("export")
@click.argument("issue_id", metavar="ISSUE")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The folder to make.")
@click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="From this archive alone; needs no workspace.")
@with_signers
@with_global_options
@click.pass_obj
def export_command(session: Session, issue_id: str, target: Path, archive: Path | None, signers_path: Path | None) -> None:
    """Export an issue with its sealed packages, to be verified with only a shell; 1 or 3 where the archive does not verify."""
    from deployments.issue_export import export_issue

    try:
        signers = _signers(session, signers_path, archive)
        recorded = () if archive else _recorded(session, issue_id)
        outcome = export_issue(archive or session.workspace().archive_dir, issue_id, target, signers, recorded)
    except EvidenceError as error:
        session.fail(type(error).__name__, [str(error)], COULD_NOT_TELL)
        return
    if outcome.export is None:
        session.answer(_document(outcome, target), ["nothing was exported", *outcome.report.lines()], outcome.report.exit_code)
    else:
        session.answer(_document(outcome, target), _lines(outcome.export, target))


def _signers(session: Session, path: Path | None, archive: Path | None) -> Signers | None:
    """Return who may seal, from outside the archive."""
    from registry.evidence.signers import read_signers
    from registry.sealing import known_signers

    if path is None:
        return None if archive else known_signers(session.workspace())
    signers = read_signers(path)
    if not signers.keys:
        raise EvidenceError(
            f'{path}: expected a line with namespaces="evidence-seal@v1", found none; name the file that lists who may seal'
        )
    return signers


def _recorded(session: Session, issue_id: str) -> tuple[StoredEvent, ...]:
    """Return the issue's events in the ledger."""
    with opened_ledger(session.workspace()) as ledger:
        return tuple(ledger.read_issue_events(issue_id))


def _document(outcome: Outcome, target: Path) -> dict[str, Any]:
    report, export = outcome.report, outcome.export
    document: dict[str, Any] = {
        "kind": "issue_exported",
        "schema_version": 1,
        "verdict": report.verdict.value,
        "problems": [plain(problem) for problem in report.problems],
        "path": str(target) if export else None,
    }
    if export is None:
        return document
    return document | {
        "issue": export.issue.issue_id,
        "head": plain(export.head),
        "packages": [package.seq for package in export.packages],
        "of_packages": export.package_count,
        "events": len(export.steps),
        "signals": export.signal_count,
        "other_issues": export.other_issue_count,
        "removed": list(export.removed),
        "erasures": plain(export.erasures),
    }


def _lines(export: IssueExport, target: Path) -> list[str]:
    from reports.wording import counted

    signals = "signals removed" if export.signal_count is None else f"{export.signal_count} signals"
    erased = sum(erasure.signal_count for erasure in export.erasures)
    return [
        f"{export.issue.issue_id} exported to {target}",
        f"{len(export.packages)} of {export.package_count} packages, {len(export.steps)} events, {signals}",
        f"{_REMINDERS[0]}, here events of {counted(export.other_issue_count, 'other issue')}",
        _REMINDERS[1],
        *([f"{len(export.removed)} files of these packages were removed under retention"] if export.removed else []),
        *([f"narratives of {erased} signals were erased on request"] if erased else []),
        f"head {export.head.seal:06d} {export.head.digest}",
        "tell the recipient this head, and the fingerprint of the sealing key, over another channel; then open index.html",
    ]
