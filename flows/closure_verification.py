"""The closure verification: whether all seven gates of an issue pass, so that people may be asked to sign.

Put the order of a run here; what is read, judged and written belongs to tasks and checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prefect import flow

from checks.closure import judge_closure, proposal_of
from checks.closure_cited import archive_check
from checks.closure_day import judge_closure_day
from checks.closure_events import closure_event, dossier_of, is_news, portfolio_event
from checks.closure_inputs import closure_inputs
from checks.closure_shared import Sharing, find_sharing, first_day, shared_effect
from checks.portfolio import judge_portfolio
from checks.redaction import redaction_of
from checks.verdict import badness
from flows.clock import now, scheduled_start
from flows.forms import Folder, IssueIds, JudgedAt, OnlyTried
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.closure import ClosureDecision, ClosureInputs, SharedEffect
from registry.domain.closure_run import ArchiveRead, ClosureDay, ClosureJudged, ClosureKnown, ClosurePlan, ClosureResult, ClosureWrite
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event
from registry.domain.lease import ClaimStatus, Lease
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.triage_write import Publication
from tasks.anchors import anchor_head
from tasks.closure import append_closures, load_closure_plan, read_closures_known, read_portfolio, read_reported, result_of
from tasks.closure_archive import count_population, read_archive, read_windows_to_redo
from tasks.closure_rendering import read_sealed_closures, render_closure, render_closure_day, show_closures
from tasks.evidence import PACKAGE_KIND, locate_package, publish_pending, write_draft, write_preview
from tasks.ledger import CLOSURE, claim_day, leased
from tasks.recurrence import load_recurrence_plan, read_recorded_bundles, read_recurrence_known
from tasks.recurrence_exposure import read_all_exposures
from tasks.replica import copy_evidence
from tasks.workspace import run_date


def _run_name() -> str:
    """Name a Prefect run after the date it is for."""
    from prefect.runtime import flow_run

    given = flow_run.parameters  # as the server keeps them: an instant is a text
    return f"closure-{run_date(given.get('workspace') or '', given.get('as_of') or scheduled_start())}"


@flow(name="closure-verification", flow_run_name=_run_name)
def closure_verification(
    issues: IssueIds = None, as_of: JudgedAt = None, dry_run: OnlyTried = False, workspace: Folder = ""
) -> ClosureResult:
    """Judge the seven gates of every issue in verification, and propose those that pass for closure: people sign, then the ledger closes.

    A FAIL is a completed run: a gate says no. Prefect states report the machinery, the ledger reports the issues.

    Args:
        issues: Which issues, by their ids: they are judged anew, whenever it is asked for. Leave empty for all in verification, once a day.
        as_of: The instant the closures are judged at. Leave empty for the scheduled time.
        dry_run: Judge and show without writing to the ledger or the archive.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_closure_plan(workspace, tuple(issues or ()), as_of or scheduled_start(), now())
    if dry_run:
        return _previewed(replace(plan, is_preview=True))
    pending = publish_pending(plan, now)
    claim = claim_day(plan, now, CLOSURE, plan.issues)
    if claim.status is ClaimStatus.DONE:
        return _recorded(plan)
    copies = copy_evidence(plan.workspace)
    return _decided(plan, claim.leases, (*pending, *copies))


def _decided(plan: ClosurePlan, leases: tuple[Lease, ...], findings: tuple[Finding, ...]) -> ClosureResult:
    """Decide and record the run: evidence before events, one transaction, then the seals, their anchor and their copies."""
    with leased(plan, leases, now):
        day, judged, known = _judged(plan, findings)

        drafted = tuple(_drafted(plan, one, known) for one in judged)
        bundle_digest = write_draft(plan, render_closure_day(plan, day)).bundle_digest if plan.is_of_date else ""
        write = _write(plan, leases, day, drafted, bundle_digest)
        if write.events:
            append_closures(plan, write, now)
    publish_pending(plan, now)
    pages = tuple(_located(plan, one) for one in drafted)
    page, seal = locate_package(plan, bundle_digest) if bundle_digest else ("", 0)
    attempt = anchor_head(plan, now)
    copies = copy_evidence(plan.workspace)
    show_closures(plan, day, page, attempt)
    return ClosureResult(day, pages, page, seal, bundle_digest, attempt=attempt, copies=copies)


def _judged(plan: ClosurePlan, findings: tuple[Finding, ...]) -> tuple[ClosureDay, tuple[ClosureJudged, ...], dict[str, ClosureKnown]]:
    """Read what is known, the head first, and judge; the archive is verified once for all issues."""
    watched = load_recurrence_plan(plan.workspace, (), plan.as_of, plan.observed_at)
    known = read_recurrence_known(watched, now, plan.issues)
    found = read_closures_known(plan, known, now)
    archive = read_archive(plan, now)
    judged = tuple(_each(plan, watched, known, found, archive))
    portfolio = judge_portfolio(read_portfolio(plan, known, now))
    day = judge_closure_day(plan, [one.decision for one in judged], portfolio, known.events, findings)
    return day, judged, {one.case.issue.issue_id: one for one in found}


