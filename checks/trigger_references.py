"""Frozen references: the event that records one, and whether the catalogue still asks for what was frozen.

Put here what is decided about a reference. Counting one is ``registry/sources``; who may freeze another is ``checks/trigger_acts.py``.

The rules:
 * A machine freezes the first reference of a system, in the run in which its days are over; another is frozen by a person alone. To one
   that is frozen a machine adds its outcomes (``checks/reference_outcomes.py``), and nothing else.
 * The catalogue names other days than were frozen, or describes the predictions otherwise: INCONCLUSIVE, ``reference_changed``. Windows
   are still compared with what was frozen, because a drift must not be forgotten by editing a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from checks.reference_description import description_digest, find_description_changes
from registry.domain.canonical import plain
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.monitoring import MonitoredSystem
from registry.domain.profile import ReferenceProfile
from registry.domain.trigger_run import FrozenReference

FIRST, OUTCOMES_KNOWN = "the first reference of the system", "outcomes of its days are known: the same days, bins and counts, with them"
"""Why a machine freezes."""


def frozen_event(
    reference: ReferenceProfile,
    at: datetime,
    business_date: date,
    bundle_digest: str,
    record: str,
    *,
    label_count: int | None = None,
    actor: str = "machine",
    reason: str = FIRST,
    replaces: str = "",
) -> Event:
    """Return the event that records a reference and cites its sealed file: ``record`` of the package ``bundle_digest``."""
    window = reference.profile.window
    body = {
        "reference_digest": reference.digest,
        "counts_digest": reference.counts_digest,
        "outcomes": [one.segment.name for one in reference.outcomes.segments] if reference.outcomes else [],
        "bundle_digest": bundle_digest,
        "record": record,
        "reference": {"from": window.start_on, "to": window.end_on},
        "zone": reference.zone,
        "row_count": reference.profile.row_count,
        "columns": [column.name for column in reference.columns],
        "segments": [segment.name for segment in reference.segments()],
        "versions": reference.versions,
        "label_count": label_count,
        "reason": reason,
        "replaces": replaces,
        "described": description_digest(reference.predictions, reference.zone) if reference.predictions else "",
    }
    return Event(EventKind.REFERENCE_FROZEN, reference.system_id, reference.digest, at, business_date, plain(body), actor=actor)


def find_reference_changes(
    system: MonitoredSystem, frozen: FrozenReference | None, reference: ReferenceProfile | None
) -> tuple[Finding, ...]:
    """Return why the catalogue no longer asks for the frozen reference; of one that was not read, what its event tells."""
    found = (*_days(system, frozen), *_description(system, frozen, reference))
    if not found:
        return ()
    reason = f"{'; '.join(found)}; freeze it again with `proofloop triggers freeze {system.entry.system_id}`, or take the catalogue back"
    return (Finding("reference", system.entry.system_id, Verdict.INCONCLUSIVE, "reference_changed", reason),)


def _days(system: MonitoredSystem, frozen: FrozenReference | None) -> Iterator[str]:
    asked = (system.monitoring.reference_from, system.monitoring.reference_to)
    if frozen is not None and (frozen.reference_from, frozen.reference_to) != asked:
        days = f"{frozen.reference_from} to {frozen.reference_to}"
        yield f"its reference was frozen of {days}, the catalogue names {asked[0]} to {asked[1]}"


def _description(system: MonitoredSystem, frozen: FrozenReference | None, reference: ReferenceProfile | None) -> Iterator[str]:
    if reference is not None:
        yield from (f"since its reference was frozen, {change}" for change in find_description_changes(system, reference))
    elif frozen is not None and frozen.described not in ("", description_digest(system.predictions, system.entry.timezone)):
        yield "the catalogue describes its predictions otherwise than when its reference was frozen"
