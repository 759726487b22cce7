"""Preservation holds: which are in force, and what the house can preserve by itself when one is set.

Put tasks here that read holds or take their snapshot. What a hold forbids is ``registry/domain/effects.py``, who may set one
``checks/work/holds.py``.

 * A snapshot is files of the step's own package, sealed with it: what the people's pointers say is theirs, this is what the house saw.
 * What could not be reached is written down as such and told; it does not stop the hold, which must not wait for an outage to end.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from registry.domain.anchoring import SealPlan
from registry.domain.canonical import record_json
from registry.domain.decision import Finding, Verdict
from registry.domain.effects import effects_of_step, is_guarded
from registry.domain.events import EventKind
from registry.domain.lease import ClaimStatus
from registry.domain.preservation import PRESERVATION_KINDS, hold_id_of, preserved
from registry.domain.retention import KeptPackage
from registry.domain.times import local_date, parse_instant
from registry.domain.triage_run import TriagePlan
from registry.domain.version_run import RecordPlan
from registry.domain.work import Case, StepDecision, StepKind
from registry.domain.work_run import HoldInForce, StepPlan
from registry.errors import ConfigurationError, UnavailableError
from registry.evidence.removal import kept_packages
from registry.policies.loader import load_tables
from registry.settings import Workspace
from registry.versions.model_snapshot import read_snapshots
from tasks.engine import is_last_attempt, task
from tasks.ledger import Clock, is_dead, open_workspace_ledger
from tasks.workspace import workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

SNAPSHOT_PREFIX = "snapshot-"

# Leases are kept by flow, system and day; a reservation is of no day. A killed process of this host loses it at once, of another one
# after two minutes.
_FLOW, _ANY_DAY, _LEASE = "preservation", date(1970, 1, 1), timedelta(minutes=2)
_POLL_SECONDS = 0.1


def holds_of(ledger: Ledger, systems: Collection[str] | None = None) -> tuple[HoldInForce, ...]:
    """Return the preservation holds in force, of some systems or of all."""
    held = preserved(json.loads(event.body) for event in ledger.read_events(0, PRESERVATION_KINDS))
    return tuple(hold for hold in held if systems is None or hold.system_id in systems)


@contextmanager
def reserved(workspace: Workspace, systems: Collection[str], clock: Clock) -> Iterator[None]:
    """Let nobody set a hold of ``systems`` between looking for one and what it would forbid, nor the other way round.

    Raises:
        LedgerUnavailableError: the database is out of reach or locked.
    """
    ledger, owner = open_workspace_ledger(workspace, clock), f"{socket.gethostname()}:{os.getpid()}:{os.urandom(8).hex()}"
    while True:
        claim = ledger.claim(_FLOW, sorted(systems), _ANY_DAY, owner, clock(), _LEASE)
        if claim.status is ClaimStatus.HELD and claim.held_until and is_dead(claim.held_by):
            claim = ledger.claim(_FLOW, sorted(systems), _ANY_DAY, owner, claim.held_until, _LEASE)
        if claim.status is not ClaimStatus.HELD:
            break
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        ledger.release(claim.leases)


@contextmanager
def reserved_for_step(plan: StepPlan, clock: Clock) -> Iterator[None]:
    """Reserve the system of the plan's issue for a step that sets or ends a hold, or that one would forbid; others need not wait.

    Of two issues that name each other's cause as their own at once, neither would see the circle: such a step reserves every system.
    """
    kind, issue_id = plan.submission.kind, plan.submission.issue_id
    is_link = kind is StepKind.SAME_CAUSE
    concerned = is_link or kind in (StepKind.HOLD, StepKind.RELEASE_HOLD) or is_guarded(effects_of_step(kind))
    issues = open_workspace_ledger(workspace_of(plan), clock).read_issues() if concerned else ()
    systems = {issue.system_id for issue in issues if is_link or issue.issue_id == issue_id}
    with reserved(workspace_of(plan), systems, clock) if systems else nullcontext():
        yield


@task
def read_preservation_holds(plan: StepPlan | SealPlan | TriagePlan | RecordPlan, clock: Clock) -> tuple[HoldInForce, ...]:
    """Return the preservation holds in force at the plan's instant, of every system.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = open_workspace_ledger(workspace_of(plan), clock)
    return preserved((json.loads(event.body) for event in ledger.read_events(0, PRESERVATION_KINDS)), plan.as_of)


