"""The retraining triggers: how the newest window of every watched system compares with its reference, and what is asked of whom.

Put the order of a run here; what is read, judged and written belongs to tasks and checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prefect import flow

from checks.anchoring import judge_exposure
from checks.redaction import redaction_of
from checks.reference_outcomes import with_outcomes
from checks.trigger_day import judge_system_day, judge_triggers_day
from checks.trigger_events import evaluated_event
from checks.trigger_references import FIRST, OUTCOMES_KNOWN, frozen_event
from checks.trigger_series import judge_series
from checks.verdict import badness
from flows.clock import now, scheduled_start
from flows.forms import AiSystems, Folder, JudgedAt, OnlyTried
from registry.domain.canonical import record_json
from registry.domain.decision import Finding
from registry.domain.events import Event
from registry.domain.lease import ClaimStatus, Lease
from registry.domain.triage_write import Publication
from registry.domain.trigger_run import (
    Judged,
    ShardDay,
    SystemDay,
    TriggerPlan,
    TriggersDay,
    TriggersResult,
    TriggerWrite,
    of_watched,
    shards_of,
)
from tasks.anchors import anchor_head, load_exposure_policy, measure_exposure
from tasks.evidence import PACKAGE_KIND, clear_spool, locate_package, publish_pending, write_draft, write_preview
from tasks.ledger import TRIGGERS, claim_day, leased
from tasks.profiles import read_shard
from tasks.replica import copy_evidence
from tasks.trigger_rendering import name_record, name_reference, read_sealed_decisions, render_run, render_shard, show_triggers
from tasks.triggers import append_triggers, load_trigger_plan, read_known, read_recorded_run
from tasks.workspace import run_date

SHARD_SIZE = 100


def _run_name() -> str:
    """Name a Prefect run after the date it is for."""
    from prefect.runtime import flow_run

    given = flow_run.parameters  # as the server keeps them: an instant is a text
    return f"triggers-{run_date(given.get('workspace') or '', given.get('as_of') or scheduled_start())}"


@flow(name="retraining-triggers", flow_run_name=_run_name)
def retraining_triggers(
    systems: AiSystems = None, as_of: JudgedAt = None, dry_run: OnlyTried = False, workspace: Folder = ""
) -> TriggersResult:
    """Compare every watched system's newest complete windows with its reference, and record what is asked for, also where it is nothing.

    A FAIL is a completed run: Prefect states report the machinery, the ledger reports the systems. Nothing is trained or promoted by it.

    Args:
        systems: Which watched AI systems, by the ids of their catalogue files; leave empty for all of them.
        as_of: The instant it is judged at; the windows are those that had ended by then. Leave empty for the scheduled time.
        dry_run: Judge and show without writing to the ledger or the archive.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_trigger_plan(workspace, tuple(systems or ()), as_of or scheduled_start(), now())
    if dry_run:
        return _previewed(replace(plan, is_preview=True))
    pending = publish_pending(plan, now)
    if not plan.systems:
        return TriggersResult(judge_triggers_day(plan, (), (), (), 0, pending), (), "", 0, "")
    claim = claim_day(plan, now, TRIGGERS)
    if claim.status is ClaimStatus.DONE:
        return _recorded(plan)
    earlier = read_recorded_run(of_watched(plan, claim.done), now) if claim.done else ()
    days = tuple(one for day, _ in earlier for one in day.days if one.system in claim.done)
    ours = of_watched(plan, tuple(lease.system_id for lease in claim.leases))
    return _decided(ours, claim.leases, days, (*pending, *copy_evidence(plan.workspace)))


def _decided(plan: TriggerPlan, leases: tuple[Lease, ...], earlier: tuple[SystemDay, ...], findings: tuple[Finding, ...]) -> TriggersResult:
    """Decide and record the run: evidence before event, one transaction, then the seal, its anchor and its copies."""
    with leased(plan, leases, now):
        shards = tuple(_shards(plan))

        day = _day(plan, shards, earlier, (*findings, *_exposure(plan)))

        bundle_digest = ""
        if _is_news(shards):
            bundle_digest = write_draft(plan, render_run(plan, day, shards)).bundle_digest
        append_triggers(plan, _write(plan, leases, shards, day, bundle_digest), now)
    publish_pending(plan, now)
    clear_spool(plan)
    page, seal = locate_package(plan, bundle_digest) if bundle_digest else ("", 0)
    attempt = anchor_head(plan, now)
    copies = copy_evidence(plan.workspace)
    decisions = tuple(one.decision for shard in shards for one in shard.judged)
    show_triggers(plan, day, decisions, page, attempt)
    return TriggersResult(day, decisions, page, seal, bundle_digest, attempt=attempt, copies=copies)


