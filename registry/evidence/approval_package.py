"""The package of one approval, compared with the event that cites it: what was approved, and how that is known.

Put here what can be said of one approval alone, beside what every signed request has (``signed_papers.py``). What other events say of it is
``approval_walk.py``.

 * Who breaks the glass signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.domain.retention import ApprovalKind
from registry.evidence.report import Problem
from registry.evidence.signed_papers import REQUEST, Papers, RoleSigners, find_paper_problems, find_signature_problems

APPROVAL, DOCUMENT = "approval.json", "document.json"

# What an event says, and where its request says the same.
_SAME = {
    "action": "action",
    "document_digest": "evidence_digest",
    "name": "printed_name",
    "role": "role",
    "nonce": "nonce",
    "meaning": "meaning",
    "signed_at": "signed_at",
    "expires_at": "expires",
    "is_break_glass": "break_glass",
}


@dataclass(frozen=True, slots=True)
class RecordedApproval:
    """One approval as the ledger holds it: the event's number, its issue, actor, time and data, and where its package lies."""

    seq: int
    issue: str
    actor: str
    at: datetime
    data: Mapping[str, Any]
    package: Path | None

    @property
    def place(self) -> str:
        """How messages call it: the file to look at, and the event."""
        folder = self.package.name if self.package else "ledger"
        return f"{folder}/{REQUEST}: approval by {self.data.get('name', '?')} of issue {self.issue} (event {self.seq})"


def find_package_problems(approval: RecordedApproval, signers: RoleSigners | None) -> Iterator[Problem]:
    """Yield what is wrong with one approval, looked at alone. ``signers`` is None where nobody is known from outside.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    about, digest = {"issue": approval.issue}, approval.data.get("document_digest")
    who = approval.actor, approval.at, approval.data, approval.package, approval.place
    papers = Papers(*who, same=_SAME, told=about, document=DOCUMENT, document_digest=digest)
    yield from find_paper_problems(papers)
    if approval.data.get("kind") == ApprovalKind.SIGNED:
        yield from find_signature_problems(papers, signers)
    elif approval.package is not None and approval.data.get("is_break_glass"):
        yield Problem(approval.place, "a signature of whoever broke the glass", "a typed name")
