"""The request that a sign-off is given on: is it of this release and its sealed decision, unused, and in time?

Put rules here about what a request says. Who may sign is ``release_sign_off.py``.

The rules:
 * It names this release, its system, and the decision that was sealed with it, which lies in its package as it was sealed.
 * Its meaning is our sentence, to the letter. It names a seal of the archive as the head, so that nobody signs for another history.
 * It is an override where a gate does not pass, and nowhere else. An override says why; the reason holds no personal data.
 * It was signed after the release was proposed and before now; it has not expired, and is not valid for longer than the policy allows.
 * The decision is not too old for the policy to be carried out.
 * Its nonce was never used.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.redaction import redact
from registry.domain.approving import ApprovalKnowledge
from registry.domain.policy_release import SignOffPolicy
from registry.domain.release_acts import SignOffPlan, needs_override, sign_off_meaning
from registry.domain.release_run import SignOffRequest
from registry.domain.times import format_instant
from registry.domain.work import Refusal

_AGAIN = "write a new request with `proofloop release request`, read the decision, and sign that"


def find_sign_off_request_refusals(plan: SignOffPlan, request: SignOffRequest, known: ApprovalKnowledge) -> tuple[Refusal, ...]:
    """Return what is wrong with what the request says."""
    release = plan.release
    if request.release != release.release_id:
        reason = f"release: expected a request for {release.release_id}, found one for {request.release}"
        return (Refusal("other_release", reason, "record it on its own release, or write a request for this one"),)
    return (
        *_find_decision(plan, request, known),
        *find_override_refusals(plan, request),
        *_find_time(plan, request),
        *find_age_refusals(plan),
        *_find_replay(known),
    )


def max_valid_days(policy: SignOffPolicy, *, override: bool) -> int:
    """Return how long a sign-off may be valid."""
    return policy.max_override_valid_days if override else policy.max_valid_days


def find_override_refusals(plan: SignOffPlan, request: SignOffRequest) -> Iterator[Refusal]:
    """Yield why this may be no override, or has to be one."""
    is_needed = needs_override(plan.release)
    if is_needed and not request.override:
        reason = f"override: expected one, since the release's decision is {plan.release.action}, found a plain sign-off"
        yield Refusal("needs_override", reason, "mend what the gates found and propose it again, or ask for an override with its reason")
    if request.override and not is_needed:
        yield Refusal("needless_override", "override: expected none, since every gate passes, found one", "sign it off without")
    if request.override and not request.reason.strip():
        yield Refusal("no_reason", "reason: expected why it is put in force although its gates did not pass, found nothing", "say it")
    if request.reason and not request.override:
        yield Refusal("needless_reason", "reason: expected none without an override, found one", "leave it out")
    if kinds := redact(request.reason, plan.redacted_kinds)[1]:
        reason = f"reason: expected no personal data, found {', '.join(sorted(kinds))}"
        yield Refusal("personal_data", reason, "take it out: what is recorded is sealed")


def find_age_refusals(plan: SignOffPlan) -> Iterator[Refusal]:
    """Yield that the decision is too old to be carried out."""
    most, age = plan.policy.sign_off.max_decision_age_days, plan.as_of - plan.release.proposed_at
    if age > timedelta(days=most):
        reason = f"expected a decision of at most {most} days, found one of {age.days}, {format_instant(plan.release.proposed_at)}"
        yield Refusal("decision_too_old", reason, "propose the candidate again: what was decided may not hold any more")


def _find_decision(plan: SignOffPlan, request: SignOffRequest, known: ApprovalKnowledge) -> Iterator[Refusal]:
    release = plan.release
    named, ours = (request.system, request.evidence_digest, request.bundle_digest), (release.system_id, *_digests(plan))
    if named != ours:
        reason = f"evidence_digest: expected the decision of {release.release_id}, {release.decision_digest}, found another"
        yield Refusal("edited_request", reason, _AGAIN)
    if not known.sealed_digest:
        reason = f"expected the release's package {release.bundle_digest} in the archive, found none that can be read"
        yield Refusal("not_sealed", reason, "seal it with `proofloop evidence seal`, or see `proofloop evidence verify`")
    elif known.sealed_digest != release.decision_digest:
        reason = f"expected {release.decision_digest} in the sealed package, found {known.sealed_digest}: the decision was edited"
        yield Refusal("edited_decision", reason, "find out who altered the archive: `proofloop evidence verify`")
    if request.meaning != sign_off_meaning(release, request.role, override=request.override):
        yield Refusal("edited_request", "meaning: expected the sentence of this release, role and override, found another", _AGAIN)
    if not known.is_head_known:
        yield Refusal("unknown_head", f"head: expected a seal of this archive, found {request.head}", _AGAIN)


def _digests(plan: SignOffPlan) -> tuple[str, str]:
    return plan.release.decision_digest, plan.release.bundle_digest


def _find_time(plan: SignOffPlan, request: SignOffRequest) -> Iterator[Refusal]:
    signed, expires = format_instant(request.signed_at), format_instant(request.expires)
    if request.signed_at > plan.as_of:
        yield Refusal("in_the_future", f"signed_at: expected an instant that has passed, found {signed}", _AGAIN)
    if request.signed_at < plan.release.proposed_at:
        proposed = format_instant(plan.release.proposed_at)
        yield Refusal("before_release", f"signed_at: expected an instant after it was proposed, {proposed}, found {signed}", _AGAIN)
    if plan.as_of >= request.expires:
        yield Refusal("expired", f"expires: expected an instant still to come, found {expires}", _AGAIN)
    most = max_valid_days(plan.policy.sign_off, override=request.override)
    if not timedelta(0) < request.expires - request.signed_at <= timedelta(days=most):
        yield Refusal("valid_too_long", f"expires: expected at most {most} days after signed_at {signed}, found {expires}", _AGAIN)


def _find_replay(known: ApprovalKnowledge) -> Iterator[Refusal]:
    if known.nonce_digest:
        yield Refusal("nonce_used", f"nonce: expected one that was never used, found that of the request {known.nonce_digest}", _AGAIN)
