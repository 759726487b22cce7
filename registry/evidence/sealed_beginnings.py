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
from registry.evidence.cited import read_each
from registry.evidence.sealed_days import POLICIES
from registry.policies.recurrence import read_recurrence_policy


def read_began(archive: Path, drafts: Path, beginnings: Mapping[str, Beginning], policy_digest: str) -> dict[str, BeganWith]:
    """Return what windows began with, by issue; the policy only where it is another than the one of ``policy_digest``.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
    """
    others = {(one.policy_digest, one.bundle_digest) for one in beginnings.values() if one.policy_digest != policy_digest}
    tables = read_each(archive, drafts, {bundle_digest for _, bundle_digest in others}, _table)
    read = {(named, bundle_digest): _policy(tables.get(bundle_digest, b""), named) for named, bundle_digest in others}
    return {
        issue_id: BeganWith(one.policy_digest, read.get((one.policy_digest, one.bundle_digest)), one.terms)
        for issue_id, one in beginnings.items()
    }


def _table(folder: Path) -> bytes | None:
    try:
        return (folder / POLICIES).read_bytes()
    except FileNotFoundError:
        return None


def _policy(content: bytes, policy_digest: str) -> RecurrencePolicy | None:
    try:
        return read_recurrence_policy(content) if digest_bytes(content) == policy_digest else None
    except EvidenceError:
        return None
