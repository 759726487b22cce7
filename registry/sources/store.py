"""The database of this process in which sources are staged: bounded memory, spilling below the spool, and no way out.

Put what concerns DuckDB itself here. What is staged is ``staging.py``.

 * The engine reads no file, loads no extension and sees no Python variable: a feed's condition sees staged rows and nothing else.
 * A folder of a process that died is removed by the next one: staged rows are customers' data.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from registry.errors import SourceError, SourceUnavailableError

_PREFIX = "staging-"


@dataclass(slots=True)
class Store:
    """One DuckDB database of this process; each thread works on a cursor of its own."""

    connection: Any
    folder: Path
    lock_handle: int
    numbers: count[int] = field(default_factory=count)

    def cursor(self) -> Any:
        return self.connection.cursor()

    def new_name(self) -> str:
        """Return a table name that was not used before."""
        return f"staged_{next(self.numbers)}"


_stores: dict[tuple[int, str, int], Store] = {}
_guard = threading.Lock()


def store_in(spool: Path, memory_mb: int) -> Store:
    """Return this process's store below ``spool``, made on first use."""
    key = (os.getpid(), str(spool), memory_mb)  # the process: a fork inherits connections that it must not use
    with _guard:
        if key not in _stores:
            _stores[key] = _make(spool, memory_mb)
        return _stores[key]


@contextmanager
def store_errors(name: str, memory_mb: int) -> Iterator[None]:
    """Say of the source ``name`` that it does not fit into memory (a finding), or onto the disk (an outage)."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise SourceError(
            f"{name}: expected rows that can be staged in {memory_mb} MB, found that they cannot; "
            "raise limits.duckdb_memory_mb or split the export"
        ) from error
    except duckdb.IOException as error:
        found = str(error).splitlines()[0][:160]
        raise SourceUnavailableError(f"{name}: expected room to stage it, found {found}; free the disk and retry") from error


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def _make(spool: Path, memory_mb: int) -> Store:
    import duckdb

    try:
        spool.mkdir(parents=True, exist_ok=True)
        folder, handle = _claimed_folder(spool)
    except OSError as error:
        raise SourceUnavailableError(f"{spool}: expected a spool that can be written, found {error.strerror}; free or mend it") from error
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(folder / "spill"),
            "python_enable_replacements": "false",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        },
    )
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    store = Store(connection, folder, handle)
    atexit.register(_remove, store, os.getpid())
    return store


def _remove(store: Store, owner: int) -> None:
    if os.getpid() == owner:
        store.connection.close()
        shutil.rmtree(store.folder, ignore_errors=True)
        os.close(store.lock_handle)


def _claimed_folder(spool: Path) -> tuple[Path, int]:
    # One process at a time, or one could sweep a folder that another has made and not locked yet.
    turn = os.open(spool / "staging.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _sweep(spool)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=spool))
        return folder, _locked(folder)
    finally:
        os.close(turn)


def _locked(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def drop_dead(spool: Path) -> None:
    """Remove what processes that died had staged below ``spool``; one that runs keeps its own."""
    turn = os.open(spool / "staging.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _sweep(spool)
    finally:
        os.close(turn)


def _sweep(spool: Path) -> None:
    for folder in spool.glob(_PREFIX + "*"):
        try:
            handle = _locked(folder)
        except OSError:
            continue  # in use, or gone meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
