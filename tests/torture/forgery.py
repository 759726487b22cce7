"""What somebody who can write an archive can do to it: hash again, chain again, seal again, sign with a key they hold.

Put here what rewrites an archive so that it fits together again. Which rewriting is tried is ``mutations_forged.py``.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.domain.canonical import digest_bytes
from registry.domain.events import GENESIS_HASH, chain_hash
from registry.evidence.chain import Link, parse_line, render_line
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import FileRef, refer
from registry.evidence.names import LEDGER_FILE, REMOVED_FILE, seal_files, seal_path
from registry.evidence.packages import package_numbers, read_seal
from registry.evidence.seal import NO_PREVIOUS, ChainEnd, Seal, parse_manifest, render_manifest, render_seal
from registry.evidence.ssh_signature import NAMESPACE, SshSignature, fingerprint_of, render_signature

Sign = Callable[[int, bytes], bytes | None]
"""Returns the signature to put beside a seal, by its number and text; None takes away what is there."""


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 key that is the same for the same words, and signs as ``ssh-keygen`` does, without starting it."""

    secret: bytes

    @classmethod
    def named(cls, words: str) -> Key:
        return cls(hashlib.sha256(words.encode()).digest())

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    @property
    def blob(self) -> bytes:
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _string(b"ssh-ed25519") + _string(public)

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.blob)

    @property
    def public_line(self) -> str:
        return f"ssh-ed25519 {base64.b64encode(self.blob).decode()}"

    def sign(self, content: bytes, namespace: str = NAMESPACE) -> bytes:
        parts = (namespace.encode(), b"", b"sha512", hashlib.sha512(content).digest())
        value = self.private.sign(b"SSHSIG" + b"".join(map(_string, parts)))
        return render_signature(SshSignature(self.blob, namespace, "sha512", _string(b"ssh-ed25519") + _string(value)))

    def signing(self, _seq: int, content: bytes) -> bytes:
        return self.sign(content)


def _string(field: bytes) -> bytes:
    return struct.pack(">I", len(field)) + field


def put(path: Path, content: bytes) -> None:
    """Write a file of its own: copies of an archive share their files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def seal_again(archive: Path, numbers: Iterable[int], sign: Sign | None, sealed_at: dict[int, datetime] | None = None) -> None:
    """Make manifests and seals of ``numbers`` fit what lies there now; ``sign`` None leaves signatures as they are."""
    for seq in numbers:
        path = seal_path(archive, seq, ".sha256")
        manifest = _manifest(archive, seq)
        put(path, manifest)
        seal = _seal(archive, seq, manifest)
        text = render_seal(replace(seal, sealed_at=(sealed_at or {}).get(seq, seal.sealed_at)))
        put(seal_path(archive, seq), text)
        if sign is not None:
            signature = sign(seq, text)
            seal_path(archive, seq, ".seal.sig").unlink(missing_ok=True)
            if signature is not None:
                put(seal_path(archive, seq, ".seal.sig"), signature)


def after(archive: Path, first: int) -> range:
    """Return the numbers from ``first`` to the last package."""
    return range(first, package_numbers(archive)[-1] + 1)


def chain_again(archive: Path, first: int) -> None:
    """Make ``prev`` and ``hash`` of all events from package ``first`` on fit their bodies, as an edited database would be exported."""
    end = read_seal(archive, first - 1).end if first > 1 else ChainEnd()
    for seq in after(archive, first):
        path = archive / f"{seq:06d}" / LEDGER_FILE
        lines = []
        for body in bodies_of(path):
            lines.append(Link(end.seq + 1, end.hash, chain_hash(end.hash, body), body))
            end = ChainEnd(end.seq + 1, lines[-1].hash)
        put(path, b"".join(map(render_line, lines)))


def bodies_of(path: Path) -> list[bytes]:
    return [parse_line(line).body for line in path.read_bytes().splitlines(keepends=True)]


def _manifest(archive: Path, seq: int) -> bytes:
    """Return what lies there as a manifest; what was removed under retention stays listed."""
    folder = archive / f"{seq:06d}"
    found = {f"{folder.name}/{path.name}": refer(path).digest for path in folder.iterdir()}
    found |= {path: refer(archive / path).digest for path in seal_files(archive, seq - 1)}
    return render_manifest({path: digest for path, digest in _removed(archive).items() if path.startswith(f"{folder.name}/")} | found)


def _removed(archive: Path) -> dict[str, str]:
    lists = sorted(archive.glob(f"[0-9]*/{REMOVED_FILE}"))
    return {path: digest for listing in lists for path, digest in parse_manifest(listing.read_bytes(), listing.name).items()}


def _seal(archive: Path, seq: int, manifest: bytes) -> Seal:
    old = read_seal(archive, seq)
    before = read_seal(archive, seq - 1) if seq > 1 else None
    start = before.end if before else ChainEnd(0, GENESIS_HASH)
    lines = (archive / f"{seq:06d}" / LEDGER_FILE).read_bytes().splitlines(keepends=True)
    last = parse_line(lines[-1]) if lines else None
    listed = parse_manifest(manifest, "manifest").items()
    own = (FileRef(path.partition("/")[2], digest, 0) for path, digest in listed if path.startswith(f"{seq:06d}/"))
    return Seal(
        seq=seq,
        prev=before.digest if before else NO_PREVIOUS,
        sealed_at=old.sealed_at,
        manifest_digest=digest_bytes(manifest),
        file_count=len(listed),
        first_event=start.seq + 1 if last else None,
        last_event=last.seq if last else start.seq,
        last_hash=last.hash if last else start.hash,
        bundle_digest=bundle_digest_of(ref for ref in own if ref.name != LEDGER_FILE),
    )
