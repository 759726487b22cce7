"""Cases on which no version may be wrong: all of them right, every time they were asked.

Put the judgement of critical cases here. Averages over all cases are ``checks/gate_comparisons.py``.

The rules:
 * No such case in a set whose catalogue names them, or no label they could be right by, is INCONCLUSIVE.
 * One wrong, refused, missing or errored answer, in any repeat, is a FAIL, whatever the champion answered.
 * What so many right ones allow at most is told (Clopper and Pearson, 95 %, one-sided): n of n right leave up to 1 - 0.05^(1/n) wrong.
   Cases count, not answers: asking one case again says nothing of another.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.gate import GateInputs

CHECK = "critical"
_NAMED = 5
_SURE = 0.05


def find_critical(inputs: GateInputs, cases: EvaluationSet, candidate: VersionOutcomes) -> tuple[Finding, ...]:
    """Return what the candidate made of the critical cases; nothing where the catalogue names none."""
    if not inputs.spec.critical:
        return ()
    places = [place for place, is_critical in enumerate(cases.critical) if is_critical]
    if not places or not cases.labels:
        text = f"{inputs.spec.critical}: expected critical cases with labels in the set, found none; mark them, or drop critical"
        return (Finding(CHECK, "cases", Verdict.INCONCLUSIVE, "no_data", text, n=len(places)),)
    wrong = sorted(cases.case_ids[place] for place in places if any(one != cases.labels[place] for one in _answers(candidate, place)))
    asked = sum(1 for place in places for _ in _answers(candidate, place))
    return (_judged(wrong, len(places), asked),)


def most_wrong(right: int) -> float:
    """Return the share of wrong cases that so many right ones, and no wrong one, still allow.

    >>> round(most_wrong(59), 3), round(most_wrong(1), 2)
    (0.05, 0.95)
    """
    return float(1.0 - _SURE ** (1.0 / right))


def _judged(wrong: list[str], cases: int, asked: int) -> Finding:
    if wrong:
        more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
        text = f"{len(wrong):,} of {cases:,} critical cases are wrong at least once: {', '.join(wrong[:_NAMED])}{more}; none may be"
        return Finding(CHECK, "cases", Verdict.FAIL, "critical_case", text, value=float(len(wrong)), limit=0.0, n=cases)
    text = f"{cases:,} critical cases are right in all {asked:,} answers; so many allow for up to {100 * most_wrong(cases):.1f} % "
    return Finding(
        CHECK, "cases", Verdict.PASS, "critical_cases", text + "of such cases to be wrong (95 % sure)", value=0.0, limit=0.0, n=cases
    )


def _answers(outcomes: VersionOutcomes, place: int) -> Iterator[str | None]:
    yield outcomes.answer_of(place)
    yield from outcomes.repeats[place] if outcomes.repeats else ()
