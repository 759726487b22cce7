"""What of a trigger decision is shown, and in which order: page, artifact and terminal read this.

Put here what ranks or joins the decision's values for reading: who is asked, which cells moved, what could not be told. The decision in
one sentence is ``triggers_summary``, conditions are ``standing_view``; charts have modules of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Finding, Verdict
from registry.domain.profile import WHOLE, ColumnRole
from registry.domain.triggers import (
    CellState,
    DriftCell,
    Trigger,
    TriggerAction,
    TriggerDecision,
    TriggerInputs,
    TriggerKind,
    TriggerRequest,
)
from reports import triggers_words as words
from reports import wording

# Why a cell could not be judged at all; any other reason beside a PSI says that data quality explains the difference.
NOT_TOLD = frozenset(
    {"no_data", "too_few", "too_few_in_reference", "stale", "missing_input", "missing_column", "errored", "not_configured", "empty_window"}
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
class Gap:
    """Something that was not judged, and why."""

    subject: str
    state: str
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
        reason=request.reason,
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


def score_note(decision: TriggerDecision) -> str:
    """Return that the score stayed quiet while inputs moved; an empty text where that is not so."""
    scores = [cell for cell in decision.cells if cell.role is ColumnRole.SCORE]
    known = [cell for cell in judged(scores) if cell.psi is not None]
    inputs = [cell for cell in moved(decision) if cell.role is ColumnRole.FEATURE]
    if not inputs or not known or any(cell.state in _MOVED for cell in scores):
        return ""
    highest = max(known, key=lambda cell: cell.psi or 0.0)
    where = "all rows" if highest.segment == WHOLE else highest.segment.name
    among = "" if len(known) == 1 else f" among all rows and {wording.counted(len(known) - 1, 'segment')}"
    return (
        f"The score alone would have missed it: its highest PSI was {words.psi_text(highest.psi)} ({where}{among}), "
        f"not above its threshold of {words.psi_text(highest.threshold)}."
    )


def gaps(decision: TriggerDecision) -> tuple[Gap, ...]:
    """Return everything that a reader would expect to be judged and was not; what shares state and reason is told once."""
    broken = _untold((*decision.findings, *decision.data_quality))
    missing = (*decision.not_evaluated, *decision.performance_not_evaluated)
    found = [Gap(item.subject, wording.spoken(item.reason_code), item.reason) for item in broken]
    found += [Gap(item.subject, wording.spoken(item.reason_code), item.reason) for item in missing]
    found += [
        Gap(item.subject, f"Still open: {wording.spoken(item.reason_code).lower()}", item.reason) for item in _untold(decision.performance)
    ]
    found += [Gap(words.KIND_WORDS[item.kind], "Trigger not told", item.reason) for item in decision.triggers if item.not_evaluated]
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for gap in found:
        subjects.setdefault((gap.state, gap.reason), {})[gap.subject] = None
    return tuple(Gap(words.listed(list(names), 8), state, reason) for (state, reason), names in subjects.items())


def _untold(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict is Verdict.INCONCLUSIVE]


def small_cells(decision: TriggerDecision) -> tuple[tuple[str, int], ...]:
    """Return the segments with cells that could not be judged, each with how many: the most first."""
    counts = Counter(cell.segment.name for cell in decision.cells if cell.state is CellState.NOT_EVALUATED and not is_explained(cell))
    return tuple(sorted(counts.items(), key=lambda item: (item[0] != WHOLE.name, -item[1], item[0])))


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
