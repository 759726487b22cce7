"""Every write, sync, rename, link and open of the publishing process fails in turn, on both databases, until a run passes untouched.

Put the calls, the errors and the counting here; how one run is made to fail is ``injection.py``. Run by ``make torture WHAT=faults``.

After each failure the process is run again, undisturbed: it must publish, and leave what a run leaves that nothing ever happened to:
nothing lost, nothing twice, nothing torn. The points at which ``tests/faults`` kills the flow are passed here too, the first, second and
third time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.busy_days import Whole, a_busy_bank, whole_of
from tests.faults.forked_days import OUTBOX_POINTS, Days, Kill, forked_days
from tests.flows.workspaces import MONDAY, moved
from tests.postgres import a_database, started_server
from tests.torture.injection import NAMED, Ended, Fault, a_bank_that_owes_a_package, has_strace, is_altered, published, state_after

BUILD = Path("build/torture")
CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "link", "linkat", "unlink", "unlinkat", "mkdir", "rmdir", "ftruncate", "openat",
    "sendto",
)  # fmt: skip
ERRORS = ("EIO", "ENOSPC", "SIGKILL")
BACKENDS = ("sqlite", "postgresql")
NOT_OF_A_SOCKET = ("EIO", "ENOSPC")
"""Errors of disks: for a socket that is well they are none, and libpq would wait for the answer to what was never sent."""
MAX_RUNS = 2000

Copied = Callable[[ExitStack], Path]
"""Returns a copy of the bank that owes a package, which lives as long as the stack."""


@dataclass(slots=True)
class Row:
    """What became of one call, failing in one way at every place where it is made."""

    backend: str
    call: str
    error: str
    runs: int = 0
    survived: int = 0
    named: int = 0
    other: int = 0
    killed: int = 0
    torn: int = 0
    first_torn: str = ""

    def count(self, ended: Ended) -> None:
        self.runs += 1
        self.survived += ended.code == 0
        self.named += ended.code == NAMED
        self.other += ended.code not in {0, NAMED, -9}
        self.killed += ended.code == -9


@contextmanager
def a_stage(backend: str, room: Path, days: Days, server: str = "") -> Iterator[Copied]:
    """Yield what copies a bank that owes a package: each copy with a database of its own that goes with it."""
    with ExitStack() as stack:
        url = stack.enter_context(a_database(server)) if server else ""
        owing = a_bank_that_owes_a_package(room / f"{backend}-owing", url, days).root
        numbers = iter(range(1_000_000))

        def copied(life: ExitStack) -> Path:
            root = room / f"{backend}-{next(numbers)}"
            shutil.copytree(owing, root)
            life.callback(shutil.rmtree, root)
            if server:
                own = life.enter_context(a_database(server, url.partition("?")[0].rpartition("/")[2]))
                settings = root / "proofloop.yaml"
                settings.write_text(settings.read_text().replace(url, own))
            return root

        yield copied


def undisturbed(copied: Copied) -> Whole:
    """Return what publishing leaves behind when no call fails; also imports what the forks need."""
    from tests.torture.injection import publish

    with ExitStack() as life:
        root = copied(life)
        publish(root)
        return state_after(root)


def fail_in_turn(row: Row, copied: Copied, expected: Whole) -> Row:
    """Let the first, the second, ... call fail, until a run passes in which none did."""
    for when in range(1, MAX_RUNS):
        fault = Fault(row.call, row.error, when)
        with ExitStack() as life:
            root = copied(life)
            ended = published(root, fault)
            if not ended.hits and ended.code == 0:
                return row
            row.count(ended)
            problem = _problem(root, ended, expected)
        if problem:
            row.torn += 1
            row.first_torn = row.first_torn or f"{fault.expression}: {problem}"
    row.first_torn = row.first_torn or f"expected a run that passes untouched, found none in {MAX_RUNS}"
    row.torn += 1
    return row


def _problem(root: Path, ended: Ended, expected: Whole) -> str:
    """Return what is wrong after a run that failed and one that nothing happened to, or an empty text."""
    if is_altered(root):
        return "the archive that it left does not verify"
    again = published(root)
    if again.code != 0:
        return f"publishing again ended with {again.code}"
    try:
        found = state_after(root)
    except AssertionError as error:
        return f"after publishing again: {error}"
    return "" if found == expected else "after publishing again: not what an undisturbed run leaves"


def kill_in_turn(backend: str, point: str, room: Path, days: Days, expected: Whole, server: str) -> Row:
    """Kill two days of the flow at the first, second and third passing of ``point``, each time on a new bank, and run them again."""
    row, both = Row(backend, point, "killed"), [MONDAY, moved(MONDAY, 1)]
    for hit in (1, 2, 3):
        with ExitStack() as life:
            root = room / f"{backend}-{point}-{hit}"
            bank = a_busy_bank(root, life.enter_context(a_database(server)) if server else "")
            life.callback(shutil.rmtree, root)
            code = days.run(root, both, Kill(point, hit))[0]
            if code == 0:
                break  # not passed so often
            row.count(Ended(code, 1))
            problem = "" if days.run(root, both) == [0] else "run again: it did not end well"
            try:
                problem = problem or ("" if whole_of(bank) == expected else "not what undisturbed days leave")
            except AssertionError as error:
                problem = str(error)
            row.torn += bool(problem)
            row.first_torn = row.first_torn or (problem and f"{point} {hit}: {problem}")
    return row


def main() -> int:
    """Let everything fail, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--calls", nargs="+", choices=CALLS, default=CALLS)
    parser.add_argument("--errors", nargs="+", choices=(*ERRORS, "points"), default=(*ERRORS, "points"))
    arguments = parser.parse_args()
    if not has_strace():
        print("make torture WHAT=faults: expected strace on this machine, found none; install it", file=sys.stderr)
        return 2
    started, rows = time.monotonic(), []
    room = Path(tempfile.mkdtemp(prefix="proofloop-faults-"))
    os.environ["PROOFLOOP_TEST_RUN"] = str(room)
    try:
        with ExitStack() as stack:
            days = stack.enter_context(forked_days())
            for backend in arguments.backends:
                server = stack.enter_context(started_server()) if backend == "postgresql" else ""
                for row in _rows(backend, room, days, server, arguments):
                    rows.append(row)
                    _show(row, is_first=len(rows) == 1)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return _publish(rows, time.monotonic() - started)


