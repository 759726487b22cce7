"""Files that survive a power cut, and files read without being fooled by links.

Put the file operations of the archive and the spool here. What the files mean belongs to their own modules.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.errors import EvidenceError, EvidenceUnavailableError

CHUNK_BYTES = 1 << 20

_CANNOT_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP})

Checkpoint = Callable[[str], None]
"""Called with the name of each point that a crash may hit; tests kill the process there."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file by content."""

    name: str
    digest: str
    size_bytes: int


def no_checkpoint(_point: str) -> None:
    """Go on: the default between two steps."""


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an operating-system error into one that says the storage is out of reach (safe to retry)."""
    try:
        yield
    except OSError as error:
        found = f"{error.strerror or error} ({error.filename or 'no file named'})"
        raise EvidenceUnavailableError(
            f"{what}: expected readable and writable storage, found {found}; free or mend it and retry"
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one process at a time; the lock ends with its process, however that ends."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a regular file.

    Raises:
        EvidenceError: the path is a link, folder, pipe or device.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise EvidenceError(f"{path.name}: expected a regular file, found {kind_of(path)}")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0) as handle:
        while chunk := handle.read(CHUNK_BYTES):
            yield chunk


def refer(path: Path, watch: Callable[[bytes], object] = len) -> FileRef:
    """Return name, digest and size of the file at ``path``; ``watch`` sees each piece of it on the way."""
    hasher, size = hashlib.sha256(), 0
    for chunk in read_chunks(path):
        hasher.update(chunk)
        watch(chunk)
        size += len(chunk)
    return FileRef(path.name, "sha256:" + hasher.hexdigest(), size)


def write_durably(path: Path, chunks: Iterable[bytes]) -> FileRef:
    """Write a new file and bring it to the disk; its folder is the caller's to sync."""
    hasher, size = hashlib.sha256(), 0
    with path.open("xb", buffering=0) as handle:
        for chunk in chunks:
            hasher.update(chunk)
            size += _write_all(handle.fileno(), chunk)
        os.fsync(handle.fileno())
    return FileRef(path.name, "sha256:" + hasher.hexdigest(), size)


def publish_file(target: Path, content: bytes, workroom: Path, written: Callable[[], None]) -> None:
    """Put a small file in place whole or not at all: temp, fsync, rename, fsync folder."""
    temp = workroom / target.name
    temp.unlink(missing_ok=True)
    write_durably(temp, [content])
    written()
    temp.rename(target)
    sync_folder(target.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a durable file a second name, or copy it durably where the storage cannot link.

    A file of another account is always copied: its owner could still write to what has two names.
    """
    try:
        if source.lstat().st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "the file of another account", str(source))
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        write_durably(target, read_chunks(source))


def sync_folder(path: Path) -> None:
    """Bring a folder's entries to the disk, so that a rename survives a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_tree(path: Path) -> None:
    """Remove a folder if it is there; another process may be removing it too."""
    if path.exists():
        shutil.rmtree(path, onerror=_unless_gone)


def _unless_gone(_remove: Any, _path: str, failure: Any) -> None:
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]


def kind_of(path: Path) -> str:
    """Return in one word what lies at ``path``; links are not followed."""
    mode = path.lstat().st_mode
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"))
    return next((kind for test, kind in kinds if test(mode)), "special file")


def _write_all(handle: int, chunk: bytes) -> int:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]
    return len(chunk)
