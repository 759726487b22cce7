"""What people have done on an issue: steps taken, approvals given, and the case they add up to.

Put here how steps are ordered, recorded and found again; a step's document is ``steps.py``, what it requires is ``checks/work``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.domain import steps_change as change
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Finding
from registry.domain.events import EventKind
from registry.domain.issue import Issue, IssueState
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps import ActionPlan, Assignment, Classification, Containment, RootCause
from registry.domain.steps_closure import ClosureProposal, NotApplicable, Recovery, SameCause, Scope, WindowReview


class StepKind(StrEnum):
    """What people do, named as the commands are."""

    ASSIGN = "assign"
    CLASSIFY = "classify"
    CONTAIN = "contain"
    ROOT_CAUSE = "root-cause"
    PLAN = "plan"
    LINK_CHANGE = "link-change"
    IMPLEMENT = "implement"
    ADD_EVIDENCE = "add-evidence"
    ACCEPT_RISK = "accept-risk"
    SUPPRESS = "suppress"
    HOLD = "hold"
    RELEASE_HOLD = "release-hold"
    NOTE = "note"
    REOPEN = "reopen"
    SCOPE = "scope"
    RECOVERY = "recovery"
    NOT_APPLICABLE = "not-applicable"
    SAME_CAUSE = "same-cause"
    REVIEW = "review"
    CLOSE = "close"  # the machine's proposal, which people sign: nobody takes it


@dataclass(frozen=True, slots=True)
class StepRule:
    """One kind of step: its document, the event it becomes, the states it is taken in, and the state it leads to from some of them."""

    document: type
    event: EventKind
    states: frozenset[IssueState]
    moves: Mapping[IssueState, IssueState]


_S = IssueState
_ALL = frozenset(IssueState)
_LIVE = _ALL - {_S.CLOSED, _S.TRACKED}


def _rule(
    document: type, event: EventKind, states: frozenset[IssueState], moves: Mapping[IssueState, IssueState] | None = None
) -> StepRule:
    return StepRule(document, event, states, moves or {})


# What one of these says, another does not replace.
_STANDING = frozenset({StepKind.NOTE, StepKind.ADD_EVIDENCE, StepKind.RELEASE_HOLD, StepKind.SAME_CAUSE, StepKind.REVIEW})
# An approved plan that cannot be carried out, or whose cause was another, is replaced: the new one waits for approvals of its own.
_BACK = {_S.ACTION_APPROVED: _S.RCA_IN_PROGRESS}
# Reopening moves to the state its document names; an approval of a plan moves too (``checks/work/approvals.py``).
STEPS: Mapping[StepKind, StepRule] = {
    StepKind.ASSIGN: _rule(Assignment, EventKind.ISSUE_ASSIGNED, _LIVE, {_S.NEW_SIGNAL: _S.TRIAGE}),
    StepKind.CLASSIFY: _rule(Classification, EventKind.SEVERITY_SET, _LIVE),
    StepKind.CONTAIN: _rule(Containment, EventKind.CONTAINMENT_RECORDED, _LIVE - {_S.NEW_SIGNAL}, {_S.TRIAGE: _S.CONTAINED}),
    StepKind.ROOT_CAUSE: _rule(
        RootCause,
        EventKind.ROOT_CAUSE_RECORDED,
        frozenset({_S.CONTAINED, _S.RCA_IN_PROGRESS, _S.ACTION_APPROVED}),
        {_S.CONTAINED: _S.RCA_IN_PROGRESS} | _BACK,
    ),
    StepKind.PLAN: _rule(ActionPlan, EventKind.ACTIONS_PLANNED, frozenset({_S.RCA_IN_PROGRESS, _S.ACTION_APPROVED}), _BACK),
    StepKind.LINK_CHANGE: _rule(change.ChangeLink, EventKind.CHANGE_LINKED, frozenset({_S.ACTION_APPROVED})),
    StepKind.IMPLEMENT: _rule(
        change.Implementation, EventKind.FIX_RELEASED, frozenset({_S.ACTION_APPROVED}), {_S.ACTION_APPROVED: _S.IMPLEMENTED}
    ),
    StepKind.ADD_EVIDENCE: _rule(
        change.VerificationEvidence, EventKind.EVIDENCE_ADDED, frozenset({_S.ACTION_APPROVED, _S.IMPLEMENTED, _S.VERIFYING})
    ),
    StepKind.ACCEPT_RISK: _rule(change.RiskAcceptance, EventKind.RISK_ACCEPTED, _LIVE),
    StepKind.SUPPRESS: _rule(change.IssueSuppression, EventKind.ISSUE_SUPPRESSED, _ALL),
    StepKind.HOLD: _rule(change.PreservationHold, EventKind.PRESERVATION_HOLD_SET, _ALL),
    StepKind.RELEASE_HOLD: _rule(change.HoldRelease, EventKind.PRESERVATION_HOLD_RELEASED, _ALL),
    StepKind.NOTE: _rule(change.Note, EventKind.NOTE_ADDED, _ALL),
    StepKind.REOPEN: _rule(change.Reopening, EventKind.ISSUE_REOPENED, frozenset({_S.CLOSED, _S.VERIFYING})),
    StepKind.SCOPE: _rule(Scope, EventKind.SCOPE_RECORDED, _LIVE - {_S.NEW_SIGNAL}),
    StepKind.RECOVERY: _rule(Recovery, EventKind.RECOVERY_RECORDED, _LIVE - {_S.NEW_SIGNAL, _S.TRIAGE}),
    StepKind.NOT_APPLICABLE: _rule(NotApplicable, EventKind.NOT_APPLICABLE_RECORDED, frozenset({_S.IMPLEMENTED, _S.VERIFYING})),
    StepKind.SAME_CAUSE: _rule(SameCause, EventKind.SAME_CAUSE_RECORDED, _ALL),
    StepKind.REVIEW: _rule(WindowReview, EventKind.WINDOW_REVIEWED, frozenset({_S.IMPLEMENTED, _S.VERIFYING, _S.CLOSED})),
    # Its approvals lead to closed (``checks/work/giving.py``); the closure verification alone records it.
    StepKind.CLOSE: _rule(ClosureProposal, EventKind.CLOSURE_JUDGED, frozenset({_S.VERIFYING})),
}
# What people take, and so what commands, forms and schemas there are; a closure they only sign.
TAKEN_BY_PEOPLE: tuple[StepKind, ...] = tuple(kind for kind in StepKind if kind is not StepKind.CLOSE)


@dataclass(frozen=True, slots=True)
class Submission:
    """One step as somebody hands it in: ``by`` is a typed name, asserted and not signed; ``role`` is what they act as."""

    kind: StepKind
    issue_id: str
    by: str
    role: OwnerRole
    document: Any


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step as the ledger holds it. ``document_digest`` is what approvals are given to; ``bundle_digest`` is its sealed package.

    ``issue_severity`` is what the issue had when a risk was accepted, or a severity set.
    """

    seq: int
    kind: StepKind
    by: str
    role: str
    at: datetime
    document: Any
    document_digest: str
    bundle_digest: str
    issue_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """One approval as the ledger holds it: of the document of this digest, by this person in this role, until ``expires_at``."""

    seq: int
    action: StepKind
    document_digest: str
    name: str
    role: str
    kind: ApprovalKind
    fingerprint: str
    nonce: str
    meaning: str
    signed_at: datetime
    expires_at: datetime
    is_break_glass: bool
    at: datetime
    bundle_digest: str


