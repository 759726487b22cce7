"""Cases and versions on a gate's page: cases lost and won, what each version answered at all, and what was not evaluated.

Put here what is told of single cases, of a version's outcomes, and of everything that a reader would expect and that was not judged.
Comparisons are ``gate_view``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.evaluation import EvaluationSpec, VersionOutcomes
from registry.domain.gate import Change, Comparison, ComparisonState, GateDecision, GateInputs
from registry.domain.segments import WHOLE, Segment
from reports import gate_words as words
from reports import wording
from reports.foreign_text import visible
from reports.triggers_words import listed

MAX_LOST, MAX_WON, MAX_CHARS = 36, 12, 160
# Kinds of systems that may answer the same case otherwise the next time.
_ANSWER_ANEW = frozenset({"llm", "rag", "agent"})
_ASKED_ONCE = "Each case was answered once: how much the answers of a version vary from one time to the next is not known."
_TOO_ONE_SIDED = ", and too few events among them, or too few other cases"
_NO_TRAINING = ("training data", "not_configured")
_OF_TRAINING = "The catalogue names no training data, so nobody knows whether a version was taught cases of this set; ask who trained it."


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case on which the versions differ; ``where`` are the segments it belongs to, ``error`` says that an answer is none."""

    case_id: str
    where: str
    label: str
    champion: str
    candidate: str
    is_candidate_error: bool


@dataclass(frozen=True, slots=True)
class CaseList:
    """Cases of one kind: those shown, and how many there are in all."""

    rows: tuple[CaseRow, ...]
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class VersionTally:
    """What one version made of the set, counted: everything out of the cases of the set."""

    role: str
    version: str
    answered: str
    errors: str
    off_contract: str
    refusals: str
    strangers: str


@dataclass(frozen=True, slots=True)
class GateGap:
    """Something that was not evaluated, and why; ``state`` in a few words, ``tone`` its look."""

    subject: str
    state: str
    reason: str
    tone: str = "inconclusive"


def lost_and_won(decision: GateDecision, inputs: GateInputs) -> tuple[CaseList, CaseList]:
    """Return the cases lost, those of a segment that got worse first, then those of one with a small loss, and the cases won."""
    place_of = {case_id: place for place, case_id in enumerate(inputs.cases.case_ids)} if inputs.cases and decision.changes else {}
    parts = [one for one in decision.comparisons if one.segment != WHOLE]
    told = (
        [one.segment for one in parts if one.state is ComparisonState.WORSE],
        [one.segment for one in parts if one.is_shown and one.counts],
    )

    def rank(one: Change) -> int:
        place = place_of.get(one.case_id)
        among = [place is not None and any(_is_in(inputs, place, part) for part in segments) for segments in told]
        return among.index(True) if True in among else len(among)

    lost = sorted((one for one in decision.changes if one.is_lost), key=rank)
    won = [one for one in decision.changes if not one.is_lost]
    return (
        CaseList(tuple(_case(one, inputs, place_of.get(one.case_id)) for one in lost[:MAX_LOST]), len(lost)),
        CaseList(tuple(_case(one, inputs, place_of.get(one.case_id)) for one in won[:MAX_WON]), len(won)),
    )


def _is_in(inputs: GateInputs, place: int, segment: Segment) -> bool:
    values = inputs.cases.segments.get(segment.column, ()) if inputs.cases else ()
    return place < len(values) and values[place] == segment.value


def _case(one: Change, inputs: GateInputs, place: int | None) -> CaseRow:
    segments = inputs.cases.segments if inputs.cases and place is not None else {}
    where = ", ".join(values[place] for values in segments.values()) if place is not None else ""
    outcomes = inputs.candidate_outcomes
    is_error = bool(outcomes and place is not None and place < len(outcomes.errors) and outcomes.errors[place])
    return CaseRow(
        case_id=visible(one.case_id, MAX_CHARS),
        where=visible(where, MAX_CHARS),
        label=visible(one.label, MAX_CHARS),
        champion=visible(one.champion, MAX_CHARS),
        candidate=visible(one.candidate, MAX_CHARS),
        is_candidate_error=is_error,
    )


def tallies(inputs: GateInputs) -> tuple[VersionTally, ...]:
    """Return what each version made of the set, the candidate first."""
    pairs = (("Candidate", inputs.candidate_outcomes), ("Champion", inputs.champion_outcomes))
    return tuple(_tally(role, one, inputs.spec) for role, one in pairs if one is not None)


def _tally(role: str, outcomes: VersionOutcomes, spec: EvaluationSpec) -> VersionTally:
    total = len(outcomes.errors)
    return VersionTally(
        role=role,
        version=outcomes.version,
        answered=f"{total - error_count(outcomes) - _silent_count(outcomes):,} of {total:,}",
        errors=f"{error_count(outcomes):,}",
        off_contract=f"{off_contract_count(outcomes, spec):,}" if spec.answers else "any text is allowed",
        refusals=f"{refusal_count(outcomes, spec):,}" if spec.refusals else "none is defined",
        strangers=f"{outcomes.strangers:,}",
    )


