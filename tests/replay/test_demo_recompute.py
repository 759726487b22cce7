"""Three weeks of the demonstration's bank, with all its mishaps, judged again from the archive alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from deployments.cli.running import run_recurrence, run_triage, scheduled_instant
from deployments.cli.session import RECURRENCE_AT
from deployments.demo.generator import SYSTEMS, deliver_day, replay_days, write_workspace
from deployments.recompute import recompute
from registry.domain.recurrence import IndicatorKind, Light
from registry.settings import load_workspace

_DAYS, _WATCHED = 21, 3


def test_weeks_of_the_demonstration_come_out_the_same_to_the_byte(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    workspace = load_workspace(tmp_path)
    lights: set[Light] = set()
    for day in replay_days()[:_DAYS]:
        deliver_day(tmp_path, day)
        run_triage(tmp_path, as_of=scheduled_instant(day, workspace.settings.timezone))
        if day in replay_days()[_DAYS - _WATCHED : _DAYS]:
            lights |= _lights(tmp_path, scheduled_instant(day, workspace.settings.timezone, RECURRENCE_AT))
    assert Light.GREEN in lights, "an indicator that is read from counts had something to look at"
    moved = tmp_path / "elsewhere"
    workspace.archive_dir.rename(moved)
    found = recompute(moved)
    judged = _DAYS + _WATCHED * len(SYSTEMS)
    assert (found.problems, found.same_count, found.day_count) == ((), judged, judged)


def _lights(root: Path, at: datetime) -> set[Light]:
    read = run_recurrence(root, as_of=at).decision.indicators
    return {one.light for one in read if one.kind is IndicatorKind.OVERRIDE_SPIKE}
