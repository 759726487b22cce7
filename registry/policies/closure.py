"""The policy of closures: from the workspace's tables, or from those that were sealed with a decision.

Put here how the rows of the table ``closure`` become a ``ClosurePolicy``; their shape is ``tables_closure.py``.

The table is sealed, and digested, apart from every other: whether an issue may be closed does not change with a number of the triage, nor a
day of triage with what a gate asks. Who signs, and how strong evidence is, are tables of people's work, and sealed beside it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.signal import Severity
from registry.policies.loader import CLOSURE, Tables, load_tables, rows_record
from registry.policies.sealed_table import read_sealed_table
from registry.policies.tables_closure import CLOSURE_ROWS


def load_closure_policy(overrides_dir: Path | None) -> ClosurePolicy:
    """Return the policy of closures, with the digest of the bytes that are sealed with a decision.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return closure_policy(load_tables(overrides_dir))


def closure_record(tables: Tables) -> bytes:
    """Return the effective rows of closures as the bytes that are sealed with their decisions."""
    return rows_record({CLOSURE: tables.rows[CLOSURE]})


def closure_policy(tables: Tables) -> ClosurePolicy:
    """Return the policy of closures that ``tables`` hold, with the digest of the bytes that are sealed with a decision."""
    rows = {name: row.model_dump() for name, row in tables.rows[CLOSURE].items()}
    evidence = rows["evidence"]
    strengths = evidence.pop("min_strengths")
    asked = {severity: strengths[severity] for severity in Severity}
    return ClosurePolicy(min_evidence=asked, **evidence, **rows["recovery"], **rows["age"], **rows["adverse"], digest=_digest(tables))


def read_closure_policy(content: bytes) -> ClosurePolicy:
    """Return the policy of the table in ``content``, as ``closure_record`` wrote it, with the digest of these bytes.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    policy = read_sealed_table(content, CLOSURE, CLOSURE_ROWS, closure_policy, "a table of closures")
    return replace(policy, digest=digest_bytes(content))


def _digest(tables: Tables) -> str:
    return digest_bytes(closure_record(tables))
