"""Reading predictions: the reference, frozen once, and the windows since, each counted in one scan.

Put tasks here that open the sources of watched systems. The unit is a shard of systems, not one system: a task run costs more than a scan.

The rules:
 * A source that does not answer is tried again; on the last attempt, and where it is refused, that system has a finding; others go on.
 * The windows of a run are those that have ended and arrived and are not settled yet, oldest first, as many as the policy lets it catch up.
 * A reference that is not there yet is frozen in the run in which its days are over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from registry.domain.decision import Finding, Verdict
from registry.domain.monitoring import MonitoredSystem, Window, last_window_before
from registry.domain.profile import ReferenceProfile
from registry.domain.times import local_date
from registry.domain.trigger_run import ReferenceRead, SystemKnown, SystemRead, TriggerPlan, WindowRead
from registry.domain.trigger_windows import DueWindows, find_due_windows
from registry.errors import SourceError, SourceUnavailableError
from registry.settings import Workspace
from registry.sources.caps import SourceCaps
from registry.sources.plan import Redact
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.profile_reference import freeze_reference
from registry.sources.profile_window import profile_window
from tasks.engine import is_last_attempt, task
from tasks.outcomes import OutcomesRead, read_outcomes
from tasks.references import SealedReferences
from tasks.workspace import connection_url, workspace_of

T = TypeVar("T")


@task
def read_shard(plan: TriggerPlan, known: tuple[SystemKnown, ...], redact: Redact) -> tuple[SystemRead, ...]:
    """Return the reference and the due windows of each system of a shard, with what could not be read as findings.

    Raises:
        SourceUnavailableError: a source does not answer (retried); on the last attempt its system has a finding instead.
        EvidenceUnavailableError: the archive or our own spool is out of reach (retried): that says nothing about a source.
    """
    workspace = workspace_of(plan)
    place, sealed = prediction_place(workspace, redact), SealedReferences(workspace)
    return tuple(_read(plan, one, place, sealed) for one in known)


def prediction_place(workspace: Workspace, redact: Redact) -> PredictionPlace:
    """Return where the predictions of a workspace may be read, and what takes personal data out of what is kept of them."""
    return PredictionPlace(
        base=workspace.root,
        roots=workspace.source_roots,
        spool=workspace.spool_dir,
        caps=SourceCaps(**workspace.settings.limits.model_dump()),
        connection_url=partial(connection_url, workspace),
        redact=redact,
    )


def arrived_before(plan: TriggerPlan, system: MonitoredSystem) -> date:
    """Return the civil day, in the system's zone, before which every row has arrived."""
    days = system.monitoring.lateness_days(plan.policies.requests.allowed_lateness_days)
    return local_date(plan.as_of, system.entry.timezone) - timedelta(days=days)


def find_due(plan: TriggerPlan, known: SystemKnown) -> DueWindows:
    """Return the windows of a system that this run judges, and those that it leaves out for good."""
    monitoring = known.system.monitoring
    reference_to = known.frozen.reference_to if known.frozen else monitoring.reference_to
    newest = last_window_before(arrived_before(plan, known.system), monitoring.window)
    return find_due_windows(known.history.windows, reference_to, newest, monitoring.window, plan.policies.requests.catch_up_windows)


def _read(plan: TriggerPlan, known: SystemKnown, place: PredictionPlace, sealed: SealedReferences) -> SystemRead:
    found, arrived = find_due(plan, known), arrived_before(plan, known.system)
    return replace(_read_windows(plan, known, found.due, arrived, place, sealed), skipped=found.skipped)


def _read_windows(
    plan: TriggerPlan, known: SystemKnown, windows: tuple[Window, ...], arrived: date, place: PredictionPlace, sealed: SealedReferences
) -> SystemRead:
    if not windows and known.frozen is not None:
        return SystemRead(known.system, arrived, ReferenceRead(), ())
    reference = _reference(plan, known, place, sealed)
    found = reference.reference
    if found is None:
        unread = tuple(_unread(window, known, reference.findings) for window in windows[-1:])
        return SystemRead(known.system, arrived, reference, unread)
    outcomes = read_outcomes(plan, known, found, windows, place, partial(_tried, known.system, "outcomes"))
    reference = replace(reference, outcomes=outcomes.reference)
    return SystemRead(known.system, arrived, reference, tuple(_window(known, found, window, place, outcomes) for window in windows))


def _reference(plan: TriggerPlan, known: SystemKnown, place: PredictionPlace, sealed: SealedReferences) -> ReferenceRead:
    if known.frozen is not None:
        return sealed.read(known.frozen)
    system, arrived = known.system, arrived_before(plan, known.system)
    if arrived < system.monitoring.reference_to:
        text = f"its reference is not complete: the last of its days is before {system.monitoring.reference_to}, and rows before {arrived} "
        return ReferenceRead(findings=(_finding(system, "reference", "reference_incomplete", f"{text}have arrived; wait for it"),))
    read, findings = _tried(system, "reference", lambda: freeze_reference(system, plan.policies.profile, plan.as_of, place))
    return ReferenceRead(read, is_new=read is not None, findings=findings)


def _window(known: SystemKnown, reference: ReferenceProfile, window: Window, place: PredictionPlace, outcomes: OutcomesRead) -> WindowRead:
    profile, findings = _tried(known.system, "predictions", lambda: profile_window(known.system, reference, window, place))
    return WindowRead(
        window=window,
        profile=profile,
        outcomes=outcomes.until(window),
        label_count=outcomes.label_count,
        findings=(*findings, *outcomes.findings),
        is_again=window in known.met,
    )


def _unread(window: Window, known: SystemKnown, findings: tuple[Finding, ...]) -> WindowRead:
    return WindowRead(window, None, findings=findings, is_again=window in known.met)


def _tried(system: MonitoredSystem, check: str, read: Callable[[], T]) -> tuple[T | None, tuple[Finding, ...]]:
    """Return what was read, or the finding that says why it could not be."""
    try:
        return read(), ()
    except SourceError as error:
        return None, (_finding(system, check, error.reason_code, str(error)),)
    except SourceUnavailableError as error:
        if not is_last_attempt():
            raise
        return None, (_finding(system, check, "errored", str(error)),)


def _finding(system: MonitoredSystem, check: str, code: str, reason: str) -> Finding:
    return Finding(check, system.entry.system_id, Verdict.INCONCLUSIVE, code, reason)
