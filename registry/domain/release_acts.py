"""What people do with a release before it is carried out: propose it, and sign it off.

Put here what each of these acts is judged by, and what comes of it. The release itself is ``release_run.py``; what a proposal requires is
``checks/release_proposal.py``, what a sign-off requires ``checks/release_sign_off.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Finding
from registry.domain.gate import GateAction, PinnedVersion, ServingVersion
from registry.domain.policy_release import ReleasePolicy
from registry.domain.release import ReleaseProposal, ReleaseSpec
from registry.domain.release_read import BudgetRead, CardRead, Rehearsal, SignedRecord
from registry.domain.release_run import JudgedCandidate, KnownRelease, ReleaseDecision, ReleaseInputs, SignOff, SignOffRequest
from registry.domain.steps import DOCUMENT
from registry.domain.work import Refusal
from registry.domain.work_run import HoldInForce

SIGN_OFF, SIGNED_DECISION = "sign-off.json", "signed-decision.json"
"""Files of a sign-off's package: its record, and the decision that was signed, byte for byte."""


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """One proposal and what it is judged by, settled and pinned before anything is read.

    ``business_date`` is the civil date of ``as_of`` in the workspace's ``zone``; ``policy_table`` the bytes of the table that ``policy``
    comes from, ``gate_policy_digest`` that of the evaluation gate's; ``roles`` those that may propose, ``deputies`` who may act in which
    role beside the catalogue's owners.
    """

    workspace: str
    as_of: datetime
    business_date: date
    zone: str
    system: SystemEntry
    spec: ReleaseSpec
    policy: ReleasePolicy
    policy_table: bytes
    candidate: PinnedVersion
    proposal: ReleaseProposal
    by: str
    role: OwnerRole
    deputies: Mapping[str, tuple[str, ...]]
    roles: tuple[OwnerRole, ...]
    redacted_kinds: tuple[str, ...]
    gate_policy_digest: str


@dataclass(frozen=True, slots=True)
class CitedRelease:
    """A recorded proposal: the number of its event, and the package that it cites."""

    seq: int
    bundle_digest: str


@dataclass(frozen=True, slots=True)
class ProposalKnown:
    """What the ledger knows when a release is proposed: its newest event, the decisions about the candidate, and the releases there are."""

    events: int
    judged: tuple[JudgedCandidate, ...] = ()
    other: tuple[JudgedCandidate, ...] = ()
    """Decisions of the gate about other candidates of the system: one of these was perhaps named by mistake."""
    releases: tuple[KnownRelease, ...] = ()

    def same(self, release_id: str) -> CitedRelease | None:
        """Return the proposal of this id, which says what was read for it; None where it is new."""
        return next((CitedRelease(one.event, one.bundle_digest) for one in self.releases if one.release_id == release_id), None)


