"""Policy values that checks read: the decision tables after loading, frozen.

Put the shape of a table here, its numbers in ``registry/policies/*.yaml``. Units are in the names; ratios are in 0..1 unless
they compare two rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.domain.policy_recurrence import ReviewPolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory


@dataclass(frozen=True, slots=True)
class SpikePolicy:
    """When a fingerprint's rate is called a spike: all floors and the corrected test must hold.

    ``max_false_alarms_per_year`` is the error budget over every fingerprint of a workspace; the test's level follows from it.
    """

    window_days: tuple[int, ...]
    baseline_max_days: int
    baseline_min_days: int
    min_count: int
    min_ratio: float
    max_false_alarms_per_year: float
    default_dispersion_ratio: float
    min_dispersion_blocks: int


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When one day's arrivals through one channel are called a batch."""

    baseline_max_days: int
    baseline_min_days: int
    min_count: int
    min_ratio: float
    min_share_ratio: float
    max_false_alarms_per_year: float
    max_days_in_7: int = 2
    default_dispersion_ratio: float = 1.5


@dataclass(frozen=True, slots=True)
class DipPolicy:
    """When missing volume becomes a completeness warning, and when it has recovered."""

    window_days: tuple[int, ...]
    baseline_max_days: int
    baseline_min_days: int
    max_ratio: float
    recovered_ratio: float
    max_false_alarms_per_year: float
    default_dispersion_ratio: float = 1.5


@dataclass(frozen=True, slots=True)
class FeedPolicy:
    """When a feed is stale, or empty where it never was."""

    max_stale_days: int
    min_history_days: int
    max_empty_day_probability: float
    allowed_lateness_days: int


@dataclass(frozen=True, slots=True)
class SealingPolicy:
    """When an event that is in no sealed package has waited too long."""

    warn_after_hours: float


@dataclass(frozen=True, slots=True)
class AnchorPolicy:
    """How old the newest anchor, or a seal without one, may be before it is doubtful and before it is too old."""

    warn_after_days: float
    breach_after_days: float


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """How far sealing may lag behind recording, and anchoring behind sealing; ``digest`` is that of all tables."""

    sealing: SealingPolicy
    anchor: AnchorPolicy
    digest: str


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """What a further step up of a live issue's rate, or its return after closure, does to a severity set by a machine."""

    raise_levels: int
    max_severity: Severity


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """One row of the severity table; empty tuples match everything. The first row that matches decides."""

    name: str
    categories: tuple[SignalCategory, ...]
    impacts: tuple[CustomerImpact, ...]
    severity: Severity


class Fact(StrEnum):
    """What a signal can be known to have; grades ask for these."""

    IMPACT = "impact"
    VERSION = "version"
    EVIDENCE = "evidence"
    REPRODUCIBLE = "reproducible"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class GradeRule:
    """One row of the grade table: the first row all of whose facts hold decides."""

    name: str
    requires: tuple[Fact, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class UsageRule:
    """What a signal of a category may be used for: ``yes``, ``no`` or ``review`` with its condition."""

    category: SignalCategory
    train: str
    eval: str
    rca: str
    audit: str


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Deadlines by severity, in hours from opening; None where the table asks for none. ``at_risk_ratio`` of a deadline is a warning."""

    severity: Severity
    first_response_hours: float | None
    contain_hours: float | None
    rca_hours: float | None
    at_risk_ratio: float
    recurrence_window_days: int | None
    review_every_days: int | None


class SuppressionMode(StrEnum):
    ENFORCE = "enforce"
    MONITOR = "monitor"  # report what it would hide, hide nothing


@dataclass(frozen=True, slots=True)
class Suppression:
    """A named, dated decision not to open issues for matching signals. ``match`` maps fingerprint fields to exact values."""

    suppression_id: str
    owner: str
    reason: str
    expires_on: date
    mode: SuppressionMode
    system_id: str
    feed: str
    match: dict[str, str]


@dataclass(frozen=True, slots=True)
class TriagePolicies:
    """Every table the daily triage reads, and the digest that its decisions carry.

    ``work`` is what people's steps are judged by, without the checklists, ``review`` when closed issues are reviewed; each None in tables
    sealed before there were any.
    """

    spike: SpikePolicy
    batch: BatchPolicy
    dip: DipPolicy
    feed: FeedPolicy
    escalation: EscalationPolicy
    each_min_severity: Severity
    severity: tuple[SeverityRule, ...]
    grade: tuple[GradeRule, ...]
    usage: tuple[UsageRule, ...]
    clocks: tuple[ClockRule, ...]
    redacted_kinds: tuple[str, ...]
    digest: str
    work: WorkPolicies | None = None
    review: ReviewPolicy | None = None
