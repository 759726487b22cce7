"""What the catalogue says of a system's predictions now, held against what it said when their reference was frozen.

Put here when two descriptions differ and how that is told. What follows for a window is ``checks/retraining.py``, what follows for a run
``checks/trigger_references.py``.

The rules:
 * Another source, condition, time, kind of a column, segment, outcome or zone chooses other rows or counts them otherwise: they cannot be
   compared with the reference, whatever comes of it. Each difference is named with what it was.
 * The order in which features and segments are listed is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.monitoring import MonitoredSystem, PredictionSpec
from registry.domain.profile import ReferenceProfile

REFERENCE_CHANGED = "reference_changed"

_KEYS = {
    "time": "columns.time",
    "row_id": "columns.id",
    "version": "columns.version",
    "score": "columns.score",
    "label": "columns.label",
    "label_known_at": "columns.label_known_on",
    "numeric": "features.numeric",
    "categorical": "features.categorical",
}
"""The catalogue's key of each field that has another name there."""
_LISTS = ("numeric", "categorical", "segments")


def description_digest(spec: PredictionSpec, zone: str) -> str:
    """Return a name of everything that decides which rows are counted and how."""
    return digest_of([zone, _described(spec)])


def find_description_changes(system: MonitoredSystem, reference: ReferenceProfile | None) -> tuple[str, ...]:
    """Return each difference of the catalogue from what the reference was frozen with, in words; of a reference that was not read, none."""
    if reference is None or reference.predictions is None:
        return ()
    was, now = _described(reference.predictions), _described(system.predictions)
    return (*_zones(reference.zone, system.entry.timezone), *(told for key in now for told in _differences(key, was[key], now[key])))


def _described(spec: PredictionSpec) -> Mapping[str, Any]:
    """Return a description by the catalogue's keys; lists in one order."""
    values = dict(plain(spec))
    values["source"] = {name: value for name, value in values["source"].items() if name != "source_id"}  # made of the others
    return {_KEYS.get(str(name), str(name)): sorted(value) if name in _LISTS else value for name, value in values.items()}


def _zones(was: str, now: str) -> Iterator[str]:
    if was != now:
        yield f"timezone was {was} and is {now} now, so that its days are others"


def _differences(key: str, was: Any, now: Any) -> Iterator[str]:
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for name in now:
            yield from _differences(f"{key}.{name}", was[name], now[name])
    elif isinstance(was, list) and isinstance(now, list):
        added, gone = sorted(set(now) - set(was)), sorted(set(was) - set(now))
        yield f"{key} has {' and '.join([*(f'{name} more' for name in added), *(f'{name} no more' for name in gone)])}"
    else:
        yield f"{key} was {_told(was)} and is {_told(now)} now"


def _told(value: Any) -> str:
    text = value.get("column", "") if isinstance(value, dict) else value
    return repr(text) if text else "empty"
