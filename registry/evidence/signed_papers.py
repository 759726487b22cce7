"""The papers of a signed request as a package keeps them, compared with the event that cites it: what was signed, by which key, about what.

Put here what holds for approvals and sign-offs alike, of one of them alone; what they are about is ``approval_package.py`` and
``sign_off_package.py``.

 * The package is in the archive, and its request is byte for byte the one that the event names; what both say is the same.
 * The document beside it has the digest that was signed for.
 * Where the event says that it was signed, a signature over the request verifies: by a key that the verifier's own file of allowed signers
   lists for this person and this role, valid when it was signed and when it was recorded. A key that was revoked since leaves it in doubt.
 * It was signed before it was recorded, and recorded before it expired.
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
from registry.domain.times import parse_instant
from registry.evidence.report import Problem
from registry.evidence.role_signatures import SIGNERS_COPY, judge_signature

REQUEST, REQUEST_SIGNATURE = "request.json", "request.json.sig"

_IN_DOUBT = frozenset({SignatureVerdict.KEY_REVOKED})
_OF_THE_SIGNERS = frozenset({SignatureVerdict.NOT_ALLOWED, SignatureVerdict.KEY_NOT_VALID, SignatureVerdict.KEY_REVOKED})


@dataclass(frozen=True, slots=True)
class RoleSigners:
    """Who may sign in a role, from outside the archive: the text of a file of allowed signers, and the keys that are disowned."""

    name: str
    text: str
    revoked: bytes = b""


@dataclass(frozen=True, slots=True)
class Papers:
    """One signed request as the ledger tells of it: the event's actor, time and data, where its package lies, and how messages call it.

    ``same`` says where the request has what the event's data say, ``told`` what else the request has to say. ``document`` is the file that
    was signed for, ``document_digest`` what its digest has to be.
    """

    actor: str
    at: datetime
    data: Mapping[str, Any]
    package: Path | None
    place: str
    same: Mapping[str, str]
    told: Mapping[str, Any]
    document: str
    document_digest: Any


def judge_kept(folder: Path, name: str, role: str, signed_at: datetime, revoked: bytes) -> SignatureVerdict:
    """Return what the signature that a package keeps is worth by the signers sealed with it, and by these revoked keys.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
        OSError: one of its papers cannot be read.
    """
    request, signature, lines = ((folder / paper).read_bytes() for paper in (REQUEST, REQUEST_SIGNATURE, SIGNERS_COPY))
    return judge_signature(request, signature, lines.decode("utf-8", "replace"), revoked, name, role, signed_at).verdict


def find_paper_problems(papers: Papers) -> Iterator[Problem]:
    """Yield what is wrong with the papers of one request, its signature aside."""
    place = papers.place
    if papers.package is None:
        yield Problem(place, f"the sealed package {papers.data.get('bundle_digest', '?')}", "none in the archive")
        return
    request = read_file(papers.package / REQUEST)
    if digest_bytes(request) != papers.data.get("request_digest"):
        yield Problem(place, f"{papers.data.get('request_digest')} as the event says", digest_bytes(request) if request else "no file")
    yield from _differences(papers, _parsed(request))
    if (found := digest_bytes(read_file(papers.package / papers.document))) != papers.document_digest:
        yield Problem(place, f"the document {papers.document_digest} in {papers.document}", found)
    yield from _times(papers)


def find_signature_problems(papers: Papers, signers: RoleSigners | None) -> Iterator[Problem]:
    """Yield what is wrong with the signature over a request. ``signers`` is None where nobody is known from outside.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    if papers.package is None:
        return  # told of the papers
    place, request, signature = papers.place, read_file(papers.package / REQUEST), read_file(papers.package / REQUEST_SIGNATURE)
    if not signature:
        yield Problem(place, f"a signature in {REQUEST_SIGNATURE}, as the event says that it was signed", "no file")
        return
    text = signers.text if signers else read_file(papers.package / SIGNERS_COPY).decode("utf-8", "replace")
    revoked = signers.revoked if signers else b""
    try:
        signed_at = parse_instant(str(papers.data.get("signed_at")))
    except ValueError:
        return  # told of the papers
    name, role = str(papers.data.get("name")), str(papers.data.get("role"))
    answer = judge_signature(request, signature, text, revoked, name, role, signed_at, papers.at)
    if answer.verdict is not SignatureVerdict.GOOD and (signers or answer.verdict not in _OF_THE_SIGNERS):
        verdict = Verdict.INCONCLUSIVE if answer.verdict in _IN_DOUBT else Verdict.FAIL
        yield Problem(
            place, f"a good signature{f' as {signers.name} allows' if signers else ''}", f"{answer.verdict}: {answer.reason}", verdict
        )
    if answer.fingerprint != papers.data.get("fingerprint"):
        yield Problem(place, f"a signature by {papers.data.get('fingerprint')} as the event says", answer.fingerprint or "none")


def read_file(path: Path) -> bytes:
    """Return a file's bytes; none where it is not there: what is missing is told by what should have been in it."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def _differences(papers: Papers, request: Mapping[str, Any]) -> Iterator[Problem]:
    told = {name: papers.data.get(name) for name in papers.same} | dict(papers.told)
    said = {name: request.get(theirs) for name, theirs in papers.same.items()} | {name: request.get(name) for name in papers.told}
    for name in told:
        if said[name] != told[name]:
            yield Problem(papers.place, f"{name} {told[name]!r} in the request, as the event says", repr(said[name]))
    if papers.actor != papers.data.get("name"):
        yield Problem(papers.place, f"an event of {papers.data.get('name')!r}", f"one of {papers.actor!r}")


def _times(papers: Papers) -> Iterator[Problem]:
    place = papers.place
    try:
        signed, expires = (parse_instant(str(papers.data.get(name))) for name in ("signed_at", "expires_at"))
    except ValueError as error:
        yield Problem(place, "instants of signing and expiry", str(error))
        return
    if signed > papers.at:
        yield Problem(place, f"signed before it was recorded at {papers.at:%Y-%m-%d %H:%M} UTC", f"signed at {signed:%Y-%m-%d %H:%M} UTC")
    if papers.at >= expires:
        yield Problem(place, f"recorded before it expired at {expires:%Y-%m-%d %H:%M} UTC", f"recorded at {papers.at:%Y-%m-%d %H:%M} UTC")


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
