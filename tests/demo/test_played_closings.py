"""The demonstration's cases, lived through as the command does: what people hand in is taken, and what nobody proposed is not signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import flows.clock
from deployments.cli.demo_clock import a_played_clock, set_clock, set_clock_right
from deployments.cli.demo_closings import Closings
from deployments.cli.running import run_triage, scheduled_instant
from deployments.demo.closings import closing_cases
from deployments.demo.generator import deliver_day, write_workspace
from deployments.demo.rows import ZONE
from registry.domain.decision import Verdict
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome
from registry.sealing import KEY_NAME, make_sealing_key
from registry.settings import SIGNERS_FILE, STATE_FOLDER

_DAY, _AUDITED_ON = timedelta(days=1), date(2026, 5, 5)


def test_without_an_issue_nobody_does_anything(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    cases = Closings()
    with a_played_clock():
        cases.live(tmp_path, _AUDITED_ON + 2 * _DAY)
    assert cases.end(tmp_path) == []


def test_the_audit_finding_is_worked_on_and_refused_and_nobody_can_sign_it(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    make_sealing_key(tmp_path / STATE_FOLDER / KEY_NAME, tmp_path / SIGNERS_FILE)
    (case,) = (one for one in closing_cases() if one.story == "refused")
    cases = Closings()
    with a_played_clock():
        deliver_day(tmp_path, _AUDITED_ON)
        set_clock(at := scheduled_instant(_AUDITED_ON, ZONE))
        run_triage(tmp_path, (case.system_id,), at)
        for day in sorted({act.on for act in case.acts} | {date(2026, 5, 13)}):
            deliver_day(tmp_path, day)
            cases.live(tmp_path, day)
        (one,) = cases.end(tmp_path)

    assert (one.state, one.signed_by) == (IssueState.VERIFYING, ())
    assert [refusal.partition(":")[0] for refusal in one.refusals] == ["close"]
    # Nobody ran the triage after the fix here: a window that nobody watches ends no other way.
    assert [outcome for _, outcome in one.outcomes] == [Outcome.WATCHING, *2 * [Outcome.SUSPENDED]]
    assert (one.verdict, "recurrence: window_suspended" in one.lacks) == (Verdict.INCONCLUSIVE, True)
    assert one.checked == (Verdict.PASS, Verdict.PASS)


def test_the_clock_is_moved_for_as_long_as_the_demonstration_lasts_and_runs_are_due_by_it() -> None:
    played = datetime(2026, 5, 5, 10, tzinfo=UTC)
    with a_played_clock():
        set_clock(played)
        assert played <= flows.clock.now() < played + _DAY
        assert played <= flows.clock.scheduled_start() < played + _DAY
    assert abs(flows.clock.now() - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(("days", "stays"), [(-30, False), (30, True)])
def test_the_clock_is_set_right_but_never_back(days: int, stays: bool) -> None:
    at = datetime.now(UTC) + days * _DAY
    with a_played_clock():
        set_clock(at)
        set_clock_right()
        assert (flows.clock.now() >= at + _DAY) is not stays
        assert flows.clock.now() >= at