def error_count(outcomes: VersionOutcomes) -> int:
    """Return how many cases ended in an error."""
    return sum(map(bool, outcomes.errors))


def refusal_count(outcomes: VersionOutcomes, spec: EvaluationSpec) -> int:
    """Return how many cases were declined."""
    refusals = frozenset(spec.refusals)
    return sum(answer in refusals for answer in outcomes.answers)


def off_contract_count(outcomes: VersionOutcomes, spec: EvaluationSpec) -> int:
    """Return how many answers are none of those agreed."""
    agreed = {*spec.answers, *spec.refusals}
    return sum(answer is not None and answer not in agreed for answer in outcomes.answers)


def _silent_count(outcomes: VersionOutcomes) -> int:
    """Return how many cases have neither an error nor anything that a measure could be made of."""
    columns = [column for column in (outcomes.answers, outcomes.scores, *outcomes.passed.values(), *outcomes.amounts.values()) if column]
    return sum(not error and all(column[place] is None for column in columns) for place, error in enumerate(outcomes.errors))


def gate_gaps(decision: GateDecision, inputs: GateInputs) -> tuple[GateGap, ...]:
    """Return what was not evaluated: what blocks first, then what was not set up."""
    return (
        *_of_measures(decision, inputs),
        *_of_whole(decision, inputs.policy.statistics.min_case_count),
        *_of_segments(decision, inputs),
        *_of_items(decision),
        *_not_set_up(inputs),
    )


def _of_measures(decision: GateDecision, inputs: GateInputs) -> Iterator[GateGap]:
    compared = {one.metric for one in decision.comparisons}
    if missing := [one.name for one in inputs.spec.metrics if one.name not in compared]:
        yield GateGap(listed(missing, 6), "Not compared", "Why, and what to do: on top, and under \u201cIs it a comparison at all?\u201d.")


def _of_whole(decision: GateDecision, least: int) -> Iterator[GateGap]:
    for one in decision.comparisons:
        if one.state is ComparisonState.TOO_FEW and one.segment == WHOLE:
            what = f"{wording.counted(one.n, 'case')} that can be compared{_TOO_ONE_SIDED if one.n >= least else ''}"
            yield GateGap(one.metric, "Too few cases", f"{what}. That blocks the candidate.")


def _of_segments(decision: GateDecision, inputs: GateInputs) -> Iterator[GateGap]:
    """Yield the segments with too few cases in one line a measure, those of the same cases and reason once for all measures."""
    least = inputs.policy.statistics.min_segment_case_count
    small: dict[tuple[str, bool], list[Comparison]] = {}
    for one in decision.comparisons:
        if one.state is ComparisonState.TOO_FEW and one.segment != WHOLE:
            small.setdefault((one.metric, one.n < least), []).append(one)
    told: dict[tuple[str, bool], list[str]] = {}
    for (metric, is_short), found in small.items():
        named = listed([f"{words.segment_words(one.segment)} ({one.n:,})" for one in sorted(found, key=lambda one: -one.n)], 6)
        told.setdefault((named, is_short), []).append(metric)
    for (named, is_short), metrics in told.items():
        why = f"Fewer than {least:,} cases that can be compared" if is_short else f"Cases enough{_TOO_ONE_SIDED}"
        why += f" ({listed(metrics, 4)}), so nothing is said of them; {words.TOO_FEW_WORDS[inputs.policy.too_few_segments]}."
        yield GateGap(named, "Too few cases", why)


def _of_items(decision: GateDecision) -> Iterator[GateGap]:
    told = {f"{one.metric} of {one.segment.name}" for one in decision.comparisons if one.state is ComparisonState.TOO_FEW}
    for item in decision.not_evaluated:
        if item.subject not in told and (item.subject, item.reason_code) != _NO_TRAINING:
            state = words.reason_words(item.reason_code)
            yield GateGap(item.subject, state[:1].upper() + state[1:], item.reason)


def _not_set_up(inputs: GateInputs) -> Iterator[GateGap]:
    spec = inputs.spec
    missing = (
        ("Segments", not spec.segments, "The catalogue names none: a part of the customers may be worse off and nobody would see it."),
        ("Critical cases", not spec.critical, "The catalogue names no column of cases on which no version may be wrong."),
        ("Fairness", not spec.fairness.columns, "The catalogue names no groups of customers to compare."),
        ("Contract of answers", not spec.answers, "The catalogue lists no allowed answers, so any text counts as one."),
        ("Repeats", inputs.system.kind in _ANSWER_ANEW and not spec.columns.repeat, _ASKED_ONCE),
        ("Training data", spec.training is None, _OF_TRAINING),
        ("Duplicates", not spec.content, "The catalogue names no columns of what a case asks: cases twice in the set were not looked for."),
    )
    for subject, is_missing, reason in missing:
        if is_missing:
            yield GateGap(subject, "Not set up", reason, tone="muted")
