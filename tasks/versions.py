"""Reading which versions serve now, and keeping it: MLflow's aliases have no history of their own.

Put tasks here that talk to the model registry, and those that read and keep what is known of versions.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.release_history import switches_of
from registry.domain.triage_run import TriagePlan
from registry.domain.version_changes import (
    EXPLAINING,
    FILE_NAME,
    UnexplainedChange,
    VersionKnowledge,
    explanations_of,
    explanations_of_switches,
    has_version_changes,
    version_change_rows,
)
from registry.domain.version_run import VersionsRead
from registry.domain.versions import claim_of
from registry.errors import UnavailableError
from registry.evidence.files import storage_errors
from registry.versions.aliases import read_aliases
from registry.versions.changes import AliasReading, AliasStatus, find_recorded_changes, find_version_changes
from tasks.engine import is_last_attempt, task
from tasks.evidence import spool_of
from tasks.ledger import Clock, ledger_of
from tasks.workspace import workspace_of

# An alias says what is in force now. A run over a day further back than this must not date today's version into the past.
_PRESENT = timedelta(days=1)


@task
def record_versions(plan: TriagePlan, clock: Clock) -> VersionsRead:
    """Append what serves now where it is news: versions written in the catalogue, and what MLflow's aliases say.

    Returns what was new, and what could not be told. Safe to retry: a version that is known already is no event.
    """
    readings, findings = _read_present(plan)
    return _recorded(plan, readings, findings, clock, on_event=False)


@task
def refresh_versions(plan: TriagePlan, clock: Clock) -> VersionsRead:
    """Do the same because something happened, outside the daily run. Here a registry that is away is an outage, no finding.

    Raises:
        VersionsUnavailableError: the registry does not answer (retried).
        ConfigurationError: no address, or the registry refused it.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    readings = read_aliases(workspace_of(plan).mlflow_uri() or "", plan.systems)
    return _recorded(plan, readings, _unknown(readings), clock, on_event=True)


@task
def read_version_knowledge(plan: TriagePlan, fresh: tuple[Event, ...], clock: Clock) -> VersionKnowledge:
    """Return what is known up to ``as_of`` about the versions of the plan's systems; ``fresh`` is what a preview did not append."""
    stored = [(event.seq, json.loads(event.body)) for event in ledger_of(plan, clock).read_events(0, EXPLAINING)]
    after = stored[-1][0] if stored else 0
    known = {envelope["key"] for _, envelope in stored}
    stored += [(after + place, json.loads(event.canonical_body())) for place, event in enumerate(fresh, 1) if event.key not in known]
    ours = [(seq, envelope) for seq, envelope in stored if envelope["system"] in plan.system_ids]
    claims = (claim_of(seq, envelope) for seq, envelope in ours if envelope["kind"] == EventKind.VERSION_OBSERVED)
    explanations = (one for seq, envelope in ours for one in explanations_of(seq, envelope))
    switched = explanations_of_switches(switches_of(ours))
    return VersionKnowledge(tuple(claim for claim in claims if claim.from_at <= plan.as_of), (*explanations, *switched))


@task
def write_version_changes(plan: TriagePlan, changes: tuple[UnexplainedChange, ...]) -> None:
    """Write the source of the built-in feed into the run's spool. Safe to retry: the same changes give the same file.

    Raises:
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    if not any(has_version_changes(system) for system in plan.systems):
        return
    spool = Path(spool_of(plan))
    with storage_errors(f"spool {spool}"):
        spool.mkdir(parents=True, exist_ok=True)
        with (spool / FILE_NAME).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(version_change_rows(plan.systems, changes))


def _recorded(
    plan: TriagePlan, readings: tuple[AliasReading, ...], findings: tuple[Finding, ...], clock: Clock, *, on_event: bool
) -> VersionsRead:
    ledger = ledger_of(plan, clock)
    stored = ledger.read_events(0, (EventKind.VERSION_OBSERVED,))
    claims = [claim_of(event.seq, json.loads(event.body)) for event in stored]
    written = find_recorded_changes(plan.systems, claims, plan.as_of)
    changes = (*written, *find_version_changes(readings, claims, plan.as_of, on_event=on_event))
    if changes and not plan.is_preview:
        ledger.append(changes)
    return VersionsRead(changes, findings)


def _read_present(plan: TriagePlan) -> tuple[tuple[AliasReading, ...], tuple[Finding, ...]]:
    if plan.observed_at - plan.as_of > _PRESENT:
        return (), ()
    try:
        readings = read_aliases(workspace_of(plan).mlflow_uri() or "", plan.systems)
    except UnavailableError as error:
        if not is_last_attempt():
            raise
        return (), (_finding("mlflow", "versions_unavailable", str(error)),)
    return readings, _unknown(readings)


def _unknown(readings: Iterable[AliasReading]) -> tuple[Finding, ...]:
    return tuple(_missing(reading) for reading in readings if reading.status is not AliasStatus.FOUND)


def _missing(reading: AliasReading) -> Finding:
    what = "no such model" if reading.status is AliasStatus.MODEL_MISSING else "no such alias"
    reason = f"MLflow has {what}: {reading.name}@{reading.alias} ({reading.artifact}); set it there or correct the catalogue file"
    return _finding(reading.system_id, reading.status, reason)


def _finding(subject: str, code: str, reason: str) -> Finding:
    return Finding("versions", subject, Verdict.INCONCLUSIVE, code, reason)
