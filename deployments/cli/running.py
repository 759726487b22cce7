"""Running flows from the command line: the process's environment, the run itself, its decision as a value and as JSON.

Put here what ``triage``, ``replay`` and ``demo`` share. What a flow does is ``flows``; how it runs is ``tasks/engine.py``.
"""

from __future__ import annotations

import os
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from deployments.cli.session import SCHEDULED_HOUR
from registry.domain.canonical import plain

if TYPE_CHECKING:
    from registry.domain.closure_run import ClosureResult
    from registry.domain.recurrence_run import RecurrenceResult
    from registry.domain.triage_run import TriageResult
    from registry.domain.trigger_run import TriggersResult

# Nothing is told to anyone by default, no server is started behind the user's back, and the terminal stays readable.
QUIET = {
    "DO_NOT_TRACK": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}


def run_triage(workspace: Path, systems: tuple[str, ...] = (), as_of: datetime | None = None, *, dry_run: bool = False) -> TriageResult:
    """Run the daily triage of ``workspace`` and return its result."""
    keep_quiet()
    from flows.daily_triage import daily_triage  # brings Prefect
    from tasks import engine

    return engine.run(daily_triage, systems=list(systems) or None, as_of=as_of, dry_run=dry_run, workspace=str(workspace))


def run_triggers(workspace: Path, systems: tuple[str, ...] = (), as_of: datetime | None = None, *, dry_run: bool = False) -> TriggersResult:
    """Run the retraining triggers of ``workspace`` and return their result."""
    keep_quiet()
    from flows.retraining_triggers import retraining_triggers  # brings Prefect
    from tasks import engine

    return engine.run(retraining_triggers, systems=list(systems) or None, as_of=as_of, dry_run=dry_run, workspace=str(workspace))


def run_recurrence(
    workspace: Path, systems: tuple[str, ...] = (), as_of: datetime | None = None, *, dry_run: bool = False
) -> RecurrenceResult:
    """Run the recurrence monitoring of ``workspace`` and return its result."""
    keep_quiet()
    from flows.recurrence_monitoring import recurrence_monitoring  # brings Prefect
    from tasks import engine

    return engine.run(recurrence_monitoring, systems=list(systems) or None, as_of=as_of, dry_run=dry_run, workspace=str(workspace))


def run_closure(workspace: Path, issues: tuple[str, ...] = (), as_of: datetime | None = None, *, dry_run: bool = False) -> ClosureResult:
    """Run the closure verification of ``workspace`` and return its result."""
    keep_quiet()
    from flows.closure_verification import closure_verification  # brings Prefect
    from tasks import engine

    return engine.run(closure_verification, issues=list(issues) or None, as_of=as_of, dry_run=dry_run, workspace=str(workspace))


def keep_quiet() -> None:
    """Set what keeps this process's libraries quiet; what the user set already stands."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def record_of(result: TriageResult | TriggersResult | RecurrenceResult | ClosureResult) -> dict[str, Any]:
    """Return the JSON document of one run: the decision, where its evidence is, and whether it had been decided before."""
    evidence = {"seal": result.seal, "digest": result.bundle_digest}
    decision: dict[str, Any] = plain(result.decision)
    told = {"repeated": result.repeated, "copies": plain(result.copies), "anchor": plain(result.attempt)}
    return {**decision, "evidence": evidence, "report": result.report_path, **told}


def triggers_record_of(result: TriggersResult) -> dict[str, Any]:
    """Return the JSON document of a run of the triggers: as ``record_of``, with every window that it judged."""
    return {**record_of(result), "decisions": plain(result.decisions)}


def closures_record_of(result: ClosureResult) -> dict[str, Any]:
    """Return the JSON document of a run over closures: as ``record_of``, with the package of each closure that was news."""
    sealed = [{"issue": one.decision.issue_id, "digest": one.bundle_digest, "report": one.report_path} for one in result.judged]
    return {**record_of(result), "packages": [one for one in sealed if one["digest"]]}


def scheduled_instant(day: date, zone: str, at: time = time(SCHEDULED_HOUR)) -> datetime:
    """Return when the schedule would have run a flow for ``day``: the triage, or the flow that is due at ``at``."""
    return datetime.combine(day, at, ZoneInfo(zone))
