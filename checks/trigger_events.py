"""The ledger event of one judged window.

Put the body of ``TriggersEvaluated`` here; ``registry/domain/trigger_folding.py`` reads it back.

The rules:
 * One event for a system and window, also where the answer is no. Its date is the window's end, not the day of the run, so that the same
   window judged on another day is the same fact; a window that is not settled has a name of its own, for it is read again.
 * Settled: its rows are there once and all of them, as far as can be told, and it was judged with them; or they are too few to be judged,
   as usual, and no more will come. Never where the catalogue describes the predictions otherwise than the reference.
 * No figures: what was over, drifted or not evaluated by name, what stands, what is asked for. The figures are in the sealed record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from checks.data_quality_window import is_incomplete
from checks.drift import NO_DATA, TOO_FEW, TOO_FEW_IN_REFERENCE
from checks.reference_description import REFERENCE_CHANGED
from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind
from registry.domain.triggers import CellState, DriftCell, TriggerDecision

_NO_MORE = frozenset({NO_DATA, TOO_FEW, TOO_FEW_IN_REFERENCE})


def evaluated_event(decision: TriggerDecision, bundle_digest: str, record_digest: str, record: str) -> Event:
    """Return the event that records a decision and cites its sealed evidence: the package, the record's digest and its file in it."""
    body = {
        "verdict": decision.verdict,
        "reasons": [reason.code for reason in decision.reasons],
        "window": {"start_on": decision.window.start_on, "end_on": decision.window.end_on},
        "window_kind": decision.window_kind,
        "judged": is_judged(decision.cells),
        "settled": is_settled(decision),
        "reference_digest": decision.reference_digest,
        "policy_digest": decision.policy_digest,
        "bundle_digest": bundle_digest,
        "record_digest": record_digest,
        "record": record,
        "row_count": decision.row_count,
        "over": _names(cell for cell in decision.cells if cell.is_over),
        "drifted": _names(cell for cell in decision.cells if cell.state is CellState.DRIFTED),
        "not_evaluated": _names(cell for cell in decision.cells if cell.state is CellState.NOT_EVALUATED),
        "conditions": decision.conditions,
        "opened": decision.opened,
        "cleared": decision.cleared,
        "superseded": decision.superseded,
        "fired": [trigger.kind for trigger in decision.triggers if trigger.fired],
        "requests": decision.requests,
        "withheld": [[one.action, one.reason_code] for one in decision.withheld],
        "memory": decision.memory,
    }
    return Event(EventKind.TRIGGERS_EVALUATED, decision.system, subject_of(decision), decision.as_of, decision.window.end_on, plain(body))


def subject_of(decision: TriggerDecision) -> str:
    """Return what tells a decision's event from others of its system."""
    window = f"{decision.window.start_on} {decision.window.end_on}"
    return window if is_settled(decision) else f"{window} {'incomplete' if is_judged(decision.cells) else 'not judged'}"


def is_settled(decision: TriggerDecision) -> bool:
    """Return whether reading the window again can tell no more: then no run does."""
    if is_incomplete(decision.data_quality) or any(finding.reason_code == REFERENCE_CHANGED for finding in decision.findings):
        return False
    return is_judged(decision.cells) or (bool(decision.cells) and all(cell.because in _NO_MORE for cell in decision.cells))


def is_judged(cells: Sequence[DriftCell]) -> bool:
    """Return whether any cell could be judged."""
    return any(cell.state is not CellState.NOT_EVALUATED for cell in cells)


def _names(cells: Iterable[DriftCell]) -> list[Any]:
    """Return cells as [columns, segments] groups: a segment with too few rows names its columns once with all others like it."""
    columns: dict[str, list[str]] = {}
    for cell in cells:
        columns.setdefault(cell.segment.name, []).append(cell.column)
    alike: dict[tuple[str, ...], list[str]] = {}
    for segment, names in columns.items():
        alike.setdefault(tuple(sorted(names)), []).append(segment)
    return sorted([list(names), sorted(segments)] for names, segments in alike.items())
