"""Keeping and letting go: facts that due dates follow from, legal holds, and removals that are sealed before they happen.

Put tasks here that read or write what retention needs. A removal is promised like every package: its draft is on disk before the event that
cites it, and the files go only after the seal. Every step is safe to repeat, and any of them finishes what a killed one left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from registry.domain.anchoring import SealPlan
from registry.domain.canonical import digest_bytes, plain
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.holds import RETENTION_KINDS, holds_in_force, retired_systems
from registry.domain.issue import Issue
from registry.domain.preservation import KEEPING_KINDS, keeping_holds
from registry.domain.retention import Approval, LegalHold, RetentionFacts, RetentionPolicy
from registry.domain.times import local_date
from registry.domain.work_run import StepPlan
from registry.evidence.draft import draft_package
from registry.evidence.files import Checkpoint, locked, no_checkpoint
from registry.evidence.removal import CERTIFICATE, Removed, finish_removals, kept_packages, removal_files
from registry.policies.loader import load_retention_policy
from tasks.engine import task
from tasks.evidence import drafts_dir, promise_of
from tasks.ledger import Clock, open_workspace_ledger
from tasks.workspace import workspace_of

REMOVAL_PROMISE_CHECKPOINTS = ("removal_drafted", "removal_promised")
"""The named points of ``promise_removal`` that a crash may hit, in order."""


@task
def read_retention_policy(plan: SealPlan) -> RetentionPolicy:
    """Return how long each kind of record is kept in the plan's workspace.

    Raises:
        PolicyError: every problem of the policy files.
    """
    return load_retention_policy(workspace_of(plan).policies_dir)


@task
def read_retention_facts(plan: SealPlan, clock: Clock) -> RetentionFacts:
    """Return what due dates follow from: packages, issues, retirements and holds, legal and of preservation.

    Raises:
        EvidenceError: the archive cannot be read to the end.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    ledger = open_workspace_ledger(workspace, clock)
    told = [json.loads(event.body) for event in ledger.read_events(0, KEEPING_KINDS)]
    return RetentionFacts(
        packages=kept_packages(workspace.archive_dir, ledger.read_issue_days(), plan.zone),
        issues={issue.issue_id: _closed_on(issue, plan.zone) for issue in ledger.read_issues()},
        retired=retired_systems(told),
        holds=keeping_holds(told),
    )


@task
def read_holds(plan: SealPlan, clock: Clock) -> tuple[LegalHold, ...]:
    """Return the legal holds in force.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = open_workspace_ledger(workspace_of(plan), clock)
    return holds_in_force(json.loads(event.body) for event in ledger.read_events(0, RETENTION_KINDS))


@task
def append_retention_event(plan: SealPlan, event: Event, clock: Clock) -> int:
    """Append a hold, its end or a retirement, and return the number of its event.

    Raises:
        LedgerError: the event holds a secret, or contradicts one that is there.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    (stored,) = open_workspace_ledger(workspace_of(plan), clock).append([event])
    return stored.seq


@task
def promise_removal(
    plan: SealPlan,
    request: Mapping[str, Any],
    approval: Approval,
    signature: bytes,
    clock: Clock,
    checkpoint: Checkpoint = no_checkpoint,
) -> str:
    """Draft certificate and list, promise them with the event that cites them, and return the digest of the package.

    Raises:
        EvidenceError: a secret in a reason.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace, files = workspace_of(plan), removal_files(request, approval, signature)
    draft = draft_package(drafts_dir(workspace), files, secrets=workspace.secrets_in_use())
    checkpoint("removal_drafted")
    body = {
        "bundle_digest": draft.bundle_digest,
        "certificate_digest": digest_bytes(files[CERTIFICATE]),
        "reason": request["reason"],
        "file_count": len(request["files"]),
        "approved_by": approval,
    }
    event = Event(EventKind.EVIDENCE_REMOVED, "", draft.bundle_digest, plan.as_of, plan.business_date, plain(body), actor=approval.name)
    open_workspace_ledger(workspace, clock).append([event], [promise_of(draft)])
    checkpoint("removal_promised")
    return draft.bundle_digest


@task
def find_unsealed_removals(plan: SealPlan, clock: Clock) -> tuple[Finding, ...]:
    """Return the removals that are promised and not sealed: their files are still there, and must not be listed a second time.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = open_workspace_ledger(workspace_of(plan), clock)
    removals = {event.seq for event in ledger.read_events(0, [EventKind.EVIDENCE_REMOVED])}
    waiting = (row for row in ledger.pending_outbox() if row.event_seq in removals)
    told = "removal {} is approved and not sealed: seal it where seals are made, then run this again; nothing of it went"
    return tuple(Finding("evidence", row.digest, Verdict.INCONCLUSIVE, "removal_unsealed", told.format(row.digest)) for row in waiting)


@task
def finish_promised_removals(
    plan: SealPlan, is_held: Callable[[str], bool], clock: Clock, checkpoint: Checkpoint = no_checkpoint
) -> Removed:
    """Remove the files that sealed certificates list and that are still there, unless ``is_held`` keeps them.

    Raises:
        EvidenceError: a list or a file is not as it was sealed, or the ledger knows nothing of a list.
        EvidenceUnavailableError: the archive is out of reach (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    events = open_workspace_ledger(workspace, clock).read_events(0, [EventKind.EVIDENCE_REMOVED])
    told = (json.loads(event.body)["data"] for event in events)
    approved = {data["bundle_digest"]: data["certificate_digest"] for data in told}
    return finish_removals(workspace.archive_dir, approved, is_held, checkpoint)


@contextmanager
def alone(plan: SealPlan | StepPlan) -> Iterator[None]:
    """Let one removal at a time decide in this workspace: two that know the same facts would list the same files twice."""
    folder = workspace_of(plan).state_dir / "retention"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        yield


def _closed_on(issue: Issue, zone: str) -> date | None:
    """Return the day an issue stopped being live; None while it is."""
    return None if issue.is_live else local_date(issue.state_since or issue.opened_at, zone)