@task
def read_hold_events(plan: TriagePlan, clock: Clock) -> dict[str, int]:
    """Return the number of the event that set each preservation hold last: what was recorded by then, and what only since.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    events = open_workspace_ledger(workspace_of(plan), clock).read_events(0, (EventKind.PRESERVATION_HOLD_SET,))
    told = ((event.seq, json.loads(event.body)) for event in events)
    known = ((seq, envelope) for seq, envelope in told if parse_instant(envelope["as_of"]) <= plan.as_of)
    return {hold_id_of(envelope["data"]["document_digest"]): seq for seq, envelope in known}


@task
def take_snapshot(plan: StepPlan, case: Case, decision: StepDecision, clock: Clock) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """Return the files that preserve what the house can reach of a system that comes under hold, and what it could not reach.

    A step of another kind, or one that is refused, preserves nothing.

    Raises:
        EvidenceError: the archive cannot be read to the end.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if plan.submission.kind is not StepKind.HOLD or not decision.is_accepted:
        return {}, ()
    workspace, system_id = workspace_of(plan), case.issue.system_id
    ledger = open_workspace_ledger(workspace, clock)
    models, findings = _models(workspace, plan, system_id)
    head = ledger.head()
    records: dict[str, Mapping[str, Any]] = {
        "system": {"entry": plan.system(system_id), "in_catalogue": plan.system(system_id) is not None},
        "policies": {"digest": plan.policies.digest, "tables": json.loads(load_tables(workspace.policies_dir).record)},
        "versions": {"history": ledger.read_versions([system_id]), "ledger_head": {"event": head.seq, "hash": head.hash}},
        "models": {"models": models, "not_reached": [finding.reason for finding in findings]},
        "packages": _packages(workspace, ledger, plan, system_id),
    }
    about = {"schema_version": 1, "system": system_id, "issue": case.issue.issue_id, "as_of": plan.as_of}
    files = {f"{SNAPSHOT_PREFIX}{name}.json": record_json({"kind": f"snapshot_{name}", **about, **what}) for name, what in records.items()}
    return files, findings


def _models(workspace: Workspace, plan: StepPlan, system_id: str) -> tuple[list[Any], tuple[Finding, ...]]:
    system = plan.system(system_id)
    if system is None:
        return [], (_not_reached(system_id, f"{system_id} is not in the catalogue: its models and configuration cannot be told"),)
    try:
        models = read_snapshots(workspace.mlflow_uri() or "", system)
    except (UnavailableError, ConfigurationError) as error:
        if isinstance(error, UnavailableError) and not is_last_attempt():
            raise
        return [], (_not_reached(system_id, f"{error}; preserve the model yourself, and note where"),)
    return list(models), tuple(
        _not_reached(system_id, f"{model.name}@{model.alias}: {model.not_read}") for model in models if model.not_read
    )


def _packages(workspace: Workspace, ledger: Ledger, plan: StepPlan, system_id: str) -> dict[str, Any]:
    """Return the sealed packages of the system since the window's first day: late data of a day are sealed after it."""
    since: date | None = plan.submission.document.data_from_on
    found = kept_packages(workspace.archive_dir, ledger.read_issue_days(), plan.zone)
    chosen = [package for package in found if _is_of(package, system_id) and (since is None or package.sealed_on >= since)]
    return {"from_on": since, "until_on": local_date(plan.as_of, plan.zone), "packages": chosen, "of_packages": len(found)}


def _is_of(package: KeptPackage, system_id: str) -> bool:
    """A package whose systems cannot be told may be of this one."""
    return not package.systems or system_id in package.systems


def _not_reached(system_id: str, reason: str) -> Finding:
    return Finding("hold", system_id, Verdict.INCONCLUSIVE, "snapshot_incomplete", f"not preserved by this hold: {reason}")
