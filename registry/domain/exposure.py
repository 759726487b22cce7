"""How often a system decided: what a number of occurrences is measured against.

Put here what the catalogue says of a system's exposure and of what its signals mean after a fix, and what was counted. Reading is
``registry/sources``, judging is ``checks/recurrence.py``.

 * Exposure counts decisions by the civil day on which they were made, in the system's zone, whoever reported what about them and when.
 * Where nothing counts decisions, an observed day is the unit, and that is told wherever the number stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from registry.domain.canonical import digest_of
from registry.domain.catalogue import SourceSpec, TimeField


class EffectKind(StrEnum):
    """What a signal's symptom should be after a fix: gone, or as rare as it was."""

    ABSENCE = "absence"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class ExposureSpec:
    """Where a system's decisions are counted: one row for each, or ``count`` of them in a row. ``where`` is a DuckDB SQL condition.

    ``unit`` is what is counted, in the singular, like ``decision``. ``segment`` maps our names to columns, as those of a feed do.
    ``row_id`` is the column that names a row, empty where none does: rows that are there twice are found by it. ``received`` is when a row
    arrived (None: nothing says it): a count for an earlier date leaves out what came later.
    """

    source: SourceSpec
    time: TimeField
    unit: str
    where: str = ""
    count: str = ""
    segment: dict[str, str] = field(default_factory=dict)
    row_id: str = ""
    received: TimeField | None = None


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """What the symptoms of one feed should be after a fix. ``max_ratio`` is the target of a rate; None: the level before the issue."""

    kind: EffectKind = EffectKind.ABSENCE
    max_ratio: float | None = None


class NamedBy(StrEnum):
    """What of a signal names the decision that it is about, so that several about one decision count once."""

    NOTHING = "nothing"
    ROW = "row"  # each row is a decision of its own: the source's id names it
    POINTER = "pointer"  # the only pointer of its source evidence


@dataclass(frozen=True, slots=True)
class FeedTerms:
    """What of the catalogue an end through one feed rests on. ``allowed_lateness_days`` None: the policy's.

    ``counted_by`` is the digest of what counts its decisions, empty where observed days are the unit.
    """

    feed: str
    effect: EffectSpec
    allowed_lateness_days: int | None
    named_by: NamedBy
    counted_by: str = ""


@dataclass(frozen=True, slots=True)
class FeedWatch:
    """How one feed of a system is watched after a fix. ``exposure`` None: observed days are the unit.

    ``counts_unsupported_claims``: its signals are claims that no source supports, which is a key risk indicator.
    """

    system_id: str
    feed: str
    effect: EffectSpec
    exposure: ExposureSpec | None
    allowed_lateness_days: int | None = None
    counts_unsupported_claims: bool = False
    named_by: NamedBy = NamedBy.NOTHING

    @property
    def terms(self) -> FeedTerms:
        """What an end through this feed rests on."""
        counted_by = digest_of(self.exposure) if self.exposure else ""
        return FeedTerms(self.feed, self.effect, self.allowed_lateness_days, self.named_by, counted_by)


@dataclass(frozen=True, slots=True)
class FeedsInPart:
    """Feeds of a symptom that the catalogue had for a part of a window only: those that left it, and those that came after the fix."""

    left: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


NONE_IN_PART = FeedsInPart()


@dataclass(frozen=True, slots=True, order=True)
class DayExposure:
    """How many decisions were made on one civil day, in one segment (empty name and value: all of them)."""

    on: date
    name: str
    value: str
    count: int


@dataclass(frozen=True, slots=True, order=True)
class CellCount:
    """How many decisions of one day were of one value of a segment: 0 where the segment is counted and none was of it."""

    name: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class ExposureRead:
    """The exposure of one feed over ``[start_on, end_on)``: days without a row have none. ``digests`` are those of the files it is of.

    ``reason`` says why nothing could be read; then there are no days. ``told`` is what else was found, in words: days that are left out,
    rows of no day, segments that are not counted.
    """

    system_id: str
    feed: str
    unit: str
    start_on: date
    end_on: date
    days: tuple[DayExposure, ...] = ()
    digests: tuple[str, ...] = ()
    reason: str = ""
    told: tuple[str, ...] = ()
