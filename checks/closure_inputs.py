"""What a closure is judged from, put together from what the ledger, the archive and the sources told.

Put here how what was read becomes the inputs of one closure. How it is judged is ``closure.py``.

The rules:
 * Signals are those of the issue's symptom and of the same cause, each with its versions as they are known now.
 * Of an issue that came back, those whose decision was made before the fix of the occurrence before belong to that one, and are left out.
 * Impacts are those that these signals report.
"""

from __future__ import annotations

from datetime import datetime

from checks.contribution import VersionHistory
from checks.recurrence_seen import seen_now
from registry.domain.closure import ArchiveCheck, ClosureInputs, SharedEffect
from registry.domain.closure_run import ClosureKnown, ClosurePlan
from registry.domain.issue import Fix
from registry.domain.population import PopulationRead
from registry.domain.recurrence import Seen
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.work import Case, StepKind


def closure_inputs(
    plan: ClosurePlan,
    watched: RecurrencePlan,
    known: RecurrenceKnowledge,
    one: ClosureKnown,
    archive: ArchiveCheck,
    population: PopulationRead | None,
    shared: tuple[SharedEffect, ...],
) -> ClosureInputs:
    """Return what the closure of ``one`` issue is judged from."""
    signals = _signals(watched, known, one.case)
    newest = one.windows[-1] if one.windows else None
    keys = {seen.key for seen in signals}
    return ClosureInputs(
        case=one.case,
        graph=one.graph,
        severity=one.case.issue.severity,
        impacts=tuple(sorted({impact for key, impact in one.impacts if key in keys})),
        as_of=plan.as_of,
        business_date=plan.business_date,
        zone=plan.zone,
        window=one.window,
        window_event=newest.seq if newest else 0,
        window_bundle=newest.bundle_digest if newest else "",
        window_policy=watched.policy.digest,
        population=population,
        archive=archive,
        shared=shared,
        work=plan.work,
        policy=plan.policy,
        events=known.events,
        data_before=plan.data_before,
        signals=signals,
    )


def _signals(watched: RecurrencePlan, known: RecurrenceKnowledge, case: Case) -> tuple[Seen, ...]:
    issue = case.issue
    history = VersionHistory(one for one in known.history.versions if one.from_at <= watched.as_of)
    seen = seen_now(watched, known, issue, issue.fix or Fix(watched.as_of, {}), history)
    begun = _begun(case)
    return tuple(one for one in seen if begun is None or one.decided_at >= begun)


def _begun(case: Case) -> datetime | None:
    """Return since when decisions belong to the present occurrence; None for the first one."""
    fixes = [step.document.deployed_at for step in case.steps if step.kind is StepKind.IMPLEMENT and step.seq <= case.reopened_seq]
    return max(fixes, default=None)
