"""How sealing is looked at: is there a key, can it sign, and may it?

Put here what ``doctor`` asks about sealing. What is signed for the question is thrown away.
"""

from __future__ import annotations

from registry.errors import EvidenceError
from registry.evidence.packages import last_seal
from registry.evidence.rotation import require_continuity
from registry.evidence.signing import can_sign
from registry.sealing import known_signers, seals_itself, workspace_signer
from registry.settings import Workspace

AFFECTS = "runs are decided but not sealed until it is back"
_PROBE = b"proofloop doctor\n"


def reach_sealing(workspace: Workspace) -> str:
    """Sign something, and compare the key with those that may seal and with the one that sealed last.

    Raises:
        EvidenceError: the key cannot sign, may not seal, or is not the one that the archive expects next.
        EvidenceUnavailableError: ``ssh-keygen`` does not answer.
    """
    if not seals_itself(workspace):
        return "another account seals; run doctor there to look at its key"
    signer = workspace_signer(workspace)
    head = last_seal(workspace.archive_dir)
    if signer is None:
        require_continuity(workspace.archive_dir, head.seq if head else 0, None)
        why = "no key; run `proofloop init`'s step by hand: docs/guides/verify-the-archive.md" if can_sign() else "no ssh-keygen here"
        return f"seals are NOT signed: {why}"
    signer.sign(_PROBE)
    signers = known_signers(workspace)
    if signers is None or signer.fingerprint not in signers.keys:
        raise EvidenceError(
            f"{workspace.allowed_signers_path}: expected {signer.fingerprint} to be allowed to seal, found no such line; add its key"
        )
    require_continuity(workspace.archive_dir, head.seq if head else 0, signer)
    return f"seals are signed with {signer.fingerprint}"
