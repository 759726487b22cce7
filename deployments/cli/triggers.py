"""``proofloop triggers``: how watched predictions compare with their reference, and what people do about what is asked.

Put here what the run asks and answers; the summary for people is ``reports/triggers_day_view.py``, people's acts are ``trigger_acts.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from deployments.cli.running import run_triggers, triggers_record_of
from deployments.cli.session import TRIGGERS_AT, VERDICT_CODES, Session, instant_of, with_global_options
from deployments.cli.trigger_acts import ACTS
from deployments.cli.written import where_written


@click.group("triggers", invoke_without_command=True)
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this watched system; may be repeated.")
@click.option("--as-of", metavar="DATE|TIME", help="The day to judge at (06:30 in the workspace's zone) or an instant; now if left out.")
@click.option("--dry-run", is_flag=True, help="Judge and show; write nothing to the ledger or the archive.")
@with_global_options
@click.pass_context
def command(ctx: click.Context, systems: tuple[str, ...], as_of: str | None, dry_run: bool) -> None:
    """Compare every watched system's newest windows with its reference: what moved, what broke, what got worse, what is asked of whom."""
    session: Session = ctx.obj
    if ctx.invoked_subcommand is not None:
        if systems or as_of or dry_run:
            raise click.UsageError(f"{ctx.invoked_subcommand}: expected --system, --as-of and --dry-run without a command after them")
        return
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC), TRIGGERS_AT) if as_of else None
    result = run_triggers(workspace.root, systems, instant, dry_run=dry_run)
    from reports.triggers_day_view import triggers_day_text  # not needed for --help

    lines = [*triggers_day_text(result.decision, result.decisions).splitlines(), *where_written(result)]
    session.answer(triggers_record_of(result), lines, VERDICT_CODES[result.decision.verdict.value])


for _act in ACTS:
    command.add_command(_act)
