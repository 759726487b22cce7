"""Which outcomes of two versions a library can draw, side by side and in inert form, and why others are left out.

Put here how the gate's outcomes become columns for a library. Drawing them, and what is said of the whole, is ``gate_charts``.

 * An answer is drawn where both versions gave one that is a label of the set: the library would count an error, a refusal or any other
   answer as one more label, and its means would fall for it. Cases left out are counted on the page.
 * Scores are drawn where labels are events and both versions have one; amounts where both have one.
 * Nothing that is not a finite number is drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.evaluation import EvaluationSet, MetricKind, VersionOutcomes
from registry.domain.gate import GateInputs
from reports.foreign_text import inert_names
from reports.wording import counted

MAX_LABELS, MAX_AMOUNTS = 25, 12
EVENT = "1"
_NAME_CHARS = 24
_OF_SCORES = frozenset({MetricKind.AUC, MetricKind.BRIER, MetricKind.CALIBRATION})
Places = Sequence[int]


@dataclass(frozen=True, slots=True)
class Drawable:
    """One thing to draw: columns of equal length, or the reason why there are none. ``positive`` is one of two labels."""

    kind: str
    title: str
    case_count: int = 0
    note: str = ""
    labels: tuple[str, ...] = ()
    champion: tuple[str, ...] | tuple[float, ...] = ()
    candidate: tuple[str, ...] | tuple[float, ...] = ()
    positive: str = ""
    left_out_because: str = ""


def answers_of(inputs: GateInputs, places: Places) -> Drawable:
    """Return answers beside the right ones."""
    cases, champion, candidate = _read(inputs)
    labels = Counter(cases.labels[place] for place in places) if cases.labels else Counter()
    reason = _reason_against_answers(labels, champion, candidate)
    if reason:
        return Drawable("answers", "Answers", left_out_because=reason)
    names = inert_names(labels, _NAME_CHARS)
    pairs = [(cases.labels[place], champion.answer_of(place), candidate.answer_of(place)) for place in places]
    kept = [(names[label], names[was], names[is_]) for label, was, is_ in pairs if was in names and is_ in names]
    return _drawn_answers(kept, len(pairs) - len(kept), _positive(kept, names, labels))


def scores_of(inputs: GateInputs, places: Places) -> Drawable | None:
    """Return the scores of events and others; None where the versions have none and no measure asks for them."""
    cases, champion, candidate = _read(inputs)
    has_scores = all(any(score is not None for score in one.scores) for one in (champion, candidate))
    if not has_scores and not any(one.kind in _OF_SCORES for one in inputs.spec.metrics):
        return None
    title = "Scores"
    if not has_scores:
        return Drawable("scores", title, left_out_because="at least one version has no score")
    if not cases.labels or set(cases.labels) - {"0", EVENT}:
        return Drawable("scores", title, left_out_because=f"labels are not 0 and {EVENT}, so no score is the chance of an event")
    pairs = list(_numbers(places, champion, candidate, champion.scores, candidate.scores))
    events = tuple(cases.labels[place] for place, _, _ in pairs)
    if len(set(events)) < 2:
        return Drawable("scores", title, left_out_because="there are not both events and others with a score of both versions")
    note = "Cases with a score of both versions. The gate also counts a case that the candidate gave no score, as the worst there is."
    return _of_numbers("scores", title, note, pairs, labels=events)


def amounts_of(inputs: GateInputs, places: Places) -> Iterator[Drawable]:
    """Yield each measure that is an amount."""
    _, champion, candidate = _read(inputs)
    wanted = [one for one in inputs.spec.metrics if one.kind is MetricKind.AMOUNT]
    note = (
        "The library’s regression: the champion’s amount of a case is taken for the actual one, so that what it calls an error is how much "
        "more or less the candidate’s is."
    )
    for number, metric in enumerate(wanted):
        columns = [one.amounts.get(metric.column, ()) for one in (champion, candidate)]
        pairs = list(_numbers(places, champion, candidate, *columns)) if all(columns) else []
        if number >= MAX_AMOUNTS:
            yield Drawable("amounts", metric.name, left_out_because=f"a page shows at most {MAX_AMOUNTS} amounts")
        elif len(pairs) < 2:
            yield Drawable("amounts", metric.name, left_out_because="there are no two cases with an amount of both versions")
        else:
            yield _of_numbers("amounts", metric.name, note, pairs)


def _read(inputs: GateInputs) -> tuple[EvaluationSet, VersionOutcomes, VersionOutcomes]:
    cases, champion, candidate = inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes
    if cases is None or champion is None or candidate is None:
        raise ValueError("expected a set and the outcomes of both versions, found one that was not read")
    return cases, champion, candidate


def _reason_against_answers(labels: Counter[str], champion: VersionOutcomes, candidate: VersionOutcomes) -> str:
    if not labels:
        return "the set has no right answers"
    for one, name in ((champion, "champion"), (candidate, "candidate")):
        if all(answer is None or error for answer, error in zip(one.answers, one.errors, strict=True)):
            return f"the {name} has no answer"
    if len(labels) == 1:
        return "every case has the same right answer"
    return f"{len(labels):,} different right answers; at most {MAX_LABELS} can be drawn" if len(labels) > MAX_LABELS else ""


def _positive(pairs: Sequence[tuple[str, ...]], names: dict[str, str], labels: Counter[str]) -> str:
    """Return which of two answers is meant: an event, else the rarer one; empty where there are more than two."""
    if len({answer for pair in pairs for answer in pair}) != 2:
        return ""
    return names[EVENT if EVENT in labels else min(labels, key=lambda label: (labels[label], label))]


def _drawn_answers(pairs: list[tuple[str, str, str]], left: int, positive: str) -> Drawable:
    if not pairs:
        return Drawable("answers", "Answers", left_out_because="there is no case that both versions gave an answer of the set")
    what = f"those of the answer “{positive}”" if positive else "means over all answers, each counted the same"
    note = f"Precision, recall and F1 are {what}."
    if left:
        which = counted(left, "case is", "cases are")
        note += f" {which} left out, where a version gave no answer of the set; the gate counts what the candidate made of them as wrong."
    labels, champion, candidate = zip(*pairs, strict=True)
    return Drawable("answers", "Answers", len(pairs), note, labels, champion, candidate, positive)


def _numbers(
    places: Places, champion: VersionOutcomes, candidate: VersionOutcomes, before: Sequence[float | None], now: Sequence[float | None]
) -> Iterator[tuple[int, float, float]]:
    """Yield the cases in which both versions have a finite number and no error."""
    for place in places:
        was, is_ = before[place], now[place]
        if was is None or is_ is None or champion.errors[place] or candidate.errors[place]:
            continue
        if math.isfinite(was) and math.isfinite(is_):
            yield place, was, is_


def _of_numbers(kind: str, title: str, note: str, pairs: list[tuple[int, float, float]], labels: tuple[str, ...] = ()) -> Drawable:
    _, champion, candidate = zip(*pairs, strict=True)
    return Drawable(kind, title, len(pairs), note, labels, champion, candidate)
