"""A process killed at any point of any write, and run again, leaves what an undisturbed one leaves."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from registry.ledger.store import CHECKPOINTS, open_ledger
from registry.ledger.verification import verify_ledger
from tests.ledger import writer
from tests.ledger.test_races import a_lone_run, contents_but_owner, start
from tests.ledger_writes import ISSUE_ID, a_clock

HITS = {name: (1, 2, 3) if name in ("before_begin", "after_begin", "before_commit", "after_commit") else (1,) for name in CHECKPOINTS}
POINTS = [(name, hit) for name in CHECKPOINTS for hit in HITS[name]]


@pytest.mark.parametrize(("checkpoint", "hit"), POINTS, ids=lambda value: str(value))
def test_a_kill_and_a_rerun_lose_nothing_and_write_nothing_twice(
    ledger_url: str, migrated_sqlite: Path, tmp_path: Path, checkpoint: str, hit: int
):
    killed = start(ledger_url, tmp_path / "spool", "run-1", checkpoint, str(hit))
    assert killed.wait(timeout=120) == -signal.SIGKILL
    ledger = open_ledger(ledger_url, a_clock)
    assert verify_ledger(ledger) == ()
    before = ledger.head().seq
    rerun = start(ledger_url, tmp_path / "spool", "rerun")
    out, err = rerun.communicate(timeout=120)
    assert rerun.returncode == 0, err
    assert json.loads(out)["claim"] == ("done" if (checkpoint, hit) == ("after_commit", 3) else "claimed")
    assert verify_ledger(ledger) == ()
    assert ledger.head().seq == max(before, 6)
    assert ledger.pending_outbox() == ()
    assert len(ledger.read_issue_signals(ISSUE_ID)) == writer.SIGNALS
    assert contents_but_owner(ledger) == contents_but_owner(a_lone_run(migrated_sqlite, tmp_path))
    ledger.close()


def test_every_checkpoint_of_a_write_is_passed_as_often_as_the_kills_assume(migrated_sqlite: Path, tmp_path: Path):
    from tests.ledgers import copied_sqlite

    process = start(copied_sqlite(migrated_sqlite, tmp_path / "one.db"), tmp_path / "spool", "run-1")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out)["checkpoints"] == {name: len(hits) for name, hits in HITS.items()}
