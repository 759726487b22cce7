"""Which of the three drifts holds: of the data, of the predictions, or of the relation between inputs and outcome.

Put here what tells the drifts apart. Judging a cell is ``checks/drift.py``, measuring outcomes ``checks/performance.py``.

The rules:
 * Data: a feature drifted. Predictions: the score drifted. Both are seen at once, and neither says that the model is worse.
 * Concept: outcomes that are known depart from what was predicted for the same cases (calibration, of an amount bias). Accuracy and ranking
   alone do not show it: they fall with harder customers too. It is never concluded from an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable

from registry.domain.decision import Finding, Verdict
from registry.domain.profile import ColumnRole
from registry.domain.triggers import CellState, DriftCell, DriftKind

CONCEPT_MEASURES = frozenset({"calibration", "bias"})


def find_drift_kinds(cells: Iterable[DriftCell], performance: Iterable[Finding]) -> tuple[DriftKind, ...]:
    """Return which drifts hold, in the order data, prediction, concept; none where nothing drifted."""
    roles = {cell.role for cell in cells if cell.state is CellState.DRIFTED}
    departed = any(one.verdict is Verdict.FAIL and one.reason_code in CONCEPT_MEASURES for one in performance)
    held = {DriftKind.DATA: ColumnRole.FEATURE in roles, DriftKind.PREDICTION: ColumnRole.SCORE in roles, DriftKind.CONCEPT: departed}
    return tuple(kind for kind, is_so in held.items() if is_so)
