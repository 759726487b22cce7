"""The policy of releases: from the workspace's tables, or from those that were sealed with a decision.

Put here how the rows of the table ``release`` become a ``ReleasePolicy``; their shape is ``tables_release.py``.

The table is sealed, and digested, apart from every other: a release's decision does not change with a margin of the gate, nor with a number
of the triage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.policy_release import (
    CardPolicy,
    CompliancePolicy,
    ErrorBudgetPolicy,
    ReleasePolicy,
    RollbackPolicy,
    SignOffPolicy,
)
from registry.domain.release import CardKind, RecordKind, ReleaseAct
from registry.policies.loader import ACTS, RELEASE, Tables, load_tables, rows_record
from registry.policies.sealed_table import read_sealed_table
from registry.policies.tables_release import RELEASE_ROWS


def load_release_policy(overrides_dir: Path | None) -> ReleasePolicy:
    """Return the policy of releases, with the digest of the bytes that are sealed with a decision.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return release_policy(load_tables(overrides_dir))


def release_record(tables: Tables) -> bytes:
    """Return the effective rows of releases as the bytes that are sealed with their decisions."""
    return rows_record({RELEASE: tables.rows[RELEASE]})


def release_policy(tables: Tables) -> ReleasePolicy:
    """Return the policy of releases that ``tables`` hold."""
    rows = {name: row.model_dump() for name, row in tables.rows[RELEASE].items()}
    return ReleasePolicy(
        cards=_cards(rows["cards"]),
        compliance=_compliance(rows["compliance"]),
        rollback=RollbackPolicy(**rows["rollback"]),
        sign_off=SignOffPolicy(**rows["sign_off"]),
        error_budget=ErrorBudgetPolicy(**rows["error_budget"]),
        review_after_days=rows["review_after_days"],
        max_canary_share_percent=rows["canary"]["max_canary_share_percent"],
        digest=digest_bytes(release_record(tables)),
    )


def read_release_policy(content: bytes) -> ReleasePolicy:
    """Return the policy of the table in ``content``, as ``release_record`` wrote it, with the digest of these bytes.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    policy = read_sealed_table(content, RELEASE, RELEASE_ROWS, release_policy, "a table of releases")
    return replace(policy, digest=digest_bytes(content))


def release_act_roles(tables: Tables, act: ReleaseAct) -> tuple[OwnerRole, ...]:
    """Return who may do ``act``, by role."""
    roles: tuple[OwnerRole, ...] = tables.rows[ACTS][act].roles
    return roles


def _cards(row: Mapping[str, Any]) -> CardPolicy:
    sections = {CardKind(kind): headings for kind, headings in row["sections"].items()}
    return CardPolicy(**{**row, "sections": sections})


def _compliance(row: Mapping[str, Any]) -> CompliancePolicy:
    required = {tier: tuple(map(RecordKind, kinds)) for tier, kinds in row["required"].items()}
    return CompliancePolicy(required, {RecordKind(kind): roles for kind, roles in row["roles"].items()})
