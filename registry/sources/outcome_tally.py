"""Scores and known outcomes of the rows of one window, summed by score bin in all rows and in each segment.

Put adding up of outcomes here. Which outcomes are known is decided in ``outcome_counts.py``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from registry.domain.outcomes import DELAY_STEPS, ScoreBin, SegmentOutcomes
from registry.domain.profile import Segment

_SUMS = 6  # rows, score, label, squared error, absolute error, correct: the fields of a ScoreBin, in their order
_DECISION = 0.5
_ROUNDING = 1e-9  # as in ``checks/performance_scores.py``
_LATE_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Rows column by column: ``scores`` (NaN: none), ``labels`` (NaN: not known), ``bins`` of the scores, ``delays`` in days."""

    scores: Any
    labels: Any
    bins: Any
    delays: Any | None

    def ordered(self, order: Any) -> JudgedRows:
        delays = None if self.delays is None else self.delays[order]
        return JudgedRows(self.scores[order], self.labels[order], self.bins[order], delays)

    def between(self, start: int, end: int) -> JudgedRows:
        return self.ordered(slice(start, end))


@dataclass(slots=True)
class SegmentTally:
    """The sums of one segment under way."""

    bin_count: int
    is_binary: bool
    prediction_count: int = 0
    scored_count: int = 0
    improbable_count: int = 0
    score_total: float = 0.0
    score_variance_total: float = 0.0
    certainty_total: float = 0.0
    sums: Any = field(init=False)
    delays: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        import numpy as np

        self.sums = np.zeros((_SUMS, self.bin_count))

    def add(self, rows: JudgedRows) -> None:
        import numpy as np

        self.prediction_count += len(rows.scores)
        is_finite = np.isfinite(rows.scores)
        is_scored = is_finite & ((not self.is_binary) | ((rows.scores >= -_ROUNDING) & (rows.scores <= 1 + _ROUNDING)))
        self.improbable_count += int(is_finite.sum() - is_scored.sum())
        scores = rows.scores[is_scored]
        self.scored_count += len(scores)
        self.score_total += float(scores.sum())
        if self.is_binary:
            self.score_variance_total += float((scores * (1 - scores)).sum())
            self.certainty_total += float(np.maximum(scores, 1 - scores).sum())
        self._add_known(rows.ordered(is_scored & ~np.isnan(rows.labels)))

    def merge(self, other: SegmentTally) -> None:
        self.prediction_count += other.prediction_count
        self.scored_count += other.scored_count
        self.improbable_count += other.improbable_count
        self.score_total += other.score_total
        self.score_variance_total += other.score_variance_total
        self.certainty_total += other.certainty_total
        self.sums += other.sums
        self.delays.update(other.delays)

    def outcomes(self, segment: Segment) -> SegmentOutcomes:
        bins = tuple(
            ScoreBin(int(rows), score, label, squared, absolute, int(correct))
            for rows, score, label, squared, absolute, correct in self.sums.T.tolist()
        )
        totals = (self.score_total, self.score_variance_total, self.certainty_total)
        delays = _median(self.delays), _steps(self.delays, self.prediction_count)
        early = sum(count for day, count in self.delays.items() if day < 0)
        late = _late(self.delays)
        return SegmentOutcomes(
            segment, self.prediction_count, self.scored_count, *totals, bins, *delays, early, late, self.improbable_count
        )

    def _add_known(self, rows: JudgedRows) -> None:
        import numpy as np

        error = rows.scores - rows.labels
        is_right = (rows.scores >= _DECISION) == (rows.labels == 1) if self.is_binary else np.zeros(len(error), bool)
        weights = (np.ones(len(error)), rows.scores, rows.labels, error * error, np.abs(error), is_right.astype(float))
        self.sums += np.array([np.bincount(rows.bins, weight, self.bin_count) for weight in weights])
        if rows.delays is not None:
            days, counts = np.unique(rows.delays, return_counts=True)
            self.delays.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))


def _steps(delays: Counter[int], prediction_count: int) -> tuple[int, ...]:
    """Return the days after which each further twentieth of all predictions had their outcome."""
    found: list[int] = []
    passed = 0
    for day in sorted(delays):
        passed += delays[day]
        found += [day] * (passed * DELAY_STEPS // prediction_count - len(found))
    return tuple(found)


def _late(delays: Counter[int]) -> int | None:
    """Return the days after which nearly all of those known were known; None where nothing says when."""
    passed = 0
    for day in sorted(delays):
        passed += delays[day]
        if passed >= _LATE_SHARE * delays.total():
            return day
    return None


def _median(delays: Counter[int]) -> float | None:
    """Return the middle of the counted days, half-way between the two where their number is even; None where there are none."""
    total = delays.total()
    if not total:
        return None
    lower, upper = (total - 1) // 2, total // 2
    passed, middle = 0, []
    for day in sorted(delays):
        middle += [day for place in (lower, upper) if passed <= place < passed + delays[day]]
        passed += delays[day]
    return sum(middle) / 2
