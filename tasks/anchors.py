"""Sealing the day and handing its head to somebody else.

Put tasks here that write the day's record, run the anchor command or measure how much is sealed and anchored. Each is safe to repeat: a
day is recorded once, a head that was anchored is not anchored again, and a command that failed leaves everything as it was.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.anchoring import Attempt, AttemptStatus, DayActivity, DayRecord, Exposure, Head, SealPlan
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.events import Event, EventKind
from registry.domain.policy import EvidencePolicy
from registry.domain.times import local_date
from registry.errors import ConfigurationError, EvidenceError, IdempotencyConflictError
from registry.evidence.anchors import head_of, receipt_event
from registry.evidence.anchors_command import has_anchor, run_anchor_command
from registry.evidence.anchors_exposure import find_unsealed, measure, read_receipts
from registry.evidence.draft import draft_package
from registry.evidence.packages import last_seal, list_packages
from registry.policies.loader import load_evidence_policy
from registry.sealing import seals_itself
from registry.settings import Workspace, find_workspace
from tasks.engine import task
from tasks.evidence import drafts_dir, promise_of
from tasks.ledger import Clock, DailyPlan, open_workspace_ledger
from tasks.workspace import workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

DAY_FILE = "day.json"


@task
def load_seal_plan(workspace: str, as_of: datetime, observed_at: datetime) -> SealPlan:
    """Return the plan of one daily seal; ``workspace`` may be empty for the one found from here.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: ``proofloop.yaml`` is wrong, or the day has not begun.
    """
    found = find_workspace(Path.cwd(), Path(workspace) if workspace else None, os.environ)
    zone = found.settings.timezone
    if local_date(as_of, zone) > local_date(observed_at, zone):
        told = f"as_of {as_of:%Y-%m-%d %H:%M} UTC: expected a day that has begun in {zone}, found a later one; wait for it"
        raise ConfigurationError([told])
    return SealPlan(str(found.root), as_of, local_date(as_of, zone), zone)


@task
def load_exposure_policy(plan: DailyPlan | SealPlan) -> EvidencePolicy:
    """Return how far sealing and anchoring may lag behind in the plan's workspace.

    Raises:
        PolicyError: every problem of the policy files.
    """
    return load_evidence_policy(workspace_of(plan).policies_dir)


@task
def read_day_activity(plan: SealPlan, clock: Clock) -> DayActivity:
    """Return what the ledger and the archive hold of the day: its seals, and what is unsealed.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    ledger = open_workspace_ledger(workspace, clock)
    seal = last_seal(workspace.archive_dir)
    unsealed = find_unsealed(ledger, seal)
    sealed = [found.seal.sealed_at for found in list_packages(workspace.archive_dir)]
    return DayActivity(
        is_recorded=bool(ledger.read_decisions(EventKind.DAY_SEALED, plan.business_date, plan.business_date + timedelta(days=1))),
        seal_count=sum(local_date(at, plan.zone) == plan.business_date for at in sealed),
        head=head_of(seal) if seal else None,
        last_event=(seal.last_event if seal else 0) + unsealed.count,
        unsealed_kinds=unsealed.kinds,
    )


@task
def record_day(plan: SealPlan, record: DayRecord, clock: Clock) -> None:
    """Draft the day's record and promise its package with the event that cites it; ``publish_pending`` seals it.

    Raises:
        EvidenceUnavailableError: the spool is full or out of reach (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace, content = workspace_of(plan), record_json(record)
    draft = draft_package(drafts_dir(workspace), {DAY_FILE: content}, secrets=workspace.secrets_in_use())
    body = {"bundle_digest": draft.bundle_digest, "record_digest": digest_bytes(content), "statement": record.statement}
    event = Event(EventKind.DAY_SEALED, "", "archive", plan.as_of, plan.business_date, body)
    try:
        open_workspace_ledger(workspace, clock).append((event,), (promise_of(draft),))
    except IdempotencyConflictError:  # another run recorded this day a moment ago: its record stands, and its package is promised
        return


@task
def anchor_head(plan: DailyPlan | SealPlan, clock: Clock) -> Attempt:
    """Hand the head to the anchor command and keep the receipt; a command that fails is told, never raised: the day's work is sealed.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried; a recipe run again finds what it did).
    """
    workspace = workspace_of(plan)
    if has_anchor(workspace) and not seals_itself(workspace):
        return Attempt(AttemptStatus.LEFT_TO_SEALER)
    return attempt_anchor(workspace, clock)


def attempt_anchor(workspace: Workspace, clock: Clock) -> Attempt:
    """Anchor the newest seal of ``workspace``, unless that was done: what ``anchor_head`` and the command line do."""
    if not has_anchor(workspace):
        return Attempt(AttemptStatus.NOT_CONFIGURED)
    seal = last_seal(workspace.archive_dir)
    if seal is None:
        return Attempt(AttemptStatus.NOTHING_SEALED)
    head, ledger = head_of(seal), open_workspace_ledger(workspace, clock)
    if any(receipt.head == head for receipt in read_receipts(ledger)):
        return Attempt(AttemptStatus.ALREADY, head)
    try:
        receipt = run_anchor_command(workspace, seal, clock())
    except EvidenceError as error:
        return Attempt(AttemptStatus.FAILED, head, str(error))
    return _kept(ledger, head, receipt_event(receipt, workspace.settings.timezone))


@task
def measure_exposure(plan: DailyPlan | SealPlan, clock: Clock) -> Exposure:
    """Return how far the ledger is sealed and the archive anchored, at this moment.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    return measure(workspace.archive_dir, open_workspace_ledger(workspace, clock), has_anchor(workspace), clock())


@task
def read_head(plan: SealPlan) -> Head | None:
    """Return the newest seal's number and digest, None where nothing is sealed."""
    seal = last_seal(workspace_of(plan).archive_dir)
    return head_of(seal) if seal else None


def _kept(ledger: Ledger, head: Head, event: Event) -> Attempt:
    try:
        ledger.append((event,))
    except IdempotencyConflictError:  # two runs anchored the same head: the receipt that came first stands
        return Attempt(AttemptStatus.ALREADY, head)
    return Attempt(AttemptStatus.ANCHORED, head)
