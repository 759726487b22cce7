"""The evidence archive at scale: 10,000 files and 1 GB verified by both verifiers, beside ``sha256sum``; and what sealing one run costs.

Put here what is measured of the archive. Run by ``make bench WHAT=archive``; ``--files`` and ``--megabytes`` make it smaller, ``--folder``
lays it on another disk. Everything is on disk before a clock starts and was read once, so that all three read from memory. A sealed run
has 50 files: drafted, then published: linked, hashed, looked through for secrets, signed, and brought to the disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.table import Figure, publish
from registry.domain.events import GENESIS_HASH, Event, EventKind, StoredEvent, chain_hash
from registry.evidence.archive import publish as seal_package
from registry.evidence.draft import discard_draft, draft_package
from registry.evidence.script import shipped_script
from registry.evidence.signers import read_signers, signer_line
from registry.evidence.signing import SshSigner, make_key
from registry.evidence.verify import verify_archive

FILES_EACH = 96
SEALED_RUNS, SEALED_FILES = 25, 50
FIRST_DAY = datetime(2026, 1, 1, 11, tzinfo=UTC)
ROUNDS = 3


def main() -> int:
    """Build, verify, seal, print; return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="where the archive is built (default: the folder for temporary files)")
    arguments = parser.parse_args()
    with _room(arguments.folder) as room:
        figures = _sealing(room / "sealing")
        figures += _verifying(room / "verifying", arguments.files, arguments.megabytes)
    return publish("archive", figures)


def _verifying(room: Path, files: int, megabytes: int) -> list[Figure]:
    archive, signers_file = _archive(room, files, megabytes)
    signers, script = read_signers(signers_file), room / "verify.sh"
    script.write_bytes(shipped_script())
    verify_archive(archive, signers=signers)  # brings every file into memory
    report = verify_archive(archive, signers=signers)
    if report.exit_code != 0 or report.file_count < files:
        sys.exit(f"expected {files} files that verify, found\n" + "\n".join(report.lines()))
    by_sum = _median(lambda: _run(["sh", "-c", 'find . -type f -exec sha256sum {} + > "$0"', str(room / "sums")], archive))
    by_python = _median(lambda: verify_archive(archive, signers=signers))
    by_shell = _median(lambda: _run(["sh", str(script), "--signers", str(signers_file), str(archive)], room))
    name, full = f"{report.file_count:,} files, {report.byte_count / 1e6:,.0f} MB", files >= 10_000 and megabytes >= 1_000
    return [
        _verified(f"{name}: evidence verify", by_python, by_sum, full),
        _verified(f"{name}: verify.sh", by_shell, by_sum, full),
        Figure(f"{name}: peak memory of this process", _peak_mb(), "MB"),
    ]


def _verified(what: str, seconds: float, peer: float, full: bool) -> Figure:
    return Figure(what, seconds, "s", peer, "s sha256sum", "< 60 s, <= 3x", (seconds < 60 and seconds <= 3 * peer) if full else None)


def _sealing(room: Path) -> list[Figure]:
    """Draft and publish runs of 50 files, one after the other, into an archive that grows."""
    signer, archive, spool = _signer(room), room / "archive", room / "spool"
    drafting, publishing = [], []
    events = _ledger(20 * SEALED_RUNS)
    for run in range(SEALED_RUNS):
        content = _files(run, SEALED_FILES, 20_000)
        started = time.perf_counter()
        draft = draft_package(spool, content)
        drafted = time.perf_counter()
        seal_package(archive, draft, events[: 20 * (run + 1)], FIRST_DAY + timedelta(days=run), signer=signer)
        published = time.perf_counter()
        discard_draft(spool, draft.bundle_digest)
        drafting.append(1000 * (drafted - started))
        publishing.append(1000 * (published - drafted))
    both = sorted(one + other for one, other in zip(drafting, publishing, strict=True))
    signing = _median(lambda: signer.sign(b"evidence-seal/v1\n")) * 1000
    name = f"a run of {SEALED_FILES} files, 1 MB, {SEALED_RUNS} times"
    return [
        Figure(f"{name}: sealed, median", median(publishing), "ms", goal="< 150 ms", ok=median(publishing) < 150),
        Figure(f"{name}: sealed, slowest", max(publishing), "ms"),
        Figure(f"{name}: of it the signature", signing, "ms"),
        Figure(f"{name}: drafted before, median", median(drafting), "ms"),
        Figure(f"{name}: drafted and sealed, median", median(both), "ms"),
        Figure("the disk: write and fsync of one small file, median", _fsync_ms(room), "ms"),
    ]


def _archive(room: Path, files: int, megabytes: int) -> tuple[Path, Path]:
    """Publish packages until there are ``files`` files of evidence (seal files among them) with ``megabytes`` of content."""
    signer, archive = _signer(room), room / "archive"
    packages = files // (FILES_EACH + 4) + 1
    events = _ledger(packages * 20)
    for number in range(packages):
        draft = draft_package(room / "spool", _files(number, FILES_EACH, megabytes * 1_000_000 // (packages * FILES_EACH)))
        seal_package(archive, draft, events[: 20 * (number + 1)], FIRST_DAY + timedelta(days=number), signer=signer)
        discard_draft(room / "spool", draft.bundle_digest)
    return archive, room / "allowed_signers"


def _signer(room: Path) -> SshSigner:
    room.mkdir(parents=True)
    line = make_key(room / "sealing_key", "bench")
    (room / "allowed_signers").write_text(signer_line(line, "bench"))
    return SshSigner(room / "sealing_key")


def _files(seed: int, count: int, size: int) -> dict[str, bytes | Path]:
    """Return files of lines as packages hold them, no two alike."""
    chance = Random(seed)
    lines = [b'{"amount": "%d", "channel": "web", "text": "request %d was refused"}\n' % (chance.randrange(10**6), n) for n in range(400)]
    text = b"".join(lines)
    return {f"part-{number:03d}.jsonl": (b'{"part": %d}\n' % number + text * (size // len(text) + 1))[:size] for number in range(count)}


def _ledger(count: int) -> list[StoredEvent]:
    events: list[StoredEvent] = []
    for seq in range(1, count + 1):
        previous = events[-1].hash if events else GENESIS_HASH
        event = Event(EventKind.FEED_JUDGED, "bench", f"feed-{seq}", FIRST_DAY, date(2026, 1, 1), {"n": seq, "text": "x" * 400})
        body = event.canonical_body()
        events.append(StoredEvent(seq, previous, body, chain_hash(previous, body), event.key, FIRST_DAY))
    return events


def _fsync_ms(room: Path) -> float:
    def write() -> None:
        with (room / "probe").open("wb") as stream:
            stream.write(b"x")
            stream.flush()
            os.fsync(stream.fileno())

    return median(_seconds(write) for _ in range(50)) * 1000


def _run(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{words[1]}: expected to end with 0, found {done.returncode}\n{done.stdout}{done.stderr}")


def _median(deed: Callable[[], object]) -> float:
    return median(_seconds(deed) for _ in range(ROUNDS))


def _seconds(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@contextmanager
def _room(folder: Path | None) -> Iterator[Path]:
    room = Path(tempfile.mkdtemp(prefix="proofloop-bench-", dir=folder))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
