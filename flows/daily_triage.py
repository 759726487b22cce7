"""The daily triage: what came in about every AI system, what is new, what came back, and who must act by when.

Put the order of the day here; what is read, judged and written belongs to tasks and checks.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from prefect import flow

from checks.anchoring import judge_exposure
from checks.contribution import VersionHistory
from checks.held_systems import find_held_systems
from checks.redaction import redact
from checks.signals import SignalJudge
from checks.triage import judge_triage
from checks.triage_events import decided_event
from checks.triage_findings import find_parts
from checks.unexplained import find_unexplained
from checks.verdict import badness
from flows.clock import now, scheduled_start
from flows.forms import AiSystems, Folder, JudgedAt, OnlyTried
from flows.switching import settle
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Finding
from registry.domain.history import TriageHistory
from registry.domain.issue import Fix
from registry.domain.lease import ClaimStatus, Lease
from registry.domain.triage_run import TriageInputs, TriageOutcome, TriagePlan, TriageResult
from registry.domain.triage_write import Publication, TriageWrite
from tasks.anchors import anchor_head, load_exposure_policy, measure_exposure
from tasks.drift_alerts import read_drift_alerts, write_drift_alerts
from tasks.evidence import PACKAGE_KIND, clear_spool, locate_package, publish_pending, spool_of, write_draft, write_preview
from tasks.ledger import append_triage, claim_day, leased, read_history, read_recorded_days
from tasks.preservation import read_hold_events, read_preservation_holds
from tasks.rendering import render_triage_package, show_triage
from tasks.replica import copy_evidence
from tasks.sources import NarrativeSalt, read_narrative_salt, read_sources
from tasks.versions import read_version_knowledge, record_versions, write_version_changes
from tasks.workspace import load_triage_plan, of_systems, run_date


def _run_name() -> str:
    """Name a Prefect run after the date it is for."""
    from prefect.runtime import flow_run

    given = flow_run.parameters  # as the server keeps them: an instant is a text
    return f"triage-{run_date(given.get('workspace') or '', given.get('as_of') or scheduled_start())}"


@flow(name="daily-triage", flow_run_name=_run_name)
def daily_triage(systems: AiSystems = None, as_of: JudgedAt = None, dry_run: OnlyTried = False, workspace: Folder = "") -> TriageResult:
    """Read, judge and record one day over the AI systems of the workspace.

    A FAIL is a completed run: Prefect states report the machinery, the ledger reports the systems.

    Args:
        systems: Which AI systems, by the ids of their catalogue files; leave empty for all of them.
        as_of: The instant the day is judged at; its data are the civil days before it. Leave empty for the scheduled time.
        dry_run: Judge and show the day without writing to the ledger or the archive.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_triage_plan(workspace, tuple(systems or ()), as_of or scheduled_start(), now())
    if dry_run:
        return _previewed(replace(plan, is_preview=True))
    pending = publish_pending(plan, now)
    claim = claim_day(plan, now)
    if claim.status is ClaimStatus.DONE:
        return _recorded(plan)
    parts = read_recorded_days(of_systems(plan, claim.done), now) if claim.done else ()
    ours = of_systems(plan, tuple(lease.system_id for lease in claim.leases))
    copies = copy_evidence(plan.workspace)
    return _decided(ours, claim.leases, (*pending, *copies, *find_parts(day for day, _ in parts)))


def _decided(plan: TriagePlan, leases: tuple[Lease, ...], findings: tuple[Finding, ...]) -> TriageResult:
    """Decide and record the day: evidence before event, one transaction, then the seal, its anchor and its copies."""
    with leased(plan, leases, now):
        inputs = _gathered(plan, (*findings, *_exposure(plan)))

        outcome = judge_triage(inputs)

        draft = write_draft(plan, render_triage_package(plan, inputs, outcome.day, spool_of(plan)))
        append_triage(plan, _write(leases, inputs, outcome, draft.bundle_digest), spool_of(plan), now)
    publish_pending(plan, now)
    clear_spool(plan)
    page, seal = locate_package(plan, draft.bundle_digest)
    attempt = anchor_head(plan, now)
    copies = copy_evidence(plan.workspace)
    show_triage(plan, outcome.day, page, attempt)
    return TriageResult(outcome.day, page, seal, draft.bundle_digest, attempt=attempt, copies=copies)