def _shards(plan: TriggerPlan) -> Iterator[ShardDay]:
    """Judge one shard of systems after the other; what a shard read is let go before the next is read."""
    number = 1
    for systems in shards_of(plan.systems, SHARD_SIZE):
        shard = _shard(replace(plan, systems=systems), number)
        number += len(shard.judged)
        yield shard


def _shard(plan: TriggerPlan, first: int) -> ShardDay:
    redact = redaction_of(plan.redacted_kinds)
    read = read_shard(plan, read_known(plan, now).systems, redact)
    known = read_known(plan, now)  # reading takes long; what came since must be known too

    read = tuple(with_outcomes(system, found, plan.policies.performance) for system, found in zip(known.systems, read, strict=True))
    judged: list[Judged] = []
    days = []
    for system, found in zip(known.systems, read, strict=True):
        ours = judge_series(plan, system, found, first + len(judged))
        days.append(judge_system_day(plan, system, found, ours, [name_record(one) for one in ours]))
        judged += ours

    references = tuple(one.reference.reference for one in read if one.reference.is_new and one.reference.reference)
    replaced = {one.system.entry.system_id: one.frozen.digest for one in known.systems if one.frozen is not None}
    files = render_shard(plan, tuple(judged), references, redact)
    return ShardDay(known.head, tuple(days), tuple(judged), references, files, replaced)


def _day(plan: TriggerPlan, shards: Sequence[ShardDay], earlier: tuple[SystemDay, ...], findings: tuple[Finding, ...]) -> TriggersDay:
    days = sorted((*earlier, *(day for shard in shards for day in shard.days)), key=lambda day: day.system)
    frozen = [reference.system_id for shard in shards for reference in shard.references]
    inputs = [digest for shard in shards for one in shard.judged for digest in one.decision.inputs]
    head = min((shard.head for shard in shards), default=0)
    return judge_triggers_day(plan, days, frozen, tuple(dict.fromkeys(inputs)), head, findings)


def _exposure(plan: TriggerPlan) -> tuple[Finding, ...]:
    """Return what is said of the evidence up to this run, before it records anything itself; it stops no run."""
    return judge_exposure(measure_exposure(plan, now), load_exposure_policy(plan), blocking=False)


def _is_news(shards: Sequence[ShardDay]) -> bool:
    return any(shard.judged or shard.references for shard in shards)


def _write(plan: TriggerPlan, leases: tuple[Lease, ...], shards: Sequence[ShardDay], day: TriggersDay, bundle_digest: str) -> TriggerWrite:
    return TriggerWrite(
        leases=leases,
        knowledge=tuple((shard.head, tuple(one.system for one in shard.days)) for shard in shards),
        events=tuple(event for shard in shards for event in _events(plan, shard, bundle_digest)),
        publications=(Publication(f"drafts/{bundle_digest}", bundle_digest, PACKAGE_KIND),) if bundle_digest else (),
        result=record_json(day),
    )


def _events(plan: TriggerPlan, shard: ShardDay, bundle_digest: str) -> Iterator[Event]:
    """Yield the events of a shard: a reference before the windows that are compared with it."""
    for reference in shard.references:
        replaces = shard.replaced.get(reference.system_id, "")
        reason = OUTCOMES_KNOWN if replaces else FIRST
        cited = (bundle_digest, name_reference(reference))
        yield frozen_event(reference, plan.as_of, plan.business_date, *cited, reason=reason, replaces=replaces)
    for one in shard.judged:
        yield evaluated_event(one.decision, bundle_digest, shard.files.digests[one.number], name_record(one))


def _recorded(plan: TriggerPlan) -> TriggersResult:
    """Return what an earlier run of this date decided, the worst of them where it was done in parts: nothing is judged or written again."""
    recorded = read_recorded_run(plan, now)
    day, bundle_digest = max(recorded, key=lambda found: badness(found[0].verdict))
    publish_pending(plan, now)  # the other run may have recorded the date a moment ago and not sealed it yet
    page, seal = locate_package(plan, bundle_digest) if bundle_digest else ("", 0)
    attempt = anchor_head(plan, now)
    decisions = read_sealed_decisions(plan, day, bundle_digest)
    show_triggers(plan, day, decisions, page, attempt)
    return TriggersResult(day, decisions, page, seal, bundle_digest, repeated=True, attempt=attempt)


def _previewed(plan: TriggerPlan) -> TriggersResult:
    """Judge and show the run, leaving ledger and archive as they are."""
    shards = tuple(_shards(plan))
    day = _day(plan, shards, (), _exposure(plan))
    page = write_preview(plan, render_run(plan, day, shards))
    clear_spool(plan)
    decisions = tuple(one.decision for shard in shards for one in shard.judged)
    show_triggers(plan, day, decisions, page)
    return TriggersResult(day, decisions, page, 0, "")