def _rows(backend: str, room: Path, days: Days, server: str, arguments: argparse.Namespace) -> Iterator[Row]:
    with a_stage(backend, room, days, server) as copied:
        expected = undisturbed(copied)
        for call in arguments.calls:
            for error in arguments.errors:
                if error != "points" and (call != "sendto" or error not in NOT_OF_A_SOCKET):
                    yield fail_in_turn(Row(backend, call, error), copied, expected)
    if "points" in arguments.errors:
        yield from _kills(backend, room, days, server)


def _kills(backend: str, room: Path, days: Days, server: str) -> Iterator[Row]:
    from registry.evidence.archive import CHECKPOINTS
    from registry.evidence.draft import DRAFT_CHECKPOINTS

    bank = a_busy_bank(room / f"{backend}-whole", "")
    assert days.run(bank.root, [MONDAY, moved(MONDAY, 1)]) == [0]
    expected = whole_of(bank)
    for point in (*DRAFT_CHECKPOINTS, *CHECKPOINTS, *OUTBOX_POINTS):
        yield kill_in_turn(backend, point, room, days, expected, server)


def _show(row: Row, *, is_first: bool) -> None:
    names = ("runs", "survived", "named", "other", "killed", "torn")
    if is_first:
        heads = ("runs", "went on", "named error", "other error", "killed", "torn")
        print(f"{'database':11} {'call or point':20} {'failing':8}" + "".join(f"{head:>12}" for head in heads))
    counts = "".join(f"{getattr(row, name):12}" for name in names)
    print(f"{row.backend:11} {row.call:20} {row.error:8}{counts}", flush=True)


def _publish(rows: list[Row], seconds: float) -> int:
    total = sum(row.runs for row in rows)
    print(f"\n{total} failures, {sum(row.torn for row in rows)} lost, duplicated or torn; {seconds:.0f} s")
    print("went on: the run ended well all the same. torn: run again, it did not leave what an undisturbed run leaves.")
    for row in rows:
        if row.torn:
            print(f"NOT OK: {row.backend}, {row.first_torn}")
            print(f"  again: .venv/bin/python -m tests.torture.faults --backends {row.backend} --calls {row.call} --errors {row.error}")
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "faults.json").write_text(json.dumps({"seconds": seconds, "rows": [asdict(row) for row in rows]}, indent=1))
    return int(not total or any(row.torn for row in rows))


if __name__ == "__main__":
    sys.exit(main())
