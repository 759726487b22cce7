"""One release as it goes: what was read for its five gates, what was decided, who signed it off, and how it was put in force.

Put values here that cross tasks; what was read of its documents is ``release_read.py``. The rules are ``checks/release_*.py``; how releases
follow from events is ``release_history.py``.

How it walks: the gate's sealed decision, and the documents that the catalogue names -> ``ReleaseInputs`` -> ``judge_release`` ->
``ReleaseDecision``, sealed, with its event -> sign-offs, each signed over its digest -> ``judge_switch`` -> ``SwitchStarted`` -> the alias
is moved and read back -> ``SwitchEnded``. A start without an end is finished, or told, by the next run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Decided, Finding, Verdict
from registry.domain.gate import GateAction, PinnedVersion, ServingVersion
from registry.domain.policy_release import ReleasePolicy
from registry.domain.release import ObjectType, PreDeploymentGate, ReleaseProposal, ReleaseSpec
from registry.domain.release_read import BudgetRead, CardRead, Rehearsal, SignedRecord
from registry.domain.steps import DOCUMENT
from registry.domain.work_run import HoldInForce


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """What the evaluation gate decided. ``is_verified``: its package is in the archive, with the decision whose digest the event names.

    ``needs_reserve``: the catalogue keeps a sealed set for the last decision; ``on_reserve``: this one was made on it.
    ``files_digest`` is that of the candidate's files as they were scored here, ``champion_files_digest`` of the champion's: empty where
    outcomes come from elsewhere. ``policy_digest`` is that of the gate's policy table by which it was decided. Each is None where nobody
    looked for it.
    """

    event: int
    bundle_digest: str
    decision_digest: str
    decided_on: date
    verdict: Verdict
    action: GateAction
    candidate: PinnedVersion
    champion: PinnedVersion
    set_digest: str
    is_verified: bool
    needs_reserve: bool = False
    on_reserve: bool = False
    files_digest: str | None = None
    policy_digest: str | None = None
    champion_files_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What one release decision is judged from beside the policy, and sealed with. None stands for what the catalogue does not ask for."""

    system: SystemEntry
    spec: ReleaseSpec
    as_of: datetime
    business_date: date
    proposal: ReleaseProposal
    proposed_by: str
    role: OwnerRole
    judged: JudgedCandidate | None
    cards: tuple[CardRead, ...]
    records: tuple[SignedRecord, ...]
    rehearsal: Rehearsal | None
    budget: BudgetRead | None
    holds: tuple[HoldInForce, ...]
    in_force: tuple[ServingVersion, ...]
    events: int
    findings: tuple[Finding, ...]
    others: Mapping[str, tuple[ServingVersion, ...]]
    """What is in force of the system's other artifacts."""
    gate_policy_digest: str | None = None
    """The digest of the evaluation gate's policy table in force; None in what was sealed before it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseInputs(ReleaseFacts):
    """Everything one release decision is judged from."""

    policy: ReleasePolicy


@dataclass(frozen=True, slots=True)
class GateStanding:
    """What one of the five gates came to, and why."""

    gate: PreDeploymentGate
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One line of the release calendar."""

    release_id: str
    on: date
    object_type: ObjectType
    change: str
    affected_population: str
    risk_tier: str
    evidence_required: tuple[str, ...]
    owner: str
    canary: str
    rollback: str
    review_on: date
    decision_log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision(Decided):
    """Whether a candidate may be put in force once it is signed off; the last of ``gates`` is INCONCLUSIVE until then."""

    release_id: str
    artifact: str
    candidate: PinnedVersion
    champion: PinnedVersion
    action: GateAction
    gates: tuple[GateStanding, ...]
    calendar: CalendarEntry
    gate_event: int
    gate_bundle: str
    proposed_by: str
    made_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffRequest:
    """What somebody signs: the digest of the sealed ``decision.json``; by ``override`` they answer for gates that did not all pass."""

    __pydantic_config__ = DOCUMENT
    release: str
    system: str
    evidence_digest: str
    bundle_digest: str
    head: str
    meaning: str
    printed_name: str
    role: OwnerRole
    nonce: str
    signed_at: datetime
    expires: datetime
    override: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """A sign-off as the ledger holds it: event, who, in which role, with which key, about which decision, until when."""

    seq: int
    name: str
    role: str
    fingerprint: str
    evidence_digest: str
    signed_at: datetime
    expires_at: datetime
    is_override: bool
    reason: str
    nonce: str
    request_digest: str
    bundle_digest: str


@dataclass(frozen=True, slots=True)
class SwitchMade:
    """One change of what is in force, by its start's event. ``ended_event`` is 0 while nobody knows whether the alias was moved."""

    started_event: int
    system_id: str
    artifact: str
    release_id: str
    is_rollback: bool
    from_version: str
    to_version: str
    to_digest: str
    share_percent: int
    by: str
    started_at: datetime
    ended_event: int = 0
    read_back: str = ""
    seconds: float = 0.0

    @property
    def took_effect(self) -> bool:
        """Whether it is known to have put its version in force."""
        return bool(self.ended_event) and self.read_back == self.to_version


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """One release as the ledger's events have it, with its sign-offs and switches, oldest first.

    ``replaced_by`` is the switch that ended it: a rollback, or another release that was put in force for everybody.
    """

    release_id: str
    system_id: str
    artifact: str
    event: int
    bundle_digest: str
    decision_digest: str
    proposed_at: datetime
    proposed_by: str
    made_by: tuple[str, ...]
    verdict: Verdict
    action: GateAction
    candidate: PinnedVersion
    champion: PinnedVersion
    review_on: date
    sign_offs: tuple[SignOff, ...] = ()
    switches: tuple[SwitchMade, ...] = ()
    replaced_by: SwitchMade | None = None
    files_digest: str = ""
    champion_files_digest: str = ""
    """The digests of the candidate's and the champion's files as they were judged; empty where no decision says it."""
    policy_digest: str = ""
    gate_policy_digest: str = ""
    """The digests of the policy tables ``release`` and ``gate`` that were in force when it was proposed; empty where none is named."""
    signed_records: tuple[str, ...] = ()
    """The digests of the records with their signatures that it was proposed with, as far as the signatures were good."""
    disowned: tuple[SignOff, ...] = ()
    """Sign-offs that count no more, because their key was revoked since: they were given, and are told."""
