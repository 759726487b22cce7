"""What a signed request is judged by, whatever it is about: the signature's worth, its nonce, the head it names, and its package.

Put lookups here that approvals and sign-offs share. What either requires beside them is theirs.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from registry.domain.approving import ApprovalKnowledge, ApprovalPapers, SignatureAnswer
from registry.domain.events import EventKind
from registry.domain.release_acts import SignOffPapers
from registry.errors import EvidenceError
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import refer
from registry.evidence.names import LEDGER_FILE
from registry.evidence.packages import find_package, list_packages
from registry.evidence.role_signatures import judge_signature, read_lists
from registry.settings import Workspace
from tasks.ledger import Clock, open_workspace_ledger


def look_up_request(workspace: Workspace, papers: ApprovalPapers | SignOffPapers, sealed_digest: str, clock: Clock) -> ApprovalKnowledge:
    """Return what a signed request is judged by; ``sealed_digest`` is that of what the request is about, as it lies in the archive now.

    The key has to be valid when the request says that it was signed and when it is recorded: the first is only the signer's word.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing.
        LedgerUnavailableError: the database is out of reach.
    """
    signers, revoked = read_lists(workspace.allowed_signers_path, workspace.revoked_keys_path)
    request = papers.request
    return ApprovalKnowledge(
        signature=_answer(papers, signers, revoked, clock()) if papers.signature else SignatureAnswer(),
        nonce_digest=_used_nonces(workspace, clock).get(request.nonce, ""),
        sealed_digest=sealed_digest,
        is_head_known=any(found.seal.digest == request.head for found in reversed(list_packages(workspace.archive_dir))),
        revoked_keys=revoked,
    )


def read_sealed(workspace: Workspace, bundle_digest: str, name: str) -> tuple[str, bytes]:
    """Return the digest of a package's files as they are now, and one file of it; nothing where there is no such package to be read."""
    package = find_package(workspace.archive_dir, bundle_digest)
    if package is None:
        return "", b""
    try:
        return files_digest(package.path), (package.path / name).read_bytes()
    except (OSError, EvidenceError):
        return "", b""


def files_digest(folder: Path) -> str:
    """Return the bundle digest of the files of a package or draft as they are now: the cited one where nobody touched them.

    Raises:
        EvidenceError, OSError: a file cannot be read.
    """
    return bundle_digest_of([refer(path) for path in sorted(folder.iterdir()) if path.name != LEDGER_FILE])


def _answer(papers: ApprovalPapers | SignOffPapers, signers: str, revoked: bytes, recorded_at: datetime) -> SignatureAnswer:
    request, given = papers.request, papers.signature.encode("utf-8", "replace")
    who = request.printed_name, request.role.value
    return judge_signature(papers.text.encode(), given, signers, revoked, *who, request.signed_at, recorded_at)


def _used_nonces(workspace: Workspace, clock: Clock) -> dict[str, str]:
    """Return every nonce that was ever signed with, in a sign-off or an approval, with the digest of its request."""
    kinds = (EventKind.RELEASE_SIGNED, EventKind.APPROVAL_RECORDED)
    recorded = (json.loads(event.body)["data"] for event in open_workspace_ledger(workspace, clock).read_events(0, kinds))
    return {data["nonce"]: data["request_digest"] for data in recorded if "nonce" in data}
