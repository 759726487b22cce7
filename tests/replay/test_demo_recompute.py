"""Three weeks of the demonstration's bank, with all its mishaps, judged again from the archive alone."""

from __future__ import annotations

from pathlib import Path

from deployments.cli.running import run_recurrence, run_triage, scheduled_instant
from deployments.cli.session import RECURRENCE_AT
from deployments.demo.generator import SYSTEMS, deliver_day, replay_days, write_workspace
from deployments.recompute import recompute
from registry.settings import load_workspace

_DAYS, _WATCHED = 21, 3


def test_weeks_of_the_demonstration_come_out_the_same_to_the_byte(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    workspace = load_workspace(tmp_path)
    for day in replay_days()[:_DAYS]:
        deliver_day(tmp_path, day)
        run_triage(tmp_path, as_of=scheduled_instant(day, workspace.settings.timezone))
        if day in replay_days()[_DAYS - _WATCHED : _DAYS]:
            run_recurrence(tmp_path, as_of=scheduled_instant(day, workspace.settings.timezone, RECURRENCE_AT))
    moved = tmp_path / "elsewhere"
    workspace.archive_dir.rename(moved)
    found = recompute(moved)
    judged = _DAYS + _WATCHED * len(SYSTEMS)
    assert (found.problems, found.same_count, found.day_count) == ((), judged, judged)
