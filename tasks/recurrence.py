"""The ledger's side of the recurrence monitoring: what a run is about, what is known of its issues, and what it writes.

Put tasks here that load the plan of a run, read what its windows are judged from, or record it. Counting decisions is
``tasks/recurrence_exposure.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from registry.catalogue.loader import load_watches
from registry.domain.canonical import canonical_json, digest_bytes, record_json
from registry.domain.closure_run import ClosurePlan
from registry.domain.events import EventKind
from registry.domain.history import Telling, TriageHistory
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence_run import RecurrenceDay, RecurrenceKnowledge, RecurrencePlan, RecurrenceWrite, is_watched
from registry.domain.times import local_date
from registry.errors import LedgerError
from registry.evidence.sealed_beginnings import read_began
from registry.evidence.sealed_tellings import read_tellings
from registry.policies.loader import load_tables
from registry.policies.recurrence import recurrence_policy, recurrence_record
from tasks.engine import task
from tasks.evidence import drafts_dir
from tasks.ledger import RECURRENCE, Clock, history_of, ledger_of, observed_days
from tasks.workspace import load_triage_plan, workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

_LONGEST = 2  # calendar days looked through for each observed day that a level is counted on


@task
def load_recurrence_plan(workspace: str, systems: tuple[str, ...], as_of: datetime, observed_at: datetime) -> RecurrencePlan:
    """Return the plan of one run; ``workspace`` and ``systems`` may be empty for the one found from here and for all of its systems.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a system that the catalogue does not list.
    """
    plan = load_triage_plan.fn(workspace, systems, as_of, observed_at)
    every = load_triage_plan.fn(workspace, (), as_of, observed_at).systems if systems else plan.systems
    found = workspace_of(plan)
    tables = load_tables(found.policies_dir)
    whole = RecurrencePlan(
        workspace=plan.workspace,
        as_of=as_of,
        observed_at=observed_at,
        business_date=plan.business_date,
        zone=plan.zone,
        data_before=plan.data_before,
        systems=every,
        watches=load_watches(found),
        policy=recurrence_policy(tables),
        policies=plan.policies,
        policy_tables=recurrence_record(tables),
        redacted_kinds=plan.policies.redacted_kinds,
    )
    return whole.about(plan.system_ids)


@task
def read_recurrence_known(plan: RecurrencePlan, clock: Clock, asked: tuple[str, ...] = ()) -> RecurrenceKnowledge:
    """Return what the ledger knows of the plan's systems: the head first, so that anything later makes the run stale rather than wrong.

    ``asked`` are issues whose closure is judged whatever state they are in: what customers reported counts there, too.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
        EvidenceUnavailableError: the archive is (retried).
        EvidenceError: the catalogue in a package is none; run `proofloop evidence verify`.
    """
    from registry.ledger.recurrence import read_lights, read_watched  # brings SQLAlchemy
    from registry.ledger.rows_aside import read_rows_aside
    from registry.ledger.symptom_days import read_symptom_days
    from registry.ledger.window_beginnings import read_beginnings

    ledger = ledger_of(plan, clock)
    history = history_of(ledger, plan)
    issues = [issue for issue in history.issues if is_watched(issue) or issue.issue_id in asked]
    watched = read_watched(ledger, issues, plan.business_date, history.events)
    beginnings = read_beginnings(ledger, [issue.issue_id for issue in issues], history.events)
    workspace = workspace_of(plan)
    began = read_began(workspace.archive_dir, drafts_dir(workspace), beginnings, plan.policy.digest) if beginnings else {}
    policies = (plan.policy, *(one.policy for one in began.values() if one.policy))
    start_on = min(_start_on(replace(plan, policy=one), issues, tuple(watched.began_on.values())) for one in policies)
    came_on = read_symptom_days(ledger, {*watched.seen, *watched.systems_of}, plan.business_date)
    feed_days = ledger.read_feed_days(start_on, plan.business_date + timedelta(days=1), plan.system_ids)
    return RecurrenceKnowledge(
        events=history.events,
        cases=history.cases,
        seen=watched.seen,
        observed=observed_days(feed_days),
        lights=read_lights(ledger, plan.system_ids, start_on, plan.business_date, history.events),
        history=_with_every_version(ledger, history),
        closed_at={issue.issue_id: issue.state_since or issue.opened_at for issue in issues if issue.state is IssueState.CLOSED},
        began_on=watched.began_on,
        reviewed_on=watched.reviewed_on,
        systems_of=watched.systems_of,
        tellings=_tellings(plan, ledger, start_on, history.events) if issues else {},
        came_on=came_on,
        began=began,
        aside=read_rows_aside(ledger, feed_days, plan.business_date, history.events) if issues else {},
    )


@task
def append_recurrence(plan: RecurrencePlan, write: RecurrenceWrite, clock: Clock) -> bool:
    """Write the run into the ledger in one transaction; False where it was there. Safe to retry: a recorded run writes nothing.

    Raises:
        LeaseLostError: another run took over; its result stands.
        StaleIssueError: the ledger moved on since it was read; decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.recurrence import record_recurrence  # brings SQLAlchemy

    return record_recurrence(ledger_of(plan, clock), write)


