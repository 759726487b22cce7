"""Recording what people do about what watching predictions found, and showing what became of it.

Put tasks here that serve acts on references and requests; running the team's training is ``training.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.catalogue.loader import load_systems
from registry.domain.catalogue import OwnerRole
from registry.domain.trigger_acts import REQUEST_KINDS, ActDecision, ActKind, ActPlan, ActResult, KnownRequest, find_requests, requests_of
from registry.domain.work_run import HoldInForce
from registry.errors import ConfigurationError
from registry.evidence.role_signers import role_holders
from registry.policies.loader import ACTS, load_tables
from registry.settings import load_workspace
from reports.act_text import act_lines
from reports.foreign_text import visible
from tasks.engine import is_served, task
from tasks.ledger import Clock, open_workspace_ledger
from tasks.preservation import holds_of, reserved
from tasks.workspace import found_workspace


@task
def load_act_plan(workspace: str, kind: ActKind, by: str, role: OwnerRole, document: Any, as_of: datetime, system_id: str = "") -> ActPlan:
    """Return what an act is judged by: the catalogue, who holds which role, and who may do what; ``system_id`` where the act names one.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a system that the catalogue does not list.
    """
    found = found_workspace(workspace)
    loaded, tables = load_systems(found), load_tables(found.policies_dir)
    systems = tuple(entry for entry, _ in loaded)
    if system_id and system_id not in (known := [system.system_id for system in systems]):
        raise ConfigurationError([f"system {system_id!r}: expected one of {', '.join(known)}; see systems/"])
    return ActPlan(
        workspace=str(found.root),
        as_of=as_of,
        zone=found.settings.timezone,
        kind=kind,
        by=by,
        role=role,
        document=document,
        systems=systems,
        watched=tuple(watched for _, watched in loaded if watched is not None),
        deputies=role_holders(found.allowed_signers_path, [each.value for each in OwnerRole], as_of, found.revoked_keys_path),
        roles=tables.rows[ACTS][kind].roles,
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
        system_id=system_id,
    )


@task
def read_requests(plan: ActPlan, clock: Clock) -> tuple[KnownRequest, ...]:
    """Return every request that was ever made, oldest first, with what became of it.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    events = open_workspace_ledger(load_workspace(Path(plan.workspace)), clock).read_events(0, REQUEST_KINDS)
    return requests_of((event.seq, json.loads(event.body)) for event in events)


@task
def read_act_holds(plan: ActPlan, clock: Clock) -> tuple[HoldInForce, ...]:
    """Return the preservation holds that are in force now, of every system.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return holds_of(open_workspace_ledger(load_workspace(Path(plan.workspace)), clock))


@contextmanager
def acting(plan: ActPlan, requests: Sequence[KnownRequest], clock: Clock) -> Iterator[None]:
    """Reserve the system of the act: nobody else acts on it meanwhile, nor sets or ends a hold of it."""
    meant = find_requests(plan.document.request, requests) if plan.kind is not ActKind.FREEZE else ()
    systems = sorted({one.system_id for one in meant}) or ([plan.system_id] if plan.system_id else [])
    with reserved(load_workspace(Path(plan.workspace)), systems, clock) if systems else nullcontext():
        yield


@task
def append_act(decision: ActDecision, clock: Clock) -> ActResult:
    """Append the event of an act that may be done, and say which event it is. Safe to retry: what stands is not recorded again.

    Raises:
        LedgerError: a secret in the reason; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if decision.event is None:
        return ActResult(decision, decision.repeated)
    ledger = open_workspace_ledger(load_workspace(Path(decision.plan.workspace)), clock)
    (stored,) = ledger.append([decision.event])
    return ActResult(decision, stored.seq)


@task
def show_act(result: ActResult) -> None:
    """Show what became of an act among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_markdown_artifact

    lines = act_lines(result)
    # an indented block is shown as it is, whatever a reason holds
    text = "".join(f"    {visible(line)}\n" for line in lines)
    create_markdown_artifact(text, key=f"act-{result.decision.plan.kind}", description=visible(lines[0]))


def act_refusal(result: ActResult) -> str:
    """Return in one paragraph what a refused act lacks: the message of its run's last state."""
    return visible(" ".join(line.strip() for line in act_lines(result)), 4000)
