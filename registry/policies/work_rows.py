"""Policy values for people's work from the rows of its tables: the workspace's, or those that were sealed with a day.

Put here how rows become ``WorkPolicies``; loading tables is ``loader.py``, reading sealed ones ``sealed.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.domain.policy_work import ApprovalRule, ControlRule, DeadlineRule, EvidenceRule, IncidentRule, WorkLimits, WorkPolicies
from registry.domain.steps import IncidentClass, VerificationKind

# What clocks, accepted risks and suppressions are judged by; the rest is asked of steps only.
DAILY_TABLES = ("approvals", "deadlines", "incidents", "work")
DAILY_ROWS = ("risk_acceptance", "suppression", "approval", "alarms")

Rows = Mapping[str, Mapping[str, Any]]


def work_policies(rows: Rows, redacted_kinds: tuple[str, ...], digest: str) -> WorkPolicies:
    """Return the policies of the tables in ``rows``; tables beyond ``DAILY_TABLES`` may be missing, and are then empty."""
    limits = {key: value for row in rows["work"].values() for key, value in row.model_dump().items()}
    holds, closure = rows.get("holds"), rows.get("closure")
    if closure is not None:
        limits["max_proposal_age_days"] = closure["age"].max_proposal_age_days
    return WorkPolicies(
        controls=tuple(ControlRule(name, **row.model_dump()) for name, row in rows.get("controls", {}).items()),
        approvals=tuple(ApprovalRule(name, **row.model_dump()) for name, row in rows["approvals"].items()),
        deadlines=tuple(DeadlineRule(name, **row.model_dump()) for name, row in rows["deadlines"].items()),
        incidents=tuple(IncidentRule(IncidentClass(name), **row.model_dump()) for name, row in rows["incidents"].items()),
        limits=WorkLimits(**limits),
        redacted_kinds=redacted_kinds,
        digest=digest,
        evidence=tuple(EvidenceRule(VerificationKind(name), **row.model_dump()) for name, row in rows.get("verification", {}).items()),
        hold_setters=holds["set"].roles if holds else (),
        hold_releasers=holds["release"].roles if holds else (),
    )


def daily_rows(rows: Rows) -> Rows | None:
    """Return of ``rows`` what days are judged by; None where tables are missing: they were sealed before there were any."""
    if not rows.keys() >= set(DAILY_TABLES) or not rows["work"].keys() >= set(DAILY_ROWS):
        return None
    return {table: rows[table] for table in DAILY_TABLES[:-1]} | {"work": {name: rows["work"][name] for name in DAILY_ROWS}}
