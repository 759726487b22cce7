"""When a version that was read or written down is news to the ledger.

Put the comparison of readings with history here; reading them is ``registry/versions/aliases.py``.

The rules:
 * Only a version that was found and differs from the last one that the same source named is an event; a missing alias changes nothing
   that is known. What people recorded since is not overwritten by an alias, or a catalogue, that says what it said before.
 * An alias has no history of its own, so a change counts from the instant it was seen, ``as_of``, not from when it was made.
 * A reading that is older than what the ledger knows says nothing: replaying the past does not rewrite it with today's alias.
 * An alias moved where reading it would be news and something else is in force by the record; one that is gone, where what is in force was
   learned from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.domain.catalogue import SystemEntry
from registry.domain.events import Event, EventKind
from registry.domain.gate import MovedAlias
from registry.domain.times import format_instant, local_date
from registry.domain.versions import CATALOGUE, MLFLOW, WHOLE, VersionClaim, last_said, serving_at


class AliasStatus(StrEnum):
    FOUND = "found"
    ALIAS_MISSING = "alias_missing"
    MODEL_MISSING = "model_missing"


@dataclass(frozen=True, slots=True)
class AliasReading:
    """What MLflow said about one artifact of one system; ``version`` is empty unless ``status`` is ``FOUND``. ``zone`` is the system's."""

    system_id: str
    artifact: str
    name: str
    alias: str
    version: str
    status: AliasStatus
    zone: str


def find_version_changes(
    readings: Iterable[AliasReading], claims: Iterable[VersionClaim], as_of: datetime, *, on_event: bool = False
) -> tuple[Event, ...]:
    """Return one ``VersionObserved`` for each reading that changes what is known, in the order of the readings.

    ``on_event``: the aliases were read because something happened, not by the daily triage.
    """
    last = last_said(claims, MLFLOW)
    found = (reading for reading in readings if reading.status is AliasStatus.FOUND)
    return tuple(
        _observed(reading.system_id, reading.artifact, reading.version, reading.zone, as_of, MLFLOW, _told(reading, on_event))
        for reading in found
        if _is_change(reading.version, last.get((reading.system_id, reading.artifact)), as_of)
    )


def find_moved(reading: AliasReading, claims: Sequence[VersionClaim], at: datetime) -> MovedAlias | None:
    """Return the alias where it says another version than is in force at ``at`` by ``claims`` of its artifact, else None."""
    if any(claim.from_at > at for claim in claims):
        return None  # what was in force was replaced since, and the alias is of today
    serving = {(one.claim.version, one.share_percent) for one in serving_at(claims, at)}
    known = last_said(claims, MLFLOW).get((reading.system_id, reading.artifact))
    if reading.status is AliasStatus.FOUND:
        moved = _is_change(reading.version, known, at) and serving != {(reading.version, WHOLE)}
    else:
        moved = any(one.claim.source == MLFLOW for one in serving_at(claims, at))
    return MovedAlias(f"{reading.name}@{reading.alias}", known.version if known else "", reading.version) if moved else None


def find_recorded_changes(systems: Iterable[SystemEntry], claims: Iterable[VersionClaim], as_of: datetime) -> tuple[Event, ...]:
    """Return one ``VersionObserved`` for each version that people wrote into the catalogue and that is new there.

    A recorded version counts from the run that first saw it: without this, editing the file would date the new version into the past.
    """
    last = last_said(claims, CATALOGUE)
    written = ((system, spec) for system in systems for spec in system.versions if spec.recorded)
    return tuple(
        _observed(system.system_id, spec.artifact, spec.recorded, system.timezone, as_of, CATALOGUE, {})
        for system, spec in written
        if _is_change(spec.recorded, last.get((system.system_id, spec.artifact)), as_of)
    )


def _told(reading: AliasReading, on_event: bool) -> dict[str, Any]:
    return {"alias": f"{reading.name}@{reading.alias}"} | ({"on_event": True} if on_event else {})


def _is_change(version: str, known: VersionClaim | None, as_of: datetime) -> bool:
    return known is None or (known.version != version and known.from_at <= as_of)


def _observed(system_id: str, artifact: str, version: str, zone: str, as_of: datetime, source: str, told: dict[str, Any]) -> Event:
    return Event(
        kind=EventKind.VERSION_OBSERVED,
        system_id=system_id,
        subject=f"{artifact} {version} {format_instant(as_of)}",  # an alias may move to and fro within a day
        as_of=as_of,
        business_date=local_date(as_of, zone),
        body={"artifact": artifact, "version": version, "source": source} | told,
    )
