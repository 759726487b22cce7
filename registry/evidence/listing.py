"""What lies in an archive: packages and seal files by number, and everything that has no business there.

Put here what can be told from names and kinds alone. Contents are judged by ``verify.py``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from registry.domain.decision import Verdict
from registry.evidence.files import kind_of, read_chunks
from registry.evidence.names import (
    LEDGER_FILE,
    PACKAGE_NAME,
    PACKAGES_FILE,
    SCRIPT_FILE,
    SEAL_NAME,
    SEALS_FOLDER,
    WORKROOM,
    name_problem,
)
from registry.evidence.report import PUBLISHING_UNFINISHED, Problem

_NO_EVIDENCE = {(WORKROOM, "folder"), (PACKAGES_FILE, "file"), (SCRIPT_FILE, "file")}
_NUMBERS = re.compile(rb"(?:[0-9]{6}\n)+")


@dataclass(slots=True)
class Listing:
    """Regular files by package number, seal files by package number (paths relative to the archive), and what is out of place."""

    packages: dict[int, tuple[str, ...]] = field(default_factory=dict)
    seals: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    named: frozenset[int] | None = None  # the packages that a partial archive says it holds
    problems: list[Problem] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        """Every number that a package or a seal file claims."""
        return sorted({*self.packages, *self.seals})

    def is_expected(self, seq: int) -> bool:
        """Return whether the package itself must be here, and not only its seal files."""
        return self.named is None or seq in self.named


def list_archive(archive: Path) -> Listing:
    """Return what lies in ``archive``."""
    listing = Listing()
    if PACKAGES_FILE in {path.name for path in _sorted(archive) if kind_of(path) == "file"}:
        listing.named = _named(archive / PACKAGES_FILE, listing)
    for path in _sorted(archive):
        if path.name == SEALS_FOLDER and kind_of(path) == "folder":
            _list_seals(path, listing)
        elif PACKAGE_NAME.fullmatch(path.name) and kind_of(path) == "folder":
            _list_package(path, listing)
        elif (path.name, kind_of(path)) not in _NO_EVIDENCE:
            listing.problems.append(Problem(path.name, "only package folders and the folder of seals here", f"an added {kind_of(path)}"))
    listing.problems.extend(_gaps(listing))
    return listing


def _named(path: Path, listing: Listing) -> frozenset[int] | None:
    """Return the packages that the file names; None where it cannot be read, which leaves it open what must be here."""
    content = b"".join(read_chunks(path))
    numbers = [int(line) for line in content.split()] if _NUMBERS.fullmatch(content) else []
    if not numbers or any(later <= before for before, later in pairwise([0, *numbers])):
        expected = "the numbers of the packages here, six digits a line, sorted"
        listing.problems.append(Problem(PACKAGES_FILE, expected, "other text", Verdict.INCONCLUSIVE))
        return None
    return frozenset(numbers)


def _list_seals(folder: Path, listing: Listing) -> None:
    for path in _sorted(folder):
        match = SEAL_NAME.fullmatch(path.name)
        relative = f"{SEALS_FOLDER}/{path.name}"
        if match is None or kind_of(path) != "file":
            listing.problems.append(Problem(relative, "only the seal files of packages here", f"an added {kind_of(path)}"))
        else:
            listing.seals[int(match[1])].add(relative)


def _list_package(folder: Path, listing: Listing) -> None:
    paths = _sorted(folder)
    names = [path.name for path in paths]
    lowered = [name.lower() for name in names]
    for path in paths:
        relative = f"{folder.name}/{path.name}"
        if kind_of(path) != "file":
            listing.problems.append(Problem(relative, "regular files only", f"a {kind_of(path)}"))
        if problem := name_problem(path.name):
            listing.problems.append(Problem(relative, problem.removeprefix("expected "), "this name"))
        elif lowered.count(path.name.lower()) > 1:
            listing.problems.append(Problem(relative, "names that differ in more than case", "another of the same letters"))
    if LEDGER_FILE not in names:
        listing.problems.append(Problem(f"{folder.name}/{LEDGER_FILE}", "the events since the seal before", "no file"))
    listing.packages[int(folder.name)] = tuple(path.name for path in paths if kind_of(path) == "file")


def _gaps(listing: Listing) -> Iterator[Problem]:
    """Yield what is missing from an unbroken row of packages, each with its manifest and its seal."""
    numbers = sorted({*listing.numbers, *(listing.named or ())})
    for before, seq in zip([0, *numbers], numbers, strict=False):
        if seq != before + 1:
            yield Problem(f"{before + 1:06d}", f"a package after {before:06d}", f"{seq:06d} next")
        if seq in listing.packages and not listing.is_expected(seq):
            yield Problem(f"{seq:06d}", f"only packages that {PACKAGES_FILE} names", "an added folder")
        if seq not in listing.packages and listing.is_expected(seq):
            yield Problem(f"{seq:06d}", "the package that its seal files belong to", "no folder")
        unfinished = seq == numbers[-1] and seq in listing.packages and f"{SEALS_FOLDER}/{seq:06d}.seal" not in listing.seals[seq]
        if unfinished:
            yield Problem(
                f"{SEALS_FOLDER}/{seq:06d}.seal",
                "the seal of the last package",
                PUBLISHING_UNFINISHED,
                Verdict.INCONCLUSIVE,
            )
            continue
        for suffix in (".sha256", ".seal"):
            if f"{SEALS_FOLDER}/{seq:06d}{suffix}" not in listing.seals[seq]:
                yield Problem(f"{SEALS_FOLDER}/{seq:06d}{suffix}", f"this seal file of package {seq:06d}", "no file")


def _sorted(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries)
