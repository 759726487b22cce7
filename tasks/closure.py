"""The ledger's side of the closure verification: what a run is about, what is known of each issue, and what it writes.

Put tasks here that load the plan of a run, read what closures are judged from, or record it. The archive is ``tasks/closure_archive.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from registry.domain.canonical import canonical_json, digest_bytes, record_json
from registry.domain.cases import cases_of, closed_before
from registry.domain.closing import is_of_closure, recorded_closure
from registry.domain.closure_run import ClosureDay, ClosureKnown, ClosurePlan, ClosureWrite, RecordedJudgement, WindowRef
from registry.domain.closure_sealed import sealed_portfolio
from registry.domain.decision import Verdict
from registry.domain.events import EventKind, StoredEvent
from registry.domain.graph_building import build_graph
from registry.domain.history import DailyCount
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.portfolio import Lives, PortfolioInputs
from registry.domain.recurrence_run import RecurrenceKnowledge
from registry.domain.times import parse_instant
from registry.domain.work import Case
from registry.errors import ConfigurationError
from registry.policies.closure import closure_policy, closure_record
from registry.policies.loader import load_tables, load_work_policies
from registry.policies.recurrence import recurrence_policy
from tasks.closure_archive import packages_by_event, read_window
from tasks.engine import task
from tasks.ledger import Clock, ledger_of
from tasks.workspace import load_triage_plan, workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

Told = tuple[int, dict[str, Any]]


@task
def load_closure_plan(workspace: str, issues: tuple[str, ...], as_of: datetime, observed_at: datetime) -> ClosurePlan:
    """Return the plan of one run; ``workspace`` and ``issues`` may be empty for the one found from here and for all in verification.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file.
    """
    plan = load_triage_plan.fn(workspace, (), as_of, observed_at)
    found = workspace_of(plan)
    tables = load_tables(found.policies_dir)
    return ClosurePlan(
        workspace=plan.workspace,
        as_of=as_of,
        observed_at=observed_at,
        business_date=plan.business_date,
        zone=plan.zone,
        data_before=plan.data_before,
        systems=plan.systems,
        issues=tuple(sorted(set(issues))),
        work=load_work_policies(found.policies_dir),
        policy=closure_policy(tables),
        policy_tables=closure_record(tables),
        recurrence=recurrence_policy(tables),
    )


@task
def read_closures_known(plan: ClosurePlan, known: RecurrenceKnowledge, clock: Clock) -> tuple[ClosureKnown, ...]:
    """Return what is known of each issue whose closure is judged, the most severe first; ``known`` was read before, from the head.

    Raises:
        ConfigurationError: an issue that was asked for is not in the ledger.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.closures import read_newest_on  # brings SQLAlchemy

    ledger = ledger_of(plan, clock)
    packages = packages_by_event(workspace_of(plan).archive_dir)
    chosen = _chosen(plan, {issue.issue_id: issue for issue in known.history.issues})
    newest_on = read_newest_on(ledger, known.events)
    return tuple(_known(plan, ledger, issue, known.events, packages, newest_on) for issue in chosen)


@task
def read_portfolio(plan: ClosurePlan, known: RecurrenceKnowledge, clock: Clock) -> PortfolioInputs:
    """Return what the portfolio is counted from: every issue up to the events that are ``known``, also of systems that left the catalogue.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.closures import read_all_issue_events  # brings SQLAlchemy

    told = Lives()
    for seq, envelope in read_all_issue_events(ledger_of(plan, clock)):
        if seq <= known.events:
            told.apply(seq, envelope)
    return sealed_portfolio(plan, {}).counted_of(plan.as_of, plan.business_date, told, plan.policy.max_proposal_age_days)


@task
def read_reported(plan: ClosurePlan, systems: tuple[str, ...], start_on: date, clock: Clock) -> tuple[DailyCount, ...]:
    """Return how much was reported of ``systems`` on each day since ``start_on``.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return ledger_of(plan, clock).read_counts(start_on, plan.business_date + timedelta(days=1), systems) if systems else ()