@dataclass(frozen=True, slots=True)
class ReleaseRead:
    """What was read for a proposal: cards and records with their bytes as ``papers`` by their names in the package, budget, rehearsal."""

    cards: tuple[CardRead, ...] = ()
    records: tuple[SignedRecord, ...] = ()
    budget: BudgetRead | None = None
    papers: Mapping[str, bytes] = field(default_factory=dict)
    rehearsal: Rehearsal | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemNow:
    """What holds for the system at the moment of a proposal: its holds, the versions that serve, and those of its ``others`` artifacts."""

    holds: tuple[HoldInForce, ...] = ()
    in_force: tuple[ServingVersion, ...] = ()
    others: Mapping[str, tuple[ServingVersion, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProposalResult:
    """A proposal that was judged and recorded, or refused with nothing written. ``repeated``: it had been proposed before."""

    refusals: tuple[Refusal, ...] = ()
    decision: ReleaseDecision | None = None
    report_path: str = ""
    seal: int = 0
    bundle_digest: str = ""
    seq: int = 0
    repeated: bool = False
    pending: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffEntry:
    """A sign-off as it is handed in: the request, and the signature made over it."""

    __pydantic_config__ = DOCUMENT
    request: str
    """The text of the request's file, as `proofloop release request` wrote it."""
    signature: str
    """The text of the file beside it that ends in .sig, which ssh-keygen made. A typed name signs nothing off."""


@dataclass(frozen=True, slots=True)
class SignOffPlan:
    """One sign-off and what it is judged by. ``system`` is None where the catalogue has none any more."""

    workspace: str
    as_of: datetime
    business_date: date
    zone: str
    release: KnownRelease
    system: SystemEntry | None
    policy: ReleasePolicy
    redacted_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignOffPapers:
    """A request as it was handed in: its value, its exact bytes as text, and the signature's text."""

    request: SignOffRequest
    text: str
    text_digest: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class SignOffStanding:
    """Who signed a release off, as far as it counts at an instant, and what is missing.

    ``counted`` are other people each, with other keys. An override asks for every role too, and for ``min_signer_count`` people.
    """

    is_override: bool
    counted: tuple[SignOff, ...]
    missing: tuple[OwnerRole, ...]
    min_signer_count: int
    complete_until: datetime | None = None
    """When the first of those that complete it expires; None while it is not complete."""

    @property
    def people_missing(self) -> int:
        return max(0, self.min_signer_count - len(self.counted))

    @property
    def is_complete(self) -> bool:
        """Whether everybody signed who has to."""
        return not self.missing and not self.people_missing


@dataclass(frozen=True, slots=True)
class SignOffDecision:
    """Whether a sign-off counts: no refusals and the body of its event, or all refusals and no body."""

    request: SignOffRequest
    refusals: tuple[Refusal, ...]
    body: Mapping[str, Any] = field(default_factory=dict)
    standing: SignOffStanding | None = None

    @property
    def is_accepted(self) -> bool:
        return not self.refusals


@dataclass(frozen=True, slots=True)
class SignOffResult:
    """A sign-off that was recorded, or refused with nothing written. ``repeated``: it had been recorded before."""

    decision: SignOffDecision
    seq: int = 0
    bundle_digest: str = ""
    repeated: bool = False
    pending: tuple[Finding, ...] = ()


def release_inputs_of(plan: ReleasePlan, judged: JudgedCandidate, read: ReleaseRead, system: SystemNow, events: int) -> ReleaseInputs:
    """Return what the plan's decision is judged from; ``events`` is the newest that the ledger knew."""
    return ReleaseInputs(
        system=plan.system,
        spec=plan.spec,
        policy=plan.policy,
        as_of=plan.as_of,
        business_date=plan.business_date,
        proposal=plan.proposal,
        proposed_by=plan.by,
        role=plan.role,
        judged=judged,
        cards=read.cards,
        records=read.records,
        rehearsal=read.rehearsal,
        budget=read.budget,
        holds=system.holds,
        in_force=system.in_force,
        events=events,
        findings=read.findings,
        others=system.others,
        gate_policy_digest=plan.gate_policy_digest,
    )


def needs_override(release: KnownRelease) -> bool:
    """Return whether a gate of the release does not pass, so that only an override lets it go."""
    return release.action not in (GateAction.APPROVE, GateAction.CANARY)


def sign_off_meaning(release: KnownRelease, role: OwnerRole, *, override: bool) -> str:
    """Return the sentence that a signature under a release means. The same release and role give the same sentence."""
    what = f"{release.artifact} {release.candidate.version} of {release.system_id} in place of {release.champion.version}"
    when = f"{release.proposed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    said = (
        f"As {role.value.replace('_', ' ')} I have read the decision about release {release.release_id}, {what}, proposed by "
        f"{release.proposed_by} on {when}: verdict {release.verdict.value}, action {release.action.value}."
    )
    agreed = " I agree that it is put in force. I neither proposed nor made it myself."
    against = (
        " Its gates did not all pass. I answer for putting it in force nevertheless, for the reason given here, together with the others "
        "who sign; this stands on every page of the release. I neither proposed nor made it myself."
    )
    return said + (against if override else agreed)
