"""The outcomes of one window's predictions as they were known before an instant: one scan, by score bin and segment.

Put here what makes an outcome known, and what a label may be. Sums are ``outcome_tally.py``.

 * An outcome counts where its label is there and, if the catalogue names a time at which it became known, that time certainly lies before.
 * A binary label is 0 or 1, true or false, in any spelling of the number; an empty one is not known yet. Anything else is refused by name.
 * Beside the reference's segments stand those that the window has and the reference had not: a new product has outcomes too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registry.domain.monitoring import LabelKind, MonitoredSystem, Window
from registry.domain.outcomes import WindowOutcomes
from registry.domain.profile import WHOLE, ReferenceProfile, Segment
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.column_values import numbers_of, texts_of
from registry.sources.columns import suggestion
from registry.sources.outcome_tally import JudgedRows, SegmentTally
from registry.sources.prediction_rows import Chunk, PredictionPlace, PredictionRows, Request, open_rows, scanned
from registry.sources.prediction_times import NOT_KNOWN, epoch_day, known_days
from registry.sources.row_ids import counted_ids
from registry.sources.window_tally import split_by

_MAX_NEW_SEGMENTS = 30
_MAX_VALUES = 1_000  # values of one segment column that are looked at beside the reference's
_MAX_SHOWN = 5
_LABELS = {"0": 0.0, "0.0": 0.0, "false": 0.0, "1": 1.0, "1.0": 1.0, "true": 1.0}


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of each row."""

    system: MonitoredSystem
    window: Window
    known_before: datetime
    edges: tuple[float, ...]
    segments: tuple[Segment, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        spec = self.system.predictions
        known_at = (spec.label_known_at.column,) if spec.label_known_at else ()
        row_id = (spec.row_id,) if spec.row_id else ()
        return tuple(dict.fromkeys((spec.score, spec.label, *known_at, *spec.segments, *row_id)))


@dataclass(slots=True)
class _OutcomeTally:
    """The sums of every segment under way, and the labels that are none."""

    question: _Question
    segments: dict[Segment, SegmentTally] = field(init=False)
    bad_labels: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.segments = {segment: self._new() for segment in (WHOLE, *self.question.segments)}

    def add(self, chunk: Chunk) -> None:
        if not chunk.row_count:
            return
        rows = self._judged(chunk)
        self.segments[WHOLE].add(rows)
        for column in self.question.system.predictions.segments:
            if column in chunk.columns:
                self._add_segments(column, chunk.columns[column], rows)

    def merge(self, other: _OutcomeTally) -> None:
        self.bad_labels.update(other.bad_labels)
        for segment, tally in other.segments.items():
            self.segments.setdefault(segment, self._new()).merge(tally)

    def chosen(self) -> list[Segment]:
        """Return all rows, the reference's segments, then the largest of those that it had not."""
        known = [WHOLE, *self.question.segments]
        new = [segment for segment in self.segments if segment not in known]
        return known + sorted(new, key=lambda one: (-self.segments[one].prediction_count, one))[:_MAX_NEW_SEGMENTS]

    def _new(self) -> SegmentTally:
        return SegmentTally(len(self.question.edges) + 1, self.question.system.predictions.label_kind is LabelKind.BINARY)

    def _add_segments(self, column: str, values: Any, rows: JudgedRows) -> None:
        found = texts_of(values)
        ours = [segment for segment in self.segments if segment.column == column]
        for text in found.texts:
            segment = Segment(column, text or "")
            if text is not None and segment not in self.segments and len(ours) < _MAX_VALUES:
                self.segments[segment] = self._new()
                ours.append(segment)
        split = split_by(ours, found)
        ordered = rows.ordered(split.order)
        for segment, start, end in zip(ours, split.bounds[:-1], split.bounds[1:], strict=True):
            if end > start:
                self.segments[segment].add(ordered.between(start, end))

    def _judged(self, chunk: Chunk) -> JudgedRows:
        import numpy as np

        spec = self.question.system.predictions
        nothing = np.full(chunk.row_count, math.nan)  # in a file that lacks the column
        scores = numbers_of(chunk.columns[spec.score]) if spec.score in chunk.columns else nothing
        labels = self._labels(chunk.columns[spec.label]) if spec.label in chunk.columns else nothing
        bins, delays = np.searchsorted(np.array(self.question.edges), scores), None
        if spec.label_known_at and spec.label_known_at.column not in chunk.columns:
            labels = nothing
        elif spec.label_known_at:
            zone = self.question.system.entry.timezone
            known = known_days(chunk.columns[spec.label_known_at.column], spec.label_known_at, zone, self.question.known_before)
            labels = np.where(known == NOT_KNOWN, math.nan, labels)
            delays = known - (chunk.days + epoch_day(self.question.window.start_on))
        return JudgedRows(scores, labels, bins, delays)

    def _labels(self, column: Any) -> Any:
        import numpy as np

        spec = self.question.system.predictions
        if spec.label_kind is LabelKind.NUMBER:
            amounts = numbers_of(column)
            self.bad_labels.update({"an infinite amount": int(np.isinf(amounts).sum())})
            return amounts
        found = texts_of(column)
        values = [math.nan if text is None else _LABELS.get(text.strip().casefold(), math.inf) for text in found.texts]
        sizes = np.bincount(found.positions, minlength=len(values) + 1)
        for text, value, size in zip(found.texts, values, sizes.tolist(), strict=False):
            if value == math.inf:
                self.bad_labels[repr((text or "")[:40])] += size
        return np.array([*values, math.nan])[found.positions]


def count_outcomes(
    system: MonitoredSystem, reference: ReferenceProfile, window: Window, known_before: datetime, place: PredictionPlace
) -> WindowOutcomes:
    """Return the outcomes of the predictions of ``window`` that were known before ``known_before``.

    Raises:
        SchemaBrokenError: the source has no column of scores, labels, or times at which labels became known.
        SourceError: no label or score is configured (``not_configured``), or a label is none (``unknown_label``).
        SourceUnavailableError: its database or storage does not answer.
    """
    question = _asked(system, reference, window, known_before)
    request = Request(system, window, question.columns)
    with open_rows(request, place) as rows, counted_ids(rows, request, place) as (watched, counted_of):
        _refuse_missing(system, rows)
        tally = scanned(watched, lambda _: _OutcomeTally(question))
        ids = counted_of()
    _refuse_labels(system, tally.bad_labels)
    segments = tuple(tally.segments[segment].outcomes(segment) for segment in tally.chosen())
    return WindowOutcomes(window, system.predictions.label_kind, known_before, segments, ids.repeated if ids else None)


def _asked(system: MonitoredSystem, reference: ReferenceProfile, window: Window, known_before: datetime) -> _Question:
    spec, bins = system.predictions, reference.column(system.predictions.score)
    if not spec.label or not spec.score:
        raise SourceError(f"{system.entry.system_id}: expected a score and a label, found none; name them in predictions", "not_configured")
    if bins is None:
        raise SourceError(
            f"{system.entry.system_id}: expected a reference with the score {spec.score!r}, found one without; freeze the reference again",
            "not_configured",
        )
    segments = tuple(segment for segment in reference.segments() if segment != WHOLE and segment.column in spec.segments)
    return _Question(system, window, known_before, bins.edges, segments)


def _refuse_missing(system: MonitoredSystem, rows: PredictionRows) -> None:
    spec = system.predictions
    known_at = (spec.label_known_at.column,) if spec.label_known_at else ()
    missing: Sequence[str] = rows.missing((spec.score, spec.label, *known_at)) if rows.columns else ()
    if missing:
        listed = ", ".join(f"{name!r}{suggestion(name, rows.columns)}" for name in missing)
        raise SchemaBrokenError(
            f"{spec.source.source_id}: expected a score and a label, found no column called {listed}; "
            "correct predictions.columns or have the export corrected"
        )


def _refuse_labels(system: MonitoredSystem, bad_labels: Counter[str]) -> None:
    found = [f"{text} ({count:,} rows)" for text, count in bad_labels.most_common(_MAX_SHOWN) if count]
    if found:
        spec = system.predictions
        expected = "0 or 1, true or false" if spec.label_kind is LabelKind.BINARY else "finite amounts"
        raise SourceError(
            f"{spec.source.source_id}, {spec.label!r}: expected labels that are {expected}, found {', '.join(found)}; "
            "map them in the export, or name another column",
            "unknown_label",
        )
