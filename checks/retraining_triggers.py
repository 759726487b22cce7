"""The seven triggers, looked at one by one: what is on, and what that asks for by policy.

Put the rules of drift, performance and quality here; labels, calendar, incidents and laws are ``checks/retraining_calendar.py``. What of it
is new, and what may be asked for, is ``checks/retraining_requests.py``.

The rules, in order:
 * Data drift, of inputs or of the score: on while a drift condition stands. Alone it investigates; beside a loss that was measured, or
   estimated, it retrains, and the loss beside it is asked for on its own where the drift had been asked for before. What the score
   shows of it is told.
 * Performance drop: on while a measure of performance stands worse. An estimate alone is on too, marked so, and never makes a request.
 * Quality drop: on while a measure of one quarter against the quarter before stands worse.
 * What could not be told is ``not_evaluated``, never quiet; what the catalogue does not ask for is ``not_configured``.
"""

from __future__ import annotations

from checks.drift_kinds import CONCEPT_MEASURES
from checks.performance import QUALITY_MEASURES
from checks.performance_estimated import MEASURE
from checks.retraining_calendar import Look, look_at_incidents, look_at_new_labels, look_at_policy_change, look_at_schedule
from checks.retraining_conditions import Looked, Standing
from checks.retraining_since import DRIFT, PERFORMANCE
from registry.domain.profile import WHOLE, ColumnRole
from registry.domain.triggers import CellState, DriftKind, TriggerInputs, TriggerKind

LOSS_BESIDE_DRIFT = "drift_with_loss"


def look_at_triggers(inputs: TriggerInputs, looked: Looked, standing: Standing) -> tuple[Look, ...]:
    """Return all seven, in order."""
    return (
        _data_drift(looked, standing),
        _performance_drop(inputs, looked, standing),
        _quality_drop(inputs, looked, standing),
        look_at_new_labels(inputs),
        look_at_schedule(inputs),
        look_at_incidents(inputs),
        look_at_policy_change(inputs),
    )


def due_keys(look: Look, asked: frozenset[str], standing: Standing) -> frozenset[str]:
    """Return what is on, has not been asked for, and shows in this window: nobody is sent to look for what is no longer there."""
    return frozenset(key for key in look.keys - asked if _shows(key, standing))


def _shows(key: str, standing: Standing) -> bool:
    if key == LOSS_BESIDE_DRIFT:
        return all(any(one.startswith(kind) for one in standing.seen) for kind in (DRIFT, PERFORMANCE))
    return key in standing.seen or key not in standing.since


def _data_drift(looked: Looked, standing: Standing) -> Look:
    kind, row, drifts = TriggerKind.DATA_DRIFT, "data_drift", standing.of(DRIFT)
    judged = sum(cell.state is not CellState.NOT_EVALUATED for cell in looked.cells)
    if not drifts:
        if not judged:
            return Look(kind, row, drifts, "not_evaluated", "no column could be compared with the reference", not_evaluated=True)
        return Look(kind, row, drifts, "quiet", f"nothing drifted in {judged} of {len(looked.cells)} cells that could be judged")
    columns = sorted(key.removeprefix(DRIFT) for key in drifts)
    scores = {cell.column for cell in looked.cells if cell.role is ColumnRole.SCORE}
    drift = DriftKind.PREDICTION if set(columns) <= scores else DriftKind.DATA
    text, losses = f"drifted: {', '.join(columns)}{_of_the_score(looked, columns)}", standing.of(PERFORMANCE)
    if not losses and not standing.estimates:
        return Look(kind, row, drifts, "drift_alone", f"{text}; no loss of performance is known", drift)
    loss = ", ".join(map(_told, sorted(losses))) or "an estimate before outcomes are known"
    keys = drifts | {LOSS_BESIDE_DRIFT}
    return Look(kind, "data_drift_with_loss", keys, "drift_with_loss", f"{text}; loss: {loss}", drift, estimated=not losses)


def _of_the_score(looked: Looked, drifted: list[str]) -> str:
    """Return what the score shows of it: who watches the score alone would have seen no more than that."""
    scores = (cell for cell in looked.cells if cell.role is ColumnRole.SCORE and cell.segment == WHOLE and cell.column not in drifted)
    return "".join(f"; PSI of the score {cell.psi:.3f}, not drifted" for cell in scores if cell.psi is not None)


def _performance_drop(inputs: TriggerInputs, looked: Looked, standing: Standing) -> Look:
    kind = row = TriggerKind.PERFORMANCE_DROP
    measured = frozenset(key for key in standing.of(PERFORMANCE) if _measure(key) not in QUALITY_MEASURES)
    if measured:
        drift = DriftKind.CONCEPT if any(_measure(key) in CONCEPT_MEASURES for key in measured) else None
        return Look(kind, row, measured, "worse", f"worse on known outcomes: {', '.join(map(_told, sorted(measured)))}", drift)
    if standing.estimates:
        text = "the scores alone let expect a loss; outcomes are not known yet"
        return Look(kind, row, standing.estimates, "estimate_only", text, estimated=True)
    return _unworse(inputs, looked, kind, frozenset(one.reason_code for one in looked.performance) - QUALITY_MEASURES - {MEASURE})


def _quality_drop(inputs: TriggerInputs, looked: Looked, standing: Standing) -> Look:
    kind = row = TriggerKind.QUALITY_DROP
    keys = frozenset(key for key in standing.of(PERFORMANCE) if _measure(key) in QUALITY_MEASURES)
    if keys:
        return Look(kind, row, keys, "worse", f"worse than in the quarter before: {', '.join(map(_told, sorted(keys)))}")
    return _unworse(inputs, looked, kind, frozenset(one.reason_code for one in looked.performance) & QUALITY_MEASURES)


def _unworse(inputs: TriggerInputs, looked: Looked, kind: TriggerKind, measures: frozenset[str]) -> Look:
    if not inputs.system.predictions.label:
        return Look(kind, kind, frozenset(), "not_configured", "the catalogue names no label, so no outcome is known")
    if measures:
        return Look(kind, kind, frozenset(), "quiet", f"not worse by {', '.join(sorted(measures))}")
    first = next((one for one in looked.performance_not_evaluated if one.subject == WHOLE.name), None)
    code, text = (first.reason_code, first.reason) if first else ("too_few", "expected outcomes of two quarters, found fewer")
    return Look(kind, kind, frozenset(), code, text, not_evaluated=True)


def _measure(key: str) -> str:
    return key.split("|")[1]


def _told(key: str) -> str:
    _, measure, segment = key.split("|", 2)
    return f"{measure} of {segment}"
