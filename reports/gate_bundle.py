"""The parts of two bundles beside each other: what the candidate changes, and what it keeps.

Put here how parts are compared for reading. Whether two bundles are the same is ``checks/gate_wiring.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.gate import GateDecision
from reports.foreign_text import visible

_NONE = "none"


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One part of both bundles, as it is read."""

    name: str
    champion: str
    candidate: str
    differs: bool


def bundle_rows(decision: GateDecision) -> tuple[BundleRow, ...]:
    """Return every part of either bundle, what changes first; nothing where versions stand for themselves."""
    before, now = dict(decision.champion.parts), dict(decision.candidate.parts)
    rows = (_row(name, before.get(name, _NONE), now.get(name, _NONE)) for name in {**before, **now})
    return tuple(sorted(rows, key=lambda one: not one.differs))


def bundle_lines(decision: GateDecision) -> Iterator[str]:
    """Yield what the candidate changes of the champion's bundle, and what it keeps."""
    rows = bundle_rows(decision)
    changed = [f"{one.name} {one.champion} to {one.candidate}" for one in rows if one.differs]
    kept = [f"{one.name} {one.candidate}" for one in rows if not one.differs]
    if changed:
        yield f"changed {', '.join(changed)}"
    if kept:
        yield f"the same {', '.join(kept)}"


def _row(name: str, champion: str, candidate: str) -> BundleRow:
    return BundleRow(visible(name), visible(champion), visible(candidate), champion != candidate)
