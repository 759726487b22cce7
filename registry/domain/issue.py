"""An issue, its states and the legal moves between them.

Put the state machine's data here; the database enforces the same rows (``registry/ledger``), loaded from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.signal import Severity


class IssueState(StrEnum):
    NEW_SIGNAL = "new_signal"
    TRIAGE = "triage"
    CONTAINED = "contained"
    RCA_IN_PROGRESS = "rca_in_progress"
    ACTION_APPROVED = "action_approved"
    IMPLEMENTED = "implemented"
    VERIFYING = "verifying"
    CLOSED = "closed"
    TRACKED = "tracked"


class Role(StrEnum):
    """Who may make a move. ``MACHINE`` is a flow; it may only open, match and reopen."""

    MACHINE = "machine"
    PRODUCT_OWNER = "product_owner"
    BUSINESS_PROCESS_OWNER = "business_process_owner"
    OPERATIONS_LEAD = "operations_lead"
    MODEL_OWNER = "model_owner"
    MODEL_RISK = "model_risk"
    RISK_COMPLIANCE = "risk_compliance"


@dataclass(frozen=True, slots=True)
class LegalMove:
    """One permitted jump; ``needs_approval`` moves carry an approval that the evidence graph must show."""

    from_state: IssueState
    to_state: IssueState
    role: Role
    needs_approval: bool = False


_S, _R = IssueState, Role
# Whose approval can be the last that a plan or a closure waits for: the roles of the policy table ``approvals``.
_APPROVING = (_R.PRODUCT_OWNER, _R.OPERATIONS_LEAD, _R.RISK_COMPLIANCE, _R.MODEL_RISK, _R.BUSINESS_PROCESS_OWNER)
_PEOPLE_STEPS: tuple[tuple[IssueState, IssueState, tuple[Role, ...], bool], ...] = (
    (_S.NEW_SIGNAL, _S.TRIAGE, (_R.MACHINE, _R.PRODUCT_OWNER, _R.OPERATIONS_LEAD), False),
    (_S.NEW_SIGNAL, _S.TRACKED, (_R.MACHINE, _R.PRODUCT_OWNER, _R.OPERATIONS_LEAD), False),
    (_S.TRIAGE, _S.TRACKED, (_R.PRODUCT_OWNER, _R.OPERATIONS_LEAD), False),
    (_S.TRIAGE, _S.CONTAINED, (_R.PRODUCT_OWNER, _R.OPERATIONS_LEAD), False),
    (_S.CONTAINED, _S.RCA_IN_PROGRESS, (_R.PRODUCT_OWNER, _R.MODEL_OWNER), False),
    (_S.RCA_IN_PROGRESS, _S.ACTION_APPROVED, _APPROVING, True),
    (_S.ACTION_APPROVED, _S.IMPLEMENTED, (_R.MODEL_OWNER, _R.PRODUCT_OWNER), False),
    (_S.ACTION_APPROVED, _S.RCA_IN_PROGRESS, (_R.MODEL_OWNER, _R.PRODUCT_OWNER), False),
    (_S.IMPLEMENTED, _S.VERIFYING, (_R.MACHINE, _R.PRODUCT_OWNER), False),
    (_S.VERIFYING, _S.CLOSED, _APPROVING, True),
    (_S.VERIFYING, _S.RCA_IN_PROGRESS, (_R.MACHINE, _R.PRODUCT_OWNER, _R.RISK_COMPLIANCE), False),
    (_S.VERIFYING, _S.TRIAGE, (_R.MACHINE, _R.PRODUCT_OWNER, _R.RISK_COMPLIANCE), False),
    (_S.CLOSED, _S.TRIAGE, (_R.MACHINE, _R.PRODUCT_OWNER, _R.RISK_COMPLIANCE), False),
    (_S.CLOSED, _S.RCA_IN_PROGRESS, (_R.MACHINE, _R.PRODUCT_OWNER, _R.RISK_COMPLIANCE), False),
)
LEGAL_MOVES: frozenset[LegalMove] = frozenset(
    LegalMove(before, after, role, approval) for before, after, roles, approval in _PEOPLE_STEPS for role in roles
)

# Where an issue may begin: everything later is earned by moves.
BEGINNINGS: frozenset[IssueState] = frozenset({IssueState.NEW_SIGNAL, IssueState.TRIAGE, IssueState.TRACKED})

# A closed or tracked issue is not live: a new signal may reactivate the first and only counts towards the second.
NOT_LIVE: frozenset[IssueState] = frozenset({IssueState.CLOSED, IssueState.TRACKED})


def movers(before: IssueState, after: IssueState) -> tuple[Role, ...]:
    """Return the roles of people who may move an issue from ``before`` to ``after``, in alphabetical order."""
    return tuple(sorted(role for role in Role if role is not Role.MACHINE and is_legal(before, after, role)))


def needs_approval(before: IssueState, after: IssueState) -> bool:
    """Return whether a move from ``before`` to ``after`` is made on somebody's approval."""
    return any(move.needs_approval for move in LEGAL_MOVES if (move.from_state, move.to_state) == (before, after))


def is_legal(before: IssueState, after: IssueState, role: Role | str) -> bool:
    """Return whether ``role`` may move an issue from ``before`` to ``after``; a name that is no role may not."""
    return any((move.from_state, move.to_state, move.role) == (before, after, role) for move in LEGAL_MOVES)


class OpenedBy(StrEnum):
    """Which rule opened an issue."""

    EACH = "each"
    SPIKE = "spike"


@dataclass(frozen=True, slots=True)
class Fix:
    """The change that was released for an issue: in force from ``effective_at`` as ``versions`` (artifact kind to version)."""

    effective_at: datetime
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class EffectiveFix:
    """Since when all traffic is served by a version at or after the fix (None: it is not), and how that is known.

    ``interrupted_at`` are instants at which an older version served again. ``start_on`` is the first whole day.
    """

    effective_at: datetime | None
    start_on: date | None
    reason: str
    interrupted_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """The state of one issue: a fold of its events, never edited.

    ``severity_by`` and ``state_by`` are ``machine`` or the person who decided last; a machine never overrules a person.
    ``level_since_on`` and ``level_window_days`` describe the rate level the issue was last opened or escalated at: the window of
    ``level_window_days`` days before ``level_since_on`` is where its own baseline starts. ``signal_count`` counts joined signals.
    ``window`` is the newest outcome of the window since the fix, ``closure`` the digest of the proposal to close that stands; empty: none.
    """

    issue_id: str
    system_id: str
    fingerprint: str
    fingerprint_version: int
    title: str
    state: IssueState
    severity: Severity
    opened_by: OpenedBy
    opened_at: datetime
    occurrence: int = 1
    severity_by: str = "machine"
    state_by: str = "machine"
    state_since: datetime | None = None
    level_since_on: date | None = None
    level_window_days: int = 0
    escalation_count: int = 0
    signal_count: int = 0
    last_signal_on: date | None = None
    owner: str = ""
    fix: Fix | None = None
    version: int = 1
    window: str = ""
    closure: str = ""

    @property
    def is_live(self) -> bool:
        return self.state not in NOT_LIVE