@task
def append_closures(plan: ClosurePlan, write: ClosureWrite, clock: Clock) -> bool:
    """Write the run into the ledger in one transaction; False where it was there. Safe to retry: a recorded run writes nothing.

    Raises:
        LeaseLostError: another run took over; its result stands.
        StaleIssueError: the ledger moved on since it was read; decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.closures import record_closures  # brings SQLAlchemy

    return record_closures(ledger_of(plan, clock), write)


def result_of(day: ClosureDay, bundle_digest: str) -> bytes:
    """Return what the lease keeps of the run of a date: not the decision, which is sealed, but where it is."""
    kept: dict[str, Any] = {"kind": "closure_result", "business_date": day.business_date, "verdict": day.verdict}
    return canonical_json({**kept, "bundle_digest": bundle_digest, "decision_digest": digest_bytes(record_json(day))})


def _chosen(plan: ClosurePlan, issues: dict[str, Issue]) -> list[Issue]:
    if unknown := [name for name in plan.issues if name not in issues]:
        found = f"expected one of the ledger's {len(issues)} issues of these systems, found none of this id; see `proofloop issue list`"
        raise ConfigurationError([f"issue {name!r}: {found}" for name in unknown])
    wanted = plan.issues or tuple(issue_id for issue_id, issue in issues.items() if issue.state is IssueState.VERIFYING)
    return sorted((issues[name] for name in wanted), key=lambda issue: (-issue.severity.rank, issue.issue_id))


def _known(plan: ClosurePlan, ledger: Ledger, issue: Issue, until: int, packages: dict[int, str], newest_on: date | None) -> ClosureKnown:
    stored = [event for event in ledger.read_issue_events(issue.issue_id) if event.seq <= until]
    events = [(event.seq, json.loads(event.body)) for event in stored]
    signals = [(relation, json.loads(body)) for relation, body in ledger.read_issue_signals(issue.issue_id)]
    case = next(iter(cases_of([issue], events)), Case(issue))
    windows = tuple(_windows(stored, events, case.reopened_seq))
    return ClosureKnown(
        case=case,
        graph=build_graph(issue, events, signals, packages),
        cited=tuple(_cited(events)),
        windows=windows,
        window=read_window(workspace_of(plan).archive_dir, windows[-1]) if windows else None,
        fixes=tuple(_fixes(events)),
        last=_last(events, case.reopened_seq, is_overtaken=newest_on is not None and newest_on > plan.business_date),
        closed_seq=closed_before(events, case.reopened_seq),
        newest_on=newest_on,
    )


def _windows(stored: Sequence[StoredEvent], events: Sequence[Told], since: int) -> Iterable[WindowRef]:
    """Yield the judgements of the present occurrence by the date that they are for: a run that was caught up on later is not newer."""
    names = ("bundle_digest", "record", "record_digest", "policy_digest")
    told = zip(stored, events, strict=True)
    for event, (seq, envelope) in sorted(told, key=lambda one: (one[1][1]["business_date"], one[1][0])):
        data = envelope["data"]
        if envelope["kind"] == EventKind.WINDOW_JUDGED and seq > since and is_of_closure(data):
            yield WindowRef(seq, event.body, *(str(data.get(name, "")) for name in names))


def _cited(events: Sequence[Told]) -> Iterable[tuple[str, str]]:
    kinds = {EventKind.WINDOW_JUDGED.value: "recurrence", EventKind.APPROVAL_RECORDED.value: "approval"}
    kinds |= {EventKind.CLOSURE_JUDGED.value: "closure"}
    for _, envelope in events:
        data = envelope["data"]
        if data.get("bundle_digest"):
            yield data["bundle_digest"], kinds.get(envelope["kind"], "step" if "step" in data else envelope["kind"])


def _fixes(events: Sequence[Told]) -> Iterable[tuple[int, Fix]]:
    for seq, envelope in events:
        if envelope["kind"] == EventKind.FIX_RELEASED:
            data = envelope["data"]
            yield seq, Fix(parse_instant(data["effective_at"]), dict(data["versions"]))


def _last(events: Sequence[Told], since: int, *, is_overtaken: bool) -> RecordedJudgement | None:
    every = ((seq, told) for seq, told in events if told["kind"] == EventKind.CLOSURE_JUDGED and seq > since)
    judged = [(seq, told) for seq, told in every if recorded_closure(told["data"]).is_overtaken is is_overtaken]
    if not judged:
        return None
    seq, envelope = judged[-1]
    data, at = envelope["data"], parse_instant(envelope["as_of"])
    return RecordedJudgement(seq, at, Verdict(data["verdict"]), str(data.get("substance", "")), str(data.get("document_digest", "")))
