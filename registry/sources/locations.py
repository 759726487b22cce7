"""Where a source's files are: paths and globs resolved below the allowed roots, and what identifies a file's content.

Put rules about which files may be read here. Reading them is ``opening.py`` and the readers.

 * Only files: no URL, folder, pipe or device.
 * A file is where it is after links are followed, and that place must be below an allowed root.
 * Files of a glob are read in the order of their names.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from registry.errors import SourceError, SourceUnavailableError

KINDS = {".csv": "csv", ".csv.gz": "csv", ".jsonl": "jsonl", ".jsonl.gz": "jsonl", ".parquet": "parquet"}

_OUTAGES = {
    errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENOTCONN,
    errno.ECONNRESET, errno.ECONNABORTED, errno.EREMOTEIO,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Two equal identities mean unchanged content: any rewrite moves at least the change time."""

    path: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may be read: ``name`` is how the workspace knows it, ``path`` where it is after following links."""

    name: str
    path: Path
    kind: str
    is_gzipped: bool
    identity: FileIdentity


def find_files(path: str, base: Path, roots: tuple[Path, ...]) -> tuple[SourceFile, ...]:
    """Return the files that ``path`` (relative to ``base``; a glob is allowed) names, in order of their names.

    Raises:
        SourceError: none, one outside ``roots``, or something that is not a readable file of a known kind.
        SourceUnavailableError: the storage does not answer.
    """
    _refuse_path(path)
    with file_errors(path):
        names = [path] if os.path.lexists(base / path) or not glob.has_magic(path) else _matches(path, base)
        return tuple(_described(name, base, roots) for name in names)


def find_document(path: str, base: Path, roots: tuple[Path, ...]) -> SourceFile | None:
    """Return the one file, of whatever kind, that ``path`` (relative to ``base``) names; None where there is none.

    Raises:
        SourceError: a path that is none, leads outside of ``roots``, or to something that is not a file.
        SourceUnavailableError: the storage does not answer.
    """
    _refuse_path(path)
    with file_errors(path):
        return _regular(path, base, roots) if os.path.lexists(base / path) else None


@contextmanager
def file_errors(name: str) -> Iterator[None]:
    """Tell a storage outage (retried) from a file that cannot be read (a finding)."""
    try:
        yield
    except OSError as error:
        found = error.strerror or type(error).__name__
        if error.errno in _OUTAGES:
            raise SourceUnavailableError(f"{name}: expected storage that answers, found {found!r}; mend the share and retry") from error
        raise SourceError(f"{name}: expected a readable file, found {found!r}; check source.path and the file's permissions") from error


def identify(path: Path, status: os.stat_result) -> FileIdentity:
    """Return the identity of the file at ``path`` with ``status``."""
    return FileIdentity(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _refuse_path(path: str) -> None:
    if "://" in path:
        raise SourceError(
            f"expected a file path below an allowed root, found a URL ({path.partition('://')[0]}); "
            "fetch the file first, or use a named connection"
        )
    if "\0" in path:
        raise SourceError("expected a file path below an allowed root, found one with a NUL character; correct source.path")


def _matches(pattern: str, base: Path) -> list[str]:
    found = sorted(name for name in glob.glob(pattern, root_dir=base, recursive=True) if not (base / name).is_dir())  # noqa: PTH207 - names relative to base
    if not found:
        raise SourceError(f"{pattern}: expected at least one file, found none; check source.path and that the export ran")
    return found


def _described(name: str, base: Path, roots: tuple[Path, ...]) -> SourceFile:
    file = _regular(name, base, roots)
    suffix = next((ending for ending in sorted(KINDS, key=len, reverse=True) if name.endswith(ending)), None)
    if suffix is None:
        raise SourceError(f"{name}: expected a file ending in {', '.join(KINDS)}, found another kind; convert or rename it")
    return replace(file, kind=KINDS[suffix], is_gzipped=suffix.endswith(".gz"))


def _regular(name: str, base: Path, roots: tuple[Path, ...]) -> SourceFile:
    """Return the file that ``name`` leads to, as it is stored, whatever kind it is of."""
    resolved = (base / name).resolve()
    if not any(resolved.is_relative_to(root.resolve()) for root in roots):
        shown = ", ".join(str(root) for root in roots)
        raise SourceError(
            f"{name}: expected a file below an allowed root ({shown}), found one that leads to {resolved}; "
            "move it, or add its folder to allowed_source_roots"
        )
    if not resolved.exists():
        raise SourceError(f"{name}: expected a file, found none; check source.path and that the export ran")
    status = resolved.stat()
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{name}: expected a regular file, found a folder, pipe or device; correct source.path")
    return SourceFile(name, resolved, "", is_gzipped=False, identity=identify(resolved, status))
