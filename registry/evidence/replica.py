"""Copies of the archive: what is sealed and not yet in a store is put there, once, in the order it was published.

Put here what is copied and what is compared. How a store is reached is ``stores.py``; bringing a copy back is ``replica_reading.py``.

The rules:
 * Only sealed packages are copied: data files, then manifest, signature, seal, and a time token when it has come. So a copy that was cut
   ends in a package without its seal, which no verifier takes for evidence.
 * A file that is not as its manifest says is not copied, and is a FAIL. So is an object that holds other bytes: it is never overwritten.
 * What was put is read back and compared, and must be listed afterwards. Older objects are compared by size, or read with ``read_all``.
 * How far a copy was confirmed is noted in ``.publish/copies``. That is no evidence: without it every object is read again.
 * An object that was confirmed and is gone is a FAIL and is put again; when all are gone nothing is written, because the store may be
   another one (a share that is not mounted).
 * A copy that was cut, killed or out of reach is gone on with by the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from registry.archive_copies import CopyTarget
from registry.domain.decision import Verdict
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.files import Checkpoint, locked, no_checkpoint, refer, storage_errors
from registry.evidence.names import WORKROOM
from registry.evidence.packages import read_seal, sealed_numbers
from registry.evidence.replica_objects import GUIDES, LATE_SUFFIX, Wanted, removed_files, wanted_objects
from registry.evidence.replica_progress import Progress, note_progress, read_progress
from registry.evidence.report import Problem
from registry.evidence.stores import NOT_REFUSED, NOT_TRIED, Store, is_evidence, open_store

COPY_CHECKPOINTS = ("locked", "listed", "tried", "object_put", "object_read_back", "noted", "listed_again")
"""The named points of ``copy_archive`` that a crash may hit, in order; those of objects and packages once for each."""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What one copy holds after a run: ``confirmed_to`` of ``sealed_to`` packages, and everything that is not as it must be."""

    name: str
    shown: str
    sealed_to: int
    confirmed_to: int = 0
    object_count: int = 0
    put_count: int = 0
    put_bytes: int = 0
    write_once: str = NOT_TRIED
    problems: tuple[Problem, ...] = ()
    outage: str = ""
    refused: str = ""

    @property
    def verdict(self) -> Verdict:
        """FAIL for what was altered or is gone; INCONCLUSIVE for a copy that could not be finished; PASS when all is there."""
        if any(problem.verdict is Verdict.FAIL for problem in self.problems):
            return Verdict.FAIL
        whole = self.sealed_to and self.confirmed_to == self.sealed_to and not (self.problems or self.outage or self.refused)
        return Verdict.PASS if whole else Verdict.INCONCLUSIVE


@dataclass(slots=True)
class _Run:
    """One run over one copy; counts and problems are collected as it goes."""

    archive: Path
    store: Store
    checkpoint: Checkpoint
    there: Mapping[str, int] = field(default_factory=dict)
    confirmed: Progress = field(default_factory=Progress)
    put: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def copy_archive(archive: Path, target: CopyTarget, *, read_all: bool = False, checkpoint: Checkpoint = no_checkpoint) -> CopyReport:
    """Bring one copy up to the last seal and return what it holds. ``read_all`` reads every object, not only new ones.

    Safe to repeat, to kill anywhere and to run from several processes. Never raises for what the store does: an outage or a refusal is in
    the report, so that no day's work is lost to a copy.

    Raises:
        ConfigurationError: the store's library is not installed or does not know an option.
        EvidenceUnavailableError: the local archive's storage does not answer.
    """
    run = _Run(archive, open_store(target), checkpoint)
    room = archive / WORKROOM / "copies" / target.name
    outage = refused = ""
    with storage_errors(f"evidence archive {archive}"):
        room.mkdir(parents=True, exist_ok=True)
        with locked(room):
            checkpoint("locked")
            numbers = sealed_numbers(archive)
            try:
                _bring_up(run, room, numbers, read_all)
            except EvidenceUnavailableError as error:
                outage = str(error)
            except EvidenceError as error:
                refused = str(error)
        noted = read_progress(room)
    return CopyReport(
        name=target.name,
        shown=target.shown,
        sealed_to=numbers[-1] if numbers else 0,
        confirmed_to=run.confirmed.seq,
        object_count=len(set(filter(is_evidence, run.there)) | set(run.put)),
        put_count=len(run.put),
        put_bytes=sum(run.put.values()),
        write_once=noted.write_once,
        problems=tuple(run.problems),
        outage=outage,
        refused=refused,
    )


