"""The same day however it is run: again, by eight processes at once, over rows in another order."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from registry.domain.events import EventKind
from tests.faults.busy_days import TUESDAY, Whole, whole_of
from tests.faults.forked_days import Days
from tests.flows.ledger_bytes import bundles_of, events_of, rows_of
from tests.flows.workspaces import MONDAY, Bank, a_bank, calm_complaints, calm_overrides, moved

_ROW_ORDER = {"decision_digest", "bundle_digest"}
"""What a decision cites: it names each file by the digest of its bytes, and files in another order are other files."""


def test_run_twice_it_gives_the_same_ledger(bank: Bank, days: Days, undisturbed: Whole) -> None:
    for _ in range(2):
        assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    assert whole_of(bank) == undisturbed


def test_run_by_eight_processes_at_once_it_gives_the_same_ledger(bank: Bank, days: Days, undisturbed: Whole) -> None:
    assert days.run(bank.root, [MONDAY, TUESDAY], at_once=8) == [0] * 8
    assert whole_of(bank) == undisturbed


def test_days_run_in_the_order_they_come_give_one_package_each(bank: Bank, days: Days) -> None:
    assert days.run(bank.root, [moved(MONDAY, place) for place in range(3)], at_once=2) == [0, 0]
    assert [number for number, _, _ in bundles_of(bank)] == [1, 2, 3]


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_in_another_order_give_the_same_signals_issues_and_events(bank: Bank, days: Days, seed: int) -> None:
    # without bad rows: those are told by their place in the file
    chance = random.Random(seed)
    rows, overrides = calm_complaints(), calm_overrides()
    repeats = [rows[3], rows[3], rows[7]]
    bank.write_complaints([*rows, *repeats])
    bank.write_overrides(overrides)
    assert days.run(bank.root, [MONDAY]) == [0]
    straight = _told(bank)
    shuffled = a_bank(bank.root.with_name("shuffled"))
    shuffled.write_complaints(chance.sample([*rows, *repeats], len(rows) + len(repeats)))
    shuffled.write_overrides(chance.sample(overrides, len(overrides)))
    assert days.run(shuffled.root, [MONDAY]) == [0]
    assert _told(shuffled) == straight


def _told(bank: Bank) -> Any:
    """Return events and rows without the digests of files in one order or another, and without what follows from those."""
    bodies = [json.loads(body) for _, _, body, _, _ in events_of(bank.ledger)]
    for body in bodies:
        if body["kind"] == EventKind.TRIAGE_DECIDED:
            body["data"] = {name: value for name, value in body["data"].items() if name not in _ROW_ORDER}
    rows = rows_of(bank.ledger)
    bank.ledger.close()
    return bodies, {name: rows[name] for name in ("signal", "signal_count", "issue", "issue_signal", "feed_day", "quarantine", "narrative")}
