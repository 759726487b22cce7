"""Policy values for people's work on issues: approvals, checklists, deadlines and limits, after loading.

Put the shape of these tables here, their numbers in ``registry/policies/*.yaml``. Units are in the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.domain.catalogue import OwnerRole
from registry.domain.signal import Severity
from registry.domain.steps import Artifact


class CountsFrom(StrEnum):
    """What a regulatory deadline counts from."""

    AWARE = "aware"
    CAUSAL_LINK = "causal_link"


@dataclass(frozen=True, slots=True)
class ControlRule:
    """One question of the update-governance checklist; it is asked of a change to any of ``artifacts``."""

    control: str
    artifacts: tuple[Artifact, ...]
    asks: str
    may_be_not_applicable: bool


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who must approve a step of an issue of these severities: one person for each role, all of them different people."""

    name: str
    action: str
    severities: tuple[Severity, ...]
    roles: tuple[OwnerRole, ...]
    needs_signature: bool


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One regulatory deadline, in hours from when the organisation was aware or a causal link was established."""

    deadline: str
    counts_from: CountsFrom
    hours: float
    what: str
    basis: str
    cited_on: date


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """How long and how much: accepted risk, suppression, approvals, alarms, and the depth of a root cause."""

    max_risk_acceptance_days: int
    warn_before_expiry_days: int
    max_suppression_days: int
    max_approval_valid_days: int
    min_break_glass_approvers: int
    alarm_ratios: tuple[float, ...]
    min_cause_words: int
    max_cause_overlap_ratio: float


@dataclass(frozen=True, slots=True)
class WorkPolicies:
    """Everything a step is judged by; ``digest`` is that of all tables."""

    controls: tuple[ControlRule, ...]
    approvals: tuple[ApprovalRule, ...]
    deadlines: tuple[DeadlineRule, ...]
    limits: WorkLimits
    redacted_kinds: tuple[str, ...]
    digest: str
