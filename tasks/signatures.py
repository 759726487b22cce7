"""What a signed request is judged by, whatever it is about: the signature's worth, the head it names, and the package it is about.

Put lookups here that approvals and sign-offs share. What either requires beside them is theirs.
"""

from __future__ import annotations

from datetime import datetime

from registry.domain.approving import SignatureAnswer
from registry.errors import EvidenceError
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import refer
from registry.evidence.names import LEDGER_FILE
from registry.evidence.packages import PackageSummary, find_package, list_packages
from registry.evidence.role_signatures import judge_signature, read_lists
from registry.settings import Workspace


def look_up_signature(
    workspace: Workspace, text: str, signature: str, name: str, role: str, signed_at: datetime, recorded_at: datetime
) -> tuple[SignatureAnswer, bytes]:
    """Return what a signature over ``text`` is worth by the workspace's lists, and the keys that it disowns; without one it is worth none.

    The key has to be valid when the request says that it was signed and when it is recorded: the first is only the signer's word.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing.
    """
    signers, revoked = read_lists(workspace.allowed_signers_path, workspace.revoked_keys_path)
    if not signature:
        return SignatureAnswer(), revoked
    given = signature.encode("utf-8", "replace")
    return judge_signature(text.encode(), given, signers, revoked, name, role, signed_at, recorded_at), revoked


def is_known_head(workspace: Workspace, head: str) -> bool:
    """Return whether the archive has a seal of this digest."""
    return any(found.seal.digest == head for found in reversed(list_packages(workspace.archive_dir)))


def read_sealed(workspace: Workspace, bundle_digest: str, name: str) -> tuple[str, bytes]:
    """Return the digest of a package's files as they are now, and one file of it; nothing where there is no such package to be read."""
    package = find_package(workspace.archive_dir, bundle_digest)
    if package is None:
        return "", b""
    try:
        return files_digest(package), (package.path / name).read_bytes()
    except (OSError, EvidenceError):
        return "", b""


def files_digest(package: PackageSummary) -> str:
    """Return the bundle digest of a package's files as they are now: the sealed one where nobody touched them.

    Raises:
        EvidenceError, OSError: a file cannot be read.
    """
    return bundle_digest_of([refer(path) for path in sorted(package.path.iterdir()) if path.name != LEDGER_FILE])
