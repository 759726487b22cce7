"""The retraining triggers over the demonstration's logs, as the command runs them: what they ask for, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.cli.running import run_triggers, scheduled_instant
from deployments.cli.session import TRIGGERS_AT
from deployments.demo.generator import deliver_day, write_workspace
from deployments.demo.rows import ZONE
from deployments.demo.story import SEED, WATCHED_ON
from registry.domain.decision import Verdict
from registry.domain.triggers import TriggerDecision


@pytest.mark.parametrize("seed", [SEED, 5])
def test_any_seed_asks_to_investigate_then_to_retrain_and_nothing_of_the_quiet_system(seed: int, tmp_path: Path) -> None:
    write_workspace(tmp_path, seed)
    windows: list[TriggerDecision] = []
    for day in WATCHED_ON:
        deliver_day(tmp_path, day, seed)
        windows += run_triggers(tmp_path, as_of=scheduled_instant(day, ZONE, TRIGGERS_AT)).decisions
    asked = [(one.system, one.window.start_on.month, request.action) for one in windows for request in one.requests]
    assert asked == [("credit_model", 3, "investigate"), ("credit_model", 4, "retrain")]
    assert {one.verdict for one in windows if one.system == "complaint_router"} == {Verdict.PASS}
    opened = {(one.system, condition) for one in windows for condition in one.opened}
    assert {("credit_model", "drift|channel"), ("fraud_filter", "data_quality|entry_mode|unseen_level")} <= opened
    assert {("credit_model", "performance|calibration|channel=broker")} <= opened
