"""One process that writes the same day as every other one of its test: the subject of races and kills.

Put here what such a process does and how it is started. It claims the day, writes it and leaves what came of it beside its spool; with a
checkpoint it kills itself at that point's n-th passing, as a power cut would.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from registry.domain.lease import ClaimStatus, Lease
from registry.domain.triage_write import TriageWrite
from registry.ledger.store import open_ledger
from tests.builders import NOON, SYSTEM, TODAY, a_quarantined_row, an_event
from tests.ledger_writes import FLOW, HOUR, a_clock, a_link, a_narrative, a_write, opened, some_signals, spooled

SIGNALS = 300


def start(url: str, spool: Path, owner: str, checkpoint: str = "", hit: int = 0) -> BaseProcess:
    """Start a process of its own that writes the day once; processes come from one server that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger.writer"])
    process = context.Process(target=write_the_day, args=(url, spool, owner, checkpoint, hit))
    process.start()
    return process


def finish(process: BaseProcess) -> int | None:
    """Wait for a process and return its exit code."""
    process.join(timeout=120)
    return process.exitcode


def outcome_of(spool: Path, owner: str) -> dict[str, Any]:
    """Return what came of a process: its claim, whether its write was a repeat, and the checkpoints it passed."""
    outcome: dict[str, Any] = json.loads((spool / f"{owner}.json").read_text())
    return outcome


def write_the_day(url: str, spool: Path, owner: str, checkpoint: str, hit: int) -> None:
    """Append two events, claim and write the day, publish it; die at a checkpoint if one is named."""
    passed: Counter[str] = Counter()

    def kill_at(name: str) -> None:
        passed[name] += 1
        if name == checkpoint and passed[name] == hit:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger = open_ledger(url, a_clock, checkpoint=kill_at)
    ledger.append([an_event()])
    ledger.append([an_event(subject="prompt", body={"artifact": "prompt", "version": "3", "source": "recorded"})])
    at = NOON + 2 * HOUR if owner == "rerun" else NOON  # a rerun comes when the killed run's lease has expired
    claim = ledger.claim(FLOW, [SYSTEM], TODAY, owner, at, HOUR)
    repeated = None
    if claim.status is ClaimStatus.CLAIMED:
        write = replace(the_day(claim.leases, spool / owner), known_events=ledger.head().seq)
        repeated = ledger.record_triage(write, spool / owner).repeated
    for row in ledger.pending_outbox():
        ledger.mark_published(row.outbox_id)
    (spool / f"{owner}.json").write_text(json.dumps({"claim": claim.status, "repeated": repeated, "checkpoints": passed}))


def the_day(leases: Sequence[Lease], spool: Path) -> TriageWrite:
    """Return the day's write; the spool is this process's own."""
    first, narrative = a_narrative(some_signals(1)[0])
    delivery = spooled(spool, [first, *some_signals(SIGNALS - 1, start=1)], [narrative])
    return a_write(leases, [delivery], opened(signal_count=SIGNALS), quarantined=(a_quarantined_row(),), links=(a_link(),))
