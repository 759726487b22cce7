"""The package of one approval, compared with the event that cites it: what was signed, by which key, about which document.

Put here what can be said of one approval alone. What other events say of it is ``approval_walk.py``.

 * The package is in the archive, and its request is byte for byte the one that the event names; what both say is the same.
 * The document beside it has the digest that was approved.
 * An approval that is said to be signed has a signature over the request that verifies: by a key that the verifier's own file of allowed
   signers lists for this person and this role, valid when it was signed. A key that was revoked since leaves it in doubt.
 * It was signed before it was recorded, and recorded before it expired. Who breaks the glass signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.domain.approving import SignatureVerdict
from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.domain.retention import ApprovalKind
from registry.domain.times import parse_instant
from registry.evidence.report import Problem
from registry.evidence.role_signatures import SIGNERS_COPY, judge_signature

APPROVAL, DOCUMENT, REQUEST, REQUEST_SIGNATURE = "approval.json", "document.json", "request.json", "request.json.sig"

# What an event says, and where its request says the same.
_SAME = {
    "action": "action",
    "document_digest": "evidence_digest",
    "name": "printed_name",
    "role": "role",
    "nonce": "nonce",
    "meaning": "meaning",
    "signed_at": "signed_at",
    "expires_at": "expires",
    "is_break_glass": "break_glass",
}
_IN_DOUBT = frozenset({SignatureVerdict.KEY_REVOKED})
_OF_THE_SIGNERS = frozenset({SignatureVerdict.NOT_ALLOWED, SignatureVerdict.KEY_NOT_VALID, SignatureVerdict.KEY_REVOKED})


@dataclass(frozen=True, slots=True)
class RoleSigners:
    """Who may approve, from outside the archive: the text of a file of allowed signers, and the keys that are disowned."""

    name: str
    text: str
    revoked: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordedApproval:
    """One approval as the ledger holds it: the event's number, its issue, actor, time and data, and where its package lies."""

    seq: int
    issue: str
    actor: str
    at: datetime
    data: Mapping[str, Any]
    package: Path | None

    @property
    def place(self) -> str:
        """How messages call it: the file to look at, and the event."""
        folder = self.package.name if self.package else "ledger"
        return f"{folder}/{REQUEST}: approval by {self.data.get('name', '?')} of issue {self.issue} (event {self.seq})"


def find_package_problems(approval: RecordedApproval, signers: RoleSigners | None) -> Iterator[Problem]:
    """Yield what is wrong with one approval, looked at alone. ``signers`` is None where nobody is known from outside.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    place = approval.place
    if approval.package is None:
        yield Problem(place, f"the sealed package {approval.data.get('bundle_digest', '?')}", "none in the archive")
        return
    request = _read(approval.package / REQUEST)
    if digest_bytes(request) != approval.data.get("request_digest"):
        yield Problem(place, f"{approval.data.get('request_digest')} as the event says", digest_bytes(request) if request else "no file")
    yield from _differences(place, approval, _parsed(request))
    if (found := digest_bytes(_read(approval.package / DOCUMENT))) != approval.data.get("document_digest"):
        yield Problem(place, f"the document {approval.data.get('document_digest')} in {DOCUMENT}", found)
    yield from _times(place, approval)
    yield from _signature(place, approval, approval.package, request, signers)


def _differences(place: str, approval: RecordedApproval, request: Mapping[str, Any]) -> Iterator[Problem]:
    said = {name: request.get(theirs) for name, theirs in _SAME.items()} | {"issue": request.get("issue")}
    told = {name: approval.data.get(name) for name in _SAME} | {"issue": approval.issue}
    for name in told:
        if said[name] != told[name]:
            yield Problem(place, f"{name} {told[name]!r} in the request, as the event says", repr(said[name]))
    if approval.actor != approval.data.get("name"):
        yield Problem(place, f"an event of {approval.data.get('name')!r}", f"one of {approval.actor!r}")


def _times(place: str, approval: RecordedApproval) -> Iterator[Problem]:
    try:
        signed, expires = (parse_instant(str(approval.data.get(name))) for name in ("signed_at", "expires_at"))
    except ValueError as error:
        yield Problem(place, "instants of signing and expiry", str(error))
        return
    if signed > approval.at:
        yield Problem(place, f"signed before it was recorded at {approval.at:%Y-%m-%d %H:%M} UTC", f"signed at {signed:%Y-%m-%d %H:%M} UTC")
    if approval.at >= expires:
        yield Problem(place, f"recorded before it expired at {expires:%Y-%m-%d %H:%M} UTC", f"recorded at {approval.at:%Y-%m-%d %H:%M} UTC")


def _signature(place: str, approval: RecordedApproval, package: Path, request: bytes, signers: RoleSigners | None) -> Iterator[Problem]:
    if approval.data.get("kind") != ApprovalKind.SIGNED:
        if approval.data.get("is_break_glass"):
            yield Problem(place, "a signature of whoever broke the glass", "a typed name")
        return
    signature = _read(package / REQUEST_SIGNATURE)
    if not signature:
        yield Problem(place, f"a signature in {REQUEST_SIGNATURE}, as the event says that it was signed", "no file")
        return
    text = signers.text if signers else _read(package / SIGNERS_COPY).decode("utf-8", "replace")
    revoked = signers.revoked if signers else b""
    try:
        signed_at = parse_instant(str(approval.data.get("signed_at")))
    except ValueError:
        return  # told above
    answer = judge_signature(request, signature, text, revoked, str(approval.data.get("name")), str(approval.data.get("role")), signed_at)
    if answer.verdict is not SignatureVerdict.GOOD and (signers or answer.verdict not in _OF_THE_SIGNERS):
        verdict = Verdict.INCONCLUSIVE if answer.verdict in _IN_DOUBT else Verdict.FAIL
        yield Problem(
            place, f"a good signature{f' as {signers.name} allows' if signers else ''}", f"{answer.verdict}: {answer.reason}", verdict
        )
    if answer.fingerprint != approval.data.get("fingerprint"):
        yield Problem(place, f"a signature by {approval.data.get('fingerprint')} as the event says", answer.fingerprint or "none")


def _read(path: Path) -> bytes:
    """Return a file's bytes; none where it is not there: what is missing is told by what should have been in it."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
