"""Policy values for people's work on issues: approvals, checklists, deadlines and limits, after loading.

Put the shape of these tables here, their numbers in ``registry/policies/*.yaml``. Units are in the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from registry.domain.catalogue import OwnerRole
from registry.domain.signal import Severity
from registry.domain.steps import Artifact, IncidentClass, VerificationKind


class CountsFrom(StrEnum):
    """What a regulatory deadline counts from."""

    AWARE = "aware"
    CAUSAL_LINK = "causal_link"


class Strength(StrEnum):
    """How strongly evidence shows what it shows, weakest first."""

    LOW_MEDIUM = "low_medium"
    MEDIUM = "medium"
    MEDIUM_HIGH = "medium_high"
    HIGH = "high"


class Shows(StrEnum):
    """What evidence is about."""

    FIX = "fix"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """What one kind of evidence shows, and how strongly; ``needs_release``: only of changes that are in force."""

    kind: VerificationKind
    strength: Strength
    shows: Shows
    needs_release: bool


@dataclass(frozen=True, slots=True)
class ControlRule:
    """One question of the update-governance checklist, asked of changes to ``artifacts``; ``otherwise`` is what to do where it is no."""

    control: str
    artifacts: tuple[Artifact, ...]
    asks: str
    otherwise: str
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
class IncidentRule:
    """The clocks of one class of incident: to somebody in charge, to a control in force, to having looked again, to the cause, to the fix.

    ``severe_mitigate_minutes`` is for L3 and L4. Verification counts from the control, everything else from the incident.
    """

    incident: IncidentClass
    triage_minutes: float
    mitigate_minutes: float
    severe_mitigate_minutes: float
    verify_minutes: float
    post_mortem_hours: float
    prevent_days: float


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """How long and how much: accepted risk, suppression, approvals, alarms, the depth of a root cause, and when actions are due.

    ``placeholders`` only hold the place of an answer; ``vague_words`` explain nothing, and ``activity_words`` show nothing, by themselves.
    What has a default is asked of steps only: days are judged without it.
    """

    max_risk_acceptance_days: int
    warn_before_expiry_days: int
    max_suppression_days: int
    max_approval_valid_days: int
    min_break_glass_approvers: int
    alarm_ratios: tuple[float, ...]
    max_proposal_age_days: int = 14
    min_cause_words: int = 0
    min_answer_words: int = 0
    min_why_words: int = 0
    min_own_words: int = 0
    min_direct_own_words: int = 0
    max_cause_overlap_ratio: float = 1.0
    max_start_before_opening_days: int = 3660
    max_action_days: Mapping[Severity, int] = field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    vague_words: tuple[str, ...] = ()
    activity_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkPolicies:
    """Everything a step is judged by; ``digest`` is that of all tables. Nobody sets or releases a hold whom no row names."""

    controls: tuple[ControlRule, ...]
    approvals: tuple[ApprovalRule, ...]
    deadlines: tuple[DeadlineRule, ...]
    limits: WorkLimits
    redacted_kinds: tuple[str, ...]
    digest: str
    hold_setters: tuple[OwnerRole, ...] = ()
    hold_releasers: tuple[OwnerRole, ...] = ()
    incidents: tuple[IncidentRule, ...] = ()
    evidence: tuple[EvidenceRule, ...] = ()
