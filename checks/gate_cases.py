"""Which cases of a metric count as a pair, and what each version made of them.

Put the alignment of two versions' outcomes here. Comparing them is ``checks/gate_comparisons.py``.

The rules:
 * A case is a pair where the champion answered it without an error: otherwise nothing is known of what the candidate has to keep.
 * The candidate's error is a wrong answer. Whoever answers nothing was not right, and a failed case must not fall out of the mean.
 * An answer outside of the contract, or a refusal, is right only where it is the label.
 * An amount counts where both versions have one; cases with an error have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.paired import PairedCounts
from registry.domain.segments import WHOLE, Segment

_RIGHT_OR_WRONG = frozenset({MetricKind.ACCURACY, MetricKind.PASSED})


@dataclass(frozen=True, slots=True)
class PairedCases:
    """The places (in the set's order) of the cases that count, with a value of each version: 0.0 or 1.0 for right or wrong."""

    places: tuple[int, ...]
    champion: tuple[float, ...]
    candidate: tuple[float, ...]

    def counts(self) -> PairedCounts:
        pairs = [(before, now) for before, now in zip(self.champion, self.candidate, strict=True)]
        return PairedCounts(pairs.count((1.0, 1.0)), pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0)), pairs.count((0.0, 0.0)))

    def of(self, places: Sequence[int]) -> PairedCases:
        """Return those among ``places``."""
        wanted = set(places)
        kept = [index for index, place in enumerate(self.places) if place in wanted]
        return PairedCases(*(tuple(values[index] for index in kept) for values in (self.places, self.champion, self.candidate)))


def is_right_or_wrong(metric: MetricSpec) -> bool:
    return metric.kind in _RIGHT_OR_WRONG


def paired_cases(metric: MetricSpec, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> PairedCases:
    """Return the pairs of a metric over all cases."""
    before, now = (_values(metric, cases, one) for one in (champion, candidate))
    found = [(place, was, _counted(metric, is_)) for place, (was, is_) in enumerate(zip(before, now, strict=True)) if was is not None]
    kept = [(place, was, is_) for place, was, is_ in found if is_ is not None]
    return PairedCases(*(tuple(column) for column in zip(*kept, strict=True))) if kept else PairedCases((), (), ())


def segments_of(cases: EvaluationSet) -> Iterator[tuple[Segment, tuple[int, ...]]]:
    """Yield all cases, then each value of each segment column by name, with the places of its cases."""
    yield WHOLE, tuple(range(len(cases.case_ids)))
    for column, values in cases.segments.items():
        places: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            places.setdefault(value, []).append(place)
        for value in sorted(places):
            yield Segment(column, value), tuple(places[value])


def _counted(metric: MetricSpec, value: float | None) -> float | None:
    return 0.0 if value is None and is_right_or_wrong(metric) else value


def _values(metric: MetricSpec, cases: EvaluationSet, outcomes: VersionOutcomes) -> Iterator[float | None]:
    """Yield each case's value, None where the version gave none."""
    for place, error in enumerate(outcomes.errors):
        yield None if error else _value(metric, cases, outcomes, place)


def _value(metric: MetricSpec, cases: EvaluationSet, outcomes: VersionOutcomes, place: int) -> float | None:
    if metric.kind is MetricKind.ACCURACY:
        answer = outcomes.answers[place]
        return None if answer is None else float(answer == cases.labels[place])
    if metric.kind is MetricKind.PASSED:
        passed = outcomes.passed[metric.column][place]
        return None if passed is None else float(passed)
    return outcomes.amounts[metric.column][place] if metric.column else outcomes.scores[place]
