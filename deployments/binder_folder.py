"""The folder of a binder: where it may lie, and how it is replaced as a whole.

Put here what touches that folder. A folder is replaced only where its first page says that it is a binder; it is never the archive, in
it, or around it, because the archive holds sealed packages and nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from registry.errors import ConfigurationError
from reports.binder_pages import MARK
from reports.binder_places import FOLDER, INDEX


def check_target(target: Path, archive: Path) -> None:
    """Refuse a folder that a binder must not be written to.

    Raises:
        ConfigurationError: the archive, a folder in it or around it, or one that holds anything but a binder.
    """
    lies, kept = target.resolve(), archive.resolve()
    if lies.is_relative_to(kept) or kept.is_relative_to(lies):
        raise ConfigurationError(
            [f"{target}: expected a folder outside the archive {archive}, found one that is in it or around it; name another with --to"]
        )
    if target.exists() and not _may_be_replaced(target):
        raise ConfigurationError(
            [f"{target}: expected no folder, an empty one or an earlier binder, found something else; name another with --to"]
        )


def archive_link(target: Path, archive: Path) -> str:
    """Return the relative link from a binder's pages to the archive."""
    return quote(Path(os.path.relpath(archive.resolve(), target.resolve() / FOLDER)).as_posix())


def write_folder(target: Path, pages: Iterable[tuple[str, bytes]]) -> int:
    """Write the pages beside the target and put the whole in its place; return how many there are.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        (fresh / FOLDER).mkdir(parents=True)
        count = 0
        for count, (path, content) in enumerate(pages, 1):  # noqa: B007 - counted as they are written
            (fresh / path).write_bytes(content)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    except OSError as error:
        raise ConfigurationError(
            [f"{target}: expected a folder that can be written, found {error.strerror}; name another with --to"]
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return count


def _may_be_replaced(target: Path) -> bool:
    if target.is_symlink() or not target.is_dir():
        return False
    names = {path.name for path in target.iterdir()}
    if not names:
        return True
    return names <= {INDEX, FOLDER} and INDEX in names and MARK in (target / INDEX).read_text(encoding="utf-8", errors="replace")
