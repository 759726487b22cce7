"""``proofloop triage``: the signals of one day.

Put here what the command asks and answers; the summary for people is ``reports/terminal.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from deployments.cli.running import record_of, run_triage
from deployments.cli.session import VERDICT_CODES, Session, instant_of, with_global_options
from deployments.cli.written import where_written


@click.command("triage")
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this system; may be repeated.")
@click.option("--as-of", metavar="DATE|TIME", help="The day to judge (06:00 in the workspace's zone) or an instant; now if left out.")
@click.option("--dry-run", is_flag=True, help="Judge and show; write nothing to the ledger or the archive.")
@with_global_options
@click.pass_obj
def command(session: Session, systems: tuple[str, ...], as_of: str | None, dry_run: bool) -> None:
    """Triage the signals of a day: what is new, what came back, who must act by when, what could not be looked at."""
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC)) if as_of else None
    result = run_triage(workspace.root, systems, instant, dry_run=dry_run)
    from reports.terminal import triage_text  # not needed for --help

    lines = [*triage_text(result.decision).splitlines(), *where_written(result)]
    session.answer(record_of(result), lines, VERDICT_CODES[result.decision.verdict.value])
