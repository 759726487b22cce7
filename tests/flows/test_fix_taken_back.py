"""A fix that is taken back after its issue was closed: who hears of it, when the issue comes back, and that the archive agrees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome, Purpose
from registry.evidence.packages import list_packages
from reports.window_day_text import recurrence_day_text
from tests.cli.calling import call
from tests.fixed_bank import FIRST, FIX_ON, WINDOW_FROM, FixedBank, at, bank, fixed
from tests.flows.ledger_bytes import assert_sound, events_of
from tests.replay.forging import forged

__all__ = ["bank", "fixed"]

DAY = timedelta(days=1)
CLEAN_ON = FIX_ON + 7 * DAY
BACK_ON = CLEAN_ON + 2 * DAY
"""From noon of this day the old version serves again; the issue was closed two days before."""


def taken_back(bank: FixedBank, *returns: tuple[date, date]) -> FixedBank:
    """Return the bank on the evening of ``BACK_ON``, with reports of decisions: decided, reported."""
    bank.complain(*returns)
    bank.ledger.append([bank.serves("v1", at(FIRST, 12))])
    bank.run(WINDOW_FROM, CLEAN_ON)
    bank.close(CLEAN_ON)
    bank.run(CLEAN_ON + DAY, BACK_ON)
    bank.ledger.append([bank.serves("v1", at(BACK_ON, 12))])
    return bank


def test_before_anybody_complains_every_day_says_that_the_fix_does_not_serve(bank: FixedBank) -> None:
    results = taken_back(bank).run(BACK_ON + DAY, BACK_ON + 2 * DAY)
    for result in results:
        (window,) = result.decision.windows
        assert (window.purpose, window.outcome, window.verdict) == (Purpose.EFFECTIVENESS, Outcome.NOT_OPEN, Verdict.INCONCLUSIVE)
        assert result.decision.verdict is Verdict.INCONCLUSIVE
        told = recurrence_day_text(result.decision)
        assert "the issue is closed, and its fix does not serve all traffic: model v2: since" in told
        assert "an older version serves again: v1 with 100 %" in told
    assert bank.issue.state is IssueState.CLOSED
    bank.ledger.append([bank.serves("v2", at(BACK_ON + 2 * DAY, 12))])
    (forward,) = bank.run(BACK_ON + 3 * DAY, BACK_ON + 3 * DAY)
    assert forward.decision.windows == ()
    assert_sound(bank)


def test_a_problem_that_comes_back_with_the_old_version_reopens_the_closed_issue(bank: FixedBank) -> None:
    taken_back(bank, (BACK_ON, BACK_ON + DAY), (FIX_ON - 3 * DAY, BACK_ON + DAY))
    (result,) = bank.run(BACK_ON + 2 * DAY, BACK_ON + 2 * DAY)
    (window,) = result.decision.windows
    assert (window.outcome, window.verdict) == (Outcome.RECURRED, Verdict.FAIL)
    assert [(one.signal_id, one.reason_code) for one in window.occurrences] == [("R-0", "fix_taken_back")]
    assert [one.signal_id for one in window.late] == ["R-1"]
    (back,) = bank.events(EventKind.ISSUE_REOPENED)
    assert back["data"]["through"] == ["fix_taken_back"]
    assert "1 signal about decisions made while the fix was taken back, model v2 since" in back["data"]["reason"]
    assert (bank.issue.state, bank.issue.occurrence) == (IssueState.RCA_IN_PROGRESS, 2)
    assert bank.run(BACK_ON + 3 * DAY, BACK_ON + 3 * DAY)[0].decision.windows == ()
    assert_sound(bank)


def test_a_late_report_about_a_decision_of_before_brings_nothing_back(bank: FixedBank) -> None:
    """It was made before the fix; and one by the old version, when the fix served, is nobody's work of taking it back."""
    taken_back(bank, (FIX_ON - 3 * DAY, BACK_ON + DAY))
    (result,) = bank.run(BACK_ON + 2 * DAY, BACK_ON + 2 * DAY)
    assert [(one.outcome, len(one.late)) for one in result.decision.windows] == [(Outcome.NOT_OPEN, 1)]
    assert bank.issue.state is IssueState.CLOSED


def test_what_was_decided_meanwhile_counts_after_the_fix_serves_again(bank: FixedBank) -> None:
    taken_back(bank, (BACK_ON + DAY, BACK_ON + 4 * DAY))
    bank.ledger.append([bank.serves("v2", at(BACK_ON + 2 * DAY, 12))])
    results = bank.run(BACK_ON + 3 * DAY, BACK_ON + 5 * DAY)
    assert [[one.outcome for one in result.decision.windows] for result in results] == [[], [], [Outcome.RECURRED]]
    assert bank.issue.occurrence == 2


def test_a_replay_and_a_recomputation_come_to_the_same(capsys: pytest.CaptureFixture[str], bank: FixedBank) -> None:
    taken_back(bank, (BACK_ON + DAY, BACK_ON + 2 * DAY))
    results = bank.run(BACK_ON + DAY, BACK_ON + 3 * DAY)
    before = events_of(bank.ledger)
    words = ("--from", BACK_ON + DAY, "--to", BACK_ON + 3 * DAY, "--flow", "recurrence-monitoring", "--json")
    document = call(capsys, "--workspace", bank.root, "replay", *words).document
    assert [day["verdict"] for day in document["days"]] == [result.decision.verdict.value for result in results]
    assert [result.decision.verdict for result in results] == [Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert events_of(bank.ledger) == before
    problems = recompute(bank.workspace.archive_dir).problems
    assert [one.expected for one in problems] == ["a sealed package"]  # of the closure, which the bank writes without one


def _never_closed(inputs: Any) -> None:
    inputs["closed_at"] = None


def _closed_later(inputs: Any) -> None:
    inputs["closed_at"] = f"{BACK_ON + 2 * DAY}T12:00:00.000000Z"


def _to_close(inputs: Any) -> None:
    inputs["purpose"] = "closure"


@pytest.mark.parametrize("change", [_closed_later, _never_closed, _to_close])
def test_a_window_that_takes_its_issue_for_closed_otherwise_is_found_out(
    bank: FixedBank, tmp_path: Path, change: Callable[[Any], None]
) -> None:
    taken_back(bank, (BACK_ON, BACK_ON + DAY))
    bank.run(BACK_ON + DAY, BACK_ON + DAY)
    archive = bank.workspace.archive_dir
    seal = [one.seal.seq for one in list_packages(archive) if (one.path / "inputs-00001.json").is_file()][-1]
    copy = forged(archive, tmp_path / "forged", {f"{seal:06d}/inputs-00001.json": change})
    problems = [str(problem) for problem in recompute(copy, only=frozenset({seal})).problems]
    assert any("closed_at: the issue closed at" in problem for problem in problems), problems
