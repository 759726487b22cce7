"""``verify.sh``: the script by which an archive is verified with nothing but a shell.

Put here how it gets into archives and exports. It is no evidence: who could alter the archive could alter it too.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from registry.evidence.files import kind_of, publish_file, read_chunks
from registry.evidence.names import SCRIPT_FILE


def shipped_script() -> bytes:
    """Return the script that this program ships."""
    return files("registry.evidence").joinpath(SCRIPT_FILE).read_bytes()


def has_other_script(archive: Path) -> bool:
    """Return whether a script lies in ``archive`` that is not the one this program ships."""
    path = archive / SCRIPT_FILE
    return path.is_file() and kind_of(path) == "file" and b"".join(read_chunks(path)) != shipped_script()


def put_script(archive: Path, workroom: Path) -> None:
    """Put the script into ``archive``, in place of another version's."""
    path = archive / SCRIPT_FILE
    if not path.exists() or has_other_script(archive):
        publish_file(path, shipped_script(), workroom, lambda: None)
