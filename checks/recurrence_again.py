"""A window judged again: from what was sealed with it, and against what the events before it tell.

Put here how a sealed window comes out anew; who asks, the recomputation of an archive or a closure that rests on the window, compares.

The rules:
 * The fix that it was judged with is the newest that was released by then.
 * The versions are those that the claims known by then add up to, of the artifacts that the fix names.
 * What its feeds are weighed by, and how long it waits, are the terms of today's catalogue and of the one that it began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.recurrence import judge_window
from checks.recurrence_events import window_event
from checks.recurrence_policy import policy_of
from checks.recurrence_terms import held_terms
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


def find_other_terms(sealed: SealedWindow, policy: RecurrencePolicy) -> Iterator[tuple[str, str]]:
    """Yield expected and found where the window was judged by another effect or lateness than its terms come to."""
    inputs = sealed.judged_with(policy)
    began, usual = sealed.began.terms if sealed.began else (), policy_of(inputs).allowed_lateness_days
    for part in (inputs, *inputs.beside):
        ours = [held_terms(one, began, usual, is_counted=bool(part.unit)) for one in sealed.terms if one.feed in part.feeds]
        if ours and {one.effect for one in ours} != {part.effect}:
            yield f"effect: {ours[0].effect} for {', '.join(part.feeds)}, as the terms tell", f"{part.effect}"
    held = (held_terms(one, began, usual, is_counted=True).allowed_lateness_days for one in sealed.terms)
    expected = max((usual if one is None else one for one in held), default=usual)
    if expected != sealed.lateness_days:
        yield f"lateness_days: {expected}, as the terms tell", str(sealed.lateness_days)


def _named(versions: Sequence[VersionInForce]) -> str:
    told = (f"{one.artifact} {one.version} ({one.share_percent} %) from {one.from_at:%Y-%m-%d %H:%M}" for one in versions)
    return ", ".join(told) or "none"
