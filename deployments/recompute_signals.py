"""One signal as the package of its day holds it, held against how a window or a closure counted it.

Put here what of a sealed signal is compared, and how a difference is told. Which signals are asked for is ``recompute_seen.py``.

The rules:
 * What the source told of a signal stands: its id and feed, its two instants, how severe it was, what it did to the customer, where, and
   since which event it was known.
 * The decision that it is about is its own row, its only pointer, or nobody knows: which of them the catalogue of then said.
 * A version that decided is the one that was found when the signal came, or the one in force at its decision by the claims known to the
   judgement; where versions shared the traffic, none. Which of these counts is for the catalogue of then to say: it tells what rows name.
 * The side of the fix follows from these versions, the fix and the claims.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from checks.contribution import VersionHistory, is_post_fix
from registry.domain.canonical import plain
from registry.domain.issue import Fix
from registry.domain.recorded_signal import seen_as_recorded
from registry.domain.recurrence import Seen

_TOLD = ("signal_id", "feed", "decided_at", "reported_at", "severity", "impact", "segment", "journey_step", "known_seq")


@dataclass(frozen=True, slots=True)
class KeptSignal:
    """One signal as it was sealed, with the event that recorded its day and the date of that."""

    seen: Seen
    seq: int
    on: date


def kept_signal(signal: Mapping[str, Any], known_seq: int, seq: int, on: date) -> KeptSignal:
    """Return a signal of a package; ``known_seq`` is the last event by which its run told of new signals of its system."""
    return KeptSignal(seen_as_recorded(signal, known_seq), seq, on)


def find_difference(kept: KeptSignal, one: Seen) -> tuple[str, str] | None:
    """Return expected and found of the first thing in which ``one`` is not what its package holds; None where it is the same."""
    for name in _TOLD:
        expected, found = getattr(kept.seen, name), getattr(one, name)
        if expected != found:
            return f"{name} {plain(expected)}", str(plain(found))
    refs = {"", kept.seen.signal_id, kept.seen.decision_ref}
    return None if one.decision_ref in refs else (f"decision_ref {_either(refs)}", one.decision_ref)


def find_other_side(kept: KeptSignal, one: Seen, system_id: str, fix: Fix, history: VersionHistory) -> tuple[str, str] | None:
    """Return expected and found where the versions of ``one``, of the issue's own system, or its side of ``fix``, cannot be so."""
    for artifact in sorted({*kept.seen.versions, *one.versions, *history.artifacts(system_id)}):
        in_force = history.in_force(system_id, artifact, one.decided_at)
        known = {kept.seen.versions.get(artifact, "")} | ({in_force or ""} if in_force != "" else set())
        if (found := one.versions.get(artifact, "")) not in known:
            return f"versions.{artifact} {_either(known)}", found or "none"
    is_after = is_post_fix(one.versions, one.decided_at, fix, history, system_id)
    return None if is_after is one.is_after_fix else (f"is_after_fix {is_after}", str(one.is_after_fix))


def _either(values: Collection[str]) -> str:
    return " or ".join(sorted(value for value in values if value)) or "none"
