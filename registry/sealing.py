"""Who seals, and with which key: the ``sealing`` settings and what follows from them.

Put here what a workspace says about sealing, and the key it begins with. How a seal is signed is ``registry/evidence/signing.py``.

 * ``by: pipeline`` (the default): the flows seal what they promised. The key then lies where they run.
 * ``by: sealer``: the flows only draft and promise; another account, whose key they cannot read, runs ``proofloop evidence seal``.
 * Without ``key``, the one that ``proofloop init`` made is used where it is; without any, seals are not signed.
 * A what-if run seals an archive that is nobody's evidence: unsigned, and by itself.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from registry.schemas import Schema, Text

if TYPE_CHECKING:
    from registry.evidence.report import Problem
    from registry.evidence.signers import Signers
    from registry.evidence.signing import SshSigner
    from registry.settings import Workspace

KEY_NAME = "sealing_key"


class Sealer(StrEnum):
    """The account that seals."""

    PIPELINE = "pipeline"
    SEALER = "sealer"


class Sealing(Schema):
    """How packages are sealed; ``key`` is a private key, or the public half of one that an agent holds."""

    key: Text | None = None
    by: Sealer = Sealer.PIPELINE


def make_sealing_key(key: Path, signers: Path) -> str:
    """Make ``key`` to sign seals with, let it seal in ``signers``, and return its fingerprint; empty without ``ssh-keygen``.

    A key that an earlier workspace left there goes on: what it sealed must still be continued.
    """
    from registry.evidence.signers import signer_line
    from registry.evidence.signing import SshSigner, can_sign, make_key, public_line

    if not can_sign():
        return ""
    line = public_line(key) if key.exists() else make_key(key, "proofloop-sealing")
    with signers.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(signer_line(line, "sealer"))
    return SshSigner(key).fingerprint


def sealing_key(workspace: Workspace) -> Path | None:
    """Return the key to sign with; None where seals are not signed."""
    if workspace.state_override is not None:
        return None
    if workspace.settings.sealing.key is not None:
        return workspace.resolve(workspace.settings.sealing.key)
    made = workspace.state_dir / KEY_NAME
    return made if made.exists() else None


def seals_itself(workspace: Workspace) -> bool:
    """Return whether the flows seal what they promise."""
    return workspace.state_override is not None or workspace.settings.sealing.by is Sealer.PIPELINE


def workspace_signer(workspace: Workspace) -> SshSigner | None:
    """Return what signs the workspace's seals, or None."""
    from registry.evidence.signing import SshSigner

    key = sealing_key(workspace)
    return SshSigner(key) if key else None


def known_signers(workspace: Workspace) -> Signers | None:
    """Return who may seal as the workspace says; None where it names nobody.

    Raises:
        EvidenceError: its ``allowed_signers`` cannot be read, or says something about sealing keys that is not understood.
    """
    from registry.evidence.signers import read_signers

    path = workspace.allowed_signers_path
    if workspace.state_override is not None or not path.exists():
        return None
    signers = read_signers(path)
    return signers if signers.keys else None


def signer_problems(workspace: Workspace) -> tuple[Problem, ...]:
    """Return why who may seal is not known although it should be: a workspace that signs but names nobody could not tell a forged archive.

    Raises:
        EvidenceError: as ``known_signers``.
    """
    from registry.domain.decision import Verdict
    from registry.evidence.report import Problem

    if sealing_key(workspace) is None or known_signers(workspace) is not None:
        return ()
    expected = "at least one sealing key, because this workspace signs its seals"
    return (Problem(str(workspace.allowed_signers_path), expected, "none; list the key there", Verdict.INCONCLUSIVE),)
