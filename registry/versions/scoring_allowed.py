"""Which models may be loaded at all: a list of digests that people keep and sign, and the digest of a model's files.

Put here what decides that a model's code may run here. How it is run is ``scoring_process.py``.

The rules:
 * ``allowed_models`` has one model a line: its digest, and in whose words it is known; what follows ``#`` is a remark.
 * ``allowed_models.sig`` is a signature over exactly these bytes by ``ssh-keygen -Y sign -n allowed-models``, of a key that
   ``allowed_signers`` lists with that namespace and that is valid now. Without a good one the list allows nothing.
 * A model's digest is over its files, not its name: the lines that ``sha256sum`` prints for them, sorted by path. Links, and names that
   ``sha256sum`` would write otherwise, are refused.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registry.domain.approving import SignatureVerdict
from registry.errors import EvidenceError, ScoringError
from registry.evidence.role_signatures import judge_signature, read_lists
from registry.evidence.role_signers import key_holders
from registry.evidence.ssh_signature import parse_signature

FILE, SIGNATURE, NAMESPACE = "allowed_models", "allowed_models.sig", "allowed-models"
_LINE = re.compile(r"(?P<digest>sha256:[0-9a-f]{64})(?:\s+(?P<name>[^#]*))?(?:#.*)?")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class AllowedModels:
    """The list as it was signed: digests with their names, the list's own digest, and who signed it."""

    names: Mapping[str, str]
    digest: str
    by: str


def read_allowed(root: Path, signers: Path, revoked: Path, at: datetime) -> AllowedModels:
    """Return the models that the workspace in ``root`` allows at an instant.

    Raises:
        ScoringError: there is no list, it has a line that is none, or its signature is not worth anything.
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    listed, signature = _read(root, FILE), _read(root, SIGNATURE)
    by = _signer(listed, signature, read_lists(signers, revoked), at)
    return AllowedModels(dict(_models(listed)), f"sha256:{hashlib.sha256(listed).hexdigest()}", by)


def digest_model(folder: Path) -> str:
    """Return the digest of all files below ``folder``.

    Raises:
        ScoringError: there is none, or one that is a link or has a name that cannot be written in a line.
    """
    lines = []
    for path in sorted(_files(folder), key=lambda one: os.fsencode(one.relative_to(folder))):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or "\n" in name or "\r" in name or "\\" in name:
            raise ScoringError(f"expected plain files in the model, found {name!r}, which is none; register the model without it")
        lines.append(f"{_sha256(path)}  {name}\n")
    if not lines:
        raise ScoringError("expected files of the model, found none; register it with its files")
    return f"sha256:{hashlib.sha256(os.fsencode(''.join(lines))).hexdigest()}"


def refuse_unlisted(name: str, digest: str, allowed: AllowedModels) -> None:
    """Refuse a model that the list does not have.

    Raises:
        ScoringError: with its digest, for whoever decides whether it may be added.
    """
    if digest not in allowed.names:
        text = f"{name}: expected one of the {len(allowed.names)} models that {FILE} lists, found {digest}; its code is run when it is "
        raise ScoringError(f"{text}scored: have the model reviewed, add that digest and have the list signed again")


def _files(folder: Path) -> Iterator[Path]:
    for above, folders, files in os.walk(folder):
        yield from (Path(above, name) for name in files)
        yield from (Path(above, name) for name in folders if Path(above, name).is_symlink())


def _read(root: Path, name: str) -> bytes:
    try:
        return (root / name).read_bytes()
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else type(error).__name__
        text = f"{name}: expected the signed list of models whose code may run here, found {found}; "
        raise ScoringError(f"{text}write and sign it (docs/guides/gate.md), or give outcomes instead of score") from error


def _models(listed: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(listed.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ScoringError(f"{FILE}:{number}: expected sha256: with 64 hex digits and a name, found {line[:80]!r}; correct and sign it")
        yield match["digest"], (match["name"] or "").strip()


def _signer(listed: bytes, signature: bytes, lists: tuple[str, bytes], at: datetime) -> str:
    """Return who signed the list, by the first of the names that the key is listed with for it."""
    signers, revoked = lists
    try:
        fingerprint = parse_signature(signature, SIGNATURE).fingerprint
    except EvidenceError as error:
        raise ScoringError(str(error)) from error
    reason = f"expected a key that allowed_signers lists with the namespace {NAMESPACE}, found {fingerprint}"
    for name in key_holders(signers, fingerprint):
        answer = judge_signature(listed, signature, signers, revoked, name, NAMESPACE, at)
        if answer.verdict is SignatureVerdict.GOOD:
            return name
        is_edited = answer.verdict is SignatureVerdict.BAD_SIGNATURE
        reason = (
            "expected a signature of this list, found one of another: it was edited after it was signed" if is_edited else answer.reason
        )
    raise ScoringError(f"{SIGNATURE}: {reason}; have {FILE} signed with `ssh-keygen -Y sign -n {NAMESPACE} -f KEY {FILE}`")


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()
