"""What a counted approval is in its event: who, in which role, of which document, how that is known, and where the issue goes.

Put here how an approval is written down; whether it counts is ``approvals.py``.

The rules:
 * The event tells what was signed, word for word, and no more.
 * The approval that completes a plan, or a closure, moves the issue on, from the state in which it is approved and from no other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from registry.domain.approving import LEADS, ApprovalKnowledge, ApprovalPapers, ApprovalRequest
from registry.domain.retention import ApprovalKind
from registry.domain.work import ApprovalGiven, Case, StepKind


def given_of(request: ApprovalRequest, kind: ApprovalKind, known: ApprovalKnowledge, as_of: datetime) -> ApprovalGiven:
    """Return the approval as a case holds it."""
    return ApprovalGiven(
        seq=0,
        action=request.action,
        document_digest=request.evidence_digest,
        name=request.printed_name,
        role=request.role.value,
        kind=kind,
        fingerprint=known.signature.fingerprint if kind is ApprovalKind.SIGNED else "",
        nonce=request.nonce,
        meaning=request.meaning,
        signed_at=request.signed_at,
        expires_at=request.expires,
        is_break_glass=request.break_glass,
        at=as_of,
        bundle_digest="",
    )


def body_of(given: ApprovalGiven, papers: ApprovalPapers) -> dict[str, Any]:
    """Return the body of its event, without the package and the move."""
    names = ("action", "document_digest", "name", "role", "kind", "fingerprint", "nonce", "meaning", "signed_at", "expires_at")
    told: dict[str, Any] = {name: getattr(given, name) for name in (*names, "is_break_glass")}
    return told | {"request_digest": papers.text_digest}


def move_of(case: Case, action: StepKind) -> dict[str, Any]:
    """Return the move of the issue that the last approval of a step makes."""
    before, after = LEADS.get(action, (None, None))
    return {"from": before, "to": after} if case.issue.state is before else {}
