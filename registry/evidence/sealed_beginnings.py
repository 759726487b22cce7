"""The policies that windows began with, read from the packages in which they were sealed.

Put here what finds the tables of an earlier judgement. What holds where they were changed since is ``checks/recurrence_policy.py``.

 * The tables lie in the package of the judgement, or, as long as that is to be sealed, among the drafts. They count by their digest alone.
 * What is not there, is not what the judgement names, or is of a shape that this version does not read, is a policy without numbers.
 * The terms of the feeds are in the event of the judgement itself: nothing that was sealed is read for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence_beginnings import Beginning
from registry.errors import EvidenceError
from registry.evidence.files import storage_errors
from registry.evidence.sealed_days import POLICIES
from registry.evidence.sealed_tellings import folders_of
from registry.policies.recurrence import read_recurrence_policy


def read_began(archive: Path, drafts: Path, beginnings: Mapping[str, Beginning], policy_digest: str) -> dict[str, BeganWith]:
    """Return what windows began with, by issue; the policy only where it is another than the one of ``policy_digest``.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
    """
    others = {issue_id: one for issue_id, one in beginnings.items() if one.policy_digest != policy_digest}
    read: dict[tuple[str, str], RecurrencePolicy | None] = {}
    if others:
        with storage_errors(f"evidence archive {archive}"):
            folders = folders_of(archive, drafts, {one.bundle_digest for one in others.values()})
            read = {
                key: _policy(folders.get(key[1]), key[0]) for key in {(one.policy_digest, one.bundle_digest) for one in others.values()}
            }
    return {
        issue_id: BeganWith(one.policy_digest, read.get((one.policy_digest, one.bundle_digest)), one.terms)
        for issue_id, one in beginnings.items()
    }


def _policy(folder: Path | None, policy_digest: str) -> RecurrencePolicy | None:
    path = folder / POLICIES if folder else None
    if path is None or not path.is_file():
        return None
    content = path.read_bytes()
    try:
        return read_recurrence_policy(content) if digest_bytes(content) == policy_digest else None
    except EvidenceError:
        return None
