"""One run of the evaluation gate: what it is about, what was read and known, and what is sealed so that it can be judged again.

Put the two ends of a run here; what is judged and what comes of it is ``registry/domain/gate.py``. The policy is sealed as its table beside
the inputs, named by digest. What a case asks is never sealed, and of an answer only what the judgement needs (``checks/gate_answers.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from registry.domain.canonical import dense_json, digest_bytes
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding, InputDigest
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, TrainingRead, VersionOutcomes
from registry.domain.events import EventKind
from registry.domain.gate import ChangedOutcomes, GateDecision, GateInputs, MovedAlias, PinnedVersion, ServingVersion
from registry.domain.gate_history import changed_outcomes, count_looks
from registry.domain.policy_gate import GatePolicy

KIND, SCHEMA_VERSION = "gate_inputs", 1
GATE_KINDS = (EventKind.GATE_DECIDED,)


@dataclass(frozen=True, slots=True)
class InForce:
    """What the record says of the version in force at one instant.

    ``recorded_from`` is where the record begins if that is later, ``moved`` the alias if it says another version than was recorded of it.
    """

    serving: tuple[ServingVersion, ...] = ()
    recorded_from: datetime | None = None
    moved: MovedAlias | None = None


@dataclass(frozen=True, slots=True)
class GatePlan:
    """What one run is about, settled and pinned before anything is read.

    ``business_date`` is the civil date of ``as_of`` in the workspace's zone; ``policy_table`` the bytes of the table that ``policy``
    comes from.
    """

    workspace: str
    as_of: datetime
    observed_at: datetime
    business_date: date
    system: SystemEntry
    spec: EvaluationSpec
    policy: GatePolicy
    policy_table: bytes
    candidate: PinnedVersion
    champion: PinnedVersion
    reason: str = ""
    in_force: InForce = InForce()
    redacted_kinds: tuple[str, ...] = ()
    """The kinds of personal data that are taken out of what is kept of a text."""
    locked: EvaluationSpec | None = None
    """How candidates are evaluated on the locked set, where this run is on the reserve."""


@dataclass(frozen=True, slots=True)
class GateRead:
    """What was read of the locked set and of both versions' outcomes: None where it could not be, with the findings that say why.

    ``sources`` are the files, or the query, that the outcomes stood in.
    """

    cases: EvaluationSet | None = None
    candidate: VersionOutcomes | None = None
    champion: VersionOutcomes | None = None
    findings: tuple[Finding, ...] = ()
    sources: tuple[InputDigest, ...] = ()
    training: TrainingRead | None = None
    shared: TrainingRead | None = None


@dataclass(frozen=True, slots=True)
class CitedGate:
    """A recorded decision: the number of its event, the package that it cites, and the digest of the decision in it."""

    seq: int
    bundle_digest: str
    decision_digest: str


@dataclass(frozen=True, slots=True)
class GateKnown:
    """What the ledger knows before the decision: its newest event, and the envelopes of every decision of the gate by event number."""

    events: int
    decided: tuple[tuple[int, Mapping[str, Any]], ...] = ()

    def same(self, question: str, business_date: date) -> CitedGate | None:
        """Return the decision that answered the same question on the same date; None where there is none."""
        asked = question, business_date.isoformat()
        found = ((seq, one["data"]) for seq, one in self.decided if (one["subject"], one["business_date"]) == asked)
        return next((CitedGate(seq, data["bundle_digest"], data["decision_digest"]) for seq, data in found), None)


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a run hands back. ``seq`` is its event, ``seal`` its package's seal: 0 where nothing was recorded, or it is not sealed yet."""

    decision: GateDecision
    report_path: str
    seal: int = 0
    bundle_digest: str = ""
    seq: int = 0
    repeated: bool = False
    pending: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedGate:
    """One decision's inputs as they are sealed with it; ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    system: SystemEntry
    spec: EvaluationSpec
    as_of: datetime
    business_date: date
    candidate: PinnedVersion
    champion: PinnedVersion
    cases: EvaluationSet | None
    candidate_outcomes: VersionOutcomes | None
    champion_outcomes: VersionOutcomes | None
    looks: int
    events: int
    findings: tuple[Finding, ...]
    reason: str
    in_force: tuple[ServingVersion, ...]
    changed: tuple[ChangedOutcomes, ...]
    recorded_from: datetime | None
    moved: MovedAlias | None
    sources: tuple[InputDigest, ...]
    training: TrainingRead | None
    program: dict[str, str]
    shared: TrainingRead | None = None

    def judged_with(self, policy: GatePolicy) -> GateInputs:
        """Return what the decision is judged from, given the policy that is kept beside these inputs."""
        ours = {field.name for field in fields(GateInputs)} - {"policy"}
        return GateInputs(policy=policy, **{name: getattr(self, name) for name in ours})


def sealed_gate(inputs: GateInputs, program: Mapping[str, str]) -> SealedGate:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name != "policy"}
    return SealedGate(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), **judged)


def gate_inputs_of(plan: GatePlan, read: GateRead, known: GateKnown) -> GateInputs:
    """Return what the plan's decision is judged from."""
    inputs = GateInputs(
        system=plan.system,
        spec=plan.spec,
        policy=plan.policy,
        as_of=plan.as_of,
        business_date=plan.business_date,
        candidate=plan.candidate,
        champion=plan.champion,
        cases=read.cases,
        candidate_outcomes=read.candidate,
        champion_outcomes=read.champion,
        events=known.events,
        findings=read.findings,
        reason=plan.reason,
        in_force=plan.in_force.serving,
        recorded_from=plan.in_force.recorded_from,
        moved=plan.in_force.moved,
        sources=read.sources,
        training=read.training,
        shared=read.shared,
    )
    return replace(inputs, looks=count_looks(known.decided, inputs), changed=changed_outcomes(known.decided, inputs))


def question_of(inputs: GateInputs) -> str:
    """Return the digest of what is asked: the versions as they were pinned, what is in force, the cases, outcomes, measures and policy.

    When it was asked, by which name, how often the set was looked at, and what else stands in the files of the outcomes make no other
    question of it; nor does why, but where outcomes changed and nobody had said why.
    """
    read = (inputs.cases, inputs.candidate_outcomes, inputs.champion_outcomes)
    asked = {
        "system": [inputs.system.system_id, inputs.system.digest],
        "spec": inputs.spec,
        "in_force": [inputs.in_force, inputs.recorded_from, inputs.moved],
        "unexplained": bool(inputs.changed) and not inputs.reason,
        "versions": [[one.version, one.digest] for one in (inputs.candidate, inputs.champion)],
        "read": [one.digest if one else "" for one in read],
        "training": inputs.training,
        "policy": inputs.policy.digest,
        "findings": [[one.check, one.subject, one.reason_code, one.reason] for one in inputs.findings],
    }
    if inputs.shared is not None:
        asked["shared"] = inputs.shared
    return digest_bytes(dense_json(asked))
