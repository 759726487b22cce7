"""A day killed at any point and run again: the ledger of an undisturbed run, byte for byte, one package, nothing owed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry.evidence.archive import CHECKPOINTS as ARCHIVE_CHECKPOINTS
from registry.evidence.draft import DRAFT_CHECKPOINTS
from registry.ledger.store import CHECKPOINTS as LEDGER_CHECKPOINTS
from tests.faults.forked_days import FLOW_POINTS, OUTBOX_POINTS, Days, Kill, forked_days
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of
from tests.flows.workspaces import MONDAY, Bank, Complaint, a_bank, an_override, calm_complaints, calm_overrides, moved

TUESDAY = moved(MONDAY, 1)
POINTS = (*FLOW_POINTS, *DRAFT_CHECKPOINTS, *LEDGER_CHECKPOINTS, *ARCHIVE_CHECKPOINTS, *OUTBOX_POINTS)
_KILLED = -int(signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything two runs must agree on."""

    events: list[Any]
    rows: dict[str, list[Any]]
    bundles: list[Any]


@pytest.fixture(scope="module")
def days() -> Iterator[Days]:
    with forked_days() as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(days: Days, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What two days leave behind that nobody disturbs, on SQLite."""
    bank = _a_busy_bank(tmp_path_factory.mktemp("undisturbed"), "")
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    return _whole(bank)


@pytest.fixture
def bank(ledger_url: str, tmp_path: Path) -> Bank:
    """A bank with an empty ledger, once for each backend."""
    return _a_busy_bank(tmp_path / "bank", ledger_url)


def _a_busy_bank(root: Path, ledger_url: str) -> Bank:
    """Two days with bad rows, an issue that opens on the first and takes a signal on the second."""
    bank = a_bank(root, ledger_url=ledger_url) if ledger_url else a_bank(root)
    bank.write_complaints([*calm_complaints(), Complaint(500, moved(MONDAY, -1), consequence="?"), Complaint(501, MONDAY, consequence="?")])
    incidents = [an_override(800 + place, moved(MONDAY, place), kind="locked out", consequence="no access") for place in (-1, 0)]
    bank.write_overrides([*calm_overrides(), *incidents])
    return bank


def _whole(bank: Bank) -> Whole:
    assert_sound(bank)
    found = Whole(events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank))
    bank.ledger.close()
    return found


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again_gives_the_ledger_of_an_undisturbed_run(bank: Bank, days: Days, undisturbed: Whole, point: str) -> None:
    assert days.run(bank.root, [MONDAY, TUESDAY], Kill(point)) == [_KILLED]
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    assert _whole(bank) == undisturbed
