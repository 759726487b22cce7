"""Which windows came before, and since when a condition stands.

Put here how names of conditions begin and what earlier windows say of them; whether one goes on is ``checks/retraining_conditions.py``.

The rules:
 * The window before is the newest that ended earlier, or this one where it was met before and is not settled.
 * Drift began with the first window over its threshold that persistence counts; performance with the quarter of outcomes that shows it;
   anything else with the window in which it was met.
"""

from __future__ import annotations

from datetime import date

from checks.drift_persistence import windows_that_count
from checks.performance_estimated import MEASURE
from checks.performance_maturity import QUARTER
from registry.domain.triggers import PastWindow, TriggerInputs

DRIFT, PERFORMANCE = "drift|", "performance|"
ESTIMATE = f"{PERFORMANCE}{MEASURE}|"


def previous_window(inputs: TriggerInputs) -> PastWindow | None:
    """Return the window before: the newest that ended earlier, or this one where it was met before and is not settled."""
    before = (past for past in inputs.history.windows if past.window < inputs.window or (past.window == inputs.window and not past.settled))
    return max(before, key=lambda past: past.window, default=None)


def began(key: str, inputs: TriggerInputs) -> date:
    """Return the first day of what a condition that is new in this window rests on."""
    if key.startswith(DRIFT):
        recent = judged_before(inputs)[: inputs.policies.drift.persistence[inputs.window_kind].of_windows - 1]
        over = (past.window.start_on for past in recent if any(cell.startswith(f"{key.removeprefix(DRIFT)}|") for cell in past.over))
        return min((inputs.window.start_on, *over))
    if key.startswith(PERFORMANCE) and inputs.outcomes and not key.startswith(ESTIMATE):
        newest = max(one.window.end_on for one in inputs.outcomes)
        return min(one.window.start_on for one in inputs.outcomes if one.window.start_on >= newest - QUARTER)
    return inputs.window.start_on


def judged_before(inputs: TriggerInputs) -> tuple[PastWindow, ...]:
    """Return the earlier windows that were held against the same reference, newest first."""
    return windows_that_count(inputs.history, inputs.reference.counts_digest, inputs.window) if inputs.reference is not None else ()
