"""Measuring the exposure window: what is recorded and not sealed, what is sealed and not anchored.

Put the counting here. Whether an age is too old is ``checks/anchoring.py``; a head kept elsewhere is compared by ``compare_noted``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from registry.domain.anchoring import Exposure, Head, Receipt
from registry.domain.events import EventKind, StoredEvent
from registry.evidence.anchors import receipt_of
from registry.evidence.names import seal_path
from registry.evidence.packages import last_seal, read_seal
from registry.evidence.report import Problem
from registry.evidence.seal import Seal


class Events(Protocol):
    """What of a ledger is read here."""

    def read_events(self, after_seq: int = 0, kinds: Collection[EventKind] = ()) -> Iterator[StoredEvent]:
        """Yield events in order."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The events after the last seal: how many, of which kinds, since when."""

    count: int
    kinds: dict[str, int]
    since: datetime | None


def measure(archive: Path, ledger: Events, has_command: bool, measured_at: datetime) -> Exposure:
    """Return how far the ledger is sealed into ``archive`` and the archive anchored.

    Raises:
        EvidenceError: a seal's text is not canonical.
    """
    seal = last_seal(archive)
    unsealed = find_unsealed(ledger, seal)
    receipts = read_receipts(ledger)
    newest, contradicted = _newest_standing(archive, receipts, seal)
    anchored = read_seal(archive, newest.head.seal) if newest else None
    after = newest.head.seal + 1 if newest else 1
    sealed = seal.last_event if seal else 0
    return Exposure(
        measured_at=measured_at,
        has_command=has_command,
        recorded=sealed + unsealed.count,
        sealed=sealed,
        anchored=anchored.last_event if anchored else 0,
        seal=seal.seq if seal else 0,
        anchored_seal=newest.head.seal if newest else 0,
        receipts=unsealed.kinds.get(EventKind.HEAD_ANCHORED, 0),
        unsealed_since=unsealed.since,
        unanchored_since=read_seal(archive, after).sealed_at if seal and after <= seal.seq else None,
        anchored_at=newest.anchored_at if newest else None,
        contradicted=contradicted,
    )


def find_unsealed(ledger: Events, seal: Seal | None) -> Unsealed:
    """Return what the ledger holds after ``seal``; everything, where nothing is sealed."""
    kinds: Counter[str] = Counter()
    since = None
    for event in ledger.read_events(seal.last_event if seal else 0):
        kinds[json.loads(event.body)["kind"]] += 1
        since = since or event.recorded_at
    return Unsealed(kinds.total(), dict(sorted(kinds.items())), since)


def read_receipts(ledger: Events) -> tuple[Receipt, ...]:
    """Return every receipt of an anchor, oldest first."""
    return tuple(receipt_of(event) for event in ledger.read_events(0, (EventKind.HEAD_ANCHORED,)))


def compare_noted(archive: Path, heads: Iterable[Head]) -> tuple[Problem, ...]:
    """Return a problem for each head kept elsewhere that is no seal of ``archive``: it was rewritten or cut short."""
    problems = []
    for head in heads:
        found = _digest(archive, head.seal)
        if found != head.digest:
            expected = f"{head.digest} as noted down elsewhere"
            problems.append(Problem(f"seals/{head.seal:06d}.seal", expected, found or "no such seal"))
    return tuple(problems)


def _newest_standing(archive: Path, receipts: tuple[Receipt, ...], seal: Seal | None) -> tuple[Receipt | None, tuple[int, ...]]:
    """Return the newest receipt that the archive still agrees with, and the seals of those it does not."""
    standing = None
    contradicted = []
    for receipt in receipts:
        if seal and receipt.head.seal <= seal.seq and _digest(archive, receipt.head.seal) == receipt.head.digest:
            standing = receipt
        else:
            contradicted.append(receipt.head.seal)
    return standing, tuple(sorted(set(contradicted)))


def _digest(archive: Path, seq: int) -> str:
    path = seal_path(archive, seq)
    return read_seal(archive, seq).digest if path.is_file() else ""
