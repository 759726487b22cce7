"""The papers of a sign-off: the request that is signed, and the files of the package that keeps it.

Put here what a sign-off consists of as bytes. Looking things up for it and recording it is ``release_sign_off.py``.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from registry.domain.approving import ApprovalKnowledge
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.catalogue import OwnerRole
from registry.domain.release_acts import (
    SIGN_OFF,
    SIGNED_DECISION,
    SignOffDecision,
    SignOffEntry,
    SignOffPapers,
    SignOffPlan,
    sign_off_meaning,
)
from registry.domain.release_run import SignOffRequest
from registry.evidence.packages import last_seal
from registry.evidence.role_signatures import REVOKED_COPY, SIGNERS_COPY, pasted_signature
from registry.evidence.signed_papers import REQUEST, REQUEST_SIGNATURE
from registry.records import read_sign_off_request
from tasks.approval_papers import NO_HEAD
from tasks.engine import task
from tasks.workspace import workspace_of


@task
def make_sign_off_request(
    plan: SignOffPlan, person: tuple[str, OwnerRole], nonce: str, valid_days: int, *, override: bool = False, reason: str = ""
) -> SignOffPapers:
    """Return the request by which a ``person`` in a role would sign the plan's release off."""
    by, role = person
    release, seal = plan.release, last_seal(workspace_of(plan).archive_dir)
    request = SignOffRequest(
        release=release.release_id,
        system=release.system_id,
        evidence_digest=release.decision_digest,
        bundle_digest=release.bundle_digest,
        head=seal.digest if seal else NO_HEAD,
        meaning=sign_off_meaning(release, role, override=override),
        printed_name=by,
        role=role,
        nonce=nonce,
        signed_at=plan.as_of.astimezone(UTC),
        expires=plan.as_of.astimezone(UTC) + timedelta(days=valid_days),
        override=override,
        reason=reason,
    )
    content = record_json(request)
    return SignOffPapers(request, content.decode("ascii"), digest_bytes(content))


@task
def read_sign_off_papers(entry: SignOffEntry) -> SignOffPapers:
    """Return the request of an entry as it was signed, and its signature.

    Raises:
        EvidenceError: the request is none.
    """
    request = read_sign_off_request(entry.request)
    content = record_json(request)
    signature = pasted_signature(entry.signature) if entry.signature.strip() else ""
    return SignOffPapers(request, content.decode("ascii"), digest_bytes(content), signature)


def sign_off_files(
    plan: SignOffPlan, papers: SignOffPapers, decision: SignOffDecision, known: ApprovalKnowledge, signed: bytes
) -> dict[str, bytes]:
    """Return the files of an accepted sign-off's package; ``signed`` is the decision that the request names by its digest."""
    release = plan.release
    record = {
        "kind": "release_sign_off",
        "schema_version": 1,
        "release": {"release_id": release.release_id, "event": release.event, "bundle_digest": release.bundle_digest},
        "request": papers.request,
        "request_digest": papers.text_digest,
        "fingerprint": known.signature.fingerprint,
        "asked": {"roles": plan.policy.sign_off.roles, "standing": decision.standing},
        "policy": plan.policy.sign_off,
        "policy_digest": plan.policy.digest,
        "as_of": plan.as_of,
    }
    files = {SIGN_OFF: record_json(record), SIGNED_DECISION: signed, REQUEST: papers.text.encode()}
    files |= {REQUEST_SIGNATURE: papers.signature.encode(), SIGNERS_COPY: known.signature.lines.encode()}
    return files | ({REVOKED_COPY: known.revoked_keys} if known.revoked_keys else {})
