"""One step of a person: may it be taken now, by them, and what does it record?

Put here what holds for every kind of step; what one kind requires beside is a module of its own, listed in ``_REQUIREMENTS``.

The rules, all of them told at once:
 * Somebody named takes it, in a role that the catalogue or ``allowed_signers`` gives them for the issue's system.
 * The issue is in a state in which the step is taken; a move that it makes is one of the legal moves of that role (``states.py``).
 * No preservation hold of the system forbids it (``holds.py``).
 * What its document says may be said (``contents.py``).
 * Who approved a plan does not carry it out (``duties.py``).
 * Nobody else recorded this very document (``repeats.py``).
 * It is one that people take: a closure is proposed by the closure verification, and signed.
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
    not_applicable,
    proof,
    recovery,
    reopening,
    review,
    risk,
    root_cause,
    same_cause,
    scope,
    suppressions,
)
from checks.work.actor import find_actor_refusals
from checks.work.contents import find_content_refusals
from checks.work.duties import find_own_approval
from checks.work.plan import find_refusals as find_plan_refusals
from checks.work.repeats import find_taken_by_another
from checks.work.states import find_state_refusals, next_state
from checks.work.sweep import find_elsewhere, find_sweep_findings
from registry.domain.canonical import digest_bytes, digest_of, plain
from registry.domain.decision import Finding
from registry.domain.issue import IssueState
from registry.domain.work import TAKEN_BY_PEOPLE, Case, Refusal, StepDecision, StepKind
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
    StepKind.SCOPE: scope.find_refusals,
    StepKind.RECOVERY: recovery.find_refusals,
    StepKind.NOT_APPLICABLE: not_applicable.find_refusals,
    StepKind.SAME_CAUSE: same_cause.find_refusals,
    StepKind.REVIEW: review.find_refusals,
}
# What a document says in one line, in the first of these fields that it has: for those who list events.
_IN_SHORT = ("reason", "measure", "next_step", "observed", "check", "customers")


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
        *_find_untakeable(plan),
    )
    required = _REQUIREMENTS.get(submission.kind)
    refusals += required(case, plan, known) if required else ()
    if refusals:
        return StepDecision(submission, refusals, {}, digest)
    body = {"step": submission.kind, "role": submission.role, "document": plain(submission.document), "document_digest": digest}
    body |= _moved(case, next_state(case, plan)) | _told(case, plan) | holds.names_of(plan, known, digest)
    swept, findings = _swept(case, plan, known)
    return StepDecision(submission, (), body | swept, digest, findings)


def _find_untakeable(plan: StepPlan) -> Iterator[Refusal]:
    kind = plan.submission.kind
    if kind not in TAKEN_BY_PEOPLE:
        reason = f"expected a step that people take, found {kind}, which the closure verification proposes once seven gates pass"
        yield Refusal("not_taken", reason, "run `proofloop closure`; what it proposes is signed with `proofloop approve`")


def _moved(case: Case, to: IssueState | None) -> dict[str, Any]:
    return {"from": case.issue.state, "to": to} if to else {}


def _find_actor(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    submission, system_id = plan.submission, case.issue.system_id
    return find_actor_refusals(submission.by, submission.role, system_id, plan.system(system_id), plan.deputies)


def _swept(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return what whoever records it has to look at next, and where else a cause may exist for the event too."""
    if plan.submission.kind is StepKind.REVIEW:
        return {}, review.find_review_findings(case, plan)
    if plan.submission.kind is not StepKind.ROOT_CAUSE:
        return {}, ()
    proposals = find_elsewhere(case, plan, known)
    return {"elsewhere": plain(proposals)}, tuple(find_sweep_findings(case, plan, proposals))


def _told(case: Case, plan: StepPlan) -> dict[str, Any]:
    """Return what the event says beside its document, for those who fold or list events."""
    document = plan.submission.document
    told: dict[str, Any] = {}
    if reason := next(filter(None, (getattr(document, name, "") for name in _IN_SHORT)), ""):
        told["reason"] = reason
    if plan.submission.kind is StepKind.CLASSIFY:
        told["severity"] = document.severity
    if plan.submission.kind in (StepKind.CLASSIFY, StepKind.ACCEPT_RISK):
        told["issue_severity"] = case.issue.severity
    if plan.submission.kind is StepKind.RECOVERY:
        told["query_digest"] = digest_bytes(document.query.encode())
    if plan.submission.kind is StepKind.LINK_CHANGE:
        told["kept_as"] = implementation.kept_as(case, plan, document)
    if plan.submission.kind is StepKind.IMPLEMENT:
        told["effective_at"] = document.deployed_at
        told["versions"] = implementation.fix_versions(case, plan)
    return told
