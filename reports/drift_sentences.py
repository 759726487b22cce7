"""The three drifts told apart, a sentence each, and what chance alone would raise: the plain words between verdict and map.

Put here sentences about the kinds of drift. Cells and their bands are ``heat_map``, outcomes ``performance_view``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.domain.decision import Finding, Verdict
from registry.domain.profile import WHOLE, ColumnRole
from registry.domain.triggers import CellState, DriftCell, DriftKind, TriggerDecision
from reports import triggers_view as view
from reports import triggers_words as words
from reports import wording
from reports.condition_words import without_subject
from reports.performance_view import ESTIMATED, MEASURE_WORDS


@dataclass(frozen=True, slots=True)
class DriftLine:
    """One of the three drifts: ``tone`` is that of a verdict, ``question`` what this kind of drift asks."""

    title: str
    question: str
    tone: str
    state: str
    sentence: str


def drift_lines(decision: TriggerDecision) -> tuple[DriftLine, ...]:
    """Return data, prediction and concept drift, always all three."""
    features = [cell for cell in decision.cells if cell.role is ColumnRole.FEATURE]
    scores = [cell for cell in decision.cells if cell.role is ColumnRole.SCORE]
    return (
        _of_cells(DriftKind.DATA, "Do other cases come in than in the reference?", features),
        _of_cells(DriftKind.PREDICTION, "Does the model answer otherwise than in the reference?", scores),
        _concept(decision),
    )


def alarm_sentence(decision: TriggerDecision) -> str:
    """Return what chance alone would raise with this policy and these volumes."""
    expected = decision.expected_false_alarms_per_month
    if expected is None:
        return "Could not be computed: nothing was judged."
    often = f", {_once_in(1 / expected)}" if expected > 0 else ""
    return (
        f"{wording.measure(expected)} a month{often}. That is how often this policy would call drift on this number of predictions "
        "although nothing had changed. Thresholds rise where there are few rows, so that this number stays small."
    )


def _once_in(months: float) -> str:
    if months < 1.5:
        return "about one in a month"
    if months > 12_000:  # the model of chance is not good to more than that
        return "less than one in 1,000 years"
    return f"about one in {months:.0f} months" if months < 24 else f"about one in {months / 12:,.0f} years"


def _of_cells(kind: DriftKind, question: str, cells: Sequence[DriftCell]) -> DriftLine:
    title = words.DRIFT_TITLES[kind]
    whole = [cell for cell in cells if cell.segment == WHOLE]
    judged = view.judged(cells)
    drifted = [cell for cell in cells if cell.state is CellState.DRIFTED]
    over = [cell for cell in cells if cell.state is CellState.OVER]
    if drifted:
        return DriftLine(title, question, "fail", "yes", f"Moved: {_named(drifted)}. {_counts(cells)}")
    if over:
        return DriftLine(
            title, question, "inconclusive", "not yet", f"Over the threshold, not yet for long enough: {_named(over)}. {_counts(cells)}"
        )
    if not judged or len(view.judged(whole)) < len(whole):
        return DriftLine(
            title,
            question,
            "inconclusive",
            "not told",
            f"None was found where it could be judged. {_counts(cells)}" if judged else _counts(cells),
        )
    told = [cell for cell in judged if cell.segment == WHOLE and cell.psi is not None] or judged
    highest = max(told, key=lambda cell: cell.psi or 0.0)
    where = "over all rows" if highest.segment == WHOLE else f"in {highest.segment.name}"
    name = f" ({highest.column})" if len({cell.column for cell in cells}) > 1 else ""
    return DriftLine(title, question, "pass", "no", f"Highest PSI {where}: {words.psi_text(highest.psi)}{name}. {_counts(cells)}")


def _measures(failed: Sequence[Finding]) -> str:
    """Return each measure once, with the segments in which it failed."""
    segments: dict[str, dict[str, None]] = {}
    for finding in failed:
        segments.setdefault(finding.reason_code, {})[finding.subject] = None
    named = ((MEASURE_WORDS[code][0] if code in MEASURE_WORDS else code, list(names)) for code, names in segments.items())
    return "; ".join(f"{title[:1].lower()}{title[1:]} in {words.listed(names, 4)}" for title, names in named)


def _named(cells: Sequence[DriftCell]) -> str:
    """Return the columns, over all rows first, and those of segments only with their segments counted."""
    whole = list(dict.fromkeys(cell.column for cell in cells if cell.segment == WHOLE))
    parts: dict[str, list[str]] = {}
    for cell in cells:
        if cell.segment != WHOLE and cell.column not in whole:
            parts.setdefault(cell.column, []).append(cell.segment.name)
    segments = [f"{column} in {words.listed(names, 2)}" for column, names in parts.items()]
    more = f", and {len(segments) - 3:,} more columns in segments" if len(segments) > 3 else ""
    return "; ".join(filter(None, (words.listed(whole, 6), "; ".join(segments[:3]) + more)))


def _counts(cells: Sequence[DriftCell]) -> str:
    if not cells:
        return "No column was judged."
    whole, judged = [cell for cell in cells if cell.segment == WHOLE], view.judged(cells)
    parts = [f"{len(view.judged(whole)):,} of {wording.counted(len(whole), 'column')} judged over all rows"]
    if len(cells) > len(whole):
        parts.append(f"{len(judged) - len(view.judged(whole)):,} of {len(cells) - len(whole):,} cells in segments")
    return f"{', '.join(parts)}."


def _concept(decision: TriggerDecision) -> DriftLine:
    title, question = words.DRIFT_TITLES[DriftKind.CONCEPT], "Do the same cases now end otherwise? Only known outcomes can show it."
    measured = [finding for finding in decision.performance if finding.reason_code != ESTIMATED]
    failed = [finding for finding in measured if finding.verdict is Verdict.FAIL]
    if failed:
        return DriftLine(title, question, "fail", "yes", f"Worse on known outcomes: {_measures(failed)}.")
    if view.is_unmeasured(decision):
        return DriftLine(title, question, "inconclusive", "not told", view.UNMEASURED)
    if not measured:
        missing = next((without_subject(item.reason, item.subject) for item in decision.performance_not_evaluated), "no outcome was given")
        return DriftLine(title, question, "inconclusive", "not told", f"No outcomes that could be judged: {missing}.".replace("..", "."))
    rows = max(finding.n or 0 for finding in measured)
    untold = len({item.subject for item in decision.performance_not_evaluated})
    rest = f" {wording.counted(untold, 'subject')} could not be judged, named above." if untold else ""
    return DriftLine(title, question, "pass", "no", f"On {rows:,} known outcomes the model is not worse than the policy allows.{rest}")
