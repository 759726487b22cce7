"""A process killed at any point of any write, and run again, leaves what an undisturbed one leaves."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from registry.ledger.store import CHECKPOINTS, open_ledger
from registry.ledger.verification import verify_ledger
from tests.ledger.writer import SIGNALS, finish, outcome_of, start
from tests.ledger_writes import ISSUE_ID, a_clock
from tests.ledgers import contents_but_owner, copied_sqlite

_EVERY_WRITE = ("before_begin", "after_begin", "before_commit", "after_commit")
HITS = {name: 3 if name in _EVERY_WRITE else 1 for name in CHECKPOINTS}
POINTS = [(name, hit) for name, hits in HITS.items() for hit in range(1, hits + 1)]


@pytest.mark.parametrize(("checkpoint", "hit"), POINTS, ids=str)
def test_a_kill_and_a_rerun_lose_nothing_and_write_nothing_twice(
    ledger_url: str, lone_rows: dict[str, Any], spool: Path, checkpoint: str, hit: int
):
    assert finish(start(ledger_url, spool, "run-1", checkpoint, hit)) == -signal.SIGKILL
    ledger = open_ledger(ledger_url, a_clock)
    assert verify_ledger(ledger) == ()
    assert finish(start(ledger_url, spool, "rerun")) == 0
    assert outcome_of(spool, "rerun")["claim"] == ("done" if (checkpoint, hit) == ("after_commit", 3) else "claimed")
    assert verify_ledger(ledger) == ()
    assert len(ledger.read_issue_signals(ISSUE_ID)) == SIGNALS
    assert ledger.pending_outbox() == ()
    assert contents_but_owner(ledger) == lone_rows
    ledger.close()


def test_every_checkpoint_of_a_write_is_passed_as_often_as_the_kills_assume(migrated_sqlite: Path, tmp_path: Path, spool: Path):
    assert finish(start(copied_sqlite(migrated_sqlite, tmp_path / "one.db"), spool, "run-1")) == 0
    assert outcome_of(spool, "run-1")["checkpoints"] == HITS