def _each(
    plan: ClosurePlan, watched: RecurrencePlan, known: RecurrenceKnowledge, found: Sequence[ClosureKnown], archive: ArchiveRead
) -> Iterator[ClosureJudged]:
    redact = redaction_of(plan.work.redacted_kinds)
    for one in found:
        checked = archive_check(archive, one, read_windows_to_redo(plan, one, now))
        population = count_population(plan, one.case, redact)
        shared = tuple(_shared(plan, watched, known, find_sharing(watched, known, one.case.issue)))
        inputs = closure_inputs(plan, watched, known, one, checked, population, shared)
        yield ClosureJudged(inputs, judge_closure(inputs))


def _shared(plan: ClosurePlan, watched: RecurrencePlan, known: RecurrenceKnowledge, sharing: Sequence[Sharing]) -> Iterator[SharedEffect]:
    """Yield what the fix did to each system that runs it too; where there is none, nothing is read."""
    redact = redaction_of(watched.redacted_kinds)
    for one in sharing:
        start_on = first_day(watched, one)
        watches = tuple(watch for watch in watched.watches if watch.system_id == one.system_id)[:1]
        exposures = read_all_exposures(watched, watches, start_on, redact)
        counts = read_reported(plan, (one.system_id,), start_on, now)
        yield shared_effect(watched, known, one, counts, next(iter(exposures), None))


def _drafted(plan: ClosurePlan, one: ClosureJudged, known: dict[str, ClosureKnown]) -> ClosureJudged:
    """Write the package of a closure that is news, before the ledger cites it."""
    last = known[one.decision.issue_id].last
    if not is_news(one.inputs, one.decision, last, plan.policy.max_proposal_age_days):
        return one
    return replace(one, bundle_digest=write_draft(plan, _rendered(plan, one.inputs, one.decision)).bundle_digest)


def _rendered(plan: ClosurePlan, inputs: ClosureInputs, decision: ClosureDecision) -> dict[str, bytes]:
    digest = digest_bytes(record_json(decision))
    proposal = proposal_of(decision, digest) if decision.verdict is Verdict.PASS else None
    return render_closure(plan, inputs, dossier_of(inputs, decision), proposal)


def _write(
    plan: ClosurePlan, leases: tuple[Lease, ...], day: ClosureDay, judged: Sequence[ClosureJudged], bundle_digest: str
) -> ClosureWrite:
    bundles = [one.bundle_digest for one in judged if one.bundle_digest]
    promised = [*bundles, bundle_digest] if bundle_digest else bundles
    return ClosureWrite(
        leases=leases,
        known_events=day.knowledge_cut.events,
        systems=plan.system_ids if plan.is_of_date else tuple(sorted({one.decision.system for one in judged})),
        events=tuple(_events(leases, day, judged, bundle_digest)),
        publications=tuple(Publication(f"drafts/{digest}", digest, PACKAGE_KIND) for digest in promised),
        result=result_of(day, bundle_digest) if bundle_digest else b"",
    )


def _events(leases: tuple[Lease, ...], day: ClosureDay, judged: Sequence[ClosureJudged], bundle_digest: str) -> Iterator[Event]:
    for one in judged:
        if one.bundle_digest:
            yield closure_event(one.inputs, one.decision, one.bundle_digest)
    for lease in leases if bundle_digest else ():
        yield portfolio_event(lease.system_id, day, bundle_digest)


def _located(plan: ClosurePlan, one: ClosureJudged) -> ClosureJudged:
    return replace(one, report_path=locate_package(plan, one.bundle_digest)[0]) if one.bundle_digest else one


def _recorded(plan: ClosurePlan) -> ClosureResult:
    """Return what an earlier run of this date decided, the worst of them where it was done in parts: nothing is judged or written again."""
    days = [(read_sealed_closures(plan, bundle), bundle) for bundle in read_recorded_bundles(plan, now, CLOSURE)]
    day, bundle_digest = max(days, key=lambda found: badness(found[0].verdict))
    publish_pending(plan, now)  # the other run may have recorded the date a moment ago and not sealed it yet
    page, seal = locate_package(plan, bundle_digest)
    attempt = anchor_head(plan, now)
    show_closures(plan, day, page, attempt)
    return ClosureResult(day, (), page, seal, bundle_digest, repeated=True, attempt=attempt)


def _previewed(plan: ClosurePlan) -> ClosureResult:
    """Judge and show the run, leaving ledger and archive as they are."""
    day, judged, _ = _judged(plan, ())
    page = write_preview(plan, _rendered(plan, judged[0].inputs, judged[0].decision) if plan.issues else render_closure_day(plan, day))
    show_closures(plan, day, page)
    return ClosureResult(day, judged, page, 0, "")
