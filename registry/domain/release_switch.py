"""One switch: what is put in force in whose place, what the ledger and MLflow say of it, and what became of it.

Put values here that a promotion or a rollback hands from task to check. What a release is and which switches there were is
``release_run.py``; how they follow from events is ``release_history.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.decision import Finding
from registry.domain.events import Event
from registry.domain.gate import PinnedVersion
from registry.domain.policy_release import ReleasePolicy
from registry.domain.release import ReleaseAct, ReleasedSystem, ReleaseSpec, Switch
from registry.domain.release_read import BudgetRead
from registry.domain.release_run import JudgedCandidate, KnownRelease, SwitchMade
from registry.domain.versions import WHOLE, VersionClaim
from registry.domain.work import Refusal
from registry.domain.work_run import HoldInForce


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """One switch as it was asked for, and what it is judged by: the systems, who holds which role, who may do it, and the policy.

    ``gate_policy_digest`` is that of the evaluation gate's policy table in force.
    """

    workspace: str
    as_of: datetime
    zone: str
    act: ReleaseAct
    by: str
    role: OwnerRole
    document: Switch
    released: tuple[ReleasedSystem, ...]
    deputies: Mapping[str, tuple[str, ...]]
    roles: tuple[OwnerRole, ...]
    policy: ReleasePolicy
    gate_policy_digest: str
    redacted_kinds: tuple[str, ...] = ()

    @property
    def is_rollback(self) -> bool:
        return self.act is ReleaseAct.ROLLBACK

    def system(self, system_id: str) -> ReleasedSystem | None:
        """Return how a system is released; None where the catalogue does not say, or not any more."""
        return next((one for one in self.released if one.entry.system_id == system_id), None)


@dataclass(frozen=True, slots=True)
class SealedDecision:
    """The decision in a release's package as it is now. ``is_there``: there is a package; ``digest``: of its decision, untouched."""

    is_there: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True)
class SwitchKnown:
    """What the ledger knows: every release, every switch, what was said about versions, the preservation holds in force, and what the
    evaluation gate decided, oldest first; and the archive: the decision of the release that the switch is about."""

    releases: tuple[KnownRelease, ...] = ()
    switches: tuple[SwitchMade, ...] = ()
    claims: tuple[VersionClaim, ...] = ()
    holds: tuple[HoldInForce, ...] = ()
    judged: tuple[JudgedCandidate, ...] = ()
    sealed: SealedDecision = SealedDecision()


@dataclass(frozen=True, slots=True)
class Aim:
    """What a switch comes to by the ledger, before MLflow is asked.

    ``digest`` is what ``to_version`` has to be, empty where nothing that was recorded says so. ``resumed`` is the start that it finishes,
    ``left_open`` are other starts of the artifact without an end; ``repeated`` is the switch that it would be a second time. ``files`` are
    digests under which its files were judged: none where no decision that counts here says one.
    """

    system: ReleasedSystem
    to_version: str
    share_percent: int
    digest: str = ""
    release: KnownRelease | None = None
    resumed: SwitchMade | None = None
    repeated: SwitchMade | None = None
    left_open: tuple[SwitchMade, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def system_id(self) -> str:
        return self.system.entry.system_id

    @property
    def artifact(self) -> str:
        return self.system.release.artifact

    @property
    def spec(self) -> VersionSpec:
        return spec_of(self.system)


@dataclass(frozen=True, slots=True)
class RegistryNow:
    """What serves now and what the target is. Where no MLflow keeps the artifact (``is_kept``), both are the record's own word.

    ``serving`` is what the champion's alias names, ``canary`` the version that the canary's names; ``budget`` the system's error budget,
    None where the catalogue keeps none. ``files_digest`` is that of the target's files as they are now, where they are compared;
    ``files_problem`` why there are none, ``files_unread`` why nobody could look.
    """

    is_kept: bool
    serving: PinnedVersion | None = None
    canary: str = ""
    target: PinnedVersion | None = None
    problem: str = ""
    budget: BudgetRead | None = None
    files_digest: str = ""
    files_problem: str = ""
    files_unread: str = ""

    def serves(self, version: str) -> bool:
        """Return whether a version has the champion's place already."""
        return self.serving is not None and self.serving.version == version


@dataclass(frozen=True, slots=True)
class BudgetNow:
    """What the error budget is judged from at a switch: as at a proposal, on the day of the switch."""

    spec: ReleaseSpec
    policy: ReleasePolicy
    budget: BudgetRead | None
    business_date: date


@dataclass(frozen=True, slots=True)
class SwitchDecision:
    """Whether a switch may be made: all refusals, or the events of its start. A resumed or repeated one starts nothing."""

    plan: SwitchPlan
    refusals: tuple[Refusal, ...]
    aim: Aim | None = None
    events: tuple[Event, ...] = ()
    wanted: Mapping[str, str] = field(default_factory=dict)
    """Which version each alias is to name, empty for none; nothing where no MLflow keeps the artifact."""
    expected: Mapping[str, str] = field(default_factory=dict)
    """What each of them named when it was judged: nobody may have moved it since."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is written on versions in MLflow, by version."""
    uncompared: str = ""
    """Of a rollback: why the files of the version were not compared with those that were in force."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What the aliases name after a move, as read back. ``problem`` says why one was not moved: somebody else had."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SwitchResult:
    """What became of a switch. ``made`` has no end where it was refused before its start; ``problem`` where it had no effect."""

    decision: SwitchDecision
    made: SwitchMade | None = None
    problem: str = ""

    @property
    def is_done(self) -> bool:
        return self.made is not None and self.made.took_effect and not self.decision.refusals


@dataclass(frozen=True, slots=True)
class OpenSwitch:
    """A start without an end as a daily run finds it: what the aliases name, and which tags the version has that it wrote on last.

    ``digest`` is what its alias names now; ``system`` is None where the catalogue releases it no more, ``problem`` why MLflow said nothing.
    """

    made: SwitchMade
    system: ReleasedSystem | None
    moved: Moved = field(default_factory=Moved)
    digest: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a daily run made of switches without an end: the events that ended some, and what is told of the others."""

    events: tuple[Event, ...] = ()
    findings: tuple[Finding, ...] = ()


def spec_of(system: ReleasedSystem) -> VersionSpec:
    """Return how the versions of what a system releases are known."""
    artifact = system.release.artifact
    return next((one for one in system.entry.versions if one.artifact == artifact), VersionSpec(artifact))


def read_back_of(system: ReleasedSystem, made: SwitchMade, moved: Moved) -> str:
    """Return what a switch's alias names after the move; what no MLflow keeps is in force by the record itself."""
    alias = spec_of(system).alias
    if not alias:
        return made.to_version
    return moved.aliases.get(alias if made.share_percent == WHOLE else system.release.canary_alias, "")


def switches_on(switches: Iterable[SwitchMade], system_id: str, artifact: str) -> tuple[SwitchMade, ...]:
    """Return the switches of one artifact of a system, oldest first."""
    return tuple(one for one in switches if (one.system_id, one.artifact) == (system_id, artifact))
