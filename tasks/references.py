"""Frozen references, read back from where they were sealed.

Put here how a reference is found and checked. Freezing one is ``tasks/profiles.py``.

A reference is named by its digest in the ledger's event. The archive is asked for the package of that event, and the drafts where another
account has not sealed it yet. What is gone or altered is told: comparing with another reference would judge another question.
"""

from __future__ import annotations

from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Finding, Verdict
from registry.domain.trigger_run import FrozenReference, ReferenceRead
from registry.errors import EvidenceError
from registry.evidence.packages import list_packages
from registry.records import read_reference
from registry.settings import Workspace
from tasks.evidence import read_evidence


class SealedReferences:
    """The references of a workspace's archive; the archive is listed once, when the first is asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._packages: dict[str, Path] | None = None

    def read(self, frozen: FrozenReference) -> ReferenceRead:
        """Return a reference with the digest that its event names, or the finding that says what is wrong.

        Raises:
            EvidenceUnavailableError: the archive's storage does not answer (retried).
        """
        try:
            content = self._content(frozen)
        except (EvidenceError, FileNotFoundError) as error:
            return _lost(frozen, "reference_missing", f"found none: {error}")
        if digest_bytes(content) != frozen.digest:
            return _lost(frozen, "reference_altered", f"found {digest_bytes(content)}")
        try:
            return ReferenceRead(read_reference(content))
        except EvidenceError as error:
            return _lost(frozen, "reference_unreadable", str(error))

    def _content(self, frozen: FrozenReference) -> bytes:
        if self._packages is None:
            self._packages = {package.seal.bundle_digest: package.path for package in list_packages(self._workspace.archive_dir)}
        found = self._packages.get(frozen.bundle_digest)
        if found is not None:
            return (found / frozen.record).read_bytes()
        return read_evidence(self._workspace, frozen.bundle_digest, lambda folder: (folder / frozen.record).read_bytes())


def _lost(frozen: FrozenReference, code: str, found: str) -> ReferenceRead:
    reason = (
        f"its reference was frozen by event {frozen.event} in {frozen.record} of package {frozen.bundle_digest}: expected {frozen.digest}, "
        f"{found}; bring the archive back with `proofloop evidence restore`, or freeze another reference"
    )
    return ReferenceRead(findings=(Finding("reference", frozen.system_id, Verdict.INCONCLUSIVE, code, reason),))
