"""The policies of the retraining triggers: from the workspace's tables, or from those that were sealed with a decision.

Put here how the rows of the table ``triggers`` become ``TriggerPolicies``; their shape is ``tables_triggers.py``.

The table is sealed, and digested, apart from every other: the daily triage does not read it, so no day's digest knows of it, and a decision
about a window does not change with a clock of somebody's step.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import (
    DataQualityPolicy,
    DriftPolicy,
    PerformancePolicy,
    Persistence,
    ProfilePolicy,
    RequestPolicy,
    TriggerPolicies,
)
from registry.policies.loader import TRIGGERS, Tables, load_tables
from registry.policies.sealed_table import read_sealed_table
from registry.policies.tables_triggers import TRIGGER_ROWS


def load_trigger_policies(overrides_dir: Path | None) -> TriggerPolicies:
    """Return the policies of the retraining triggers, with the digest of the bytes that are sealed with a decision.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return trigger_policies(load_tables(overrides_dir))


def trigger_policies(tables: Tables) -> TriggerPolicies:
    """Return the policies of the retraining triggers that ``tables`` hold."""
    rows = {name: row.model_dump() for name, row in tables.rows[TRIGGERS].items()}
    drift = rows["drift"]
    persistence = {WindowKind(kind): Persistence(**found) for kind, found in drift["persistence"].items()}
    return TriggerPolicies(
        profile=ProfilePolicy(**rows["profile"]),
        drift=DriftPolicy(**drift | {"persistence": persistence}),
        data_quality=DataQualityPolicy(**rows["data_quality"]),
        performance=PerformancePolicy(**rows["performance"]),
        requests=RequestPolicy(**rows["requests"]),
        actions={trigger: action.value for trigger, action in rows["actions"].items()},
        digest=digest_bytes(tables.trigger_record),
    )


def read_trigger_policies(content: bytes) -> TriggerPolicies:
    """Return the policies of the table in ``content``, as ``Tables.trigger_record`` wrote it, with the digest of these bytes.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    policies = read_sealed_table(content, TRIGGERS, TRIGGER_ROWS, trigger_policies, "a table of triggers")
    return replace(policies, digest=digest_bytes(content))
