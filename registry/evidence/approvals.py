"""Approvals of removals that are signed: an SSH signature over the exact bytes of a request, in the role that the policy lets remove.

Put here how such a signature becomes an approval; whether it holds is judged as every signature in a role is (``role_signatures.py``). A
typed name is an assertion, and is called one.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from registry.domain.approving import SignatureVerdict
from registry.domain.retention import Approval, ApprovalKind
from registry.errors import EvidenceError
from registry.evidence.role_signatures import judge_signature, read_lists
from registry.settings import Workspace


def signed_approval(request: bytes, signature: Path, workspace: Workspace, name: str, role: str, at: datetime) -> Approval:
    """Return the approval of ``name`` in ``role`` that ``signature`` is, by a key that is valid ``at`` the removal and not revoked.

    Raises:
        EvidenceError: the signature is not of these bytes, this person or this role, there is no file of allowed signers, or it gives the
            key to two people.
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    signers = workspace.allowed_signers_path
    for path, what in ((signers, "a file of allowed signers"), (signature, "a signature")):
        if not path.is_file():
            raise EvidenceError(f"{path}: expected {what}, found no file; make it, or name another")
    answer = judge_signature(request, signature.read_bytes(), *read_lists(signers, workspace.revoked_keys_path), name, role, at)
    if answer.verdict is not SignatureVerdict.GOOD:
        how = f"sign the request as it is with `ssh-keygen -Y sign -n {role}`, with a key that {signers.name} lists for {name} and {role}"
        raise EvidenceError(f"{signature}: {answer.reason}; {how}")
    if answer.also:
        people = " and ".join((name, *answer.also))
        raise EvidenceError(
            f"{signature}: expected a key of one person, found one that {signers.name} gives to {people}; give each their own"
        )
    return Approval(name, role, ApprovalKind.SIGNED, answer.fingerprint)
