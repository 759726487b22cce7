"""Does each measure have what it is made of, and do the columns hold that, rather than something else under their name?

Put here what a column looks like that cannot be what the catalogue says. Whether the versions are two is ``checks/gate_wiring.py``.

The rules, for each measure:
 * Not there: no measure at all, no margin of its kind, or no label, answer, score or column that it is made of. INCONCLUSIVE, not compared.
 * Not a number: a score or an amount that is NaN, infinite, or too large to be added up. INCONCLUSIVE, and not compared.
 * Events: AUC, Brier and calibration ask for labels 0 and 1; the last two for scores in 0..1. INCONCLUSIVE, and not compared.
 * The champion's gaps: more than ``max_error_ratio`` of the cases have no value of the champion (an amount: of either version), errors and
   empty cells together, for both hide cases. What is left are chosen cases. INCONCLUSIVE. Errors alone are the wiring's to tell.
 * Constant: a version that gives every case one answer or one score, in a set of several labels, was not asked. INCONCLUSIVE.
 * The label: scores that are 1 for every event and 0 for every other case. No probability is that sure: the column is the label.
   INCONCLUSIVE.
 * The other's: scores alike to the last digit where answers differ. One of the two has the other's column. INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.gate_cases import ANSWERED, EVENT, column_of
from checks.gate_wiring import CHECK
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import GateInputs

_OF_EVENTS = frozenset({MetricKind.AUC, MetricKind.BRIER, MetricKind.CALIBRATION})
_PROBABILITIES = frozenset({MetricKind.BRIER, MetricKind.CALIBRATION})
_OTHER_LABEL = "0"
_LARGEST = 1e100
"""Squares of it can still be added up."""
_SIDES = ("champion", "candidate")


def find_unmeasurable(inputs: GateInputs, cases: EvaluationSet, sides: tuple[VersionOutcomes, VersionOutcomes]) -> dict[str, Finding]:
    """Return, by measure, why it cannot be compared at all."""
    found = ((metric, _unmeasurable(metric, inputs, cases, sides)) for metric in inputs.spec.metrics)
    return {metric.name: Finding(CHECK, metric.name, Verdict.INCONCLUSIVE, *why) for metric, why in found if why}


def find_unasked(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return that the catalogue asks for no measure, where it does not."""
    if inputs.spec.metrics:
        return ()
    text = "expected measures that the versions are compared by, found none; name them under evaluation"
    return (Finding(CHECK, "metrics", Verdict.INCONCLUSIVE, "not_configured", text, n=0),)


def find_column_problems(inputs: GateInputs, cases: EvaluationSet, sides: tuple[VersionOutcomes, VersionOutcomes]) -> tuple[Finding, ...]:
    """Return which columns cannot be what the catalogue says, given those measures that can be compared."""
    return (*_gaps(inputs, sides), *_constant(inputs, cases, sides), *_of_others(inputs, cases, sides))


def _unmeasurable(
    metric: MetricSpec, inputs: GateInputs, cases: EvaluationSet, sides: tuple[VersionOutcomes, VersionOutcomes]
) -> tuple[str, str] | None:
    columns = [column_of(metric, one) for one in sides]
    needs_label = metric.kind in ANSWERED | _OF_EVENTS
    if metric.kind not in inputs.policy.margins:
        return "not_configured", f"expected a margin of {metric.kind.value} in policy, found none; add it to the table gate"
    if (needs_label and not cases.labels) or not all(any(value is not None for value in column) for column in columns):
        wanted = f"column {metric.column!r}" if metric.column else metric.kind.value
        return "missing_column", f"expected {wanted} of both versions{' and labels' * needs_label}, found no value; it is not compared"
    numbers = [value for column in columns for value in column if isinstance(value, float)]
    if strange := sum(not abs(value) < _LARGEST for value in numbers):
        return "not_a_number", f"expected numbers, found {strange:,} that are NaN, infinite or beyond any amount; repair the outcomes"
    if metric.kind in _OF_EVENTS and (labels := set(cases.labels) - {EVENT, _OTHER_LABEL}):
        return (
            "not_an_event",
            f"expected labels {_OTHER_LABEL} and {EVENT}, found {sorted(labels)[0]!r} and others; name the label of an event",
        )
    if metric.kind in _PROBABILITIES and (outside := [value for value in numbers if not 0 <= value <= 1]):
        return (
            "not_a_probability",
            f"expected scores in 0..1, found {outside[0]:g} and {len(outside) - 1:,} more; {metric.kind.value} asks for them",
        )
    return None


def _gaps(inputs: GateInputs, sides: tuple[VersionOutcomes, VersionOutcomes]) -> Iterator[Finding]:
    limit = inputs.policy.outcomes.max_error_ratio
    for metric in inputs.spec.metrics:
        for side, outcomes in zip(_SIDES, sides, strict=True):
            column, errors = column_of(metric, outcomes), sum(bool(error) for error in outcomes.errors)
            empty = sum(value is None and not error for value, error in zip(column, outcomes.errors, strict=False))
            gone, total = errors + empty, len(column)
            if empty and gone > limit * total and (side == "champion" or metric.kind is MetricKind.AMOUNT):
                text = f"{metric.name}: {gone:,} of {total:,} cases have no value of {outcomes.version} ({errors:,} errors, {empty:,} "
                text += f"empty), expected at most {100 * limit:g} %; what is left are chosen cases: evaluate on all of them"
                yield _odd(outcomes.version, "missing_values", text, n=total, value=gone / total, limit=limit)


def _constant(inputs: GateInputs, cases: EvaluationSet, sides: tuple[VersionOutcomes, VersionOutcomes]) -> Iterator[Finding]:
    of_answers, of_scores = _kinds(inputs)
    for outcomes in sides if len(set(cases.labels)) > 1 else ():
        for name, asked, column in (("answer", of_answers, outcomes.answers), ("score", of_scores, outcomes.scores)):
            given = [value for value in column if value is not None]
            if asked and len(given) > 1 and len(set(given)) == 1:
                text = (
                    f"{outcomes.version} gives every case the {name} {str(given[0])[:40]!r}; expected several in a set of several labels: "
                )
                yield _odd(outcomes.version, f"constant_{name}s", f"{text}look which column is the {name}", n=len(given))


def _of_others(inputs: GateInputs, cases: EvaluationSet, sides: tuple[VersionOutcomes, VersionOutcomes]) -> Iterator[Finding]:
    if not _kinds(inputs)[1] or len(set(cases.labels)) < 2:
        return
    for outcomes in sides:
        pairs = [(score, label) for score, label in zip(outcomes.scores, cases.labels, strict=False) if score is not None]
        if pairs and all(score == float(label == EVENT) for score, label in pairs):
            text = f"{outcomes.version}: every score is the label of its case; name the column that the version's score is in"
            yield _odd(outcomes.version, "score_is_label", text, n=len(pairs))
    champion, candidate = sides
    if champion.scores and champion.scores == candidate.scores and champion.answers != candidate.answers:
        text = "both versions have the same scores, and other answers; look whose scores they are"
        yield _odd("candidate", "same_scores", text, n=len(champion.scores))


def _kinds(inputs: GateInputs) -> tuple[bool, bool]:
    kinds = {metric.kind for metric in inputs.spec.metrics}
    return bool(kinds & ANSWERED), bool(kinds & _OF_EVENTS)


def _odd(subject: str, code: str, text: str, n: int, value: float | None = None, limit: float | None = None) -> Finding:
    return Finding(CHECK, subject, Verdict.INCONCLUSIVE, code, text, value=value, limit=limit, n=n)
