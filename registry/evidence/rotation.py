"""Change of the sealing key: an event that the old key sealed, and the rule that nothing else lets another key continue.

Put here what a rotation is and who may follow whom; the same rule is in ``verify.sh``. Signing is ``signing.py``.

 * The event names both keys by fingerprint and lies in a package that the old key sealed.
 * It lets the new key continue from any later seal on, once: going back needs an event of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from registry.domain.events import Event, EventKind
from registry.errors import EvidenceError
from registry.evidence.names import LEDGER_FILE, package_name, seal_path
from registry.evidence.signing import Signer
from registry.evidence.ssh_signature import parse_signature

_FINGERPRINT = rb"SHA256:[A-Za-z0-9+/]{43}"
_TEXT = rb'"(?:[^"\\]|\\.)*"'
_ROTATION = re.compile(
    rb'.*"body":\{"actor":%s,"as_of":%s,"business_date":%s,"data":\{"bundle_digest":"sha256:[0-9a-f]{64}","from":"(%s)","to":"(%s)"\},'
    rb'"issue":"","key":%s,"kind":"SealingKeyRotated","subject":%s,"system":%s\}\}\n'
    % (_TEXT, _TEXT, _TEXT, _FINGERPRINT, _FINGERPRINT, _TEXT, _TEXT, _TEXT)
)


def rotation_event(old: str, new: str, bundle_digest: str, as_of: datetime, business_date: date, actor: str) -> Event:
    """Return the event that lets ``new`` continue what ``old`` sealed, citing the package that says so."""
    body = {"bundle_digest": bundle_digest, "from": old, "to": new}
    return Event(EventKind.SEALING_KEY_ROTATED, "", f"{old} {new}", as_of, business_date, body, actor=actor)


def find_rotations(lines: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """Return the keys, old and new, of every rotation among the lines of a package's ledger file."""
    matches = (_ROTATION.fullmatch(line) for line in lines if b'"kind":"SealingKeyRotated"' in line)
    return tuple((match[1].decode(), match[2].decode()) for match in matches if match)


@dataclass(slots=True)
class KeyChain:
    """Which key sealed last, and which may seal next, as an archive is walked from its first package to its last."""

    key: str = ""
    is_complete: bool = True  # False: a package of this key's stretch was not looked at, and may hold the event
    _successors: set[str] = field(default_factory=set)

    def may_follow(self, fingerprint: str) -> bool:
        """Return whether a seal by ``fingerprint`` may be the next."""
        return fingerprint in {self.key, *self._successors} or not self.key

    def extend(self, fingerprint: str, rotations: Iterable[tuple[str, str]], is_seen: bool = True) -> None:
        """Note the next seal, made by ``fingerprint``, and the rotations in its package (``is_seen``: it was looked at)."""
        if fingerprint != self.key:
            self.is_complete |= bool(self.key)
            self.key = fingerprint
            self._successors.clear()
        self.is_complete &= is_seen
        self._successors.update(new for old, new in rotations if old == fingerprint)


def require_continuity(archive: Path, head_seq: int, signer: Signer | None) -> None:
    """Return when ``signer`` may seal after package ``head_seq``.

    Raises:
        EvidenceError: unsigned after signed, or another key without a rotation that the old key sealed.
    """
    old = sealed_by(archive, head_seq)
    if not old or (signer and signer.fingerprint == old):
        return
    if signer is None:
        raise EvidenceError(
            f"seal {head_seq:06d} is signed by {old}: expected a key to sign the next one, found none; restore it or set sealing.key"
        )
    if not _is_successor(archive, head_seq, old, signer.fingerprint):
        raise EvidenceError(
            f"seal {head_seq:06d} is signed by {old}: expected the same key, or its event that {signer.fingerprint} follows it, "
            "found neither; set sealing.key to the old key and run `proofloop evidence rotate-key NEWKEY`"
        )


def sealed_by(archive: Path, seq: int) -> str:
    """Return the fingerprint that the signature of a seal names, or an empty text where it is not signed."""
    path = seal_path(archive, seq, ".seal.sig") if seq else None
    return parse_signature(path.read_bytes(), path.name).fingerprint if path and path.exists() else ""


def _is_successor(archive: Path, head_seq: int, old: str, new: str) -> bool:
    for seq in range(head_seq, 0, -1):
        if sealed_by(archive, seq) != old:
            return False
        with (archive / package_name(seq) / LEDGER_FILE).open("rb") as lines:
            if (old, new) in find_rotations(lines):
                return True
    return False
