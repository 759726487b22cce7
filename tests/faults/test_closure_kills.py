"""A run of the closure verification killed at any point, or made by many at once: one proposal, one package each, nothing owed."""

from __future__ import annotations

import shutil
import signal
from datetime import date
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from registry.evidence.archive import CHECKPOINTS as ARCHIVE_CHECKPOINTS
from registry.evidence.draft import DRAFT_CHECKPOINTS
from registry.ledger.store import CHECKPOINTS as LEDGER_CHECKPOINTS
from tests.closed_bank import CLEAN_ON, ClosedBank, settled
from tests.faults.busy_days import Whole
from tests.faults.forked_days import CLOSURE_POINTS, OUTBOX_POINTS, Days, Kill
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of

__all__ = ["settled"]

JUDGED: tuple[date, ...] = (CLEAN_ON,)
"""One date: what is judged of the next names the head of the archive, and so the instant at which this one was sealed."""
_OF_SIGNALS = {"after_signals", "after_projections"}
POINTS = (
    *CLOSURE_POINTS,
    *DRAFT_CHECKPOINTS,
    *(point for point in LEDGER_CHECKPOINTS if point not in _OF_SIGNALS),
    *ARCHIVE_CHECKPOINTS,
    *OUTBOX_POINTS,
)
_KILLED = -int(signal.SIGKILL)


@pytest.fixture
def quiet(settled: ClosedBank, tmp_path: Path) -> ClosedBank:
    return ClosedBank(Path(shutil.copytree(settled.root, tmp_path / "bank")))


@pytest.fixture(scope="module")
def whole(days: Days, settled: ClosedBank, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What a run leaves behind that nobody disturbs."""
    bank = ClosedBank(Path(shutil.copytree(settled.root, tmp_path_factory.mktemp("whole") / "bank")))
    assert days.run(bank.root, JUDGED, flow="closure") == [0]
    return whole_of(bank)


def whole_of(bank: ClosedBank) -> Whole:
    assert_sound(bank)
    found = Whole(events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank))
    bank.ledger.close()
    return found


def test_undisturbed_it_proposes_the_closure_once(quiet: ClosedBank, days: Days) -> None:
    assert days.run(quiet.root, JUDGED, flow="closure") == [0]
    kinds = [event["kind"] for event in quiet.events()][-2:]
    assert kinds == [EventKind.CLOSURE_JUDGED, EventKind.PORTFOLIO_READ]
    assert quiet.issue.closure


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again_gives_the_ledger_of_an_undisturbed_run(quiet: ClosedBank, days: Days, whole: Whole, point: str) -> None:
    assert days.run(quiet.root, JUDGED, Kill(point), flow="closure") == [_KILLED]
    assert days.run(quiet.root, JUDGED, flow="closure") == [0]
    assert whole_of(quiet) == whole


def test_run_by_eight_processes_at_once_it_gives_one_proposal(quiet: ClosedBank, days: Days, whole: Whole) -> None:
    assert days.run(quiet.root, JUDGED, at_once=8, flow="closure") == [0] * 8
    assert whole_of(quiet) == whole
