"""The ledger's side of proposing a release: what a proposal is about, what was decided and proposed before, and what it writes.

Put tasks here that load the plan of a proposal or touch the ledger for it. Reading cards, records and the way back is
``release_reading.py``, the package and its page ``release_rendering.py``, signing it off ``release_sign_off.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from registry.catalogue.loader import load_catalogue, load_released
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.events import Event
from registry.domain.gate import PinnedVersion, scored_files
from registry.domain.gate_run import GATE_KINDS
from registry.domain.release import ReleaseAct, ReleasedSystem, ReleaseProposal
from registry.domain.release_acts import ProposalKnown, ReleasePlan
from registry.domain.release_run import JudgedCandidate
from registry.domain.release_told import judged_by
from registry.domain.times import local_date
from registry.errors import ConfigurationError
from registry.evidence.draft import Draft
from registry.evidence.role_signers import role_holders
from registry.policies.gate import gate_record
from registry.policies.loader import load_tables
from registry.policies.release import release_act_roles, release_policy, release_record
from registry.records import read_gate_decision
from registry.settings import Workspace
from registry.versions.pinned import pin_registered
from reports.triage_package import DECISION
from tasks.engine import task
from tasks.evidence import append_cited
from tasks.gate_versions import recorded_version
from tasks.ledger import Clock, ledger_of
from tasks.preservation import reserved
from tasks.releases import read_releases
from tasks.signatures import read_sealed
from tasks.workspace import found_workspace, workspace_of


@task
def load_release_plan(
    workspace: str, system_id: str, candidate: str, person: tuple[str, OwnerRole], proposal: ReleaseProposal, as_of: datetime
) -> ReleasePlan:
    """Return the plan of one proposal by a ``person`` in a role, its candidate pinned.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, a system that is not released with proofloop, or a candidate that names nothing.
        VersionsUnavailableError: the model registry is out of reach (retried).
    """
    found = found_workspace(workspace)
    tables, released = load_tables(found.policies_dir), _released(found, system_id)
    return ReleasePlan(
        workspace=str(found.root),
        as_of=as_of,
        business_date=local_date(as_of, found.settings.timezone),
        zone=found.settings.timezone,
        system=released.entry,
        spec=released.release,
        policy=release_policy(tables),
        policy_table=release_record(tables),
        candidate=_pinned(found, released, candidate.strip()),
        proposal=proposal,
        by=person[0],
        role=person[1],
        deputies=role_holders(found.allowed_signers_path, [each.value for each in OwnerRole], as_of, found.revoked_keys_path),
        roles=release_act_roles(tables, ReleaseAct.PROPOSE),
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
        gate_policy_digest=digest_bytes(gate_record(tables)),
    )


@contextmanager
def proposing(plan: ReleasePlan, clock: Clock) -> Iterator[None]:
    """Let nobody else propose, sign off or switch a release of the plan's system meanwhile, nor set a hold of it."""
    with reserved(workspace_of(plan), [plan.system.system_id], clock):
        yield


@task
def read_proposal_known(plan: ReleasePlan, clock: Clock) -> ProposalKnown:
    """Return what the ledger knows: its newest event, the gate's decisions about the system's candidates, and every release.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = ledger_of(plan, clock)
    head = ledger.head().seq
    told = ((event.seq, json.loads(event.body)) for event in ledger.read_events(0, GATE_KINDS))
    ours = [(seq, envelope) for seq, envelope in told if seq <= head and _is_ours(plan, envelope)]
    decided = [judged_by(seq, envelope, needs_reserve=plan.spec.needs_reserve) for seq, envelope in ours]
    about = tuple(one for one in decided if one.candidate.digest == plan.candidate.digest)
    other = tuple(one for one in decided if one.candidate.digest != plan.candidate.digest)
    return ProposalKnown(head, about, other, read_releases(workspace_of(plan), clock))


@task
def verify_judged(plan: ReleasePlan, judged: JudgedCandidate) -> JudgedCandidate:
    """Return the decision with whether its sealed package is in the archive, untouched, with the decision that its event names.

    What is in it says which files of candidate and champion were scored, if any were.

    Raises:
        EvidenceUnavailableError: the archive does not answer (retried).
    """
    found, content = read_sealed(workspace_of(plan), judged.bundle_digest, DECISION)
    if found != judged.bundle_digest or digest_bytes(content) != judged.decision_digest:
        return judged
    scored = read_gate_decision(content).inputs
    files, before = (scored_files(scored, one.version) for one in (judged.candidate, judged.champion))
    return replace(judged, is_verified=True, files_digest=files, champion_files_digest=before)


@task
def append_release(plan: ReleasePlan, events: tuple[Event, ...], draft: Draft, clock: Clock) -> int:
    """Append the events of a proposal in one transaction, promise their package, and return the last one's number. Safe to retry.

    Raises:
        LedgerError: a secret in the proposal; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return append_cited(plan, events, draft, clock)


def _released(workspace: Workspace, system_id: str) -> ReleasedSystem:
    released = {one.entry.system_id: one for one in load_released(workspace)}
    if system_id in released:
        return released[system_id]
    names = ", ".join(sorted(released)) or "none"
    if system_id in {system.system_id for system in load_catalogue(workspace)}:
        fix = f"add release to systems/{system_id}.yaml"
        raise ConfigurationError([f"system {system_id!r}: expected a system with release ({names}), found one without; {fix}"])
    raise ConfigurationError([f"system {system_id!r}: expected a system with release ({names}), found another; see systems/"])


def _pinned(workspace: Workspace, released: ReleasedSystem, candidate: str) -> PinnedVersion:
    if not candidate:
        raise ConfigurationError(["candidate: expected a version, found an empty text; name the one that is to be put in force"])
    artifact = released.release.artifact
    spec = next((one for one in released.entry.versions if one.artifact == artifact), VersionSpec(artifact))
    if spec.mlflow_model or spec.mlflow_prompt:
        return pin_registered(workspace.mlflow_uri() or "", spec, candidate)
    return recorded_version(released.entry.system_id, artifact, candidate)


def _is_ours(plan: ReleasePlan, envelope: Mapping[str, Any]) -> bool:
    return bool(envelope["system"] == plan.system.system_id and envelope["data"]["artifact"] == plan.spec.artifact)
