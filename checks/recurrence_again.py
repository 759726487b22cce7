"""A window judged again: from what was sealed with it, and against what the events before it tell.

Put here how a sealed window comes out anew; who asks, the recomputation of an archive or a closure that rests on the window, compares.

The rules:
 * The fix that it was judged with is the newest that was released by then.
 * The versions are those that the claims known by then add up to, of the artifacts that the fix names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.recurrence import judge_window
from checks.recurrence_events import window_event
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.catalogue import VersionInForce
from registry.domain.events import Event
from registry.domain.issue import Fix
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence_sealed import SealedWindow


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What judging a window again gives: its record, and the event that records it."""

    record: bytes
    event: Event


def judge_again(sealed: SealedWindow, policy: RecurrencePolicy, bundle_digest: str, record: str) -> JudgedAgain:
    """Return how a sealed window comes out; ``bundle_digest`` and ``record`` are the package and file that its event cites."""
    inputs = sealed.judged_with(policy)
    decision = judge_window(inputs)
    content = record_json(decision)
    return JudgedAgain(content, window_event(inputs, decision, bundle_digest, digest_bytes(content), record))


def find_other_history(sealed: SealedWindow, fix: Fix | None, versions: Sequence[VersionInForce]) -> Iterator[tuple[str, str]]:
    """Yield expected and found where the window was judged with another ``fix``, or other ``versions``, than the events before it tell."""
    if fix != sealed.fix:
        yield f"fix: {fix}, as the events before tell it", f"{sealed.fix}"
    known = tuple(one for one in versions if one.artifact in sealed.fix.versions and one.from_at <= sealed.as_of)
    if known != sealed.versions:
        yield f"versions: {_named(known)}, as the events before tell them", _named(sealed.versions)


def _named(versions: Sequence[VersionInForce]) -> str:
    told = (f"{one.artifact} {one.version} ({one.share_percent} %) from {one.from_at:%Y-%m-%d %H:%M}" for one in versions)
    return ", ".join(told) or "none"
