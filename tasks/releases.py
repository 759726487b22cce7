"""The releases that the ledger knows: read back, and found by their names.

Put reading of releases here, for whoever acts on one. Proposing one is ``release_proposals.py``, signing it off ``release_sign_off.py``.

A sign-off whose key is on the list of revoked keys by now is none: whatever the key signed is disowned, and has to be signed again. Once
there is such a list, neither is one whose papers are gone or altered: nobody can say that its key is not on it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from registry.domain.approving import SignatureVerdict
from registry.domain.canonical import digest_bytes
from registry.domain.release_history import RELEASE_KINDS, find_releases, releases_of
from registry.domain.release_run import KnownRelease, SignOff
from registry.domain.release_switch import SealedDecision
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence.role_signatures import read_lists
from registry.evidence.signed_papers import judge_kept
from registry.settings import Workspace
from reports.triage_package import DECISION
from tasks.evidence import read_evidence
from tasks.ledger import Clock, open_workspace_ledger
from tasks.signatures import files_digest, read_sealed


def read_releases(workspace: Workspace, clock: Clock) -> tuple[KnownRelease, ...]:
    """Return every release that was ever proposed, oldest first, with its switches and its sign-offs, those that are disowned apart.

    Raises:
        EvidenceError, EvidenceUnavailableError: as ``without_disowned``.
        LedgerUnavailableError: the database is out of reach or locked.
    """
    events = open_workspace_ledger(workspace, clock).read_events(0, RELEASE_KINDS)
    return without_disowned(workspace, releases_of((event.seq, json.loads(event.body)) for event in events), clock())


def without_disowned(workspace: Workspace, releases: tuple[KnownRelease, ...], at: datetime) -> tuple[KnownRelease, ...]:
    """Return ``releases`` with those sign-offs set apart, not expired at ``at``, that ``revoked_keys`` disowns or may disown since.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    _, revoked = read_lists(workspace.allowed_signers_path, workspace.revoked_keys_path)
    if not revoked:
        return releases
    doubtful = {each for one in releases for each in one.sign_offs if each.expires_at > at}
    gone = {each for each in doubtful if _is_disowned(workspace, each, revoked)}
    return tuple(_apart(one, gone) for one in releases)


def meant_release(name: str, releases: tuple[KnownRelease, ...]) -> KnownRelease:
    """Return the one release that ``name`` means.

    Raises:
        ConfigurationError: there is none, or more than one begins so.
    """
    found = find_releases(name, releases)
    if len(found) == 1:
        return found[0]
    if found:
        told = f"the beginning of {', '.join(one.release_id for one in found)}; write more of it"
    elif releases:
        told = f"none of this name; the newest is {releases[-1].release_id}, and `proofloop release list` shows the others"
    else:
        told = "none: none was proposed yet; do it with `proofloop release propose`"
    raise ConfigurationError([f"release {name!r}: expected one that was proposed, found {told}"])


def sealed_decision(workspace: Workspace, release: KnownRelease) -> SealedDecision:
    """Return the decision in the release's package: without a digest where any of its files is not what was sealed.

    Raises:
        EvidenceUnavailableError: the archive does not answer.
    """
    found, content = read_sealed(workspace, release.bundle_digest, DECISION)
    return SealedDecision(bool(found), digest_bytes(content) if found == release.bundle_digest else "")


def _apart(release: KnownRelease, gone: set[SignOff]) -> KnownRelease:
    counted, disowned = (tuple(one for one in release.sign_offs if (one in gone) is is_gone) for is_gone in (False, True))
    return replace(release, sign_offs=counted, disowned=disowned)


def _is_disowned(workspace: Workspace, given: SignOff, revoked: bytes) -> bool:
    """Return whether the papers of a sign-off, sealed or still to be, do not show a good signature with a key that is not revoked now."""

    def is_good(folder: Path) -> bool:
        if files_digest(folder) != given.bundle_digest:
            return False
        return judge_kept(folder, given.name, given.role, given.signed_at, revoked) is SignatureVerdict.GOOD

    try:
        return not read_evidence(workspace, given.bundle_digest, is_good)
    except (OSError, EvidenceError):
        return True
