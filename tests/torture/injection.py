"""System calls of the publishing process that fail, one after the other: a fork waits until ``strace`` watches it, then publishes.

Put here how a run is started, watched and judged; which calls and errors are tried is ``faults.py``. The process that forks opens nothing
that lives on in the fork: each database connection is closed before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from registry.domain.decision import Verdict
from registry.errors import ProofloopError
from registry.evidence.verify import verify_archive
from registry.sealing import known_signers
from tests.faults.busy_days import Whole, a_busy_bank, whole_of
from tests.faults.forked_days import Days, Kill
from tests.flows.workspaces import MONDAY, Bank, moved

NAMED, OTHER = 10, 11
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``when``-th ``call`` of each process fails with ``error``, or is the last thing that the process does (``SIGKILL``)."""

    call: str
    error: str
    when: int

    @property
    def expression(self) -> str:
        deed = f"signal={self.error}" if self.error.startswith("SIG") else f"error={self.error}"
        return f"{self.call}:{deed}:when={self.when}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a publishing process ended, and how many calls were made to fail on the way."""

    code: int
    hits: int


def has_strace() -> bool:
    return shutil.which("strace") is not None


def a_bank_that_owes_a_package(root: Path, ledger_url: str, days: Days) -> Bank:
    """Return a bank with one sealed day and a second one whose package is promised: its process was killed before it sealed anything."""
    bank = a_busy_bank(root, ledger_url)
    assert days.run(root, [MONDAY]) == [0]
    assert days.run(root, [moved(MONDAY, 1)], Kill("locked")) == [-9]
    assert len(bank.ledger.pending_outbox()) == 1
    bank.ledger.close()
    return bank


def publish(root: Path) -> None:
    """Seal what the bank below ``root`` owes, as its flows do."""
    from registry.ledger.store import open_ledger
    from tasks.evidence import seal_promised

    workspace = Bank(root).workspace
    ledger = open_ledger(workspace.ledger_url(), _now, create=True, patience_seconds=2)
    try:
        seal_promised(workspace, ledger, _now)
    finally:
        ledger.close()


def published(root: Path, fault: Fault | None = None) -> Ended:
    """Publish in a fork, under ``fault`` if there is one."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        os._exit(_waiting(root, ready))
    os.close(ready)
    log = root.with_name(f"{root.name}.strace")
    watch = _watched(child, log, fault) if fault else None
    os.write(go, b"!")
    os.close(go)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if watch is None:
        return Ended(code, 0)
    watch.wait(_SECONDS)
    return Ended(code, log.read_text(errors="replace").count("(INJECTED"))


def state_after(root: Path) -> Whole:
    """Check that nothing is owed, lost or torn, and return what two runs must agree on."""
    return whole_of(Bank(root))


def is_altered(root: Path) -> bool:
    """Whether an archive that a failed run left would be taken for a forged one."""
    workspace = Bank(root).workspace
    return verify_archive(workspace.archive_dir, signers=known_signers(workspace)).verdict is Verdict.FAIL


def _waiting(root: Path, ready: int) -> int:
    """Publish once told to; every error is an exit code, those that a person can act on another than the rest."""
    signal_received = os.read(ready, 1)
    try:
        if signal_received:
            publish(root)
    except ProofloopError:
        return NAMED
    except BaseException:  # noqa: BLE001 - a fork never returns into its parent
        traceback.print_exc()
        sys.stderr.flush()
        return OTHER
    return 0


def _watched(child: int, log: Path, fault: Fault) -> subprocess.Popen[str]:
    words = ["-e", f"trace={fault.call}", "-e", f"inject={fault.expression}"]
    watch = subprocess.Popen(["strace", "-f", "-o", str(log), *words, "-p", str(child)], stderr=subprocess.PIPE, text=True)
    assert watch.stderr
    said = watch.stderr.readline()
    if "attached" not in said:
        os.kill(child, 9)
        raise RuntimeError(f"strace: expected to watch process {child}, found {said.strip()!r}; let it trace (CAP_SYS_PTRACE)")
    return watch


def _now() -> datetime:
    return datetime.now(UTC)
