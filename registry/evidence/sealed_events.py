"""The ledger's events as packages hold them, read in order: a ledger that needs no database.

Put here what reads events out of sealed packages. Whether the packages are as they were sealed is ``verify.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.errors import EvidenceError
from registry.evidence.chain import Link, extend, parse_line
from registry.evidence.names import LEDGER_FILE, package_name
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.seal import ChainEnd


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """One event and the package whose copy of the ledger holds it."""

    seq: int
    hash: str
    body: bytes
    package: PackageSummary

    def envelope(self) -> dict[str, Any]:
        """Return the event's parsed body."""
        envelope: dict[str, Any] = json.loads(self.body)
        return envelope


def read_sealed_events(archive: Path) -> Iterator[SealedEvent]:
    """Yield every sealed event in order, a package in memory at a time.

    Raises:
        EvidenceError: a package is not here, or an event does not continue the one before: nothing after it can be relied on.
    """
    end = ChainEnd()
    for place, package in enumerate(list_packages(archive), 1):
        name = package_name(package.seal.seq)
        if package.seal.seq != place or not (package.path / LEDGER_FILE).is_file():
            raise EvidenceError(f"{package_name(place)}/{LEDGER_FILE}: expected every package from the first on, found none here")
        for line in (package.path / LEDGER_FILE).read_bytes().splitlines(keepends=True):
            try:
                link = parse_line(line)
                end = extend(end, link)
            except EvidenceError as error:
                raise EvidenceError(f"{name}/{LEDGER_FILE}: {error}; run `proofloop evidence verify`") from error
            yield SealedEvent(link.seq, link.hash, link.body, package)


def package_events(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the events of a package; a line that is none is told by the walk along the chain."""
    for link in package_links(path):
        try:
            yield link.seq, json.loads(link.body)
        except ValueError:
            continue


def package_links(path: Path) -> Iterator[Link]:
    """Yield the lines of a package's copy of the ledger as links of the chain, without those that are none."""
    for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else ():
        try:
            yield parse_line(line)
        except EvidenceError:
            continue
