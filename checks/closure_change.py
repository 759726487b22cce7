"""Closure gate change: was every action that people agreed to carried out, by whom, as which version, for all traffic?

Put a rule here when it judges the changes of an issue that is to be closed. What a plan, a link and a release must say when they are handed
in is ``checks/work``; what the versions then decided is the recurrence window.

The rules:
 * A plan of the present occurrence answers the root cause, and was approved before it was released, as the severity of that time asks.
 * Each action has an owner and a linked change, which names its artifact, version, request and approver, and was linked before the release.
 * The changes are released, after the plan was approved, and the fix that is watched is that release and brings linked versions.
 * They serve all traffic: as the release says, or as the window found in the history of versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.closure_gate import fixed_by, is_empty, judged, nodes_of, severity_of
from checks.work.coverage import is_approved
from registry.domain.closure import ClosureInputs, GateJudgement, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind
from registry.domain.exactness import find_inexact
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import ApprovalGiven, StepKind, StepTaken

_LINKED = ("name", "change_request", "approver")


def judge_change(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the approved plan was carried out, and serves."""
    plan, links, release = inputs.case.latest(StepKind.PLAN), inputs.case.links(), fixed_by(inputs)
    lacks = (*_find_plan(inputs, plan, release), *_find_links(inputs, plan, links, release), *_find_release(inputs, plan, links, release))
    what = ", ".join(f"{step.document.action} by {step.document.name} {step.document.version}" for step in links.values())
    return judged(ClosureGate.CHANGE, lacks, nodes_of(inputs, plan, *links.values(), release), f"released for all traffic: {what}")


def severity_before(inputs: ClosureInputs, event: int) -> Severity:
    """Return the highest severity that the present occurrence had before an event: what was asked of people then."""
    told = [node for node in inputs.graph.nodes if node.kind is NodeKind.CLASSIFICATION and node.event < event]
    begun = inputs.case.reopened_seq
    of_occurrence = [node for node in told if node.event > begun] + [node for node in told if node.event <= begun][-1:]
    return max((Severity(node.title) for node in of_occurrence), key=lambda severity: severity.rank, default=severity_of(inputs))


def plan_approvals(inputs: ClosureInputs) -> tuple[ApprovalGiven, ...]:
    """Return the approvals of the present plan."""
    plan = inputs.case.latest(StepKind.PLAN)
    return tuple(found for found in inputs.case.approvals_of(plan.document_digest) if found.seq > plan.seq) if plan else ()


def _find_plan(inputs: ClosureInputs, plan: StepTaken | None, release: StepTaken | None) -> Iterator[Lack]:
    if plan is None:
        yield Lack("no_plan", "expected a plan of the present occurrence, found none", "take the step `plan`, and have it approved")
        return
    cause = inputs.case.latest(StepKind.ROOT_CAUSE)
    if cause and cause.seq > plan.seq:
        missing = f"expected a plan for the newest root cause, event {cause.seq}, found the plan of event {plan.seq}, made before it"
        yield Lack("plan_before_cause", missing, "take the step `plan` again, and have it approved")
    then = severity_before(inputs, release.seq) if release else severity_of(inputs)
    case = replace(inputs.case, issue=replace(inputs.case.issue, severity=then), severities=())
    if not is_approved(case, plan, inputs.work, release.at if release else inputs.as_of):
        missing = f"expected the plan approved as {then} asks before it was released, found approvals missing"
        yield Lack("plan_not_approved", missing, "see `proofloop approve list`; what was released without approval is planned anew")


def _find_links(inputs: ClosureInputs, plan: StepTaken | None, links: dict[str, StepTaken], release: StepTaken | None) -> Iterator[Lack]:
    for action in plan.document.actions if plan else ():
        link = links.get(action.action)
        if is_empty(inputs, action.owner):
            yield Lack("no_owner", f"expected who carries out {action.action}, found nobody", "plan it again, with its owner")
        if link is None:
            missing = f"expected a change linked to the {action.kind} action {action.action}, found none"
            yield Lack("unlinked_action", missing, f"take the step `link-change` for {action.action}, which {action.owner} does")
            continue
        unsaid = [name for name in _LINKED if is_empty(inputs, getattr(link.document, name))]
        for name in (*unsaid, *(("version",) if find_inexact(link.document.version) else ())):
            missing = f"expected the {name.replace('_', ' ')} of the change for {action.action}, found {getattr(link.document, name)!r}"
            yield Lack("incomplete_link", missing, f"take the step `link-change` for {action.action} again")
        if release and link.seq > release.seq:
            missing = f"expected the change for {action.action} linked before the release, event {release.seq}, found event {link.seq}"
            yield Lack("linked_too_late", missing, "reopen the issue, and release what is linked")


def _find_release(inputs: ClosureInputs, plan: StepTaken | None, links: dict[str, StepTaken], release: StepTaken | None) -> Iterator[Lack]:
    if release is None:
        missing = "expected the changes of the present occurrence released, found no release"
        yield Lack("not_implemented", missing, "take the step `implement` when they serve")
        return
    document, fix = release.document, inputs.case.issue.fix
    approved_at = max((given.at for given in plan_approvals(inputs) if given.seq < release.seq), default=None)
    if plan and approved_at and document.deployed_at < approved_at:
        missing = f"expected a release after the plan was approved, {approved_at.isoformat()}, found {document.deployed_at.isoformat()}"
        yield Lack("released_too_early", missing, "reopen the issue: what served was not what people agreed to", Verdict.FAIL)
    if document.deployed_at > inputs.as_of:
        missing = f"expected a release that has happened, found one at {document.deployed_at.isoformat()}"
        yield Lack("released_in_future", missing, "reopen the issue, and write since when the changes serve", Verdict.FAIL)
    if fix is None or fix.effective_at != document.deployed_at:
        missing = f"expected the fix that is watched to be the release of event {release.seq}, found {fix.effective_at if fix else 'none'}"
        yield Lack("other_fix", missing, "find out how they came apart: `proofloop verify`", Verdict.FAIL)
    elif unlinked := sorted(set(fix.versions.values()) - {link.document.version for link in links.values()}):
        missing = f"expected the fix to bring linked versions, found {', '.join(unlinked)} linked to no action"
        yield Lack("unlinked_version", missing, "reopen the issue, and link what serves")
    if document.share_percent != 100 and not (inputs.window and inputs.window.effective.effective_at):
        missing = f"expected the changes to serve 100 % of the traffic, found {document.share_percent} %"
        yield Lack("partial_share", missing, "serve them to everybody, and record the version's full share")
