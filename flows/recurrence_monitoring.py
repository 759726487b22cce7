"""The recurrence monitoring: whether what was fixed stayed away, on enough observed days and against enough decisions to say so.

Put the order of a run here; what is read, judged and written belongs to tasks and checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prefect import flow

from checks.indicators import find_indicators
from checks.indicators_past import counts_from, find_unread, read_unread
from checks.recurrence import judge_window
from checks.recurrence_day import judge_recurrence_day
from checks.recurrence_due import find_due
from checks.recurrence_events import indicators_event, is_told, window_event, window_events
from checks.recurrence_inputs import window_inputs
from checks.redaction import redaction_of
from checks.verdict import badness
from flows.clock import now, scheduled_start
from flows.forms import AiSystems, Folder, JudgedAt, OnlyTried
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Finding
from registry.domain.events import Event
from registry.domain.exposure import ExposureRead
from registry.domain.lease import ClaimStatus, Lease
from registry.domain.recurrence import Indicator
from registry.domain.recurrence_run import (
    RecurrenceDay,
    RecurrenceKnowledge,
    RecurrencePlan,
    RecurrenceResult,
    RecurrenceWrite,
    WindowJudged,
)
from registry.domain.triage_write import Publication
from tasks.anchors import anchor_head
from tasks.evidence import PACKAGE_KIND, locate_package, publish_pending, write_draft, write_preview
from tasks.ledger import RECURRENCE, claim_day, leased
from tasks.recurrence import append_recurrence, load_recurrence_plan, read_recorded_bundles, read_recurrence_known, result_of
from tasks.recurrence_exposure import read_all_exposures
from tasks.recurrence_past import read_earlier_counts
from tasks.recurrence_rendering import name_record, read_sealed_day, render_recurrence, show_recurrence
from tasks.replica import copy_evidence
from tasks.workspace import run_date


def _run_name() -> str:
    """Name a Prefect run after the date it is for."""
    from prefect.runtime import flow_run

    given = flow_run.parameters  # as the server keeps them: an instant is a text
    return f"recurrence-{run_date(given.get('workspace') or '', given.get('as_of') or scheduled_start())}"


@flow(name="recurrence-monitoring", flow_run_name=_run_name)
def recurrence_monitoring(
    systems: AiSystems = None, as_of: JudgedAt = None, dry_run: OnlyTried = False, workspace: Folder = ""
) -> RecurrenceResult:
    """Judge the window of every issue with a fix in force, bring back what came back, and record how each stands.

    A FAIL is a completed run: something came back after its fix. Prefect states report the machinery, the ledger reports the issues.

    Args:
        systems: Which AI systems, by the ids of their catalogue files; leave empty for all of them.
        as_of: The instant the windows are judged at; their days are those before it. Leave empty for the scheduled time.
        dry_run: Judge and show without writing to the ledger or the archive.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_recurrence_plan(workspace, tuple(systems or ()), as_of or scheduled_start(), now())
    if dry_run:
        return _previewed(replace(plan, is_preview=True))
    pending = publish_pending(plan, now)
    claim = claim_day(plan, now, RECURRENCE)
    if claim.status is ClaimStatus.DONE:
        return _recorded(plan)
    ours = tuple(lease.system_id for lease in claim.leases)
    copies = copy_evidence(plan.workspace)
    return _decided(plan.about(ours), claim.leases, (*pending, *copies))


def _decided(plan: RecurrencePlan, leases: tuple[Lease, ...], findings: tuple[Finding, ...]) -> RecurrenceResult:
    """Decide and record the run: evidence before event, one transaction, then the seal, its anchor and its copies."""
    with leased(plan, leases, now):
        known, exposures = _gathered(plan)

        day, judged = _judged(plan, known, exposures, findings)

        draft = write_draft(plan, render_recurrence(plan, day, judged))
        append_recurrence(plan, _write(plan, leases, day, judged, draft.bundle_digest), now)
    publish_pending(plan, now)
    page, seal = locate_package(plan, draft.bundle_digest)
    attempt = anchor_head(plan, now)
    copies = copy_evidence(plan.workspace)
    show_recurrence(plan, day, page, attempt)
    return RecurrenceResult(day, page, seal, draft.bundle_digest, attempt=attempt, copies=copies, exposures=exposures)


