"""Reading a copy back: into a folder that is verified like any archive, or in place of an archive that was lost.

Put here what brings objects to this machine. Judging them is ``verify.py``; putting them there is ``replica.py``.

 * An object whose key could not be one of an archive is not brought here: its key is a name that somebody else chose. It is a problem.
 * ``verify.sh`` is not brought back: whoever could change the copy could change it. Take it from a source that is trusted.
 * A restored archive lies whole at its place or not at all, and nothing that lies there is ever replaced.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.archive_copies import CopyTarget
from registry.domain.decision import Verdict
from registry.errors import EvidenceError
from registry.evidence.files import remove_tree, storage_errors, sync_folder
from registry.evidence.names import LEDGER_FILE, PACKAGE_NAME, SEAL_NAME, SEALS_FOLDER, name_problem
from registry.evidence.packages import sealed_numbers
from registry.evidence.replica_objects import GUIDES, removed_files
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.stores import Store, is_evidence, open_store


@contextmanager
def fetched_archive(target: CopyTarget) -> Iterator[tuple[Path, tuple[Problem, ...]]]:
    """Yield a temporary folder with everything the copy holds, and what could not be brought there; the folder goes away afterwards.

    Raises:
        EvidenceError: the store refuses.
        EvidenceUnavailableError: the store does not answer, or this machine's disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="proofloop-copy-") as folder:
        archive = Path(folder) / "archive"
        yield archive, _fetch(open_store(target), archive)


def restore_archive(target: CopyTarget, archive: Path, verify: Callable[[Path], VerificationReport]) -> VerificationReport:
    """Bring a copy back as ``archive``, which must not exist, and return what ``verify`` says of it.

    Files that the copy still holds and a later package lists as removed under retention are not brought back. What verifies as FAIL is
    not put in place, nor is what holds no seal (``is_restored``). Safe to repeat after a kill.

    Raises:
        EvidenceError: something lies at ``archive``, or the store refuses.
        EvidenceUnavailableError: the store or this machine's disk does not answer.
    """
    if archive.is_symlink() or (archive.exists() and not _is_empty(archive)):
        raise EvidenceError(f"{archive}: expected nothing where the archive is to be, found something; move it away first")
    staged = archive.parent / f".{archive.name}.restoring"
    with storage_errors(f"restored archive {staged}"):
        remove_tree(staged)
        problems = _fetch(open_store(target), staged)
        _leave_out_removed(staged)
        report = verify(staged).with_problems(problems)
        if is_restored(report):
            _put_in_place(staged, archive)
        elif report.head is None:
            remove_tree(staged)
    return report


def is_restored(report: VerificationReport) -> bool:
    """Return whether a copy of which ``report`` was said is put in place: an empty archive would be taken for the lost one."""
    return report.verdict is not Verdict.FAIL and report.head is not None


def _fetch(store: Store, archive: Path) -> tuple[Problem, ...]:
    archive.mkdir(parents=True)
    problems = []
    for key, size in sorted(store.listing().items()):
        if not is_evidence(key) or key in GUIDES:
            continue
        if size < 0 or not _is_archive_key(key):
            problems.append(Problem(f"{store.shown} {key[:200]!r}", "only objects of an archive", "an added object"))
            continue
        (archive / key).parent.mkdir(exist_ok=True)
        store.fetch(key, archive / key)
    return tuple(problems)


def _is_archive_key(key: str) -> bool:
    folder, _, name = key.partition("/")
    if folder == SEALS_FOLDER:
        return SEAL_NAME.fullmatch(name) is not None
    return PACKAGE_NAME.fullmatch(folder) is not None and (name == LEDGER_FILE or not name_problem(name))


def _leave_out_removed(archive: Path) -> None:
    for path in removed_files(archive, sealed_numbers(archive)):
        folder, _, name = path.partition("/")
        if _is_archive_key(path) and folder != SEALS_FOLDER and name != LEDGER_FILE:
            (archive / path).unlink(missing_ok=True)


def _put_in_place(staged: Path, archive: Path) -> None:
    for folder in (path for path in staged.iterdir() if path.is_dir()):
        sync_folder(folder)
    sync_folder(staged)
    staged.rename(archive)  # an empty folder gives way; one that has been filled since does not
    sync_folder(archive.parent)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
