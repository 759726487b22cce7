"""When an alias that was read differs from what the ledger believes to be in force.

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

from registry.domain.catalogue import VersionInForce
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
    last: dict[tuple[str, str], VersionInForce] = {}
    for row in sorted(history, key=lambda row: row.from_at):
        last[row.system_id, row.artifact] = row
    return tuple(
        _observed(reading, as_of) for reading in readings if _is_change(reading, last.get((reading.system_id, reading.artifact)), as_of)
    )


def _is_change(reading: AliasReading, known: VersionInForce | None, as_of: datetime) -> bool:
    if reading.status is not AliasStatus.FOUND:
        return False
    return known is None or (known.version != reading.version and known.from_at <= as_of)


def _observed(reading: AliasReading, as_of: datetime) -> Event:
    return Event(
        kind=EventKind.VERSION_OBSERVED,
        system_id=reading.system_id,
        subject=f"{reading.artifact} {reading.version}",
        as_of=as_of,
        business_date=local_date(as_of, reading.zone),
        body={"artifact": reading.artifact, "version": reading.version, "source": "mlflow", "alias": f"{reading.name}@{reading.alias}"},
    )
