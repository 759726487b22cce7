"""An AI system under care, as the flows need it: owners, zone, recorded versions and feeds.

Put plain values of the catalogue here; the YAML schema, its defaults and its error messages are ``registry/catalogue``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry.domain.signal import CustomerImpact, Severity, SignalCategory


class OwnerRole(StrEnum):
    """The people an AI system can have; a policy table says which of them its risk tier requires."""

    PRODUCT_OWNER = "product_owner"
    BUSINESS_PROCESS_OWNER = "business_process_owner"
    BUSINESS_ANALYST = "business_analyst"
    SOLUTION_ARCHITECT = "solution_architect"
    DATA_OWNER = "data_owner"
    KNOWLEDGE_OWNER = "knowledge_owner"
    MODEL_OWNER = "model_owner"
    EVALOPS_OWNER = "evalops_owner"
    RISK_COMPLIANCE = "risk_compliance"
    MODEL_RISK = "model_risk"
    SECURITY_PRIVACY = "security_privacy"
    OPERATIONS_LEAD = "operations_lead"
    VENDOR_MANAGER = "vendor_manager"
    FRONTLINE_CHAMPION = "frontline_champion"
    GOVERNANCE_LEAD = "governance_lead"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where rows come from: files below an allowed root (``path``, a glob is allowed) or a reviewed query on a named connection.

    ``encoding`` and ``delimiter`` are for CSV only. ``source_id`` is the same for every feed that reads the same rows.
    """

    source_id: str
    path: str = ""
    connection: str = ""
    query_file: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class TimeField:
    """A column that holds a date or an instant; naive texts are read in the system's zone.

    ``plus_days`` is for facts that become known a fixed time after the column's date (a missed 15-day deadline, say).
    ``format`` is a strptime format where the texts are not ISO 8601.
    """

    column: str
    plus_days: int = 0
    format: str = ""


@dataclass(frozen=True, slots=True)
class ImpactField:
    """The customer impact: a constant, or a column with a map from its texts; ``default`` is for texts the map does not name.

    An unmapped text without a default is a validation failure of that row.
    """

    constant: CustomerImpact | None = None
    column: str = ""
    mapping: dict[str, CustomerImpact] = field(default_factory=dict)
    default: CustomerImpact | None = None


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed of signals of one system: its source, filter, column mapping and opening rules.

    ``where`` is a DuckDB SQL condition on the source's columns, or empty. ``segment`` and ``versions`` map our names to columns; the
    segment ``channel`` is the one that batch arrivals are judged by. ``fingerprint`` lists the columns that make a symptom's identity
    (empty: the system as a whole). ``known_values`` maps a column to its allowed texts. ``max_stale_days`` and
    ``allowed_lateness_days`` override the policy. ``opens_each`` opens an issue for each signal at or above ``each_min_severity``;
    ``opens_spike`` opens one when the fingerprint's rate spikes. ``built_in`` marks the feed whose rows this program makes itself.
    ``is_rate``: its symptoms are a share of decisions that is never zero, so that one signal more does not say that a fix failed.
    """

    name: str
    category: SignalCategory
    source: SourceSpec
    signal_id: str
    occurred_at: TimeField
    received_at: TimeField
    impact: ImpactField
    where: str = ""
    journey_step: str = ""
    narrative: str = ""
    synthetic: str = ""
    reproducible: str = ""
    ai_system: str = ""
    segment: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    source_evidence: tuple[str, ...] = ()
    fingerprint: tuple[str, ...] = ()
    known_values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    opens_each: bool = False
    each_min_severity: Severity | None = None
    opens_spike: bool = False
    allowed_lateness_days: int | None = None
    max_stale_days: int | None = None
    built_in: bool = False
    is_rate: bool = False


@dataclass(frozen=True, slots=True)
class VersionSpec:
    """How the version of one artifact kind (model, prompt, index, tool, policy) is known: an MLflow alias, or recorded by a person.

    ``bundle`` are the parts that a version stands for, each told by a tag of it; empty where it stands for itself.
    """

    artifact: str
    mlflow_model: str = ""
    mlflow_prompt: str = ""
    alias: str = ""
    recorded: str = ""
    bundle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemEntry:
    """One AI system of the catalogue. ``owners`` maps a role to a person; ``missing_owners`` lists required roles without one.

    ``vendors`` are those whose parts it is built on.
    """

    system_id: str
    name: str
    kind: str
    risk_tier: str
    timezone: str
    owners: dict[str, str]
    missing_owners: tuple[str, ...]
    versions: tuple[VersionSpec, ...]
    feeds: tuple[FeedSpec, ...]
    digest: str
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """One stretch of the history of what served: ``version`` of ``artifact`` in force for ``system_id`` from ``from_at`` until the next.

    Several of one instant share the traffic by ``share_percent``; where they leave something, what served the rest is not known.
    """

    system_id: str
    artifact: str
    version: str
    from_at: datetime
    source: str
    share_percent: int = 100
