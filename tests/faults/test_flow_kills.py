"""A day killed at any point and run again: the ledger of an undisturbed run, byte for byte, one package, nothing owed."""

from __future__ import annotations

import signal

import pytest

from registry.evidence.archive import CHECKPOINTS as ARCHIVE_CHECKPOINTS
from registry.evidence.draft import DRAFT_CHECKPOINTS
from registry.ledger.store import CHECKPOINTS as LEDGER_CHECKPOINTS
from tests.faults.busy_days import TUESDAY, Whole, whole_of
from tests.faults.forked_days import FLOW_POINTS, OUTBOX_POINTS, Days, Kill
from tests.flows.workspaces import MONDAY, Bank

POINTS = (*FLOW_POINTS, *DRAFT_CHECKPOINTS, *LEDGER_CHECKPOINTS, *ARCHIVE_CHECKPOINTS, *OUTBOX_POINTS)
_KILLED = -int(signal.SIGKILL)


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again_gives_the_ledger_of_an_undisturbed_run(bank: Bank, days: Days, undisturbed: Whole, point: str) -> None:
    assert days.run(bank.root, [MONDAY, TUESDAY], Kill(point)) == [_KILLED]
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    assert whole_of(bank) == undisturbed


def test_killed_at_every_point_in_turn_it_still_gets_there(bank: Bank, days: Days, undisturbed: Whole) -> None:
    ended = [days.run(bank.root, [MONDAY, TUESDAY], Kill(point)) for point in POINTS]
    assert ended.count([_KILLED]) > len(POINTS) // 2
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    assert whole_of(bank) == undisturbed
