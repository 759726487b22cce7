"""Which cases of a metric count as a pair, and what each version made of them.

Put the alignment of two versions' outcomes here. Comparing them is ``checks/gate_comparisons.py``.

The rules:
 * A case is a pair where the champion answered it without an error: otherwise nothing is known of what the candidate has to keep.
 * The candidate's error is a wrong answer. Whoever answers nothing was not right, and a failed case must not fall out of the mean.
   Of a score it is the worst there is: the lowest for an event, the highest for any other case.
 * An answer outside of the contract, or a refusal, is right only where it is the label.
 * A refusal is not passed either, whatever the scorer said, unless it is the label: nobody becomes better grounded by declining to answer.
   Of what is better when it is less (harmful output) the scorer's word stands.
 * Where less is better a case is right that the column does not call so.
 * An amount counts where both versions have one; cases with an error have none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.paired import PairedCounts
from registry.domain.segments import WHOLE, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Column = Sequence[str | float | None]

EVENT = "1"
"""The label of an event; every other one is none."""
ANSWERED = frozenset({MetricKind.ACCURACY, MetricKind.F1})
"""Measures that are made of answers."""
_RIGHT_OR_WRONG = frozenset({MetricKind.ACCURACY, MetricKind.PASSED})
_WORST_IS_ZERO = ANSWERED | {MetricKind.PASSED, MetricKind.AMOUNT}


@dataclass(frozen=True, slots=True, eq=False)
class PairedCases:
    """The places (in the set's order) of the cases that count, with a value of each version: 0.0 or 1.0 for right or wrong."""

    places: NDArray[np.intp]
    champion: Floats
    candidate: Floats

    def counts(self) -> PairedCounts:
        was, is_ = self.champion == 1.0, self.candidate == 1.0
        both, lost, won = (int(one.sum()) for one in (was & is_, was & ~is_, ~was & is_))
        return PairedCounts(both, lost, won, len(self.places) - both - lost - won)

    def of(self, places: Sequence[int]) -> PairedCases:
        """Return those among ``places``."""
        import numpy as np  # costs a fifth of a second: not at import

        kept = np.isin(self.places, np.asarray(places, dtype=np.intp))
        return PairedCases(self.places[kept], self.champion[kept], self.candidate[kept])


def is_right_or_wrong(metric: MetricSpec) -> bool:
    """Return whether every case of the metric is one or the other, so that cases lost and won say everything."""
    return metric.kind in _RIGHT_OR_WRONG


def column_of(metric: MetricSpec, outcomes: VersionOutcomes) -> Column:
    """Return the column that a measure is made of; nothing where the outcomes have none."""
    if metric.kind in ANSWERED:
        return outcomes.answers
    if metric.kind is MetricKind.PASSED:
        return outcomes.passed.get(metric.column, ())
    return outcomes.amounts.get(metric.column, ()) if metric.kind is MetricKind.AMOUNT else outcomes.scores


def paired_cases(metric: MetricSpec, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> PairedCases:
    """Return the pairs of a metric over all cases."""
    import numpy as np

    found = [_values(metric, cases, one) for one in (champion, candidate)]
    there = [np.array([value is not None for value in values], dtype=bool) for values in found]
    before, now = (np.array(values, dtype=float) for values in found)
    is_pair = there[0] & there[1] if metric.kind is MetricKind.AMOUNT else there[0]
    now = np.where(there[1], now, _worst(metric, cases, now[there[1]]))
    return PairedCases(np.flatnonzero(is_pair), before[is_pair], now[is_pair])


def values_alone(metric: MetricSpec, cases: EvaluationSet, outcomes: VersionOutcomes) -> list[float]:
    """Return what one version made of the cases: 1.0 where a share's case is so, its bad side where there is no value; amounts that are."""
    found = _values(metric, cases, outcomes)
    if metric.kind not in _RIGHT_OR_WRONG:
        return [value for value in found if value is not None]
    return [1.0 - (value or 0.0) if metric.is_less_better else value or 0.0 for value in found]


def without_refusals(
    outcomes: VersionOutcomes, cases: EvaluationSet, refusals: Collection[str], metrics: Collection[MetricSpec] = ()
) -> VersionOutcomes:
    """Return the outcomes with no case passed that the version declined; what is better when it is less stays as it was."""
    turned = {one.column for one in metrics if one.is_less_better}
    labels = cases.labels or ("",) * len(cases.case_ids)
    declined = [answer in refusals and answer != label for answer, label in zip(outcomes.answers, labels, strict=True)]
    passed = {
        name: column if name in turned else tuple(False if gone else value for value, gone in zip(column, declined, strict=True))
        for name, column in outcomes.passed.items()
    }
    return replace(outcomes, passed=passed) if any(declined) else outcomes


def segments_of(cases: EvaluationSet) -> Iterator[tuple[Segment, Sequence[int]]]:
    """Yield all cases, then each value of each segment column, both by name, with the places of its cases.

    By name and not as the catalogue lists them: what is sealed has no order, and is judged again from there.
    """
    yield WHOLE, range(len(cases.case_ids))
    for column, values in sorted(cases.segments.items()):
        places: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            places.setdefault(value, []).append(place)
        for value in sorted(places):
            yield Segment(column, value), places[value]


def _worst(metric: MetricSpec, cases: EvaluationSet, scores: Floats) -> Floats:
    """Return, of each case, what it counts for where a candidate gave nothing."""
    import numpy as np

    if metric.kind in _WORST_IS_ZERO:
        return np.zeros(len(cases.case_ids))
    is_event = np.array([label == EVENT for label in cases.labels], dtype=bool)
    worst: Floats = np.where(is_event, scores.min(initial=0.0), scores.max(initial=1.0))
    return worst


def _values(metric: MetricSpec, cases: EvaluationSet, outcomes: VersionOutcomes) -> list[float | None]:
    """Return each case's value, None where the version gave none."""
    found = column_of(metric, outcomes)
    if metric.kind in ANSWERED:
        found = [None if answer is None else answer == label for answer, label in zip(found, cases.labels, strict=True)]
    if metric.kind is MetricKind.PASSED and metric.is_less_better:
        found = [None if value is None else not value for value in found]
    return [None if error or value is None else float(value) for error, value in zip(outcomes.errors, found, strict=True)]
