"""Everything the flows read from and write to the ledger, one effect a task.

Put tasks here that open the ledger; what they write is decided by checks and ordered by flows. An open ledger is kept for the life of the
process: opening compares the whole schema, which a replay of years must not do every day.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.canonical import digest_bytes
from registry.domain.closure_run import ClosurePlan
from registry.domain.events import EventKind
from registry.domain.feed import FeedStatus
from registry.domain.history import ObservedDay, TriageHistory, lookback_days, named_batches, open_dips
from registry.domain.lease import Claim, ClaimStatus, Lease
from registry.domain.recurrence_run import RecurrencePlan
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriagePlan
from registry.domain.triage_write import TriageReceipt, TriageWrite
from registry.domain.trigger_run import TriggerPlan
from registry.errors import LedgerError
from registry.records import read_triage_day
from registry.settings import Workspace
from tasks.engine import rare_collection, task
from tasks.workspace import Planned, workspace_of

if TYPE_CHECKING:
    from registry.ledger.codec import RecordedFeedDay
    from registry.ledger.store import Ledger

TRIAGE, TRIGGERS, RECURRENCE, CLOSURE = "daily-triage", "retraining-triggers", "recurrence-monitoring", "closure-verification"
Clock = Callable[[], datetime]
DailyPlan = TriagePlan | TriggerPlan | RecurrencePlan | ClosurePlan
"""The plan of a run that is made once for each system and business date."""

_LEASE = timedelta(minutes=15)
_POLL_SECONDS = 0.2


def open_workspace_ledger(workspace: Workspace, clock: Clock) -> Ledger:
    """Return the open ledger of ``workspace``, made and migrated where it does not exist yet.

    Raises:
        LedgerSchemaError: the database is not the ledger this program was written for.
        LedgerUnavailableError: the database is out of reach or locked.
    """
    return _open(workspace.ledger_url(), clock, os.getpid())


@lru_cache(maxsize=4)
def _open(url: str, clock: Clock, _process: int) -> Ledger:
    from registry.ledger.store import open_ledger

    return open_ledger(url, clock, create=True)


def ledger_of(plan: Planned, clock: Clock) -> Ledger:
    """Return the open ledger of the plan's workspace."""
    return open_workspace_ledger(workspace_of(plan), clock)


def is_dead(owner: str) -> bool:
    """Return whether the run ``owner`` was a process of this host that is gone: a killed run must not hold its day for minutes."""
    host, _, rest = owner.partition(":")
    process = rest.partition(":")[0]
    is_ours = host == socket.gethostname() and process.isdigit()
    return is_ours and not Path(f"/proc/{process}").exists() and Path("/proc/self").exists()


@task
def claim_day(plan: DailyPlan, clock: Clock, flow: str = TRIAGE, names: tuple[str, ...] = ()) -> Claim:
    """Claim the plan's systems for a flow and its business date, waiting for another run that holds one of them; nobody runs a day twice.

    ``names`` are what is claimed in place of the systems, like the issues of a run that may be asked for again.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = ledger_of(plan, clock)
    owner = f"{socket.gethostname()}:{os.getpid()}:{plan.observed_at.isoformat()}"
    while True:
        claim = ledger.claim(flow, names or plan.system_ids, plan.business_date, owner, clock(), _LEASE)
        if claim.status is ClaimStatus.HELD and claim.held_until and is_dead(claim.held_by):
            claim = ledger.claim(flow, names or plan.system_ids, plan.business_date, owner, claim.held_until, _LEASE)
        if claim.status is not ClaimStatus.HELD:
            return claim
        time.sleep(_POLL_SECONDS)


@contextmanager
def leased(plan: DailyPlan, leases: tuple[Lease, ...], clock: Clock) -> Iterator[None]:
    """Give leases back at the end unless the day was completed with them, so that a rerun need not wait for them to expire."""
    try:
        yield
    finally:
        ledger_of(plan, clock).release(leases)


@task
def read_recorded_days(plan: TriagePlan, clock: Clock) -> tuple[tuple[TriageDay, str], ...]:
    """Return what earlier runs of this day decided, each with the digest of the package it cites: one, or several done in parts.

    Raises:
        LedgerError: the lease says done, and the decision is not there.
    """
    ledger = ledger_of(plan, clock)
    found = dict.fromkeys(ledger.read_result(TRIAGE, system_id, plan.business_date) or b"" for system_id in plan.system_ids)
    events = ledger.read_decisions(EventKind.TRIAGE_DECIDED, plan.business_date, plan.business_date + timedelta(days=1))
    cited = {data["decision_digest"]: data["bundle_digest"] for data in (json.loads(event.body)["data"] for event in events)}
    if any(digest_bytes(body) not in cited for body in found):
        raise LedgerError(f"{plan.business_date}: expected the decision of the run that completed it, found none; run `evidence verify`")
    return tuple((read_triage_day(body), cited[digest_bytes(body)]) for body in found)


@task
def read_history(plan: TriagePlan, clock: Clock) -> TriageHistory:
    """Return what the day is compared with: the head first, so that anything later makes the decision stale rather than wrong."""
    return history_of(ledger_of(plan, clock), plan)


def history_of(ledger: Ledger, plan: TriagePlan | RecurrencePlan) -> TriageHistory:
    """Return what the plan's date is compared with; anything that comes while it is read is newer than its ``events``."""
    head = ledger.head().seq
    start_on, systems = plan.business_date - timedelta(days=lookback_days(plan.policies)), plan.system_ids
    feed_days = ledger.read_feed_days(start_on, plan.business_date, systems)
    events = ledger.read_decisions(EventKind.TRIAGE_DECIDED, start_on, plan.business_date)
    decided = [json.loads(event.body)["data"] for event in events if event.seq <= head]  # of other systems, one may have come since
    return TriageHistory(
        events=head,
        counts=ledger.read_counts(start_on, plan.business_date, systems),
        observed=observed_days(feed_days),
        issues=ledger.read_issues(systems),
        batches=named_batches(decided),
        dips=open_dips(decided, systems),
        versions=ledger.read_versions(systems),
        cases=ledger.read_cases(systems, head),
    )


@task
def append_triage(plan: TriagePlan, write: TriageWrite, spool: str, clock: Clock) -> TriageReceipt:
    """Write the day into the ledger in one transaction. Safe to retry: a recorded day writes nothing.

    Raises:
        LeaseLostError: another run took over; its result stands.
        StaleIssueError: the ledger moved on since it was read; decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    with rare_collection():
        return ledger_of(plan, clock).record_triage(write, Path(spool))


def observed_days(feed_days: Iterable[RecordedFeedDay]) -> tuple[ObservedDay, ...]:
    """Return the days that runs read well: a run covers the day before its business date."""
    read = (found for found in feed_days if found.day.status is FeedStatus.OK)
    return tuple(ObservedDay(found.day.system_id, found.day.feed, found.business_date - timedelta(days=1)) for found in read)
