"""What a closure is judged from, put together from what the ledger, the archive and the sources told.

Put here how what was read becomes the inputs of one closure. How it is judged is ``closure.py``.

The rules:
 * Signals are those of the issue's symptom and of the same cause, each with its versions as they are known now.
 * Of an issue that was closed before, those whose decision was made before the fix that closed it were settled then, and are left out. An
   occurrence that nobody closed settled nothing: whom it harmed is still to be restored.
 * Where that leaves nothing that was decided before the fix, all of them count: the issue was reopened, and nothing of its own came since.
 * Impacts are those that these signals report, whether they hang on the issue or not.
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
from registry.domain.work import StepKind


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
    signals = _signals(watched, known, one)
    newest = one.windows[-1] if one.windows else None
    return ClosureInputs(
        case=one.case,
        graph=one.graph,
        severity=one.case.issue.severity,
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
        newest_on=one.newest_on,
    )


def _signals(watched: RecurrencePlan, known: RecurrenceKnowledge, one: ClosureKnown) -> tuple[Seen, ...]:
    issue = one.case.issue
    history = VersionHistory(row for row in known.history.versions if row.from_at <= watched.as_of)
    seen = seen_now(watched, known, issue, issue.fix or Fix(watched.as_of, {}), history)
    begun = _begun(one)
    since = tuple(signal for signal in seen if begun is None or signal.decided_at >= begun)
    return since if any(not signal.is_after_fix and not signal.same_cause_issue for signal in since) else seen


def _begun(one: ClosureKnown) -> datetime | None:
    """Return since when decisions are not settled by an earlier closure; None where there was none."""
    fixes = [step.document.deployed_at for step in one.case.steps if step.kind is StepKind.IMPLEMENT and step.seq <= one.closed_seq]
    return max(fixes, default=None)
