"""A copy of the archive in a folder: another disk, a network share.

Put here how an object comes into a folder. fsspec's own folder is not used: its upload neither refuses to replace nor reaches the disk.

 * An object is written under another name, brought to the disk, and given its name by a link, which fails where something has it:
   whole or not at all, and exclusive even between machines.
 * Objects are made read-only, so that a slip does not change them; that stops no owner.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from registry.archive_copies import CopyTarget
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence.files import FileRef, kind_of, read_chunks, refer, sync_folder, write_durably
from registry.evidence.names import WORKROOM
from registry.evidence.store_guarantees import KNOWN
from registry.evidence.stores import REFUSED, reached

_CANNOT_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP})


class FolderStore:
    """Objects as read-only files below one folder."""

    def __init__(self, target: CopyTarget) -> None:
        self.shown = target.shown
        self._target = target
        self._root = folder_of(target)

    def listing(self) -> Mapping[str, int]:
        with reached(self._target):
            return {str(path.relative_to(self._root)): _size_of(path) for path in self._files()}

    def create(self, key: str, source: Path) -> bool:
        with reached(self._target):
            path = self._path(key)
            if path.is_symlink() or path.exists():
                return False
            self._make_folder(path.parent)
            temp = self._written(source)
            try:
                _give_name(temp, path)
            except FileExistsError:
                return False
            finally:
                temp.unlink(missing_ok=True)
            sync_folder(path.parent)
            return True

    def refer(self, key: str) -> FileRef:
        with reached(self._target):
            return refer(self._path(key))

    def fetch(self, key: str, target: Path) -> FileRef:
        with reached(self._target):
            return write_durably(target, read_chunks(self._path(key)))

    def try_write_once(self) -> str:
        return REFUSED  # a link never replaces: the operating system says so, nothing needs to be tried

    def protection(self) -> str:
        return KNOWN["file"].lock

    def _files(self) -> list[Path]:
        if not self._root.exists():
            if not self._root.parent.is_dir():
                raise EvidenceError(
                    f"archive copy {self._target.name}: expected the folder {self._root.parent}, found none; mount or make it"
                )
            return []
        return [Path(folder, name) for folder, _, names in os.walk(self._root, onerror=_refuse) for name in names]

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts or not path.is_relative_to(self._root):
            raise EvidenceError(f"archive copy {self._target.name}: expected a key of the archive, found {key!r}")
        return path

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)

    def _written(self, source: Path) -> Path:
        """Return the object under a name that no other process uses, on the disk; a killed one leaves it there, where nobody reads it."""
        workroom = self._root / WORKROOM
        self._make_folder(workroom)
        temp = workroom / f"put-{sha256(socket.gethostname().encode()).hexdigest()[:16]}-{os.getpid()}"
        temp.unlink(missing_ok=True)
        write_durably(temp, read_chunks(source))
        temp.chmod(0o444)
        return temp


def folder_of(target: CopyTarget) -> Path:
    """Return the folder of a ``file://`` URL.

    Raises:
        ConfigurationError: the URL names a host, or a path that is not absolute.
    """
    parts = urlsplit(target.url)
    path = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not path.is_absolute():
        raise ConfigurationError(
            [f"archive copy {target.name}: expected file:/// and an absolute path, found {target.shown}; write three slashes"]
        )
    return path


def _refuse(error: OSError) -> None:
    """A folder that cannot be read must not look empty."""
    raise error


def _size_of(path: Path) -> int:
    """A link has no size that anything could be compared with."""
    return path.lstat().st_size if kind_of(path) == "file" else -1


def _give_name(temp: Path, path: Path) -> None:
    try:
        os.link(temp, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        if path.exists():
            raise FileExistsError(path) from None
        temp.rename(path)