def _gathered(plan: RecurrencePlan) -> tuple[RecurrenceKnowledge, tuple[ExposureRead, ...]]:
    """Read what is known, count the decisions that its windows need, and read again: counting takes long."""
    due = find_due(plan, read_recurrence_known(plan, now))
    groups = (group for one in due for group in one.groups)
    watches = tuple({(group.watch.system_id, group.watch.feed): group.watch for group in groups}.values())
    start_on = min((one.start_on for one in due), default=plan.business_date)
    exposures = read_all_exposures(plan, watches, start_on, redaction_of(plan.redacted_kinds))
    return _with_missed_days(plan, read_recurrence_known(plan, now)), exposures


def _with_missed_days(plan: RecurrencePlan, known: RecurrenceKnowledge) -> RecurrenceKnowledge:
    """Read the indicators of days that no run was about: an outage of the monitoring costs no window a day."""
    if not (unread := find_unread(plan, known)):
        return known
    counts = read_earlier_counts(plan, counts_from(plan, unread), now)
    return replace(known, lights={**known.lights, **read_unread(plan, known, unread, counts)})


def _judged(
    plan: RecurrencePlan, known: RecurrenceKnowledge, exposures: Sequence[ExposureRead], findings: tuple[Finding, ...]
) -> tuple[RecurrenceDay, tuple[WindowJudged, ...]]:
    indicators = find_indicators(plan, known)
    judged = tuple(_windows(plan, known, exposures, indicators))
    windows = [one.decision for one in judged]
    return judge_recurrence_day(plan, windows, indicators, known.events, findings), judged


def _windows(
    plan: RecurrencePlan, known: RecurrenceKnowledge, exposures: Sequence[ExposureRead], indicators: Sequence[Indicator]
) -> Iterator[WindowJudged]:
    """Yield each window that is told of: one of a closed issue is judged on every day, and told when something came back."""
    for due in find_due(plan, known):
        inputs = window_inputs(plan, known, due, exposures, indicators)
        decision = judge_window(inputs)
        if is_told(decision, is_recorded=due.is_recorded):
            yield WindowJudged(inputs, decision)


def _write(
    plan: RecurrencePlan, leases: tuple[Lease, ...], day: RecurrenceDay, judged: Sequence[WindowJudged], bundle_digest: str
) -> RecurrenceWrite:
    return RecurrenceWrite(
        leases=leases,
        known_events=day.knowledge_cut.events,
        events=tuple(_events(plan, day, judged, bundle_digest)),
        publications=(Publication(f"drafts/{bundle_digest}", bundle_digest, PACKAGE_KIND),),
        result=result_of(day, bundle_digest),
    )


def _events(plan: RecurrencePlan, day: RecurrenceDay, judged: Sequence[WindowJudged], bundle_digest: str) -> Iterator[Event]:
    for number, one in enumerate(judged, 1):
        record_digest = digest_bytes(record_json(one.decision))
        recorded = window_event(one.inputs, one.decision, bundle_digest, record_digest, name_record(number))
        yield from window_events(one.inputs, one.decision, recorded)
    decision_digest = digest_bytes(record_json(day))
    for system_id in plan.system_ids:
        yield indicators_event(system_id, day.indicators, plan.as_of, plan.business_date, bundle_digest, decision_digest)


def _recorded(plan: RecurrencePlan) -> RecurrenceResult:
    """Return what an earlier run of this date decided, the worst of them where it was done in parts: nothing is judged or written again."""
    days = [(read_sealed_day(plan, bundle), bundle) for bundle in read_recorded_bundles(plan, now)]
    day, bundle_digest = max(days, key=lambda found: badness(found[0].verdict))
    publish_pending(plan, now)  # the other run may have recorded the date a moment ago and not sealed it yet
    page, seal = locate_package(plan, bundle_digest)
    attempt = anchor_head(plan, now)
    show_recurrence(plan, day, page, attempt)
    return RecurrenceResult(day, page, seal, bundle_digest, repeated=True, attempt=attempt)


def _previewed(plan: RecurrencePlan) -> RecurrenceResult:
    """Judge and show the run, leaving ledger and archive as they are."""
    known, exposures = _gathered(plan)
    day, judged = _judged(plan, known, exposures, ())
    page = write_preview(plan, render_recurrence(plan, day, judged))
    show_recurrence(plan, day, page)
    return RecurrenceResult(day, page, 0, "", exposures=exposures)
