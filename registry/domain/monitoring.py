"""What is watched of an AI system's predictions: where they are, which columns matter, and against which time they are compared.

Put plain values of the catalogue's ``predictions`` and ``monitoring`` here, and how days are cut into windows. The YAML schema, its
defaults and its messages are ``registry/catalogue``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from registry.domain.catalogue import SourceSpec, SystemEntry, TimeField


class WindowKind(StrEnum):
    """How much time one look covers."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class LabelKind(StrEnum):
    """What the outcome is: an event that happened or not, or an amount."""

    BINARY = "binary"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class PredictionSpec:
    """One row per prediction: its time, what went in, what came out, and the outcome once it is known.

    ``where`` is a DuckDB SQL condition on the source's columns, or empty. ``score`` is a probability of the event for a binary label, the
    predicted amount otherwise. ``label_known_at`` is when the outcome became known; without it a label counts as known when it is there.
    ``segments`` are columns whose values split the rows; each is judged beside the whole, never crossed with another.
    """

    source: SourceSpec
    time: TimeField
    row_id: str = ""
    where: str = ""
    version: str = ""
    score: str = ""
    label: str = ""
    label_kind: LabelKind = LabelKind.BINARY
    label_known_at: TimeField | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitoringSpec:
    """Against which days a system's windows are compared (``[reference_from, reference_to)`` in its zone), and how long a window is.

    ``allowed_lateness_days``: how long after its end a window's rows may still arrive; the policy's where None. ``retrain_every_days``: the
    schedule trigger, none where None. ``retrain_on_new_labels``: whether enough new outcomes alone ask for a retraining.
    ``training_deployment``: the team's own Prefect deployment that a person may start for a request. ``closed_on``: days on which no row
    is expected. ``accepted_miscalibration``: why the scores may differ from what happened, empty where they may not.
    """

    reference_from: date
    reference_to: date
    window: WindowKind
    allowed_lateness_days: int | None = None
    retrain_every_days: int | None = None
    retrain_on_new_labels: bool = False
    training_deployment: str = ""
    closed_on: tuple[date, ...] = ()
    accepted_miscalibration: str = ""

    def lateness_days(self, usual: int) -> int:
        """Return how many days after its end a window's rows may still arrive; ``usual`` is the policy's, where the system names none."""
        return usual if self.allowed_lateness_days is None else self.allowed_lateness_days


@dataclass(frozen=True, slots=True)
class MonitoredSystem:
    """A system of the catalogue whose predictions are watched."""

    entry: SystemEntry
    predictions: PredictionSpec
    monitoring: MonitoringSpec


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Half-open civil days ``[start_on, end_on)`` of the system's zone."""

    start_on: date
    end_on: date

    @property
    def day_count(self) -> int:
        return (self.end_on - self.start_on).days

    def days(self) -> tuple[date, ...]:
        return tuple(self.start_on + timedelta(days=place) for place in range(self.day_count))


def window_of(day: date, kind: WindowKind) -> Window:
    """Return the window that holds ``day``: itself, its ISO week from Monday, or its calendar month.

    >>> window_of(date(2024, 2, 29), WindowKind.MONTH)
    Window(start_on=datetime.date(2024, 2, 1), end_on=datetime.date(2024, 3, 1))
    >>> window_of(date(2024, 2, 29), WindowKind.WEEK).start_on.isoformat()
    '2024-02-26'
    """
    if kind is WindowKind.DAY:
        return Window(day, day + timedelta(days=1))
    if kind is WindowKind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Window(monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return Window(first, (first + timedelta(days=31)).replace(day=1))


def last_window_before(day: date, kind: WindowKind) -> Window:
    """Return the newest window that has ended by the start of ``day``.

    >>> last_window_before(date(2010, 6, 1), WindowKind.MONTH).start_on.isoformat()
    '2010-05-01'
    """
    return window_of(window_of(day, kind).start_on - timedelta(days=1), kind)
