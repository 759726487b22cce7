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
from registry.domain.sweep import IssueReach
from registry.domain.work import StepDecision, Submission


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step and everything about the workspace that it is judged by.

    ``deputies`` maps a role to the people whom ``allowed_signers`` lets sign in it: they may act in it beside the catalogue's owner.
    ``shared_keys`` are the keys that it gives to more than one person, by fingerprint, with everybody who has them.
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
class StepKnowledge:
    """What was looked up for a step: versions in the model registry, holds of the issue's system, causes of other systems' issues."""

    versions: tuple[VersionAnswer, ...] = ()
    holds: tuple[HoldInForce, ...] = ()
    reaches: tuple[IssueReach, ...] = ()


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
