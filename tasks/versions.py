"""Reading which versions serve now, and keeping it: MLflow's aliases have no history of their own.

Put tasks here that talk to the model registry.
"""

from __future__ import annotations

from datetime import timedelta

from registry.domain.decision import Finding, Verdict
from registry.domain.triage_run import TriagePlan
from registry.errors import UnavailableError
from registry.versions.aliases import read_aliases
from registry.versions.changes import AliasReading, AliasStatus, find_recorded_changes, find_version_changes
from tasks.engine import is_last_attempt, task
from tasks.ledger import Clock, ledger_of
from tasks.workspace import workspace_of

# An alias says what is in force now. A run over a day further back than this must not date today's version into the past.
_PRESENT = timedelta(days=1)


@task
def record_versions(plan: TriagePlan, clock: Clock) -> tuple[Finding, ...]:
    """Append what serves now where it differs from the history: versions written in the catalogue, and what MLflow's aliases say.

    Returns what could not be told. Safe to retry: a version that is known already is no event.
    """
    ledger = ledger_of(plan, clock)
    history = ledger.read_versions(plan.system_ids)
    readings, findings = _read_present(plan)
    changes = (*find_recorded_changes(plan.systems, history, plan.as_of), *find_version_changes(readings, history, plan.as_of))
    if changes and not plan.is_preview:
        ledger.append(changes)
    return findings


def _read_present(plan: TriagePlan) -> tuple[tuple[AliasReading, ...], tuple[Finding, ...]]:
    if plan.observed_at - plan.as_of > _PRESENT:
        return (), ()
    try:
        readings = read_aliases(workspace_of(plan).mlflow_uri() or "", plan.systems)
    except UnavailableError as error:
        if not is_last_attempt():
            raise
        return (), (_finding("mlflow", "versions_unavailable", str(error)),)
    return readings, tuple(_missing(reading) for reading in readings if reading.status is not AliasStatus.FOUND)


def _missing(reading: AliasReading) -> Finding:
    what = "no such model" if reading.status is AliasStatus.MODEL_MISSING else "no such alias"
    reason = f"MLflow has {what}: {reading.name}@{reading.alias} ({reading.artifact}); set it there or correct the catalogue file"
    return _finding(reading.system_id, reading.status, reason)


def _finding(subject: str, code: str, reason: str) -> Finding:
    return Finding("versions", subject, Verdict.INCONCLUSIVE, code, reason)
