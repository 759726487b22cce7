"""``proofloop demo``: an embedded history with known truth, run day by day and compared."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from deployments.cli.running import run_triage, scheduled_instant
from deployments.cli.session import Session, with_global_options
from registry.domain.triage import TriageDay
from registry.settings import load_workspace


@click.command("demo")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to put the bank; a new temporary folder if left out."
)
@with_global_options
@click.pass_obj
def command(session: Session, folder: Path | None) -> None:
    """Run an embedded history with known truth and compare."""
    from deployments.demo.run import run_demo  # the generator is not needed for --help

    session.exit_code = run_demo(folder, _run_day)


def _run_day(root: Path, day: date) -> TriageDay:
    return run_triage(root, as_of=scheduled_instant(day, load_workspace(root).settings.timezone)).decision
