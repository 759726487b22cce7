"""Occurrences: which signals say that the problem came back, and which only arrived late.

Put a rule here when it says what one signal counts as. What their number means is ``recurrence_silence.py`` and ``recurrence_rate.py``.

The rules, in the order the code applies them:
 * A signal counts when its decision was made by a version at or after the fix, however late it was reported; so does one of an issue that
   was linked as of the same cause.
 * A version that is older by the history of what served does not count, nor what the fix's own version decided when it served before.
 * Once the fix is effective every such decision counts, on the first part of a day as well. Before that, while older versions served
   beside it, only one of the issue's own whose version is named and is the fix's or a later one: what decided is not guessed.
 * Where the fix of a closed issue was taken back, so does what decided in its place meanwhile (``recurrence_gaps.py``).
 * Any other that was reported after the fix is late: it is told, and resets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from checks.recurrence_fix import FixStanding
from checks.recurrence_gaps import Gap, is_unfixed
from checks.recurrence_service import Service
from registry.domain.issue import EffectiveFix
from registry.domain.recurrence import Occurrence, Seen, WindowInputs

POST_FIX, SAME_CAUSE, TAKEN_BACK, LATE = "post_fix", "same_cause", "fix_taken_back", "pre_fix_late"


def find_returns(inputs: WindowInputs, fix: FixStanding) -> tuple[Seen, ...]:
    """Return the signals about decisions of the fix, or made while it was taken back, by the instant of the decision."""
    found = {seen.key: seen for seen in inputs.seen if is_unfixed(seen, fix.gaps) or _counts(seen, fix.services, fix.effective)}
    return tuple(sorted(found.values(), key=_order))


def find_late(inputs: WindowInputs, returns: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Return the signals that were reported after the fix, about decisions that are none of its own."""
    counted = {seen.key for seen in returns}
    late = {seen.key: seen for seen in inputs.seen if seen.key not in counted and seen.reported_at >= inputs.fix.effective_at}
    return tuple(sorted(late.values(), key=_order))


def find_before(inputs: WindowInputs, returns: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Return every signal that is not of the fix, once each."""
    counted = {seen.key for seen in returns}
    return tuple({seen.key: seen for seen in sorted(inputs.seen, key=_order) if seen.key not in counted}.values())


def as_occurrences(found: tuple[Seen, ...], gaps: Collection[Gap], is_late: bool) -> Iterator[Occurrence]:
    """Yield each signal with what it counts as, and why."""
    for seen in found:
        code = LATE if is_late else TAKEN_BACK if is_unfixed(seen, gaps) else SAME_CAUSE if seen.same_cause_issue else POST_FIX
        yield Occurrence(seen.key, seen.signal_id, seen.decided_at, seen.reported_at, code, _reason(seen, code), dict(seen.segment))


def _counts(seen: Seen, services: Mapping[str, Service], effective: EffectiveFix) -> bool:
    is_open = effective.effective_at is not None and seen.decided_at >= effective.effective_at
    if not seen.is_after_fix or seen.same_cause_issue:  # another system numbers its versions by itself
        return seen.is_after_fix and is_open
    if any(_is_old(seen, artifact, service) for artifact, service in services.items()):
        return False
    return is_open or all(_is_of(seen, artifact, service.fixed) for artifact, service in services.items())


def _is_old(seen: Seen, artifact: str, service: Service) -> bool:
    """Return whether an older version decided, or the fix's own when it served before it was the fix."""
    return _is_of(seen, artifact, service.older) or (service.served_before and seen.decided_at < service.served_from)


def _is_of(seen: Seen, artifact: str, versions: frozenset[str]) -> bool:
    return seen.versions.get(artifact, "") in versions


def _reason(seen: Seen, code: str) -> str:
    by = ", ".join(f"{artifact} {version}" for artifact, version in sorted(seen.versions.items())) or "a version that nobody recorded"
    told = f"decided {seen.decided_at:%Y-%m-%d %H:%M} UTC by {by}, reported {seen.reported_at:%Y-%m-%d}"
    if code == LATE:
        return f"{told}: an older decision, reported after the fix"
    if code == TAKEN_BACK:
        return f"{told}: while the fix of a closed issue was taken back"
    through = f", through {seen.same_cause_issue}, which has the same cause" if seen.same_cause_issue else ""
    return f"{told}: at or after the fix{through}"


def _order(seen: Seen) -> tuple[datetime, str]:
    return seen.decided_at, seen.key
