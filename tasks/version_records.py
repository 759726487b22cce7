"""Recording versions by hand, and showing what was recorded.

Put tasks here that serve people's records of versions; reading catalogue and model registry is ``versions.py``.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from registry.catalogue.loader import load_catalogue
from registry.domain.catalogue import OwnerRole
from registry.domain.events import EventKind
from registry.domain.times import local_date
from registry.domain.triage_run import TriagePlan
from registry.domain.version_run import RecordDecision, RecordPlan, RecordResult, RefreshResult, VersionRecord
from registry.domain.versions import VersionClaim, claim_of
from registry.errors import ConfigurationError
from registry.evidence.role_signers import role_holders
from registry.policies.loader import load_work_policies
from registry.settings import load_workspace
from reports.foreign_text import visible
from reports.version_text import record_lines, refresh_lines
from tasks.engine import is_served, task
from tasks.ledger import Clock, open_workspace_ledger
from tasks.workspace import found_workspace


@task
def load_record_plan(workspace: str, system_id: str, by: str, role: OwnerRole, document: VersionRecord, as_of: datetime) -> RecordPlan:
    """Return what a record of a version is judged by: the system, who holds which role, and the kinds of personal data to look for.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a system that the catalogue does not list.
    """
    found = found_workspace(workspace)
    systems = {system.system_id: system for system in load_catalogue(found)}
    if system_id not in systems:
        raise ConfigurationError([f"system {system_id!r}: expected one of {', '.join(sorted(systems))}; see systems/"])
    return RecordPlan(
        workspace=str(found.root),
        as_of=as_of,
        business_date=local_date(as_of, systems[system_id].timezone),
        system=systems[system_id],
        by=by,
        role=role,
        document=document,
        deputies=role_holders(found.allowed_signers_path, [role.value for role in OwnerRole], as_of, found.revoked_keys_path),
        redacted_kinds=load_work_policies(found.policies_dir).redacted_kinds,
    )


@task
def read_claims(plan: RecordPlan, clock: Clock) -> tuple[VersionClaim, ...]:
    """Return every claim about a version of the plan's system, in the order of their events.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = open_workspace_ledger(load_workspace(Path(plan.workspace)), clock)
    events = [(event.seq, json.loads(event.body)) for event in ledger.read_events(0, (EventKind.VERSION_OBSERVED,))]
    return tuple(claim_of(seq, envelope) for seq, envelope in events if envelope["system"] == plan.system.system_id)


@task
def append_version_record(decision: RecordDecision, clock: Clock) -> RecordResult:
    """Append the event of an accepted record, and say which event it is. Safe to retry: what stands is not recorded again.

    Raises:
        LedgerError: a secret in the record; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if decision.event is None:
        return RecordResult(decision, 0)
    if decision.repeated is not None:
        return RecordResult(decision, decision.repeated.seq)
    ledger = open_workspace_ledger(load_workspace(Path(decision.plan.workspace)), clock)
    (stored,) = ledger.append([decision.event])
    return RecordResult(decision, stored.seq)


@task
def show_record(result: RecordResult) -> None:
    """Show what became of a record among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    _show("versions-record", record_lines(result), f"Version of {result.decision.plan.system.system_id}")


@task
def show_refresh(plan: TriagePlan, result: RefreshResult) -> None:
    """Show what a refresh found among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    _show("versions-refresh", refresh_lines(result), f"Versions of {len(plan.systems)} systems: {result.verdict}")


def record_refusal(result: RecordResult) -> str:
    """Return in one paragraph what a refused record lacks: the message of its run's last state."""
    return visible(" ".join(line.strip() for line in record_lines(result)), 4000)


def _show(key: str, lines: list[str], description: str) -> None:
    if not is_served():
        return
    from prefect.artifacts import create_markdown_artifact

    # an indented block is shown as it is, whatever a version or a reason holds
    create_markdown_artifact("".join(f"    {visible(line)}\n" for line in lines), key=key, description=visible(description))
