"""One step of a person: may it be taken now, by them, and what does it record?

Put here what holds for every kind of step; what one kind requires beside is a module of its own, listed in ``_REQUIREMENTS``.

The rules, all of them told at once:
 * Somebody named takes it, in a role that the catalogue or ``allowed_signers`` gives them for the issue's system.
 * The issue is in a state in which the step is taken; a move that it makes is one of the legal moves of that role (``states.py``).
 * No preservation hold of the system forbids it (``holds.py``).
 * What its document says may be said (``contents.py``).
 * Who approved a plan does not carry it out (``duties.py``).
 * Nobody else recorded this very document (``repeats.py``).
 * Then what its kind requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.work import (
    assignment,
    changes,
    classification,
    containment,
    holds,
    implementation,
    proof,
    reopening,
    risk,
    root_cause,
    suppressions,
)
from checks.work.actor import find_actor_refusals
from checks.work.contents import find_content_refusals
from checks.work.duties import find_own_approval
from checks.work.plan import find_refusals as find_plan_refusals
from checks.work.repeats import find_taken_by_another
from checks.work.states import find_state_refusals, next_state
from checks.work.sweep import find_elsewhere, find_sweep_findings
from registry.domain.canonical import digest_of, plain
from registry.domain.decision import Finding
from registry.domain.issue import IssueState
from registry.domain.work import Case, Refusal, StepDecision, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

Requirement = Callable[[Case, StepPlan, StepKnowledge], tuple[Refusal, ...]]

_REQUIREMENTS: Mapping[StepKind, Requirement] = {
    StepKind.ASSIGN: assignment.find_refusals,
    StepKind.NOTE: assignment.find_note_refusals,
    StepKind.CONTAIN: containment.find_refusals,
    StepKind.REOPEN: reopening.find_refusals,
    StepKind.HOLD: holds.find_set_refusals,
    StepKind.RELEASE_HOLD: holds.find_release_refusals,
    StepKind.ROOT_CAUSE: root_cause.find_refusals,
    StepKind.PLAN: find_plan_refusals,
    StepKind.LINK_CHANGE: changes.find_refusals,
    StepKind.IMPLEMENT: implementation.find_refusals,
    StepKind.ADD_EVIDENCE: proof.find_refusals,
    StepKind.CLASSIFY: classification.find_refusals,
    StepKind.ACCEPT_RISK: risk.find_refusals,
    StepKind.SUPPRESS: suppressions.find_refusals,
}


def judge_step(case: Case, plan: StepPlan, known: StepKnowledge) -> StepDecision:
    """Return whether the plan's step may be taken on ``case``, and the body of its event if so."""
    submission = plan.submission
    digest = digest_of({"issue": submission.issue_id, "step": submission.kind, "document": plain(submission.document)})
    refusals = (
        *_find_actor(case, plan),
        *find_state_refusals(case, plan),
        *holds.find_held(case, plan, known),
        *find_content_refusals(plan),
        *find_own_approval(case, plan.submission, plan.shared_keys),
        *find_taken_by_another(case, plan.submission, digest),
    )
    required = _REQUIREMENTS.get(submission.kind)
    refusals += required(case, plan, known) if required else ()
    if refusals:
        return StepDecision(submission, refusals, {}, digest)
    body = {"step": submission.kind, "role": submission.role, "document": plain(submission.document), "document_digest": digest}
    body |= _moved(case, next_state(case, plan)) | _told(case, plan) | holds.names_of(plan, known, digest)
    swept, findings = _swept(case, plan, known)
    return StepDecision(submission, (), body | swept, digest, findings)


def _moved(case: Case, to: IssueState | None) -> dict[str, Any]:
    return {"from": case.issue.state, "to": to} if to else {}


def _find_actor(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    submission, system_id = plan.submission, case.issue.system_id
    return find_actor_refusals(submission.by, submission.role, system_id, plan.system(system_id), plan.deputies)


def _swept(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return where else the cause may exist, for the event and for whoever records it."""
    if plan.submission.kind is not StepKind.ROOT_CAUSE:
        return {}, ()
    proposals = find_elsewhere(case, plan, known)
    return {"elsewhere": plain(proposals)}, tuple(find_sweep_findings(case, plan, proposals))


def _told(case: Case, plan: StepPlan) -> dict[str, Any]:
    """Return what the event says beside its document, for those who fold or list events."""
    document = plan.submission.document
    told: dict[str, Any] = {}
    reason = getattr(document, "reason", "") or getattr(document, "measure", "") or getattr(document, "next_step", "")
    if reason:
        told["reason"] = reason
    if plan.submission.kind is StepKind.CLASSIFY:
        told["severity"] = document.severity
    if plan.submission.kind in (StepKind.CLASSIFY, StepKind.ACCEPT_RISK):
        told["issue_severity"] = case.issue.severity
    if plan.submission.kind is StepKind.LINK_CHANGE:
        told["kept_as"] = implementation.kept_as(case, plan, document)
    if plan.submission.kind is StepKind.IMPLEMENT:
        told["effective_at"] = document.deployed_at
        told["versions"] = implementation.fix_versions(case, plan)
    return told
