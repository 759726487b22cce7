"""Approvals that are signed: an SSH signature over the exact bytes of a request, checked with ``ssh-keygen``.

Put checking of people's signatures here. Who may sign in which role is the workspace's ``allowed_signers``: the namespace of a signature
is the role, so that a key for one role approves nothing in another. A typed name is an assertion, and is called one.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from registry.domain.retention import Approval, ApprovalKind
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.ssh_signature import parse_signature

_SECONDS = 60


def signed_approval(request: bytes, signature: Path, signers: Path, name: str, role: str) -> Approval:
    """Return the approval of ``name`` in ``role`` that ``signature`` is.

    Raises:
        EvidenceError: the signature is not of these bytes, this person or this role, or there is no file of allowed signers.
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    for path, what in ((signers, "a file of allowed signers"), (signature, "a signature")):
        if not path.is_file():
            raise EvidenceError(f"{path}: expected {what}, found no file; make it, or name another")
    fingerprint = parse_signature(signature.read_bytes(), str(signature)).fingerprint
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", name, "-n", role, "-s", str(signature)]
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvidenceUnavailableError(f"{signature}: expected ssh-keygen to answer, found {error}; install OpenSSH's client") from error
    if done.returncode:
        raise EvidenceError(
            f"{signature}: expected a signature of this request by {name} in the role {role} as {signers.name} allows, found none that "
            f"verifies; sign the request again with `ssh-keygen -Y sign -n {role}`"
        )
    return Approval(name, role, ApprovalKind.SIGNED, fingerprint)
