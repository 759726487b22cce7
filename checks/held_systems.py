"""Systems under a preservation hold: told every day that the hold lasts, and loudly where something changed in spite of it.

Put here what the daily triage says of holds. What a hold forbids is ``registry/domain/effects.py``, who ends it ``checks/work/holds.py``.

The rules:
 * A hold in force of a system of the day is a note: it stops nothing, and the page shows it until it is released.
 * A version or a share of one that serves since the hold was set, in place of another or beside it, is a FAIL: an authority must be told,
   and nobody here may undo it by changing the system once more. It stays one until the hold is released.
 * What was recorded after the hold counts as changed under it where it says otherwise of the hold's instant than what was known by then,
   whatever it is dated. The first version ever told of an artifact changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from registry.domain.decision import Finding, Verdict
from registry.domain.preservation import ending_of
from registry.domain.versions import WHOLE, VersionClaim, serving_at, stretches
from registry.domain.work_run import HoldInForce


@dataclass(frozen=True, slots=True)
class _State:
    """The percentage of each version that serves from an instant on."""

    from_at: datetime
    shares: dict[str, int]


def find_held_systems(
    holds: Iterable[HoldInForce], set_by_event: Mapping[str, int], claims: Sequence[VersionClaim], system_ids: Iterable[str]
) -> tuple[Finding, ...]:
    """Return one note for each hold of the day's systems, and one failure for each version that changed under it.

    ``set_by_event`` is the number of the event that set each hold.
    """
    ours = set(system_ids)
    return tuple(found for hold in holds if hold.system_id in ours for found in _of_hold(hold, set_by_event[hold.hold_id], claims))


def _of_hold(hold: HoldInForce, seq: int, claims: Sequence[VersionClaim]) -> Iterator[Finding]:
    since = f"{hold.set_at:%Y-%m-%d %H:%M} UTC"
    reason = f"set by {hold.by} since {since}; it ends with `{ending_of(hold)}`: {hold.reason}"
    yield Finding("hold", hold.system_id, Verdict.PASS, "under_hold", reason, blocking=False)
    mine = sorted((claim for claim in claims if claim.system_id == hold.system_id), key=lambda claim: claim.artifact)
    for artifact, told in groupby(mine, key=lambda claim: claim.artifact):
        for before, after in pairwise(_states(list(told), hold.set_at, seq)):
            late = ", recorded after the hold was set" if after.from_at <= hold.set_at else ""
            for what in _changed(before.shares, after.shares, f"serves since {after.from_at:%Y-%m-%d %H:%M} UTC"):
                advice = "find out who changed it and tell whoever asked for the hold; changing it back is a change too"
                reason = f"{artifact} {what}{late}, under {hold.hold_id}: {advice}"
                yield Finding("hold", hold.system_id, Verdict.FAIL, "changed_under_hold", reason)


def _states(claims: Sequence[VersionClaim], at: datetime, seq: int) -> Iterator[_State]:
    """Yield what served at ``at`` as far as event ``seq`` knew, what did by everything told since, and each state after it."""
    by_then = serving_at((claim for claim in claims if claim.seq < seq), at)
    for history in (by_then, serving_at(claims, at), [one for one in stretches(claims) if one.from_at > at]):
        for from_at, serving in groupby(history, key=lambda one: one.from_at):
            yield _State(from_at, {one.claim.version: one.share_percent for one in serving})


def _changed(before: Mapping[str, int], after: Mapping[str, int], serves: str) -> Iterator[str]:
    """Return what changed from one state to the next: each version that is new, or else each whose share is another."""
    new, gone = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    for version in new:
        others = sorted(after.keys() - {version})
        told = [f"beside {', '.join(others)}"] if others else []
        told += [f"in place of {', '.join(gone)}"] if gone else []
        share = f" with {after[version]} percent" if after[version] != WHOLE else ""
        yield f"{version} {serves}{share} {' and '.join(told)}".rstrip()
    for version in sorted(after) if not new else ():
        if after[version] != before[version]:
            yield f"{version} {serves} with {after[version]} percent in place of {before[version]} percent"
