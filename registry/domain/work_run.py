"""What a step is judged by, as values that cross tasks.

Put here what is known when somebody hands in a step; what is decided from it is ``checks/work``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding
from registry.domain.policy_work import WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.reported import Reported
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.sweep import IssueReach
from registry.domain.work import StepDecision, Submission


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step and everything about the workspace that it is judged by.

    ``deputies`` maps a role to the people whom ``allowed_signers`` lets sign in it: they may act in it beside the catalogue's owner.
    ``shared_keys`` are the keys that it gives to more than one person, by fingerprint, with everybody who has them.
    ``harmful_impacts`` and ``harmful_severities`` are what the policy table ``closure`` counts as harm; without it everything is.
    """

    workspace: str
    as_of: datetime
    business_date: date
    zone: str
    submission: Submission
    systems: tuple[SystemEntry, ...]
    policies: WorkPolicies
    deputies: Mapping[str, tuple[str, ...]]
    shared_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    harmful_impacts: tuple[CustomerImpact, ...] = tuple(CustomerImpact)
    harmful_severities: tuple[Severity, ...] = tuple(Severity)

    def system(self, system_id: str) -> SystemEntry | None:
        """Return the catalogue's entry of a system; None where it is not in the catalogue any more."""
        return next((system for system in self.systems if system.system_id == system_id), None)


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What the model registry said about one exact version: whether it is there; ``reason`` says why that is not known."""

    artifact: str
    name: str
    version: str
    exists: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HoldInForce:
    """One preservation hold: of which system, by which issue and person, since when, and why."""

    hold_id: str
    system_id: str
    issue_id: str
    by: str
    reason: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class OtherIssue:
    """The issue that a step names beside its own: of which system, and the direct cause that was recorded last (empty: none)."""

    issue_id: str
    system_id: str
    direct_cause: str = ""


@dataclass(frozen=True, slots=True)
class StepKnowledge:
    """What was looked up for a step: versions in the model registry, holds of the issue's system, causes of other systems' issues.

    ``reported`` is what the issue's signals say, where the step is held against it. ``other`` is the issue that it names (None: there is
    none of that id), ``same_cause`` every recorded pair of an issue and the one whose cause it shares. ``population`` is the list of a
    recovery as it was counted (None: the step names no list).
    """

    versions: tuple[VersionAnswer, ...] = ()
    holds: tuple[HoldInForce, ...] = ()
    reaches: tuple[IssueReach, ...] = ()
    reported: Reported = field(default_factory=Reported)
    other: OtherIssue | None = None
    same_cause: tuple[tuple[str, str], ...] = ()
    population: PopulationRead | None = None


@dataclass(frozen=True, slots=True)
class StepReceipt:
    """What became of a step: the event it is, its package, and where the issue stands."""

    seq: int
    bundle_digest: str
    document_digest: str
    state: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that was taken, with its receipt, or refused, without one. ``repeated``: it had been taken before, and nothing was written."""

    decision: StepDecision
    receipt: StepReceipt | None = None
    repeated: bool = False
    pending: tuple[Finding, ...] = ()
