"""The verdict about a window: what of all that was seen counts, and how.

Put here which findings a trigger decision rests on; how findings become one verdict is ``checks/verdict.py``.

The rules, in order:
 * What went wrong on the way (no source, no reference) counts as it was found; without a reference or a profile the answer is INCONCLUSIVE.
 * FAIL: a column that drifted or is still clearing, broken data, worse performance, whatever stands without having been looked at, and
   every trigger that asks for something or would, were it not held back.
 * INCONCLUSIVE: a column that could not be judged on all rows, and a cell above its threshold, though not yet for as long as persistence
   asks. It asks nothing of anybody, yet is not decided: chance and the first window of a drift look alike, and a PASS is sealed for good.
 * INCONCLUSIVE too: scores that are no probabilities, outcomes that are overdue (``performance_scores.py``, ``performance_labels.py``).
 * Segments with too few rows, triggers that could not be told and outcomes that need not be known yet are listed and do not block.
 * PASS rests on cells that were judged: without one there is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.retraining_conditions import Looked, Standing
from checks.retraining_requests import Asked
from checks.retraining_since import DRIFT
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.profile import WHOLE
from registry.domain.triggers import CellState, DriftCell, TriggerInputs

CHECK = "drift"


def find_verdict_findings(inputs: TriggerInputs, looked: Looked, standing: Standing, asked: Asked) -> tuple[Finding, ...]:
    """Return every finding of the decision, in the order of the rules."""
    return (
        *inputs.findings,
        *_nothing_to_judge(inputs),
        *_drifted(looked, standing),
        *looked.data_quality,
        *looked.performance,
        *looked.basis,
        *_still_standing(standing),
        *_fired(asked),
        *_unjudged(looked),
        *_over(looked),
        *_quiet(looked),
    )


def not_evaluated(looked: Looked, asked: Asked) -> tuple[NotEvaluated, ...]:
    """Return what a reader would expect to be judged and was not: cells by segment and reason, performance, triggers."""
    groups: dict[tuple[str, str], list[str]] = {}
    for cell in looked.cells:
        if cell.state is CellState.NOT_EVALUATED:
            groups.setdefault((cell.segment.name, cell.because), []).append(cell.column)
    cells = [NotEvaluated(segment, code, f"{segment}: {_counted(columns)}") for (segment, code), columns in groups.items()]
    triggers = [NotEvaluated(one.kind, one.reason_code, one.reason) for one in asked.triggers if one.not_evaluated]
    return (*cells, *looked.performance_not_evaluated, *triggers)


def _nothing_to_judge(inputs: TriggerInputs) -> Iterator[Finding]:
    for part, name in ((inputs.reference, "reference"), (inputs.profile, "profile")):
        if part is None and not any(one.blocking and one.verdict is not Verdict.PASS for one in inputs.findings):
            text = f"expected the {name} of {inputs.window.start_on} until {inputs.window.end_on}, found none; nothing could be judged"
            yield Finding(CHECK, name, Verdict.INCONCLUSIVE, f"no_{name}", text)


def _drifted(looked: Looked, standing: Standing) -> Iterator[Finding]:
    """Yield one finding for each column: a column that drifted in ten segments is one piece of news."""
    columns: dict[str, list[DriftCell]] = {}
    for cell in looked.cells:
        if cell.state is CellState.DRIFTED:
            columns.setdefault(cell.column, []).append(cell)
    for column, cells in columns.items():
        worst = max(cells, key=lambda cell: (cell.segment == WHOLE, cell.psi or 0.0))
        is_clearing = not any(cell.is_over for cell in cells)
        yield _finding(worst, Verdict.FAIL, "clearing" if is_clearing else "drifted", _drift_told(column, worst, cells, standing))


def _drift_told(column: str, worst: DriftCell, cells: list[DriftCell], standing: Standing) -> str:
    since = standing.since.get(f"{DRIFT}{column}")
    others = f"; also in {len(cells) - 1} more of its segments" if len(cells) > 1 else ""
    return f"{worst.segment.name}: {_against(worst)}, drifted since {since}{others}"


def _still_standing(standing: Standing) -> Iterator[Finding]:
    """Yield what stands and was not met: still clearing, or not looked at."""
    for key in standing.conditions:
        is_unknown = key in standing.unknown
        # A column that is clearing has been told by its cells.
        if is_unknown or (key not in standing.seen and not key.startswith(DRIFT)):
            text = (
                "could not be looked at in this window and stands"
                if is_unknown
                else "was not met in this window and stands until it is over"
            )
            kind, _, subject = key.partition("|")
            yield Finding(
                kind, subject, Verdict.FAIL, "not_looked_at" if is_unknown else "clearing", f"{text}, since {standing.since[key]}"
            )


def _fired(asked: Asked) -> Iterator[Finding]:
    held = {one.action: one.reason for one in asked.withheld}
    for trigger in asked.triggers:
        if trigger.fired:
            told = f"; held back: {held[trigger.action]}" if trigger.action in held else ""
            yield Finding("trigger", trigger.kind, Verdict.FAIL, trigger.reason_code, f"{trigger.action}: {trigger.reason}{told}")


def _unjudged(looked: Looked) -> Iterator[Finding]:
    for cell in looked.cells:
        if cell.state is CellState.NOT_EVALUATED and cell.segment == WHOLE:
            text = f"{cell.column} could not be compared on {cell.row_count:,} rows: {cell.because.replace('_', ' ')}"
            yield Finding(CHECK, cell.column, Verdict.INCONCLUSIVE, cell.because, text, n=cell.row_count)


def _over(looked: Looked) -> Iterator[Finding]:
    for cell in looked.cells:
        if cell.state is CellState.OVER:
            text = f"{cell.segment.name}: {_against(cell)}, not yet for as long as the policy asks"
            yield _finding(cell, Verdict.INCONCLUSIVE, "over", text)


def _quiet(looked: Looked) -> Iterator[Finding]:
    quiet = [cell for cell in looked.cells if cell.state is CellState.QUIET]
    if quiet:
        text = f"{len(quiet)} of {len(looked.cells)} cells are as in the reference, or not further from it than chance explains"
        yield Finding(CHECK, "cells", Verdict.PASS, "quiet", text, n=len(quiet))


def _finding(cell: DriftCell, verdict: Verdict, code: str, text: str) -> Finding:
    return Finding(CHECK, cell.column, verdict, code, text, value=cell.psi, limit=cell.threshold, n=cell.row_count)


def _against(cell: DriftCell) -> str:
    return f"PSI {cell.psi or 0.0:.3f} against a threshold of {cell.threshold or 0.0:.3f} on {cell.row_count:,} rows"


def _counted(columns: list[str]) -> str:
    named = ", ".join(columns[:5])
    return named if len(columns) <= 5 else f"{named} and {len(columns) - 5} more columns"
