"""What an event cites, read where it lies: in the archive or, until it is sealed, among the drafts.

Put here how a package is read that may be sealed just now. What is written into one is ``draft.py``, what seals it ``archive.py``.

Another run may seal a draft and clear it while it is read. A draft is cleared after its package is in the archive, never before: what was
read counts only where the package is not there yet, and is read from the package otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.draft import load_draft
from registry.evidence.files import storage_errors
from registry.evidence.names import package_name, seal_path
from registry.evidence.packages import find_package, read_seal, sealed_numbers

R = TypeVar("R")


def read_cited(archive: Path, drafts: Path, bundle_digest: str, read: Callable[[Path], R]) -> R:
    """Return what ``read`` makes of the folder that holds the files of ``bundle_digest``; it may be asked twice.

    Raises:
        EvidenceError: there is neither package nor draft, or the draft's files are not those of the digest.
        EvidenceUnavailableError: the storage does not answer.
        Exception: whatever ``read`` raises of what counts.
    """
    package = find_package(archive, bundle_digest)
    if package is None:
        try:
            found = read(load_draft(drafts, bundle_digest).path)
        except (OSError, EvidenceError, EvidenceUnavailableError):
            package = find_package(archive, bundle_digest)
            if package is None:
                raise
        else:
            package = find_package(archive, bundle_digest)
            if package is None:
                return found
    return read(package.path)


def read_each(archive: Path, drafts: Path, bundle_digests: Collection[str], read: Callable[[Path], R | None]) -> dict[str, R]:
    """Return what ``read`` makes of each package by its digest, without those that are not there or of which it makes None.

    The digest of a draft is not checked: ``read`` is for what is checked by itself.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
    """
    found: dict[str, R] = {}
    with storage_errors(f"evidence archive {archive}"):
        for _look in range(2):  # the second finds in the archive what was a draft, and cleared, at the first
            folders = _folders(archive, drafts, set(bundle_digests) - found.keys())
            found |= {digest: content for digest, folder in folders.items() if (content := read(folder)) is not None}
    return found


def _folders(archive: Path, drafts: Path, wanted: set[str]) -> dict[str, Path]:
    """Return where each package lies; the newest seals are looked at first, and no more of them than it takes."""
    found: dict[str, Path] = {}
    for seq in reversed(sealed_numbers(archive)) if wanted else ():
        if found.keys() == wanted:
            return found
        bundle_digest = _bundle_of(archive, seq, seal_path(archive, seq).stat().st_mtime_ns)
        if bundle_digest in wanted:
            found[bundle_digest] = archive / package_name(seq)
    return found | {one: drafts / one.removeprefix("sha256:") for one in wanted - found.keys()}


@lru_cache(maxsize=65_536)
def _bundle_of(archive: Path, seq: int, _written: int) -> str:
    """A replay asks for the same seals on each of its days."""
    return read_seal(archive, seq).bundle_digest
