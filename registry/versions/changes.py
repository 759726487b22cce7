"""When a version that was read or written down differs from what the ledger believes to be in force.

Put the comparison of readings with history here; reading them is ``registry/versions/aliases.py``.

The rules:
 * Only a version that was found and differs from the last known one is an event; a missing alias changes nothing that is known.
 * An alias has no history of its own, so a change counts from the instant it was seen, ``as_of``, not from when it was made.
 * A reading that is older than what the ledger knows says nothing: replaying the past does not rewrite it with today's alias.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry.domain.catalogue import SystemEntry, VersionInForce
from registry.domain.events import Event, EventKind
from registry.domain.times import local_date


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


def find_version_changes(readings: Iterable[AliasReading], history: Iterable[VersionInForce], as_of: datetime) -> tuple[Event, ...]:
    """Return one ``VersionObserved`` for each reading that changes what is known, in the order of the readings."""
    last = _last_known(history)
    found = (reading for reading in readings if reading.status is AliasStatus.FOUND)
    return tuple(
        _observed(reading.system_id, reading.artifact, reading.version, reading.zone, as_of, "mlflow", f"{reading.name}@{reading.alias}")
        for reading in found
        if _is_change(reading.version, last.get((reading.system_id, reading.artifact)), as_of)
    )


def find_recorded_changes(systems: Iterable[SystemEntry], history: Iterable[VersionInForce], as_of: datetime) -> tuple[Event, ...]:
    """Return one ``VersionObserved`` for each version that people wrote into the catalogue and that is new there.

    A recorded version counts from the run that first saw it: without this, editing the file would date the new version into the past.
    """
    last = _last_known(history)
    written = ((system, spec) for system in systems for spec in system.versions if spec.recorded)
    return tuple(
        _observed(system.system_id, spec.artifact, spec.recorded, system.timezone, as_of, "recorded", "")
        for system, spec in written
        if _is_change(spec.recorded, last.get((system.system_id, spec.artifact)), as_of)
    )


def _last_known(history: Iterable[VersionInForce]) -> dict[tuple[str, str], VersionInForce]:
    return {(row.system_id, row.artifact): row for row in sorted(history, key=lambda row: row.from_at)}


def _is_change(version: str, known: VersionInForce | None, as_of: datetime) -> bool:
    return known is None or (known.version != version and known.from_at <= as_of)


def _observed(system_id: str, artifact: str, version: str, zone: str, as_of: datetime, source: str, alias: str) -> Event:
    return Event(
        kind=EventKind.VERSION_OBSERVED,
        system_id=system_id,
        subject=f"{artifact} {version}",
        as_of=as_of,
        business_date=local_date(as_of, zone),
        body={"artifact": artifact, "version": version, "source": source} | ({"alias": alias} if alias else {}),
    )
