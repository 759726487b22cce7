"""``proofloop binder``: the archive as a folder of pages that a reader opens without a server, and without this program.

Put here what the command verifies, gathers and answers. What the pages say is ``reports/binder_pages.py``, where they may lie
``deployments/binder_folder.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.cli.session import Session, with_global_options

if TYPE_CHECKING:
    from registry.domain.binder import Checked
    from registry.evidence.report import VerificationReport
    from registry.ledger.store import Ledger


@click.command("binder")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder; an earlier binder is replaced. Default: .state/binder.",
)
@with_global_options
@click.pass_obj
def command(session: Session, target: Path | None) -> None:
    """Write every sealed package and issue as linked pages; the archive is verified first, and the first page says how far."""
    from deployments.binder_folder import archive_link, check_target, write_folder
    from deployments.cli.issues import opened_ledger
    from deployments.issue_files import read_issue_files
    from registry.domain.binder import Binder
    from registry.evidence.binding import bind_packages
    from reports.binder_pages import binder_pages
    from reports.binder_places import INDEX

    workspace, made_at = session.workspace(), datetime.now(UTC)
    archive, folder = workspace.archive_dir, (target or workspace.state_dir / "binder").absolute()
    check_target(folder, archive)
    with opened_ledger(workspace) as ledger:
        report = _verified(session, archive, ledger)
        issues = tuple(read_issue_files(workspace, ledger, ledger.read_issues(), made_at))
    # what a flow sealed since the verification was not verified: it is for the next binder
    packages = tuple(package for package in bind_packages(archive) if report.head is None or package.seq <= report.head.seq)
    binder = Binder(made_at, workspace.settings.timezone, archive_link(folder, archive), _checked(report), packages, issues)
    count = write_folder(folder, binder_pages(binder))
    document = {
        "kind": "binder",
        "schema_version": 1,
        "verdict": report.verdict.value,
        "index": str(folder / INDEX),
        "pages": count,
        "packages": len(packages),
        "issues": len(issues),
        "head": packages[-1].digest if packages else None,
        "problems": [str(problem) for problem in report.problems],
    }
    session.answer(document, _lines(folder / INDEX, count, len(packages), len(issues), report), report.exit_code)


def _verified(session: Session, archive: Path, ledger: Ledger) -> VerificationReport:
    from deployments.cli.evidence import known_sealers  # lists every command of the archive
    from registry.evidence.verify import verify_against_ledger, verify_archive

    signers, unread = known_sealers(session, None, is_ours=True)
    report = verify_archive(archive, None, signers).with_problems(unread)
    return verify_against_ledger(report, ledger.read_events())


def _checked(report: VerificationReport) -> Checked:
    from registry.domain.binder import Checked

    passed = report.exit_code == 0
    return Checked(
        verdict=report.verdict.value,
        packages=report.package_count,
        files=report.file_count,
        events=report.event_count,
        unsealed_events=report.unsealed_event_count or 0,
        level=str(report.level) if passed else "",
        leaves_unseen=report.level.invisible if passed else "",
        problems=tuple(map(str, report.problems)),
    )


def _lines(index: Path, pages: int, packages: int, issues: int, report: VerificationReport) -> list[str]:
    from reports.wording import counted

    wrote = f"wrote {index} ({counted(pages, 'page')}: {counted(packages, 'package')}, {counted(issues, 'issue')})"
    return [wrote, f"verdict {report.verdict}: a rendering; `proofloop evidence verify` checks the archive that it shows"]
