"""Systems under a preservation hold: told every day that the hold lasts, and loudly where something changed in spite of it.

Put here what the daily triage says of holds. What a hold forbids is ``registry/domain/effects.py``, who ends it ``checks/work/holds.py``.

The rules:
 * A hold in force of a system of the day is a note: it stops nothing, and the page shows it until it is released.
 * A version that serves since the hold was set, in place of another, is a FAIL: an authority must be told, and nobody here may undo it
   by changing the system once more. It stays one until the hold is released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Finding, Verdict
from registry.domain.preservation import ending_of
from registry.domain.work_run import HoldInForce


def find_held_systems(holds: Iterable[HoldInForce], versions: Sequence[VersionInForce], system_ids: Iterable[str]) -> tuple[Finding, ...]:
    """Return one note for each hold of the day's systems, and one failure for each version that changed under it."""
    ours = set(system_ids)
    return tuple(found for hold in holds if hold.system_id in ours for found in _of_hold(hold, versions))


def _of_hold(hold: HoldInForce, versions: Sequence[VersionInForce]) -> Iterator[Finding]:
    since = f"{hold.set_at:%Y-%m-%d %H:%M} UTC"
    reason = f"set by {hold.by} since {since}; it ends with `{ending_of(hold)}`: {hold.reason}"
    yield Finding("hold", hold.system_id, Verdict.PASS, "under_hold", reason, blocking=False)
    for before, after in _changes(hold, versions):
        found = f"{after.artifact} {after.version} serves since {after.from_at:%Y-%m-%d %H:%M} UTC in place of {before.version}"
        advice = "find out who changed it and tell whoever asked for the hold; changing it back is a change too"
        yield Finding("hold", hold.system_id, Verdict.FAIL, "changed_under_hold", f"{found}, under {hold.hold_id}: {advice}")


def _changes(hold: HoldInForce, versions: Sequence[VersionInForce]) -> Iterator[tuple[VersionInForce, VersionInForce]]:
    mine = sorted((row for row in versions if row.system_id == hold.system_id), key=lambda row: (row.artifact, row.from_at))
    for before, after in pairwise(mine):
        if before.artifact == after.artifact and before.version != after.version and after.from_at > hold.set_at:
            yield before, after
