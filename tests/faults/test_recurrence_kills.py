"""A run of the recurrence monitoring killed at any point, or made by many at once: one event a window, one package a run, nothing owed."""

from __future__ import annotations

import shutil
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from registry.evidence.archive import CHECKPOINTS as ARCHIVE_CHECKPOINTS
from registry.evidence.draft import DRAFT_CHECKPOINTS
from registry.ledger.store import CHECKPOINTS as LEDGER_CHECKPOINTS
from tests.faults.busy_days import Whole
from tests.faults.forked_days import OUTBOX_POINTS, RECURRENCE_POINTS, Days, Kill
from tests.fixed_bank import FIX_ON, FixedBank, fixed
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of

__all__ = ["fixed"]

DAY = timedelta(days=1)
WATCHED: tuple[date, ...] = (FIX_ON + 3 * DAY, FIX_ON + 4 * DAY)
"""On the first date the window is open and quiet; by the second, something came back."""
_OF_SIGNALS = {"after_signals", "after_projections"}
POINTS = (
    *RECURRENCE_POINTS,
    *DRAFT_CHECKPOINTS,
    *(point for point in LEDGER_CHECKPOINTS if point not in _OF_SIGNALS),
    *ARCHIVE_CHECKPOINTS,
    *OUTBOX_POINTS,
)
_KILLED = -int(signal.SIGKILL)


@pytest.fixture(scope="module")
def triaged(fixed: FixedBank, tmp_path_factory: pytest.TempPathFactory) -> FixedBank:
    """A bank triaged until its problem came back, in which no window was looked at yet; to be copied."""
    found = FixedBank(Path(shutil.copytree(fixed.root, tmp_path_factory.mktemp("triaged") / "bank")))
    found.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    for offset in range(1, 5):
        found.triage(FIX_ON + offset * DAY)
    found.ledger.close()
    return found


@pytest.fixture
def back(triaged: FixedBank, tmp_path: Path) -> FixedBank:
    return FixedBank(Path(shutil.copytree(triaged.root, tmp_path / "bank")))


@pytest.fixture(scope="module")
def whole(days: Days, triaged: FixedBank, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What two runs leave behind that nobody disturbs."""
    quiet = FixedBank(Path(shutil.copytree(triaged.root, tmp_path_factory.mktemp("whole") / "bank")))
    assert days.run(quiet.root, WATCHED, flow="recurrence") == [0]
    return whole_of(quiet)


def whole_of(bank: FixedBank) -> Whole:
    assert_sound(bank)
    found = Whole(events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank))
    bank.ledger.close()
    return found


def test_undisturbed_it_brings_the_issue_back(back: FixedBank, days: Days) -> None:
    assert days.run(back.root, WATCHED, flow="recurrence") == [0]
    kinds = [event["kind"] for event in back.events()][-6:]
    assert kinds == [
        *(EventKind.ISSUE_MOVED, EventKind.WINDOW_JUDGED, EventKind.INDICATORS_READ),
        *(EventKind.WINDOW_JUDGED, EventKind.ISSUE_REOPENED, EventKind.INDICATORS_READ),
    ]


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again_gives_the_ledger_of_an_undisturbed_run(back: FixedBank, days: Days, whole: Whole, point: str) -> None:
    assert days.run(back.root, WATCHED, Kill(point), flow="recurrence") == [_KILLED]
    assert days.run(back.root, WATCHED, flow="recurrence") == [0]
    assert whole_of(back) == whole


def test_run_by_eight_processes_at_once_it_gives_one_event_a_window(back: FixedBank, days: Days, whole: Whole) -> None:
    assert days.run(back.root, WATCHED, at_once=8, flow="recurrence") == [0] * 8
    assert whole_of(back) == whole