@task
def read_recorded_bundles(plan: RecurrencePlan | ClosurePlan, clock: Clock, flow: str = RECURRENCE) -> tuple[str, ...]:
    """Return the packages of the runs of a flow that completed this date: one, or several where it was done in parts.

    Raises:
        LedgerError: the lease says done, and the result is not there.
    """
    ledger = ledger_of(plan, clock)
    found = dict.fromkeys(ledger.read_result(flow, system_id, plan.business_date) or b"" for system_id in plan.system_ids)
    if b"" in found:
        raise LedgerError(f"{plan.business_date}: expected the result of the run that completed it, found none; run `evidence verify`")
    return tuple(str(json.loads(content)["bundle_digest"]) for content in found)


def result_of(day: RecurrenceDay, bundle_digest: str) -> bytes:
    """Return what the lease keeps of a run: not the decision, which grows with its windows and is sealed, but where it is."""
    kept: dict[str, Any] = {"kind": "recurrence_result", "business_date": day.business_date, "systems": day.systems}
    return canonical_json(
        {**kept, "verdict": day.verdict, "bundle_digest": bundle_digest, "decision_digest": digest_bytes(record_json(day))}
    )


def _start_on(plan: RecurrencePlan, issues: Sequence[Issue], began: Sequence[date]) -> date:
    """Return the first day that any window can look at."""
    days = _LONGEST * max(plan.policy.rate.normal_days, plan.policy.silence.baseline_days) + plan.policy.allowed_lateness_days
    fixes = [local_date(issue.fix.effective_at, plan.zone) for issue in issues if issue.fix is not None]
    opened = [local_date(issue.opened_at, plan.zone) for issue in issues]
    return min([plan.business_date, *fixes, *opened, *began]) - timedelta(days=days)


def _tellings(plan: RecurrencePlan, ledger: Ledger, start_on: date, until: int) -> dict[tuple[str, str, date], Telling]:
    """Return how each feed of the plan's systems told symptoms on the days since ``start_on``, as the package of each day has it.

    The version of the fingerprints is that of the event which cites the package.
    """
    workspace = workspace_of(plan)
    events = ledger.read_decisions(EventKind.TRIAGE_DECIDED, start_on, plan.business_date + timedelta(days=1))
    decided = [json.loads(event.body) for event in events if event.seq <= until]
    ours = [one for one in decided if not set(plan.system_ids).isdisjoint(one["data"]["systems"])]
    sealed = read_tellings(workspace.archive_dir, drafts_dir(workspace), {one["data"]["bundle_digest"] for one in ours})
    return {
        (system_id, feed, date.fromisoformat(one["business_date"]) - timedelta(days=1)): replace(
            telling, fingerprint_version=one["data"]["fingerprint_version"]
        )
        for one in ours
        for (system_id, feed), telling in sealed.get(one["data"]["bundle_digest"], {}).items()
    }


def _with_every_version(ledger: Ledger, history: TriageHistory) -> TriageHistory:
    """A signal of the same cause may be of a system that this run is not about."""
    return replace(history, versions=ledger.read_versions(None))
