"""Two busy days of the small bank on each backend, and what they leave behind when nobody disturbs them.

Put here what tests of disturbed days compare with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry.evidence.signers import signer_line
from registry.evidence.signing import make_key
from registry.sealing import KEY_NAME
from tests.faults.forked_days import Days, forked_days
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of
from tests.flows.workspaces import MONDAY, Bank, Complaint, a_bank, an_override, calm_complaints, calm_overrides, moved

TUESDAY = moved(MONDAY, 1)


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything two runs must agree on."""

    events: list[Any]
    rows: dict[str, list[Any]]
    bundles: list[Any]


@pytest.fixture(scope="session")
def days() -> Iterator[Days]:
    with forked_days() as running:
        yield running


@pytest.fixture(scope="session")
def undisturbed(days: Days, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What two days leave behind that nobody disturbs, on SQLite."""
    bank = a_busy_bank(tmp_path_factory.mktemp("undisturbed"), "")
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    return whole_of(bank)


@pytest.fixture
def bank(ledger_url: str, tmp_path: Path) -> Bank:
    """A bank with an empty ledger, once for each backend."""
    return a_busy_bank(tmp_path / "bank", ledger_url)


def a_busy_bank(root: Path, ledger_url: str) -> Bank:
    """Two days with bad rows, an issue that opens on the first and takes a signal on the second; every seal is signed."""
    bank = a_bank(root, ledger_url=ledger_url) if ledger_url else a_bank(root)
    line = make_key(bank.workspace.state_dir / KEY_NAME, "bank")
    bank.workspace.allowed_signers_path.write_text(signer_line(line, "bank"), encoding="utf-8")
    bank.write_complaints([*calm_complaints(), Complaint(500, moved(MONDAY, -1), consequence="?"), Complaint(501, MONDAY, consequence="?")])
    incidents = [an_override(800 + place, moved(MONDAY, place), kind="locked out", consequence="no access") for place in (-1, 0)]
    bank.write_overrides([*calm_overrides(), *incidents])
    return bank


def whole_of(bank: Bank) -> Whole:
    assert_sound(bank)
    found = Whole(events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank))
    bank.ledger.close()
    return found
