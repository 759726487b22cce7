"""Signing seals with ``ssh-keygen``, so that keys in files, in agents and in hardware all work.

Put here what makes signatures and keys. Whose signatures count is ``signers.py``; the format is ``ssh_signature.py``.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.ssh_signature import NAMESPACE, check_signature, fingerprint_of, parse_signature

_PROGRAM = "ssh-keygen"
_SECONDS = 60


class Signer(Protocol):
    """Whoever signs seals."""

    @property
    def fingerprint(self) -> str:
        """The key, as ``ssh-keygen -l`` names it."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the signature of ``content`` as text."""
        ...


@dataclass(frozen=True, slots=True)
class SshSigner:
    """A key in a file, or behind an agent when ``key`` is its public half."""

    key: Path

    @property
    def fingerprint(self) -> str:
        """The key, as ``ssh-keygen -l`` names it."""
        return fingerprint_of(base64.b64decode(public_line(self.key).split()[1]))

    def sign(self, content: bytes) -> bytes:
        """Return the signature of ``content``, checked.

        Raises:
            EvidenceError: the key cannot sign, or something else signed.
            EvidenceUnavailableError: ``ssh-keygen`` is missing or did not answer (an agent, a security key that nobody touched).
        """
        expected = self.fingerprint
        signed = _run(["-Y", "sign", "-f", str(self.key), "-n", NAMESPACE], content, f"sealing key {self.key}")
        signature = parse_signature(signed, f"sealing key {self.key}")
        check_signature(signature, content, f"sealing key {self.key}")
        if signature.fingerprint != expected:
            raise EvidenceError(f"sealing key {self.key}: expected a signature by {expected}, found {signature.fingerprint}")
        return signed


def public_line(key: Path) -> str:
    """Return the public half of the key in ``key`` as one OpenSSH line: from the file beside it, else from the key itself.

    Raises:
        EvidenceError: there is no key, or none that can be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing.
    """
    if not key.is_file():
        raise EvidenceError(f"sealing key {key}: expected a key, found no file; restore it, or name another as sealing.key")
    beside = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    line = beside.read_text() if beside.is_file() else _run(["-y", "-P", "", "-f", str(key)], b"", f"sealing key {key}").decode()
    if len(line.split()) < 2:
        raise EvidenceError(f"sealing key {key}: expected a public key in {beside}, found other text")
    return line.strip()


def make_key(path: Path, comment: str) -> str:
    """Make an Ed25519 key without a passphrase that its owner alone can read, and return its public line.

    Raises:
        EvidenceError: there is a file already.
        EvidenceUnavailableError: ``ssh-keygen`` is missing.
    """
    if path.exists():
        raise EvidenceError(f"{path}: expected no such file, found one; a key is never overwritten")
    path.parent.mkdir(parents=True, exist_ok=True)
    _run(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], b"", str(path))
    path.chmod(0o600)
    return public_line(path)


def can_sign() -> bool:
    """Return whether ``ssh-keygen`` is on this machine."""
    return shutil.which(_PROGRAM) is not None


def _run(arguments: list[str], content: bytes, what: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and no shell between
            [shutil.which(_PROGRAM) or _PROGRAM, *arguments],
            input=content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=os.environ,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvidenceUnavailableError(
            f"{what}: expected {_PROGRAM} to answer, found {error}; install OpenSSH's client or mend it"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or "no reason"
        raise EvidenceError(f"{what}: expected {_PROGRAM} to use this key, found: {said}; check the key, its passphrase and its agent")
    return done.stdout
