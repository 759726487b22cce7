"""The request that an approval is given on: is it of this issue and its newest document, unused, and in time?

Put rules here about what a request says. Who may approve is ``approvals.py``.

The rules:
 * It names this issue, and a document that a step of the issue recorded: the newest of its kind in the present occurrence.
 * A plan is not older than the root cause it answers. A closure is the proposal that stands, and not older than the policy allows.
 * A closure that was proposed while an accepted risk was in force is signed while one is: no run has to notice first that it ended.
 * The document is sealed, and what lies in its package is what the request names. Its meaning is our sentence, to the letter.
 * It names a seal of the archive as the head, so that nobody signs for another history.
 * It was signed after the document was recorded and before now; it has not expired and is not valid for longer than the policy allows.
 * Its nonce was never used.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from checks.acceptances import find_in_force
from registry.domain.approving import ApprovalKnowledge, ApprovalRequest, meaning_of
from registry.domain.policy_work import WorkLimits, WorkPolicies
from registry.domain.times import format_instant
from registry.domain.work import Case, Refusal, StepKind, StepTaken

_JUDGE = "judge it again with `proofloop closure ISSUE`, which says what it lacks or proposes it anew"
_RENEW = "take the step `accept-risk` anew and have it signed; the next run then proposes the closure with what is in force"
_AGAIN = "write a new request with `proofloop approve request`, read the document, and sign that"


def find_request_refusals(
    case: Case, request: ApprovalRequest, known: ApprovalKnowledge, work: WorkPolicies, as_of: datetime, on: date
) -> tuple[Refusal, ...]:
    """Return what is wrong with what the request says, at ``as_of``; ``on`` is that day by the workspace's clock."""
    if request.issue != case.issue.issue_id:
        reason = f"issue: expected a request for {case.issue.issue_id}, found one for {request.issue}"
        return (Refusal("other_issue", reason, "record it on its own issue, or write a request for this one"),)
    step = case.latest(request.action)
    about = _find_document(case, step, request, known) if step else (_nothing(request),)
    standing = _find_standing(case, step, work, as_of, on) if step and step.kind is StepKind.CLOSE else ()
    return (*about, *standing, *_find_time(request, step, work.limits, as_of), *_find_replay(known))


def _nothing(request: ApprovalRequest) -> Refusal:
    if request.action is StepKind.CLOSE:
        reason = "expected a proposal of the closure verification for the present occurrence, found none"
        return Refusal("nothing_to_approve", reason, _JUDGE)
    reason = f"expected a step `{request.action}` of the present occurrence to approve, found none"
    return Refusal("nothing_to_approve", reason, f"take the step `{request.action}` first")


def _find_document(case: Case, step: StepTaken, request: ApprovalRequest, known: ApprovalKnowledge) -> Iterator[Refusal]:
    named = (request.evidence_digest, request.bundle_digest)
    if named != (step.document_digest, step.bundle_digest):
        earlier = named in {(old.document_digest, old.bundle_digest) for old in case.steps if old.kind is step.kind}
        code, found = ("superseded", "an earlier one") if earlier else ("edited_document", "one that no step recorded")
        told = f"evidence_digest: expected the newest `{step.kind}`, {step.document_digest} of event {step.seq}, found {found}"
        yield Refusal(code, told, _AGAIN)
    elif step.kind is StepKind.PLAN and (cause := case.latest(StepKind.ROOT_CAUSE)) and cause.seq > step.seq:
        reason = f"expected a plan for the newest root cause, event {cause.seq}, found the plan of event {step.seq}, made before it"
        yield Refusal("cause_is_newer", reason, "take the step `plan` again: a new cause asks for another look at the actions")
    elif not known.sealed_digest:
        reason = f"expected the document's package {step.bundle_digest} in the archive, found none that can be read"
        yield Refusal("not_sealed", reason, "seal it with `proofloop evidence seal`, or see `proofloop evidence verify`")
    elif known.sealed_digest != step.document_digest:
        reason = f"expected {step.document_digest} in the sealed package, found {known.sealed_digest}: the document was edited"
        yield Refusal("edited_document", reason, "find out who altered the archive: `proofloop evidence verify`")
    if request.meaning != meaning_of(case.issue, step, request.role, is_break_glass=request.break_glass):
        reason = "meaning: expected the sentence of this document, severity and role, found another"
        yield Refusal("edited_request", reason, _AGAIN)
    if not known.is_head_known:
        yield Refusal("unknown_head", f"head: expected a seal of this archive, found {request.head}", _AGAIN)


def _find_standing(case: Case, step: StepTaken, work: WorkPolicies, as_of: datetime, on: date) -> Iterator[Refusal]:
    if case.issue.closure != step.document_digest:
        reason = f"expected a proposal that stands, found that of event {step.seq}, which something recorded since took back"
        yield Refusal("not_standing", reason, _JUDGE)
        return
    if as_of - step.at > timedelta(days=work.limits.max_proposal_age_days):
        found = f"expected a proposal of the last {work.limits.max_proposal_age_days} days, found that of {format_instant(step.at)}"
        yield Refusal("proposal_too_old", found, _JUDGE)
    accepted = find_in_force(case, work, step.document.business_date)
    if accepted and find_in_force(case, work, on) is None:
        until = f"that of {accepted.document.owner}, accepted until {accepted.document.expires_on}"
        reason = f"expected the risk in force that was accepted when the closure was proposed, found {until}, and none on {on}"
        yield Refusal("risk_ended", reason, _RENEW)


def _find_time(request: ApprovalRequest, step: StepTaken | None, limits: WorkLimits, as_of: datetime) -> Iterator[Refusal]:
    signed, expires = format_instant(request.signed_at), format_instant(request.expires)
    if request.signed_at > as_of:
        yield Refusal("in_the_future", f"signed_at: expected an instant that has passed, found {signed}", _AGAIN)
    if step and request.signed_at < step.at:
        reason = f"signed_at: expected an instant after the document was recorded, {format_instant(step.at)}, found {signed}"
        yield Refusal("before_document", reason, _AGAIN)
    if as_of >= request.expires:
        yield Refusal("expired", f"expires: expected an instant still to come, found {expires}", _AGAIN)
    if not timedelta(0) < request.expires - request.signed_at <= timedelta(days=limits.max_approval_valid_days):
        found = f"expected at most {limits.max_approval_valid_days} days after signed_at {signed}, found {expires}"
        yield Refusal("valid_too_long", f"expires: {found}", _AGAIN)


def _find_replay(known: ApprovalKnowledge) -> Iterator[Refusal]:
    if known.nonce_digest:
        reason = f"nonce: expected one that was never used, found that of the request {known.nonce_digest}"
        yield Refusal("nonce_used", reason, _AGAIN)
