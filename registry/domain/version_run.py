"""What one run about versions is judged from and hands back: reading them anew, or recording one by hand.

Put here what crosses between the tasks and flows of versions; how claims add up is ``versions.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event
from registry.domain.steps import DOCUMENT
from registry.domain.version_changes import UnexplainedChange
from registry.domain.versions import VersionClaim
from registry.domain.work import Refusal


@dataclass(frozen=True, slots=True)
class VersionsRead:
    """What reading the catalogue and the model registry brought: one event for each version that is news, and what could not be told."""

    changes: tuple[Event, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What a refresh recorded, and every standing change that nothing explains; the next daily triage makes signals of those."""

    recorded: tuple[Event, ...]
    unexplained: tuple[UnexplainedChange, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A version that somebody says has served, since when and for how much of the traffic."""

    __pydantic_config__ = DOCUMENT
    artifact: str
    """What it is a version of, as the system's catalogue file calls it: model, prompt, index, tool, policy."""
    version: str
    """The exact version that served."""
    from_at: datetime
    """Since when, as an instant with its offset; it may be long past."""
    share_percent: int = 100
    """How much of the traffic it served, 1 to 100; 100 means it alone, and ends every other version's share."""
    reason: str
    """Why this is recorded: the release, the canary, or what is corrected. It is sealed: no personal data and no secrets."""


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record of a version and what it is judged by: the system, who holds which role, and what was claimed before."""

    workspace: str
    as_of: datetime
    business_date: date
    system: SystemEntry
    by: str
    role: OwnerRole
    document: VersionRecord
    deputies: Mapping[str, tuple[str, ...]]
    redacted_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """Whether a version may be recorded: all refusals, or its event. ``repeated``: it had been recorded, and stands."""

    plan: RecordPlan
    refusals: tuple[Refusal, ...]
    event: Event | None
    repeated: VersionClaim | None = None


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What became of a record; ``seq`` is its event, 0 where it was refused."""

    decision: RecordDecision
    seq: int