@dataclass(frozen=True, slots=True)
class Case:
    """An issue and everything that people did on it, oldest first. ``reopened_seq`` is the event that began the present occurrence.

    ``severities`` are those that a person's classification replaced or set since the issue was opened, or reopened after a closure;
    ``ended`` are the documents of accepted risks whose end was recorded; ``answered_at`` is when a closed issue's window had an answer.
    """

    issue: Issue
    steps: tuple[StepTaken, ...] = ()
    approvals: tuple[ApprovalGiven, ...] = ()
    reopened_seq: int = 0
    reopened_at: datetime | None = None
    severities: tuple[Severity, ...] = ()
    ended: tuple[str, ...] = ()
    answered_at: datetime | None = None

    def current(self, kind: StepKind) -> Iterator[StepTaken]:
        """Yield the steps of ``kind`` taken in the present occurrence, newest first: what an earlier one settled is settled anew."""
        return (step for step in reversed(self.steps) if step.kind is kind and step.seq > self.reopened_seq)

    def latest(self, kind: StepKind) -> StepTaken | None:
        """Return the newest step of ``kind`` of the present occurrence."""
        return next(self.current(kind), None)

    def taken(self, document_digest: str) -> StepTaken | None:
        """Return the newest step that recorded this very document and still stands, if one does: handing it in again adds nothing."""
        same = (step for step in reversed(self.steps) if step.document_digest == document_digest and step.seq >= self.reopened_seq)
        return next((step for step in same if not self._is_over(step)), None)

    def plan_to_approve(self) -> StepTaken | None:
        """Return the plan that waits for approvals: the newest one, unless another root cause was recorded after it."""
        plan, cause = self.latest(StepKind.PLAN), self.latest(StepKind.ROOT_CAUSE)
        return plan if plan and cause and cause.seq < plan.seq else None

    def times_taken(self, document_digest: str) -> int:
        """Return how often this very document was recorded, in every occurrence: what tells the next time from the ones before."""
        return sum(step.document_digest == document_digest for step in self.steps)

    def _is_over(self, taken: StepTaken) -> bool:
        """Return whether something recorded since took the place of ``taken``, or ended it."""
        since = [step for step in self.steps if step.seq > taken.seq]
        if taken.kind in _STANDING:
            return False
        if taken.kind is StepKind.HOLD:
            return any(step.kind is StepKind.RELEASE_HOLD and step.document.hold.endswith(taken.document_digest[7:19]) for step in since)
        if taken.kind is StepKind.REOPEN:
            return self.issue.state in STEPS[StepKind.REOPEN].states
        if taken.kind is StepKind.LINK_CHANGE:
            replaced = (step.kind is taken.kind and step.document.action == taken.document.action for step in since)
            return any(replaced) or any(step.kind is StepKind.PLAN for step in since)
        # A plan is of its cause: after a new one the same plan has to be handed in, and approved, anew.
        enders = {taken.kind, StepKind.ROOT_CAUSE} if taken.kind is StepKind.PLAN else {taken.kind}
        return taken.document_digest in self.ended or any(step.kind in enders for step in since)

    def links(self) -> dict[str, StepTaken]:
        """Return the newest change linked to each action of the present plan, by the action's name."""
        plan = self.latest(StepKind.PLAN)
        links = [step for step in self.current(StepKind.LINK_CHANGE) if plan and step.seq > plan.seq]
        return {step.document.action: step for step in reversed(links)}

    def approvals_of(self, document_digest: str) -> tuple[ApprovalGiven, ...]:
        """Return what was approved about one document."""
        return tuple(approval for approval in self.approvals if approval.document_digest == document_digest)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One requirement that is not met: a stable ``code``, what is missing, and how to meet it."""

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class StepDecision:
    """Whether a step may be taken: no refusals and a body of its event, or refusals and none; ``findings`` refuse nothing."""

    submission: Submission
    refusals: tuple[Refusal, ...]
    body: Mapping[str, Any]
    document_digest: str
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        return not self.refusals
