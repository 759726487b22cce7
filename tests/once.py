"""What is dear to make and only copied afterwards: made once a test session, for every module and every process of it.

Put here how a folder is made once. A fixture that a module imports is one of its own there, whatever its scope, and every xdist worker has
fixtures of its own; so a bank of sixty days would be lived through again by each.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

RUN = Path(os.environ["PROOFLOOP_TEST_RUN"])
"""The folder of the session; ``tests/conftest.py`` makes and removes it."""


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder ``name`` of the session, made by ``make`` in an empty place; processes that ask meanwhile wait for it."""
    folder, made = RUN / name, RUN / f"{name}.made"
    RUN.mkdir(exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
