"""The sealing keys that go with an export: those known keys that signed one of its seals, in the form of ``allowed_signers``.

Put here what an export says about keys. They are a convenience for a recipient who compares the fingerprints with what was told over
another channel; a key is never trusted because it lies beside what it signed. Names and remarks of the workspace's file stay there.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from registry.domain.issue_export import HeadSignature
from registry.evidence.names import seal_path
from registry.evidence.signers import SealingKey, Signers
from registry.evidence.ssh_signature import NAMESPACE, SshSignature, parse_signature

_WARNING = (
    "# Sealing keys of this archive. This file lies in the same folder as what the keys signed, so it proves nothing by itself:",
    "# compare the fingerprints with what you were told over another channel, or use a file of your own instead.",
)
_KEY_TYPES = {
    "ssh-ed25519": "ED25519",
    "ssh-rsa": "RSA",
    "sk-ssh-ed25519@openssh.com": "ED25519-SK",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA-SK",
}


def used_signers(archive: Path, numbers: Iterable[int], signers: Signers | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the known keys that signed these seals as a file, and their fingerprints; an empty file where no seal has a known key."""
    found = (signature_of(archive, seq) for seq in numbers)
    by_fingerprint = {signature.fingerprint: signature for signature in found if signature}
    known = {name: signature for name, signature in by_fingerprint.items() if signers and name in signers.keys}
    lines = [*_WARNING, *(f"# {name}\n{_line(signature, signers.keys[name])}" for name, signature in known.items() if signers)]
    return "".join(f"{line}\n" for line in lines).encode("ascii") if known else b"", tuple(known)


def signature_of(archive: Path, seq: int) -> SshSignature | None:
    """Return the signature of a seal, or None where it has none."""
    path = seal_path(archive, seq, ".seal.sig")
    return parse_signature(path.read_bytes(), path.name) if path.exists() else None


def head_signature(signature: SshSignature) -> HeadSignature:
    """Return who made a signature, in the words of ``ssh-keygen``."""
    return HeadSignature(_KEY_TYPES.get(_kind(signature), "ECDSA"), signature.fingerprint)


def _line(signature: SshSignature, key: SealingKey) -> str:
    times = (("valid-after", key.valid_after), ("valid-before", key.valid_before))
    options = ",".join([f'namespaces="{NAMESPACE}"', *(f'{name}="{time}Z"' for name, time in times if time)])
    return f"sealer {options} {_kind(signature)} {base64.b64encode(signature.key).decode('ascii')}"


def _kind(signature: SshSignature) -> str:
    """A public key's bytes begin with its kind, after four bytes of length."""
    return signature.key[4 : 4 + int.from_bytes(signature.key[:4], "big")].decode("ascii")
