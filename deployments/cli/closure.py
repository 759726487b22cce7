"""``proofloop closure``: whether issues in verification may be signed closed, and what each of their gates lacks.

Put here what the run asks and answers; the summary for people is ``reports/closure_text.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from deployments.cli.running import closures_record_of, run_closure
from deployments.cli.session import CLOSURE_AT, VERDICT_CODES, Session, instant_of, with_global_options
from deployments.cli.written import where_closures_written


@click.command("closure")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option("--as-of", metavar="DATE|TIME", help="The day to judge at (07:30 in the workspace's zone) or an instant; now if left out.")
@click.option("--dry-run", is_flag=True, help="Judge and show; write nothing to the ledger or the archive.")
@with_global_options
@click.pass_obj
def command(session: Session, issues: tuple[str, ...], as_of: str | None, dry_run: bool) -> None:
    """Judge the seven gates of issues, or of all in verification: 0 all may be signed, 1 a gate failed, 3 something is lacking."""
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC), CLOSURE_AT) if as_of else None
    result = run_closure(workspace.root, issues, instant, dry_run=dry_run)
    from reports.closure_text import closure_day_text  # not needed for --help

    lines = [*closure_day_text(result.decision).splitlines(), *where_closures_written(result)]
    session.answer(closures_record_of(result), lines, VERDICT_CODES[result.decision.verdict.value])
