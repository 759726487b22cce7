"""``proofloop demo``: an embedded history with known truth, run day by day and compared.

Put here how the demonstration is run through the flows; its story and its table are ``deployments/demo``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.cli.demo_clock import a_played_clock, set_clock, set_clock_right
from deployments.cli.running import keep_quiet, run_triage, run_triggers, scheduled_instant
from deployments.cli.session import TRIGGERS_AT, Session, with_global_options
from registry.domain.history import TriageHistory
from registry.domain.triage import TriageDay
from registry.domain.triggers import TriggerDecision
from registry.settings import load_workspace

if TYPE_CHECKING:
    from deployments.demo.played import PlayedRelease


@click.command("demo")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to put the bank; a new temporary folder if left out."
)
@with_global_options
@click.pass_obj
def command(session: Session, folder: Path | None) -> None:
    """Run an embedded history with known truth and compare."""
    keep_quiet()
    from deployments.cli.demo_closings import Closings
    from deployments.demo.run import run_demo  # the generator is not needed for --help

    root = folder or Path(tempfile.mkdtemp(prefix="proofloop-demo-"))
    with a_played_clock():
        given = (root, _run_day, _read_history, _judge_windows, _play_releases, Closings())
        session.exit_code = run_demo(*given, to_stderr=session.as_json)
    if session.as_json:
        document = {"kind": "demo", "schema_version": 1, "verdict": "fail" if session.exit_code else "pass", "workspace": str(root)}
        session.answer(document, (), session.exit_code)


def _run_day(root: Path, day: date) -> TriageDay:
    at = scheduled_instant(day, load_workspace(root).settings.timezone)
    set_clock(at)
    return run_triage(root, as_of=at).decision


def _play_releases(root: Path) -> Sequence[PlayedRelease]:
    from deployments.cli.demo_releases import play_releases

    set_clock_right()
    return play_releases(root)


def _judge_windows(root: Path, day: date) -> Sequence[TriggerDecision]:
    at = scheduled_instant(day, load_workspace(root).settings.timezone, TRIGGERS_AT)
    set_clock(at)
    return run_triggers(root, as_of=at).decisions


def _read_history(root: Path) -> TriageHistory:
    """Return the ledger's memory as the morning after the last one would see it."""
    from deployments.demo.generator import replay_days
    from tasks.ledger import read_history
    from tasks.workspace import load_triage_plan

    morning = scheduled_instant(replay_days()[-1] + timedelta(days=1), load_workspace(root).settings.timezone)
    return read_history(load_triage_plan(str(root), (), morning, morning), lambda: morning)
