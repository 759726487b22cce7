"""What comes next on an issue, so that somebody who has never worked on one knows what to do.

Put the order of the steps here. Whether a step may be taken is judged when it is handed in (``step.py``); this only leads there.

The rules, by the issue's state:
 * A new signal, and an issue in triage that nobody was put in charge of, is assigned; then it is contained.
 * A contained issue gets its root cause, then a plan; a plan waits for its approvals, each by somebody who holds the role. A root cause
   that is newer than the plan asks for another plan.
 * Every action of an approved plan is linked to a change; then the fix is put in force.
 * A fix in force, or under verification, gets evidence that it works, then its scope, then the recovery of customers where there was harm.
   After that the window decides; a proposal to close that stands waits for its approvals.
 * A closed or tracked issue asks nobody for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from typing import get_args, get_type_hints

from checks.work.coverage import find_coverage
from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.issue import NOT_LIVE, IssueState, movers
from registry.domain.issue_file import NextStep
from registry.domain.policy_work import WorkPolicies
from registry.domain.work import STEPS, Case, StepKind, StepTaken

_S = IssueState
_DONE = {
    _S.CLOSED: "It is closed; a new occurrence, or later evidence, reopens it.",
    _S.TRACKED: "It is tracked: its signals are counted, and nobody owes anything.",
}
_MAX_OPTIONS = 4  # a document that asks for more is easier written in a file
_WHY = {
    StepKind.ASSIGN: "Nobody was put in charge of it yet, with a next step and a day.",
    StepKind.CONTAIN: "Customers are protected first, or it is recorded that they need not be.",
    StepKind.ROOT_CAUSE: "It is contained; why it happened, and why no control caught it, is not recorded.",
    StepKind.PLAN: "The cause is recorded; what corrects and what prevents it is not planned.",
    StepKind.IMPLEMENT: "Every action is linked to a change; the changes are not in force.",
    StepKind.ADD_EVIDENCE: "The fix is in force; that it works has to be shown, before and after.",
    StepKind.SCOPE: "Who and what was affected, from when to when, is not recorded; a closure is judged against it.",
    StepKind.RECOVERY: "Customers were harmed; who was found, what they got, and who checked that is not recorded.",
}
_FIXED = frozenset({_S.IMPLEMENTED, _S.VERIFYING})
_PLAN_WAITS = "The plan is recorded and waits for approvals, by people who had no hand in it."
_CLOSURE_WAITS = "Seven gates passed, and the proposal to close it waits for approvals, by people who had no hand in the fix."
_WATCHED = "What people owe is there. The window is judged every morning, and what a closure still lacks is told on request."


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works on the issue's system, by which policies, at which instant; ``is_harm``: customers were harmed, or nobody knows."""

    system: SystemEntry | None
    deputies: Mapping[str, tuple[str, ...]]
    policies: WorkPolicies
    as_of: datetime
    is_harm: bool = True

    def people(self, role: OwnerRole) -> tuple[str, ...]:
        """Return who holds a role for the system, the owner first."""
        owner = self.system.owners.get(role) if self.system else None
        return tuple(dict.fromkeys([*([owner] if owner else []), *self.deputies.get(role, ())]))


def find_next_step(case: Case, desk: Desk) -> NextStep:
    """Return what has to be done next on the issue of ``case``."""
    state = case.issue.state
    if state in NOT_LIVE:
        return NextStep("", _DONE[state])
    plan = case.latest(StepKind.PLAN)
    if state is _S.RCA_IN_PROGRESS and (waiting := case.plan_to_approve()):
        return _approval(case, waiting, desk, _PLAN_WAITS)
    if state is _S.ACTION_APPROVED and plan and (open_actions := _unlinked(case, plan)):
        return _step(case, StepKind.LINK_CHANGE, desk, f"Actions without a change: {', '.join(open_actions)}.")
    if state in _FIXED:
        return _after_the_fix(case, desk)
    kind = _kind(case)
    return _step(case, kind, desk, _WHY[kind])


def _after_the_fix(case: Case, desk: Desk) -> NextStep:
    proposal = case.latest(StepKind.CLOSE)
    if proposal and proposal.document_digest == case.issue.closure:
        return _approval(case, proposal, desk, _CLOSURE_WAITS)
    asked = [StepKind.ADD_EVIDENCE, StepKind.SCOPE]
    if desk.is_harm and case.latest(StepKind.NOT_APPLICABLE) is None:
        asked.append(StepKind.RECOVERY)
    kind = next((kind for kind in asked if case.latest(kind) is None), None)
    return _step(case, kind, desk, _WHY[kind]) if kind else NextStep("", _WATCHED, command=f"proofloop closure {case.issue.issue_id}")


def _kind(case: Case) -> StepKind:
    state = case.issue.state
    if state is _S.NEW_SIGNAL or (state is _S.TRIAGE and case.latest(StepKind.ASSIGN) is None):
        return StepKind.ASSIGN
    if state is _S.TRIAGE:
        return StepKind.CONTAIN
    if state is _S.CONTAINED or (state is _S.RCA_IN_PROGRESS and case.latest(StepKind.ROOT_CAUSE) is None):
        return StepKind.ROOT_CAUSE
    if state is _S.RCA_IN_PROGRESS:
        return StepKind.PLAN
    return StepKind.IMPLEMENT


def _unlinked(case: Case, plan: StepTaken) -> tuple[str, ...]:
    return tuple(action.action for action in plan.document.actions if action.action not in case.links())


def _step(case: Case, kind: StepKind, desk: Desk, why: str) -> NextStep:
    state, rule = case.issue.state, STEPS[kind]
    to = rule.moves.get(state)
    roles = [OwnerRole(role.value) for role in movers(state, to)] if to else _roles(desk)
    people = tuple((role.value, name) for role in roles for name in desk.people(role))
    asked = tuple(field.name for field in fields(rule.document) if field.default is MISSING and field.default_factory is MISSING)
    by = f" --by {people[0][1]} --role {people[0][0]}" if people else " --by NAME --role ROLE"
    options = "".join(f" --{name.replace('_', '-')} {name.upper()}" for name in asked)
    given = options if len(asked) <= _MAX_OPTIONS and _is_flat(rule.document, asked) else f" --file {kind.value}.yaml"
    command = f"proofloop issue {kind.value} {case.issue.issue_id}{by}{given}"
    return NextStep(kind.value, why, people, asked, command)


def _is_flat(document: type, asked: tuple[str, ...]) -> bool:
    """Whether no field that has to be given has parts of its own."""
    hints = get_type_hints(document)
    return not any(is_dataclass(part) for name in asked for part in (hints[name], *get_args(hints[name])))


def _roles(desk: Desk) -> list[OwnerRole]:
    return [role for role in OwnerRole if desk.people(role)]


def _approval(case: Case, waiting: StepTaken, desk: Desk, why: str) -> NextStep:
    coverage = find_coverage(case, waiting, desk.policies, desk.as_of)
    missing = coverage.missing if coverage else ()
    people = tuple((role.value, name) for role in missing for name in desk.people(role))
    signed = "signed" if coverage and coverage.rule.needs_signature else "a typed name is enough"
    lacks = tuple(f"{role.value} ({signed})" + ("" if desk.people(role) else ": the catalogue names nobody") for role in missing)
    return NextStep("approve", why, people, lacks, f"proofloop approve list {case.issue.issue_id}")
