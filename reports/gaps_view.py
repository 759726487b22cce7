"""What was not evaluated, told once: columns and segments that could not be judged, outcomes that are not known, sources that failed.

Put here how the decision's gaps are gathered for reading. A cell is told with its column or segment, not one by one: thirty small segments
are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.profile import WHOLE
from registry.domain.triggers import CellState, TriggerDecision, TriggerKind
from reports import triggers_words as words
from reports import wording
from reports.condition_words import plain_reason, without_subject
from reports.performance_view import MEASURE_WORDS
from reports.triggers_view import UNMEASURED, is_unmeasured

MOST_NAMED = 6
_WHY = {
    "too_few": "too few rows in this window to tell a difference from chance",
    "too_few_in_reference": "too few rows, or values of the column, in the reference to tell a difference from chance",
    "no_values": "not one value of the column in this window, and hardly any usually",
    "reference_changed": "the catalogue describes the predictions otherwise than when the reference was frozen",
    "missing_column": "the source does not have the column",
    "no_data": "no row",
}
# States of outcomes, in words that say whether they can still come.
_OUTCOME_WORDS = {
    "immature_labels": "mostly not known yet",
    "immature_reference": "too few in the reference",
    "not_configured": "not set up",
    "not_calibrated": "the score was not calibrated",
    "not_a_probability": "the score is no probability",
}
MOST_ALIKE = 2
# Findings about cells: the cells themselves are gathered here.
_OF_CELLS = frozenset({"drift"})


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not judged, and why."""

    subject: str
    state: str
    reason: str


def gaps(decision: TriggerDecision) -> tuple[Gap, ...]:
    """Return everything that a reader would expect to be judged and was not: what blocks the verdict first."""
    found = [*_of_findings(decision), *_of_columns(decision), *_of_items(decision), *_of_triggers(decision), *_of_segments(decision)]
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for gap in found:
        subjects.setdefault((gap.state, gap.reason), {})[gap.subject] = None
    return tuple(Gap(words.listed(list(names), 8), state, reason) for (state, reason), names in subjects.items())


def _of_findings(decision: TriggerDecision) -> Iterator[Gap]:
    columns = {cell.column for cell in decision.cells}
    for finding in _inconclusive((*decision.findings, *decision.data_quality, *decision.performance)):
        if finding.check in _OF_CELLS and finding.subject in columns:
            continue
        code = _state(finding.reason_code)
        is_measure = finding.check == "performance"
        state = f"Still open: {code.lower()}" if is_measure else code
        yield Gap(finding.subject, state, without_subject(finding.reason, finding.subject))


def _inconclusive(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.verdict is Verdict.INCONCLUSIVE)


def _of_columns(decision: TriggerDecision) -> Iterator[Gap]:
    by_code: dict[str, list[str]] = {}
    for cell in decision.cells:
        if cell.state is CellState.NOT_EVALUATED and cell.segment == WHOLE:
            by_code.setdefault(cell.because, []).append(cell.column)
    for code, columns in by_code.items():
        why = _WHY.get(code, "the data are broken or recoded there, so whether it also drifted cannot be told")
        yield Gap(words.listed(columns, MOST_NAMED), _state(code), f"All rows: {why}.")


def _of_segments(decision: TriggerDecision) -> Iterator[Gap]:
    by_code: dict[str, dict[str, set[str]]] = {}
    for cell in decision.cells:
        if cell.state is CellState.NOT_EVALUATED and cell.segment != WHOLE:
            by_code.setdefault(cell.because, {}).setdefault(cell.segment.name, set()).add(cell.column)
    for code, segments in by_code.items():
        columns = set().union(*segments.values())
        why = _WHY.get(code, "broken or recoded data hide whether it drifted")
        named = next(iter(columns)) if len(columns) == 1 else wording.counted(len(columns), "column")
        where = f"{wording.counted(len(segments), 'segment')}, {named}"
        yield Gap(words.listed(list(segments), MOST_NAMED), _state(code), f"{where}: {why}.")


def _of_items(decision: TriggerDecision) -> Iterator[Gap]:
    groups = {(cell.segment.name, cell.because) for cell in decision.cells if cell.state is CellState.NOT_EVALUATED}
    kinds = {kind.value for kind in TriggerKind}
    if is_unmeasured(decision):
        yield Gap("Performance", "Not set up", UNMEASURED)
    else:
        yield from _of_outcomes(decision.performance_not_evaluated)
    of_outcomes = frozenset(decision.performance_not_evaluated)
    for item in decision.not_evaluated:
        if item not in of_outcomes and (item.subject, item.reason_code) not in groups and item.subject not in kinds:
            yield Gap(_subject(item.subject), _state(item.reason_code), _reason(item))


def _of_outcomes(items: Iterable[NotEvaluated]) -> Iterator[Gap]:
    """Yield all rows first; of many segments of one state the first with its numbers, and the names of the others."""
    segments: dict[str, list[NotEvaluated]] = {}
    for item in items:
        if item.subject == WHOLE.name or item.subject in MEASURE_WORDS:
            yield Gap(_subject(item.subject), _outcome_state(item.reason_code), _reason(item))
        else:
            segments.setdefault(item.reason_code, []).append(item)
    for code, alike in segments.items():
        if len(alike) > MOST_ALIKE:
            names = words.listed([item.subject for item in alike], MOST_NAMED)
            yield Gap(names, _outcome_state(code), f"{alike[0].reason}. The others likewise: their numbers are in the decision record.")
        else:
            yield from (Gap(item.subject, _outcome_state(code), _reason(item)) for item in alike)


def _outcome_state(code: str) -> str:
    return f"Outcomes: {_OUTCOME_WORDS.get(code) or words.problem_text(code)}"


def _reason(item: NotEvaluated) -> str:
    """Return why, without the subject that it stands beside; an estimate is not made of all rows, but of a measure."""
    subject = _subject(item.subject)
    return without_subject(without_subject(item.reason, item.subject), subject[:1].lower() + subject[1:])


def _state(code: str) -> str:
    text = words.problem_text(code)
    return text[:1].upper() + text[1:]


def _subject(name: str) -> str:
    return MEASURE_WORDS[name][0] if name in MEASURE_WORDS else name


def _of_triggers(decision: TriggerDecision) -> Iterator[Gap]:
    told = {item.reason: item.subject for item in decision.performance_not_evaluated}
    for trigger in decision.triggers:
        if trigger.not_evaluated:
            subject = told.get(trigger.reason)
            reason = f"for the same reason as {subject}" if subject else plain_reason(trigger.reason)
            yield Gap(words.KIND_WORDS[trigger.kind], "Trigger not told", reason)
