"""``proofloop issue page``: one self-contained page that shows an issue to whoever has no access to the workspace.

Put here where the page is written. Steps do not seal it: everything on it is in the sealed events and documents, so that it can be made
again at any time, and a copy in every package would only be larger and older.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from deployments.cli.session import Session, checked_instant, with_global_options
from deployments.handed_out import write_out


@click.command("page")
@click.argument("issue_id", metavar="ID")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where the page goes; an existing file is replaced."
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), metavar="TIME", help="The instant deadlines are told at; now if left out."
)
@with_global_options
@click.pass_obj
def write_page(session: Session, issue_id: str, out: Path, as_of: datetime | None) -> None:
    """Write one HTML page with an issue's evidence graph, documents, approvals and deadlines."""
    from deployments.cli.issues import find_issue, opened_ledger  # lists this command
    from deployments.issue_files import read_issue_file
    from reports.issue_page import render_issue

    workspace = session.workspace()
    with opened_ledger(workspace) as ledger:
        issue = find_issue(issue_id, ledger.read_issues())
        file = read_issue_file(workspace, ledger, issue, checked_instant(as_of) if as_of else datetime.now(UTC))
    page = render_issue(file)
    write_out(out, page)
    document = {"kind": "issue_page", "schema_version": 1, "issue": issue_id, "file": str(out), "bytes": len(page), "gaps": len(file.gaps)}
    session.answer(document, [f"wrote {out} ({len(page):,} bytes); it shows the issue as of {file.as_of:%Y-%m-%d %H:%M} UTC"])
