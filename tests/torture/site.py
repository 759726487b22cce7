"""Where a mutation happens: one copy of the archive, the chance that decides, and the keys somebody may hold.

Put here what several classes of mutations choose from: files, packages, positions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from registry.evidence.names import SCRIPT_FILE, SEALS_FOLDER
from registry.evidence.packages import package_numbers
from tests.torture.forgery import Key, put


@dataclass(frozen=True, slots=True)
class Site:
    """One copy of the archive."""

    folder: Path
    chance: Random
    key: Key
    stranger: Key

    def files(self) -> list[str]:
        """Every file of evidence, sorted; not the script, which is none."""
        paths = (path for path in self.folder.rglob("*") if path.is_file() and path.name != SCRIPT_FILE)
        return sorted(str(path.relative_to(self.folder)) for path in paths)

    def a_file(self) -> str:
        return self.chance.choice(self.files())

    def a_byte_file(self) -> str:
        """A file with at least one byte; now and then the script that lies beside the evidence."""
        filled = [file for file in self.files() if (self.folder / file).stat().st_size]
        return self.chance.choice([*filled, SCRIPT_FILE])

    def a_seal_file(self, suffix: str) -> Path:
        return self.folder / SEALS_FOLDER / f"{self.a_package():06d}{suffix}"

    def a_package(self, first: int = 1, before_last: int = 0) -> int:
        return self.chance.randint(first, self.last - before_last)

    def a_data_file(self, seq: int) -> Path:
        paths = sorted((self.folder / f"{seq:06d}").iterdir())
        return self.chance.choice([path for path in paths if path.suffix in {".json", ".html"}])

    def put(self, file: str | Path, content: bytes) -> None:
        put(self.folder / file, content)

    def read(self, file: str | Path) -> bytes:
        return (self.folder / file).read_bytes()

    @property
    def last(self) -> int:
        return package_numbers(self.folder)[-1]

    def state(self) -> dict[bytes, object]:
        """Everything that can be told apart in the archive: names, kinds and contents."""
        found: dict[bytes, object] = {}
        for path in self.folder.rglob("*"):
            if path.is_symlink():
                found[os.fsencode(path)] = ("link", path.readlink())
            else:
                found[os.fsencode(path)] = path.read_bytes() if path.is_file() else path.lstat().st_mode
        return found


Mutation = Callable[[Site], str]
"""Alters the archive and says in a few words what it did."""
