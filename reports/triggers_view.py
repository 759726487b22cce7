"""What of a trigger decision is shown, and in which order: page, artifact and terminal read this.

Put here what ranks or joins the decision's values for reading: who is asked, which cells moved. The decision in
one sentence is ``triggers_summary``, conditions are ``standing_view``, gaps ``gaps_view``; charts have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.profile import WHOLE, ColumnRole
from registry.domain.triggers import (
    CellState,
    DriftCell,
    Trigger,
    TriggerAction,
    TriggerDecision,
    TriggerHistory,
    TriggerInputs,
    TriggerKind,
    TriggerRequest,
)
from reports import triggers_words as words
from reports import wording
from reports.condition_words import plain_reason

# Why a cell could not be judged at all; any other reason beside a PSI says that data quality explains the difference.
NOT_TOLD = frozenset(
    {
        "no_data",
        "too_few",
        "too_few_in_reference",
        "few_values",
        "no_values",
        "reference_changed",
        "stale",
        "missing_input",
        "missing_column",
        "errored",
        "not_configured",
        "empty_window",
        "usual_gap",
    }
)
_MOVED = (CellState.DRIFTED, CellState.OVER)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it is read: what, of whom, until when, on which data, and why; ``line`` says it in one line."""

    line: str
    request_id: str
    action: str
    meaning: str
    owner: str
    role: str
    until: str
    data: str
    reason: str


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request of an earlier decision, and whether people closed it."""

    action: str
    request_id: str
    window: str
    asked_at: str
    state: str


def owner_of(action: TriggerAction, entry: SystemEntry) -> tuple[str, str]:
    """Return the person who is asked and the role in words; no person where the catalogue names none."""
    roles: tuple[OwnerRole, ...] = words.ACTION_ROLES[action]
    found = next((role for role in roles if entry.owners.get(role.value)), roles[0])
    return entry.owners.get(found.value, ""), wording.spoken(found.value)


def asks(decision: TriggerDecision, inputs: TriggerInputs) -> tuple[Ask, ...]:
    """Return what is asked for, in the decision's order."""
    return tuple(_ask(request, inputs) for request in decision.requests)


def _ask(request: TriggerRequest, inputs: TriggerInputs) -> Ask:
    owner, role = owner_of(request.action, inputs.system.entry)
    days = inputs.policies.requests.max_in_flight_days
    until = inputs.business_date + timedelta(days=days)
    last = request.data_to - timedelta(days=1)
    data = f"{wording.day_text(request.data_from)} to {wording.day_text(max(last, request.data_from))}"
    action = words.ACTION_WORDS[request.action]
    return Ask(
        line=f"{action}: asked of {owner or 'nobody, since the catalogue names nobody'} ({role.lower()}), on the data of {data}.",
        request_id=request.request_id,
        action=action,
        meaning=words.ACTION_MEANINGS[request.action],
        owner=owner,
        role=role,
        until=f"No date is set. It stays open until somebody closes it; after {wording.day_text(until)} it no longer holds back another.",
        data=data,
        reason=plain_reason(request.reason),
    )


def moved(decision: TriggerDecision) -> tuple[DriftCell, ...]:
    """Return the cells over their threshold: drifted before over, all rows before segments, the largest first."""
    found = [cell for cell in decision.cells if cell.state in _MOVED]
    return tuple(sorted(found, key=lambda cell: (_MOVED.index(cell.state), cell.segment != WHOLE, -(cell.psi or 0.0), cell.key)))


def moved_in_segments(decision: TriggerDecision) -> tuple[DriftCell, ...]:
    """Return the cells of segments over their threshold."""
    return tuple(cell for cell in moved(decision) if cell.segment != WHOLE)


def is_clearing(cell: DriftCell) -> bool:
    """Return whether a drift stands that is below its threshold again, not yet for as long as the policy asks."""
    return cell.state is CellState.DRIFTED and not cell.is_over


def is_explained(cell: DriftCell) -> bool:
    """Return whether data quality explains what this cell's difference is."""
    return bool(cell.because) and cell.because not in NOT_TOLD and cell.state not in _MOVED


def judged(cells: Iterable[DriftCell]) -> list[DriftCell]:
    """Return the cells that could be judged."""
    return [cell for cell in cells if cell.state is not CellState.NOT_EVALUATED]


UNMEASURED = "No label is configured: performance is not measured."


def is_unmeasured(decision: TriggerDecision) -> bool:
    """Return whether the catalogue names no outcome, so that none is missing either."""
    return any(one.kind is TriggerKind.PERFORMANCE_DROP and one.reason_code == "not_configured" for one in decision.triggers)


def score_note(decision: TriggerDecision, history: TriggerHistory | None = None) -> str:
    """Return that the score stayed quiet while inputs moved, also before where that is known; an empty text where it is not so."""
    scores = [cell for cell in judged(decision.cells) if cell.role is ColumnRole.SCORE]
    whole = next((cell for cell in scores if cell.segment == WHOLE and cell.psi is not None), None)
    inputs = [cell for cell in moved(decision) if cell.role is ColumnRole.FEATURE and cell.is_over]
    if not inputs or whole is None or any(cell.state in _MOVED for cell in scores):
        return ""
    segments = " and no segment is above its own" if len(scores) > 1 else ""
    before = [past for past in (history.windows if history else ()) if past.window < decision.window and past.judged]
    never = not any(key.split("|")[0] == whole.column for past in before for key in past.over | past.drifted)
    earlier = f" Nor was it in the {wording.counted(len(before), 'window')} before." if before and never else ""
    return (
        f"The score alone would have missed it: over all rows its PSI is {words.psi_text(whole.psi)}, not above its threshold of "
        f"{words.psi_text(whole.threshold)}{segments}.{earlier}"
    )


def earlier_requests(inputs: TriggerInputs, zone: str, most: int = 6) -> tuple[EarlierRequest, ...]:
    """Return the requests of earlier windows, newest first."""
    closed = inputs.history.closed_requests or {}
    told = [
        EarlierRequest(
            action=words.ACTION_WORDS[request.action],
            request_id=request.request_id,
            window=words.window_text(past.window, inputs.window_kind),
            asked_at=wording.time_text(past.decided_at, zone),
            state=f"closed {wording.time_text(closed[request.request_id], zone)}" if request.request_id in closed else "open",
        )
        for past in reversed(inputs.history.windows)
        for request in past.requests
    ]
    return tuple(told[:most])


def fired(decision: TriggerDecision) -> tuple[Trigger, ...]:
    """Return the triggers that fired."""
    return tuple(trigger for trigger in decision.triggers if trigger.fired)


def ordered_triggers(decision: TriggerDecision) -> tuple[Trigger, ...]:
    """Return the triggers in the order of the policy's table, fired before quiet of one kind."""
    order = tuple(TriggerKind)
    return tuple(sorted(decision.triggers, key=lambda one: (order.index(one.kind), not one.fired)))
