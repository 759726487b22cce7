"""Predictions whose outcome is known, summed up: the little that quality, calibration and error can be judged from.

Put the shape of label counts here. Counting is ``registry/sources``, judging is ``checks/performance.py``.

An outcome counts in a window by the time of its *prediction*, and only when it was known by ``known_before``: what came later was not known
then and is not used, however the source was read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from registry.domain.monitoring import LabelKind, Window
from registry.domain.segments import WHOLE, Segment

DELAY_STEPS = 20
"""Into how many equal shares of the predictions their delays are told."""


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Rows with a known outcome whose score lies in one bin of the reference's score edges.

    Sums over the rows: ``score_total``, ``label_total`` (events of a binary label, the amount otherwise), ``squared_error_total`` of score
    against label, ``absolute_error_total``, and ``correct_count`` of a binary label with the decision at 0.5.
    """

    row_count: int
    score_total: float
    label_total: float
    squared_error_total: float
    absolute_error_total: float
    correct_count: int = 0


@dataclass(frozen=True, slots=True)
class SegmentOutcomes:
    """A segment of one window: all its predictions, and its known outcomes by score bin.

    ``scored_count`` are the predictions with a finite score, ``score_total`` their sum, ``score_variance_total`` the sum of p(1-p) over
    them, ``certainty_total`` the sum of max(p, 1-p): what an estimate before labels arrive needs. ``median_delay_days`` is over the known.
    ``delay_steps`` are the days after which a twentieth, two twentieths and so on of all its predictions had their outcome, as far as they
    have; empty where no time says when. ``early_count`` are outcomes known before the day of their prediction.
    ``late_delay_days`` is the delay of the slowest hundredth of the known: where events are rare and slow, a median does not show it.
    ``improbable_count`` are scores of a binary label outside of 0..1: no probabilities, so not among those scored.
    """

    segment: Segment
    prediction_count: int
    scored_count: int
    score_total: float
    score_variance_total: float
    certainty_total: float
    bins: tuple[ScoreBin, ...]
    median_delay_days: float | None = None
    delay_steps: tuple[int, ...] = ()
    early_count: int = 0
    late_delay_days: int | None = None
    improbable_count: int = 0

    @property
    def known_count(self) -> int:
        return sum(one.row_count for one in self.bins)

    @property
    def immature_count(self) -> int:
        """Return how many predictions have no outcome yet: not known, or not known by then."""
        return self.prediction_count - self.known_count


@dataclass(frozen=True, slots=True)
class WindowOutcomes:
    """The outcomes of one window of predictions as known before an instant."""

    window: Window
    kind: LabelKind
    known_before: datetime
    segments: tuple[SegmentOutcomes, ...]
    duplicate_count: int | None = None
    """Rows with the id of another row of the window; None where that cannot be told."""

    @property
    def age_days(self) -> int:
        """Return how many days the youngest of these predictions had for their outcomes."""
        return (self.known_before.date() - self.window.end_on).days

    def of(self, segment: Segment = WHOLE) -> SegmentOutcomes | None:
        return next((one for one in self.segments if one.segment == segment), None)

    def days_until_known(self, share: float, segment: Segment = WHOLE) -> float | None:
        """Return after how many days ``share`` of a segment's predictions had their outcome; None where fewer have.

        At least that share is known of every window as old as this: predictions of these days that are younger than that can only add
        to it. Where no time says when outcomes became known, all that is certain is when they were counted: then it is the age of the
        youngest prediction, and the days that as many predictions as lack their outcome take to be made.
        """
        mine = self.of(segment)
        if mine is None or not 0 < mine.prediction_count * share <= mine.known_count:
            return None
        step = math.ceil(round(share * DELAY_STEPS, 9)) - 1
        if mine.delay_steps:
            return float(max(0, mine.delay_steps[step])) if step < len(mine.delay_steps) else None
        return max(0, self.age_days) + self.window.day_count * mine.immature_count / mine.prediction_count
