"""The package of one sign-off of a release, compared with the event that cites it: what was signed, by which key, about which decision.

Put here what can be said of one sign-off alone, beside what every signed request has (``signed_papers.py``). What other events say of it,
and whether a release had all of them when it was put in force, is ``deployments/sign_off_walk.py``.

 * Every sign-off is signed: there is no typed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.domain.release_acts import SIGNED_DECISION
from registry.evidence.report import Problem
from registry.evidence.signed_papers import REQUEST, Papers, RoleSigners, find_paper_problems, find_signature_problems

# What an event says, and where its request says the same.
_SAME = {
    "release_id": "release",
    "evidence_digest": "evidence_digest",
    "name": "printed_name",
    "role": "role",
    "nonce": "nonce",
    "meaning": "meaning",
    "signed_at": "signed_at",
    "expires_at": "expires",
    "is_override": "override",
    "reason": "reason",
}


@dataclass(frozen=True, slots=True)
class RecordedSignOff:
    """One sign-off as the ledger holds it: the event's number, its system, actor, time and data, and where its package lies."""

    seq: int
    system_id: str
    actor: str
    at: datetime
    data: Mapping[str, Any]
    package: Path | None

    @property
    def place(self) -> str:
        """How messages call it: the file to look at, and the event."""
        folder = self.package.name if self.package else "ledger"
        name, release = self.data.get("name", "?"), self.data.get("release_id", "?")
        return f"{folder}/{REQUEST}: sign-off by {name} of release {release} (event {self.seq})"


def find_sign_off_problems(given: RecordedSignOff, signers: RoleSigners | None) -> Iterator[Problem]:
    """Yield what is wrong with one sign-off, looked at alone. ``signers`` is None where nobody is known from outside.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    about, digest = {"system": given.system_id}, given.data.get("evidence_digest")
    who = given.actor, given.at, given.data, given.package, given.place
    papers = Papers(*who, same=_SAME, told=about, document=SIGNED_DECISION, document_digest=digest)
    yield from find_paper_problems(papers)
    yield from find_signature_problems(papers, signers)
