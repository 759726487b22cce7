"""Eight processes that do the same day at once leave one day, byte for byte."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from registry.ledger.store import open_ledger
from registry.ledger.verification import verify_ledger
from tests.builders import SYSTEM, TODAY
from tests.ledger.writer import SIGNALS, finish, outcome_of, start
from tests.ledger_writes import FLOW, ISSUE_ID, a_clock
from tests.ledgers import contents_but_owner


def test_eight_processes_at_once_leave_one_day(ledger_url: str, lone_rows: dict[str, Any], spool: Path):
    owners = [f"run-{number}" for number in range(8)]
    processes = [start(ledger_url, spool, owner) for owner in owners]
    assert [finish(process) for process in processes] == [0] * 8
    outcomes = [outcome_of(spool, owner) for owner in owners]
    assert Counter(outcome["repeated"] for outcome in outcomes)[False] == 1
    assert {outcome["claim"] for outcome in outcomes} <= {"claimed", "held", "done"}
    ledger = open_ledger(ledger_url, a_clock)
    assert verify_ledger(ledger) == ()
    assert len(ledger.read_issue_signals(ISSUE_ID)) == SIGNALS
    assert ledger.read_result(FLOW, SYSTEM, TODAY) is not None
    assert contents_but_owner(ledger) == lone_rows
    ledger.close()
