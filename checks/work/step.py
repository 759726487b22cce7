"""One step of a person: may it be taken now, by them, and what does it record?

Put here what holds for every kind of step; what one kind requires beside is a module of its own, listed in ``_REQUIREMENTS``.

The rules, all of them told at once:
 * Somebody named takes it, in a role that the catalogue or ``allowed_signers`` gives them for the issue's system.
 * The issue is in a state in which the step is taken; a move that it makes is one of the legal moves of that role.
 * What its document says may be said (``contents.py``).
 * Then what its kind requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.work import containment
from checks.work.actor import find_actor_refusals
from checks.work.contents import find_content_refusals
from registry.domain.canonical import digest_of, plain
from registry.domain.issue import LEGAL_MOVES, IssueState
from registry.domain.steps_change import Reopening
from registry.domain.work import STEPS, Case, Refusal, StepDecision, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

Requirement = Callable[[Case, StepPlan, StepKnowledge], tuple[Refusal, ...]]

_REQUIREMENTS: Mapping[StepKind, Requirement] = {
    StepKind.CONTAIN: containment.find_refusals,
}


def judge_step(case: Case, plan: StepPlan, known: StepKnowledge) -> StepDecision:
    """Return whether the plan's step may be taken on ``case``, and the body of its event if so."""
    submission = plan.submission
    digest = digest_of({"issue": submission.issue_id, "step": submission.kind, "document": plain(submission.document)})
    move = _move(case, plan)
    refusals = (*_find_actor(case, plan), *_find_state(case, plan, move), *find_content_refusals(plan))
    required = _REQUIREMENTS.get(submission.kind)
    refusals += required(case, plan, known) if required else ()
    if refusals:
        return StepDecision(submission, refusals, {}, digest)
    body = {"step": submission.kind, "role": submission.role, "document": plain(submission.document), "document_digest": digest}
    return StepDecision(submission, (), body | _moved(case, move) | _told(case, plan), digest)


def _move(case: Case, plan: StepPlan) -> IssueState | None:
    """Return the state the step leads to; None where the issue stays where it is."""
    document = plan.submission.document
    if isinstance(document, Reopening):
        return IssueState(document.to.value)
    return STEPS[plan.submission.kind].moves.get(case.issue.state)


def _moved(case: Case, to: IssueState | None) -> dict[str, Any]:
    return {"from": case.issue.state, "to": to} if to else {}


def _find_actor(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    submission, system_id = plan.submission, case.issue.system_id
    return find_actor_refusals(submission.by, submission.role, system_id, plan.system(system_id), plan.deputies)


def _find_state(case: Case, plan: StepPlan, to: IssueState | None) -> Iterator[Refusal]:
    kind, state = plan.submission.kind, case.issue.state
    if state not in STEPS[kind].states:
        taken = ", ".join(each for each in IssueState if each in STEPS[kind].states)
        yield Refusal("wrong_state", f"{kind}: expected the issue in {taken}, found it in {state}", _way_to(STEPS[kind].states, state))
    elif to is not None:
        roles = sorted(
            move.role.value for move in LEGAL_MOVES if (move.from_state, move.to_state) == (state, to) and move.role != "machine"
        )
        if plan.submission.role.value not in roles:
            listed = ", ".join(roles) or "no person"
            reason = f"expected {listed} to move an issue from {state} to {to}, found {plan.submission.role}"
            yield Refusal("wrong_role", reason, "ask one of them to take the step")


def _way_to(states: frozenset[IssueState], now: IssueState) -> str:
    """Return the step that leads from here towards one of ``states``."""
    leads = {StepKind.PLAN: IssueState.RCA_IN_PROGRESS}
    nearer = [kind for kind, rule in STEPS.items() if rule.moves.get(now)] + [kind for kind, state in leads.items() if state is now]
    if not nearer or now in states:
        return "see `proofloop issue show` for what comes next"
    return f"take the step `{nearer[0]}` first"


def _told(case: Case, plan: StepPlan) -> dict[str, Any]:
    """Return what the event says beside its document, for those who fold or list events."""
    document = plan.submission.document
    told: dict[str, Any] = {}
    reason = getattr(document, "reason", "") or getattr(document, "measure", "") or getattr(document, "next_step", "")
    if reason:
        told["reason"] = reason
    if plan.submission.kind is StepKind.CLASSIFY:
        told["severity"] = document.severity
    if plan.submission.kind is StepKind.IMPLEMENT:
        told["effective_at"] = document.deployed_at
        told["versions"] = {link.document.artifact: link.document.version for link in case.links().values()}
    return told