def _gathered(plan: TriagePlan, findings: tuple[Finding, ...]) -> TriageInputs:
    settled = settle(plan)
    versions = record_versions(plan, now)
    known = read_version_knowledge(plan, versions.changes, now)
    write_version_changes(plan, find_unexplained(known.claims, known.explanations))
    write_drift_alerts(plan, read_drift_alerts(plan, now))
    holds, set_by = read_preservation_holds(plan, now), read_hold_events(plan, now)
    history = read_history(plan, now)
    salt = read_narrative_salt(plan)
    deliveries = read_sources(plan, _judges(plan, history, salt), partial(redact, kinds=plan.policies.redacted_kinds), salt, now)
    return TriageInputs(
        as_of=plan.as_of,
        business_date=plan.business_date,
        systems=plan.systems,
        deliveries=deliveries,
        history=history,
        policies=plan.policies,
        suppressions=plan.suppressions,
        data_before=plan.data_before,
        zone=plan.zone,
        findings=(*findings, *settled.findings, *versions.findings, *find_held_systems(holds, set_by, known.claims, plan.system_ids)),
    )


def _exposure(plan: TriagePlan) -> tuple[Finding, ...]:
    """Return what is said of the evidence up to this run, before it records anything itself; it stops no day."""
    return judge_exposure(measure_exposure(plan, now), load_exposure_policy(plan), blocking=False)


def _judges(plan: TriagePlan, history: TriageHistory, salt: NarrativeSalt) -> dict[tuple[str, str], SignalJudge]:
    """Return the judge of each feed: it knows what was in force when, and which fixes a decision may be older than."""
    versions = VersionHistory(history.versions)
    return {
        (system.system_id, feed.name): SignalJudge(system, feed, plan.policies, versions, _fixes(history, system.system_id), salt)
        for system in plan.systems
        for feed in system.feeds
    }


def _fixes(history: TriageHistory, system_id: str) -> dict[str, Fix]:
    return {issue.fingerprint: issue.fix for issue in history.issues if issue.system_id == system_id and issue.fix is not None}


def _write(leases: tuple[Lease, ...], inputs: TriageInputs, outcome: TriageOutcome, bundle_digest: str) -> TriageWrite:
    record = record_json(outcome.day)
    decided = decided_event(outcome.day, bundle_digest, digest_bytes(record))
    return TriageWrite(
        leases=leases,
        known_events=inputs.history.events,
        events=(*outcome.events, decided),
        deliveries=tuple(feed for source in inputs.deliveries for feed in source.feeds),
        quarantined=tuple(row for source in inputs.deliveries for row in source.quarantined),
        feed_days=outcome.day.feeds,
        links=outcome.links,
        publications=(Publication(f"drafts/{bundle_digest}", bundle_digest, PACKAGE_KIND),),
        result=record,
    )


def _recorded(plan: TriagePlan) -> TriageResult:
    """Return what an earlier run of this day decided, the worst of them where it was done in parts: nothing is judged or written again."""
    day, bundle_digest = max(read_recorded_days(plan, now), key=lambda recorded: badness(recorded[0].verdict))
    publish_pending(plan, now)  # the other run may have recorded the day a moment ago and not sealed it yet
    page, seal = locate_package(plan, bundle_digest)
    attempt = anchor_head(plan, now)
    show_triage(plan, day, page, attempt)
    return TriageResult(day, page, seal, bundle_digest, repeated=True, attempt=attempt)


def _previewed(plan: TriagePlan) -> TriageResult:
    """Judge and show the day, leaving ledger and archive as they are."""
    inputs = _gathered(plan, _exposure(plan))
    outcome = judge_triage(inputs)
    page = write_preview(plan, render_triage_package(plan, inputs, outcome.day, spool_of(plan)))
    clear_spool(plan)
    show_triage(plan, outcome.day, page)
    return TriageResult(outcome.day, page, 0, "")
