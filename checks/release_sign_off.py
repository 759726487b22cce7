"""One sign-off of a release: may this person give it, in this role, about this decision?

Put rules here about one sign-off. What all of them add up to is ``release_signed.py``, what its request says ``release_request.py``.

The rules, all of them told at once:
 * The role is one that the policy asks to sign off, and it is missing; an override asks for more people than roles, so that a role may
   sign twice.
 * Whoever proposed the release or made its candidate does not sign it off, by whatever name their key has.
 * Nobody signs twice, and no key does, while the sign-off before counts.
 * There is a signature, and it verifies for this person and role with a key that was valid when it was signed, still is, and is not
   revoked. A key that `allowed_signers` gives to somebody else too signs nothing off: one key is one person.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.release_request import find_sign_off_request_refusals
from checks.release_signed import find_sign_off_standing
from registry.domain.approving import ApprovalKnowledge, SignatureVerdict, person_key
from registry.domain.release_acts import SignOffDecision, SignOffPapers, SignOffPlan, SignOffStanding
from registry.domain.release_run import KnownRelease, SignOff, SignOffRequest
from registry.domain.work import Refusal


def judge_sign_off(plan: SignOffPlan, papers: SignOffPapers, known: ApprovalKnowledge) -> SignOffDecision:
    """Return whether the sign-off counts, the body of its event if so, and what is then still missing."""
    request, policy = papers.request, plan.policy.sign_off
    before = find_sign_off_standing(plan.release, policy, plan.as_of)
    refusals = (
        *find_sign_off_request_refusals(plan, request, known),
        *find_signer_refusals(plan, request, before),
        *_find_key(plan.release, papers, known, before),
    )
    if refusals:
        return SignOffDecision(request, refusals, standing=before)
    given = _given(papers, known)
    return SignOffDecision(request, (), _body(given, request), find_sign_off_standing(plan.release, policy, plan.as_of, (given,)))


def find_signer_refusals(plan: SignOffPlan, request: SignOffRequest, before: SignOffStanding) -> Iterator[Refusal]:
    """Yield why this person may not sign in this role, whatever the signature is."""
    roles, name = plan.policy.sign_off.roles, request.printed_name
    listed = ", ".join(roles) or "nobody"
    if not name.strip():
        yield Refusal("no_actor", "printed_name: expected the name of who signs, found none", "say who you are")
    if request.role not in roles:
        yield Refusal("wrong_role", f"role: expected one of {listed}, found {request.role}", "let somebody in one of these roles sign")
    elif before.is_complete:
        yield Refusal("complete", "expected a sign-off that is missing, found that none is", "nothing is left to sign")
    elif request.role not in before.missing and not before.is_override:
        missing = ", ".join(before.missing)
        yield Refusal("role_given", f"role: expected one that is missing, {missing}, found {request.role}", "let somebody in it sign")
    if did := _hands(plan.release).get(person_key(name)):
        reason = f"expected somebody who had no hand in the release, found {name}, who {did}"
        yield Refusal("own_work", reason, "ask somebody else who holds the role")
    if person_key(name) in {person_key(one.name) for one in before.counted}:
        reason = f"expected somebody who has not signed it off yet, found {name}, who has"
        yield Refusal("signed_before", reason, "ask somebody else: everybody who signs is another person")


def _hands(release: KnownRelease) -> dict[str, str]:
    made = {person_key(name): "made the candidate" for name in release.made_by}
    return made | {person_key(release.proposed_by): "proposed it"}


def _find_key(release: KnownRelease, papers: SignOffPapers, known: ApprovalKnowledge, before: SignOffStanding) -> Iterator[Refusal]:
    request, found = papers.request, known.signature
    how = f"sign the request as it is with `ssh-keygen -Y sign -n {request.role}`"
    if not papers.signature:
        yield Refusal("needs_signature", "expected a signature over the request, found none: a typed name signs nothing off", how)
        return
    if found.verdict is not SignatureVerdict.GOOD:
        yield Refusal(found.verdict.value, found.reason, f"{how}, with a key that allowed_signers lists for it")
        return
    if did := next((did for name in found.also if (did := _hands(release).get(person_key(name)))), ""):
        reason = f"expected a key of somebody who had no hand in the release, found {found.fingerprint}, also that of one who {did}"
        yield Refusal("own_work", reason, "ask somebody else who holds the role")
    if found.also:
        people = " and ".join((request.printed_name, *found.also))
        reason = f"expected a key of one person, found {found.fingerprint}, which allowed_signers gives to {people}"
        yield Refusal("shared_key", reason, "give each a key of their own; `proofloop check` names the lines")
    if found.fingerprint in {one.fingerprint for one in before.counted}:
        reason = f"expected a key that has not signed it off yet, found {found.fingerprint}, which has"
        yield Refusal("same_key", reason, "sign with a key of your own: one key is one person")


def _given(papers: SignOffPapers, known: ApprovalKnowledge) -> SignOff:
    request = papers.request
    return SignOff(
        seq=0,
        name=request.printed_name,
        role=request.role.value,
        fingerprint=known.signature.fingerprint,
        evidence_digest=request.evidence_digest,
        signed_at=request.signed_at,
        expires_at=request.expires,
        is_override=request.override,
        reason=request.reason,
        nonce=request.nonce,
        request_digest=papers.text_digest,
        bundle_digest="",
    )


def _body(given: SignOff, request: SignOffRequest) -> dict[str, object]:
    """The event tells what was signed, word for word, without the package that keeps it."""
    names = ("name", "role", "fingerprint", "evidence_digest", "signed_at", "expires_at", "is_override", "reason", "nonce")
    told: dict[str, object] = {name: getattr(given, name) for name in names}
    return {**told, "release_id": request.release, "meaning": request.meaning, "request_digest": given.request_digest}
