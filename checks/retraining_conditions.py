"""Which conditions stand in a window: those met now, and those of before that are not over yet.

Put here how a condition goes on and ends; since when it stands is ``checks/retraining_since.py``, what is asked for because of it
``checks/retraining_requests.py``.

The rules, in order:
 * What stood under another reference does not stand: it was a difference from something that nothing is compared with any more. It is
   ``superseded``, not cleared: nobody saw it end.
 * Drift stands while a cell of its column is drifted (persistence and clearing are in the cells, ``checks/drift_persistence.py``), or while
   a cell that was drifted when it was last looked at cannot be looked at.
 * Broken data and worse performance stand when met now. Once begun, they stand until ``clear_windows`` windows in a row did not meet
   them, this one included; a window in which they could not be looked at counts neither way.
 * Nothing ends while the catalogue describes the predictions otherwise than the reference (``checks/reference_description.py``).
 * Performance is looked at where its measure was taken and told something, data quality where its column's values could be counted.
 * An estimate of performance goes the same way, and is no condition: nobody measured it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checks.conditions import condition_key, find_conditions
from checks.drift import MISSING_COLUMN, NO_DATA, TOO_FEW, TOO_FEW_IN_REFERENCE
from checks.performance_estimated import MEASURE
from checks.reference_description import find_description_changes
from checks.retraining_since import DRIFT, ESTIMATE, PERFORMANCE, began, judged_before, previous_window
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.profile import WHOLE
from registry.domain.triggers import CellState, DriftCell, PastWindow, TriggerInputs

_UNCOUNTED = frozenset({MISSING_COLUMN, NO_DATA, TOO_FEW, TOO_FEW_IN_REFERENCE})


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of one window: its cells, the findings about data and performance, and what could not be measured.

    ``basis`` is what is wrong with the scores and outcomes that performance would be measured on.
    """

    cells: tuple[DriftCell, ...] = ()
    data_quality: tuple[Finding, ...] = ()
    performance: tuple[Finding, ...] = ()
    performance_not_evaluated: tuple[NotEvaluated, ...] = ()
    basis: tuple[Finding, ...] = ()
    expected_false_alarms_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The conditions that stand, those that are new or over, and the estimates that stand beside them."""

    conditions: tuple[str, ...]
    opened: tuple[str, ...]
    cleared: tuple[str, ...]
    superseded: tuple[str, ...]
    estimates: frozenset[str]
    seen: frozenset[str]
    unknown: frozenset[str]
    since: dict[str, date]

    def of(self, prefix: str) -> frozenset[str]:
        return frozenset(key for key in self.conditions if key.startswith(prefix))


def find_standing(inputs: TriggerInputs, looked: Looked) -> Standing:
    """Return what stands after this window."""
    before = previous_window(inputs)
    met = _met(looked)
    stood = _stood(inputs, before)
    unknown = frozenset(key for key in stood - met if _is_untold(key, inputs, looked))
    going_on = frozenset(key for key in stood - met - unknown if not _is_cleared(key, inputs))
    standing = met | unknown | going_on
    ended = (before.conditions if before else frozenset()) - standing
    since = dict(before.memory.since) if before else {}
    return Standing(
        conditions=tuple(sorted(key for key in standing if not key.startswith(ESTIMATE))),
        opened=tuple(sorted(key for key in standing - stood if not key.startswith(ESTIMATE))),
        cleared=() if _is_replaced(inputs, before) else tuple(sorted(ended)),
        superseded=tuple(sorted(ended)) if _is_replaced(inputs, before) else (),
        estimates=frozenset(key for key in standing if key.startswith(ESTIMATE)),
        seen=met - _clearing(looked),
        unknown=unknown,
        since={key: since[key] if key in stood and key in since else began(key, inputs) for key in sorted(standing)},
    )


def _met(looked: Looked) -> frozenset[str]:
    drifted = {f"{DRIFT}{cell.column}" for cell in looked.cells if cell.state is CellState.DRIFTED}
    estimated = {condition_key(one) for one in looked.performance if one.reason_code == MEASURE and one.verdict is Verdict.FAIL}
    return frozenset(drifted | estimated | set(find_conditions((*looked.data_quality, *looked.performance))))


def _clearing(looked: Looked) -> frozenset[str]:
    """Return the drifts that stand though no cell of their column is over in this window."""
    over = {cell.column for cell in looked.cells if cell.is_over}
    return frozenset(f"{DRIFT}{cell.column}" for cell in looked.cells if cell.column not in over)


def _stood(inputs: TriggerInputs, before: PastWindow | None) -> frozenset[str]:
    if before is None or _is_replaced(inputs, before):
        return frozenset()
    return before.conditions | frozenset(key for key in before.memory.on if key.startswith(ESTIMATE))


def _is_replaced(inputs: TriggerInputs, before: PastWindow | None) -> bool:
    """Return whether the window before was held against another reference."""
    reference = inputs.reference
    return before is not None and reference is not None and before.reference_digest not in ("", reference.counts_digest)


def _is_untold(key: str, inputs: TriggerInputs, looked: Looked) -> bool:
    """Return whether this window says nothing about a condition that stood."""
    if inputs.profile is None or not looked.cells or find_description_changes(inputs.system, inputs.reference):
        return True
    if key.startswith(DRIFT):
        return _is_drift_untold(key.removeprefix(DRIFT), inputs, looked)
    if key.startswith(PERFORMANCE):
        return key not in {condition_key(one) for one in looked.performance if one.verdict is not Verdict.INCONCLUSIVE}
    column = key.split("|", 1)[1].rpartition("|")[0]
    whole = next((cell for cell in looked.cells if (cell.column, cell.segment) == (column, WHOLE)), None)
    return whole is not None and whole.because in _UNCOUNTED


def _is_drift_untold(column: str, inputs: TriggerInputs, looked: Looked) -> bool:
    untold = {cell.key for cell in looked.cells if cell.column == column and cell.state is CellState.NOT_EVALUATED}
    for past in judged_before(inputs):
        if untold & past.drifted:
            return True
        untold &= past.not_evaluated
    return False


def _is_cleared(key: str, inputs: TriggerInputs) -> bool:
    if key.startswith(DRIFT):
        return True  # its cells have cleared
    quiet = 1
    for past in sorted(
        (past for past in inputs.history.windows if past.window < inputs.window), key=lambda past: past.window, reverse=True
    ):
        if key in past.memory.seen or key not in past.conditions | past.memory.on:
            break
        quiet += key not in past.memory.unknown
    return quiet >= inputs.policies.drift.clear_windows