def _bring_up(run: _Run, room: Path, numbers: list[int], read_all: bool) -> None:
    run.confirmed = _still_true(run.archive, read_progress(room), numbers)
    run.there = run.store.listing()
    run.checkpoint("listed")
    if run.confirmed.seq and not any(map(is_evidence, run.there)):
        found = f"none, although {run.confirmed.seq} packages were confirmed; mount or correct it, or remove {room} to begin anew"
        run.problems.append(Problem(run.store.shown, "the objects of this copy", found))
        return
    wanted = list(wanted_objects(run.archive, numbers))
    write_once = run.confirmed.write_once
    if write_once != NOT_REFUSED and any(item.key not in run.there for item in wanted):
        write_once = run.store.try_write_once()  # one that does not refuse is not tried again: each try adds a version to its bucket
    run.checkpoint("tried")
    _bring_guides(run)
    for seq, items in groupby(wanted, key=lambda item: item.seq):
        for item in items:
            _bring(run, item, read_all)
        run.confirmed = _confirmed(run, room, seq, write_once)
    _compare_listing(run, wanted)
    run.checkpoint("listed_again")


def _confirmed(run: _Run, room: Path, seq: int, write_once: str) -> Progress:
    """Note a package once it and all before it are as they must be, and return how far that is."""
    if run.problems or (seq <= run.confirmed.seq and write_once == run.confirmed.write_once):
        return run.confirmed
    last = max(seq, run.confirmed.seq)
    progress = Progress(last, read_seal(run.archive, last).digest, write_once)
    note_progress(room, progress)
    run.checkpoint("noted")
    return progress


def _bring_guides(run: _Run) -> None:
    """What helps a reader and is no evidence is put there once and never compared."""
    for name in GUIDES:
        if name not in run.there and (run.archive / name).is_file():
            run.store.create(name, run.archive / name)


def _still_true(archive: Path, progress: Progress, numbers: list[int]) -> Progress:
    """What was noted counts only for this archive: its seal of that number must be the one that was noted."""
    if progress.seq in numbers and read_seal(archive, progress.seq).digest == progress.head:
        return progress
    return Progress(write_once=progress.write_once)


def _bring(run: _Run, item: Wanted, read_all: bool) -> None:
    is_confirmed = item.seq <= run.confirmed.seq and not read_all
    if is_confirmed and item.key in run.there:
        return _compare_size(run, item)
    if not item.path.is_file() or item.path.is_symlink() or refer(item.path).digest != item.digest:
        run.problems.append(Problem(item.key, f"{item.digest} here, as its manifest says", "another file or none; run evidence verify"))
        return None
    if item.key not in run.there:
        if item.seq <= run.confirmed.seq and not item.key.endswith(LATE_SUFFIX):
            run.problems.append(Problem(item.key, f"the object that was confirmed in copy {run.store.shown}", "none: it was put again"))
        if run.store.create(item.key, item.path):
            run.put[item.key] = item.path.stat().st_size
        run.checkpoint("object_put")
    _compare_content(run, item)
    run.checkpoint("object_read_back")
    return None


def _compare_size(run: _Run, item: Wanted) -> None:
    size = item.path.stat().st_size if item.path.exists() else None
    if size is not None and size != run.there[item.key]:
        run.problems.append(Problem(item.key, f"{size} bytes in copy {run.store.shown}", f"{run.there[item.key]} bytes: not overwritten"))


def _compare_content(run: _Run, item: Wanted) -> None:
    if run.there.get(item.key, 0) < 0:
        run.problems.append(Problem(item.key, f"an object in copy {run.store.shown}", "a link or something else: not overwritten"))
        return
    found = run.store.refer(item.key).digest
    if found != item.digest:
        run.problems.append(Problem(item.key, f"{item.digest} in copy {run.store.shown}", f"{found}: not overwritten"))


def _compare_listing(run: _Run, wanted: list[Wanted]) -> None:
    """List after writing, and name what lies there and does not belong there."""
    listed = run.store.listing() if run.put else run.there
    for key in sorted(run.put.keys() - listed.keys()):
        run.problems.append(Problem(key, f"a listing of {run.store.shown} with it", "none although it was written", Verdict.INCONCLUSIVE))
    known = {item.key for item in wanted}
    for key in sorted(key for key in listed if is_evidence(key) and key not in known and key not in GUIDES):
        run.problems.append(_not_ours(run, key))


def _not_ours(run: _Run, key: str) -> Problem:
    if key in removed_files(run.archive, sealed_numbers(run.archive)):
        found = "an object that was removed here under retention; remove it there too, once its lock allows"
        return Problem(key, f"no such object in copy {run.store.shown}", found, Verdict.INCONCLUSIVE)
    return Problem(key, f"only objects of this archive in copy {run.store.shown}", "an added object")
