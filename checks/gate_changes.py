"""On which cases do the versions differ: the ones lost and the ones won, for people to read.

Put here which case is named as a change. How many there are of each measure is ``checks/gate_comparisons.py``.

The rules:
 * A set with labels: the champion was right and the candidate is not, or the other way round. A case that the champion never answered is
   none.
 * A measure that passes cases: it passed the case under one version only; the measure's name stands where the label would. Where less is
   better, a case is lost that is so now and was not.
 * Those lost first, then by case id.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.evaluation import EvaluationSet, MetricKind, VersionOutcomes
from registry.domain.gate import Change, GateInputs

_PASSED = {True: "passed", False: "not passed", None: "no value"}
_SO = {True: "yes", False: "no", None: "no value"}


def find_changes(inputs: GateInputs, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> tuple[Change, ...]:
    """Return the cases on which one version is right and the other is not."""
    found = (*_by_label(cases, champion, candidate), *_by_measure(inputs, cases, champion, candidate))
    return tuple(sorted(found, key=lambda one: (not one.is_lost, one.case_id, one.label)))


def _by_label(cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> Iterator[Change]:
    for place, label in enumerate(cases.labels):
        before, now = champion.answer_of(place), candidate.answer_of(place)
        if before is not None and (before == label) != (now == label):
            yield Change(cases.case_ids[place], before == label, label, before, now or candidate.errors[place])


def _by_measure(inputs: GateInputs, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> Iterator[Change]:
    for metric in (one for one in inputs.spec.metrics if one.kind is MetricKind.PASSED):
        columns = (champion.passed.get(metric.column, ()), candidate.passed.get(metric.column, ()))
        good, words = (False, _SO) if metric.is_less_better else (True, _PASSED)
        for place, (before, now) in enumerate(zip(*columns, strict=False)):
            was_good, is_good = before is good, now is good and not candidate.errors[place]
            if before is not None and not champion.errors[place] and was_good is not is_good:
                told = candidate.errors[place] or words[now]
                yield Change(cases.case_ids[place], was_good, metric.name, words[before], told)
