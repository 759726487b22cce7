"""Watched systems: what compares ``predictions`` and ``monitoring`` key by key, and their values as the flows need them.

Put rules here that the shape of one key cannot say; the shape is ``watching.py``. Whether the source has the columns is found when it is
read: a catalogue must load without its data.

The rules:
 * A system has both mappings or neither.
 * Something is watched: a feature or a score. A label needs a score to be compared with, and its date and kind need a label.
 * A column has one part in it; a segment may be a feature too, because a product's dimension is both, and is then counted by its values.
 * The reference ends after it begins.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.catalogue.columns import TimeColumn
from registry.catalogue.schema import System
from registry.catalogue.watching import Monitoring, Predictions
from registry.documents import Location
from registry.domain.catalogue import SourceSpec, SystemEntry, TimeField
from registry.domain.monitoring import LabelKind, MonitoredSystem, MonitoringSpec, PredictionSpec

Problem = tuple[Location, str]


def watch_problems(system: System) -> Iterator[Problem]:
    """Yield what is wrong between the keys of ``predictions`` and ``monitoring``, each with the key it is told at."""
    if system.predictions is not None and system.monitoring is None:
        yield (
            ("predictions",),
            "expected monitoring beside it, found none; add monitoring with a reference and a window",
        )
    if system.monitoring is not None and system.predictions is None:
        yield ("monitoring",), "expected predictions beside it, found none; add predictions with their source and columns"
    if system.predictions is not None:
        yield from _label_problems(system.predictions)
        yield from _name_problems(system.predictions)
    if system.monitoring is not None:
        yield from _reference_problems(system.monitoring)


def monitored_system(entry: SystemEntry, system: System, source: SourceSpec) -> MonitoredSystem | None:
    """Return the system as it is watched, None where it is not; ``source`` is that of its predictions."""
    if system.predictions is None or system.monitoring is None:
        return None
    return MonitoredSystem(entry, _predictions(system.predictions, source), _monitoring(system.monitoring))


def _label_problems(predictions: Predictions) -> Iterator[Problem]:
    columns, features = predictions.columns, predictions.features
    if not (features.numeric or features.categorical or columns.score):
        yield ("predictions",), "expected a feature or a score to watch, found none; add features or columns.score"
    if columns.label and not columns.score:
        yield ("predictions", "columns", "label"), "expected a score that the label is compared with, found none; add columns.score"
    if columns.label_known_on and not columns.label:
        yield ("predictions", "columns", "label_known_on"), "expected a label beside it, found none; add columns.label"
    if predictions.label_kind is not LabelKind.BINARY and not columns.label:
        yield ("predictions", "label_kind"), "expected a label beside it, found none; add columns.label or remove label_kind"


def _name_problems(predictions: Predictions) -> Iterator[Problem]:
    parts: dict[str, str] = {}
    for location, column in _named(predictions):
        part = ".".join(str(key) for key in location if isinstance(key, str))
        if column in parts:
            yield ("predictions", *location), f"expected each column once, found {column!r} again after {parts[column]}; remove one of them"
        parts.setdefault(column, part)
    seen: set[str] = set()
    for index, column in enumerate(predictions.segments):
        at: Location = ("predictions", "segments", index)
        if column in seen:
            yield at, f"expected each segment once, found {column!r} again; remove one of them"
        elif parts.get(column, "features").startswith("columns"):
            yield at, f"expected a column that splits the rows, found {column!r}, which is {parts[column]}; choose another"
        seen.add(column)


def _named(predictions: Predictions) -> Iterator[tuple[Location, str]]:
    """Yield each part that a column has, those with a meaning before the features. A date may be both moments of a row."""
    columns = predictions.columns
    for name in ("id", "version", "score", "label"):
        if column := getattr(columns, name):
            yield ("columns", name), column
    for kind in ("numeric", "categorical"):
        for index, column in enumerate(getattr(predictions.features, kind)):
            yield ("features", kind, index), column


def _reference_problems(monitoring: Monitoring) -> Iterator[Problem]:
    days = monitoring.reference
    if days.to_on <= days.from_on:
        yield ("monitoring", "reference", "to"), f"expected a day after {days.from_on}, found {days.to_on}; it is the first day left out"


def _predictions(given: Predictions, source: SourceSpec) -> PredictionSpec:
    columns = given.columns
    return PredictionSpec(
        source=source,
        time=TimeField(**columns.time.model_dump()),
        row_id=columns.id,
        where=given.where,
        version=columns.version,
        score=columns.score,
        label=columns.label,
        label_kind=given.label_kind,
        label_known_at=_time(columns.label_known_on),
        numeric=given.features.numeric,
        categorical=given.features.categorical,
        segments=given.segments,
    )


def _time(given: TimeColumn | None) -> TimeField | None:
    return None if given is None else TimeField(**given.model_dump())


def _monitoring(given: Monitoring) -> MonitoringSpec:
    return MonitoringSpec(
        reference_from=given.reference.from_on,
        reference_to=given.reference.to_on,
        window=given.window,
        allowed_lateness_days=given.allowed_lateness_days,
        retrain_every_days=given.retrain_every_days,
        retrain_on_new_labels=given.retrain_on_new_labels,
        training_deployment=given.training_deployment or "",
        closed_on=given.closed_on,
        accepted_miscalibration=given.accepted_miscalibration,
    )
