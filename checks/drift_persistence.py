"""What a cell came to over several windows: over once is not drifted, and below once is not over with.

Put here how earlier windows count for a cell. Whether it is over in this one is ``checks/drift.py``.

The rules, in order:
 * Earlier windows count when they were judged, began before this one, and were held against the same reference; of one window judged twice,
   the later decision. A window in which the cell was not evaluated says nothing about it, either way.
 * Over now, and in at least k of the last m such windows (this one included), or suddenly: DRIFTED.
 * Drifted in the last such window and not below in ``clear_windows`` of them in a row (this one included): still DRIFTED, ``clearing``.
 * Otherwise OVER where it is over now, else QUIET.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.drift_budget import persistence_of
from registry.domain.monitoring import Window, WindowKind
from registry.domain.policy_triggers import DriftPolicy
from registry.domain.triggers import CellState, PastWindow, TriggerHistory

CLEARING = "clearing"


def windows_that_count(history: TriggerHistory, reference_digest: str, window: Window) -> tuple[PastWindow, ...]:
    """Return the earlier windows that say something about this one's cells, newest first, each once."""
    latest: dict[Window, PastWindow] = {}
    for past in sorted(history.windows, key=lambda past: past.decided_at):
        if past.window.start_on < window.start_on:
            latest[past.window] = past
    judged = (past for past in latest.values() if past.judged and past.reference_digest == reference_digest)
    return tuple(sorted(judged, key=lambda past: past.window, reverse=True))


def state_of(
    key: str, is_over: bool, before: Sequence[PastWindow], policy: DriftPolicy, kind: WindowKind, is_sudden: bool = False
) -> tuple[CellState, str]:
    """Return what the cell comes to, and ``clearing`` where it stands as drifted though it is below now."""
    said = [past for past in before if key not in past.not_evaluated]
    persistence = persistence_of(policy, kind)
    recent = [is_over, *(key in past.over for past in said[: persistence.of_windows - 1])]
    if is_over and (is_sudden or sum(recent) >= persistence.min_windows):
        return CellState.DRIFTED, ""
    if said and key in said[0].drifted and not _is_cleared(key, is_over, said, policy.clear_windows):
        return CellState.DRIFTED, "" if is_over else CLEARING
    return (CellState.OVER if is_over else CellState.QUIET), ""


def _is_cleared(key: str, is_over: bool, said: Sequence[PastWindow], clear_windows: int) -> bool:
    """Return whether the last ``clear_windows`` windows were all below, this one included."""
    if is_over or len(said) < clear_windows - 1:
        return False
    return not any(key in past.over for past in said[: clear_windows - 1])
