"""``proofloop recurrence``: whether what was fixed stayed away.

Put here what the run asks and answers; the summary for people is ``reports/window_day_text.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from deployments.cli.running import record_of, run_recurrence
from deployments.cli.session import RECURRENCE_AT, VERDICT_CODES, Session, instant_of, with_global_options
from deployments.cli.written import where_written


@click.command("recurrence")
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this system; may be repeated.")
@click.option("--as-of", metavar="DATE|TIME", help="The day to judge at (07:00 in the workspace's zone) or an instant; now if left out.")
@click.option("--dry-run", is_flag=True, help="Judge and show; write nothing to the ledger or the archive.")
@with_global_options
@click.pass_obj
def command(session: Session, systems: tuple[str, ...], as_of: str | None, dry_run: bool) -> None:
    """Judge the window of every issue with a fix in force: 1 where something came back, 3 while any of them is not clean."""
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC), RECURRENCE_AT) if as_of else None
    result = run_recurrence(workspace.root, systems, instant, dry_run=dry_run)
    from reports.window_day_text import recurrence_day_text  # not needed for --help

    lines = [*recurrence_day_text(result.decision).splitlines(), *where_written(result)]
    session.answer(record_of(result), lines, VERDICT_CODES[result.decision.verdict.value])
