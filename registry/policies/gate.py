"""The policy of the evaluation gate: from the workspace's tables, or from those that were sealed with a decision.

Put here how the rows of the table ``gate`` become a ``GatePolicy``; their shape is ``tables_gate.py``.

The table is sealed, and digested, apart from every other: a decision about a candidate does not change with a number of the triage, nor a
day of triage with a margin.
"""

from __future__ import annotations

from dataclasses import replace

from registry.domain.canonical import digest_bytes
from registry.domain.evaluation import MetricKind
from registry.domain.policy_gate import FairnessPolicy, GatePolicy, GateStatistics, MarginPolicy, OutcomePolicy, PresetPolicy
from registry.policies.loader import GATE, Tables, rows_record
from registry.policies.sealed_table import read_sealed_table
from registry.policies.tables_gate import GATE_ROWS


def gate_record(tables: Tables) -> bytes:
    """Return the effective rows of the gate as the bytes that are sealed with its decisions."""
    return rows_record({GATE: tables.rows[GATE]})


def gate_policy(tables: Tables) -> GatePolicy:
    """Return the policy of the evaluation gate that ``tables`` hold, with the digest of the bytes that are sealed with a decision."""
    rows = {name: row.model_dump() for name, row in tables.rows[GATE].items()}
    return GatePolicy(
        margins={kind: MarginPolicy(**rows[kind.value]) for kind in MetricKind},
        statistics=GateStatistics(**rows["statistics"]),
        outcomes=OutcomePolicy(**rows["outcomes"]),
        fairness=FairnessPolicy(**rows["fairness"]),
        max_looks_count=rows["looks"]["max_looks_count"],
        presets=PresetPolicy(**rows["presets"]),
        max_final_looks_count=rows["looks"]["max_final_looks_count"],
        too_few_segments=rows["segments"]["too_few"],
        digest=digest_bytes(gate_record(tables)),
    )


def read_gate_policy(content: bytes) -> GatePolicy:
    """Return the policy of the table in ``content``, as ``gate_record`` wrote it, with the digest of these bytes.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    policy = read_sealed_table(content, GATE, GATE_ROWS, gate_policy, "a table of the gate")
    return replace(policy, digest=digest_bytes(content))
