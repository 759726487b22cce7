"""Carrying a switch out: its plan, its start in the ledger, the aliases, its end.

Put tasks here that serve a promotion or a rollback. What either is judged by is read by ``release_known.py``; their rules are
``checks/release_switch.py`` and ``checks/release_way_back.py``, what a daily run makes of one without an end is ``release_settling.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime

from registry.catalogue.loader import load_released
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.events import Event, EventKind
from registry.domain.release import ReleaseAct, Switch
from registry.domain.release_history import find_releases, switches_of
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import (
    Aim,
    Moved,
    SwitchDecision,
    SwitchKnown,
    SwitchPlan,
    SwitchResult,
    read_back_of,
)
from registry.domain.versions import VersionClaim
from registry.evidence.role_signers import role_holders
from registry.policies.gate import gate_record
from registry.policies.loader import load_tables
from registry.policies.release import release_act_roles, release_policy
from registry.versions.aliases import read_aliases
from registry.versions.changes import find_recorded_changes, find_version_changes
from registry.versions.promotion import move_aliases, read_alias_versions, tag_versions
from reports.foreign_text import visible
from reports.release_switch_text import switch_lines
from tasks.engine import task
from tasks.ledger import Clock, ledger_of
from tasks.preservation import reserved
from tasks.releases import read_releases
from tasks.rendering import show_outcome
from tasks.workspace import found_workspace, workspace_of

_MAX_MESSAGE_CHARS = 4000


@task
def load_switch_plan(workspace: str, act: ReleaseAct, by: str, role: OwnerRole, document: Switch, as_of: datetime) -> SwitchPlan:
    """Return what a switch is judged by: the catalogue, the policy, who holds which role, and who may do it.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file.
    """
    found = found_workspace(workspace)
    tables = load_tables(found.policies_dir)
    return SwitchPlan(
        workspace=str(found.root),
        as_of=as_of,
        zone=found.settings.timezone,
        act=act,
        by=by,
        role=role,
        document=document,
        released=load_released(found),
        deputies=role_holders(found.allowed_signers_path, [each.value for each in OwnerRole], as_of, found.revoked_keys_path),
        roles=release_act_roles(tables, act),
        policy=release_policy(tables),
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
        gate_policy_digest=digest_bytes(gate_record(tables)),
    )


@contextmanager
def switching(plan: SwitchPlan, clock: Clock) -> Iterator[None]:
    """Reserve the system of the switch: nobody else switches or signs meanwhile, nor sets or ends a hold of it."""
    workspace = workspace_of(plan)
    if plan.is_rollback:
        named = {plan.document.system_id.strip()} & {one.entry.system_id for one in plan.released}
    else:
        named = {one.system_id for one in find_releases(plan.document.release, read_releases(workspace, clock))}
    with reserved(workspace, sorted(named), clock) if named else nullcontext():
        yield


@task
def append_switch_start(decision: SwitchDecision, known: SwitchKnown, clock: Clock) -> SwitchMade | None:
    """Record the start of a switch before anything is moved, with what serves until then where nobody had recorded it.

    Returns the start as it stands in the ledger: the one that is resumed or repeated where it is no new one. Safe to retry.

    Raises:
        LedgerError: a secret in the reason; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    aim = decision.aim
    if aim is None or decision.refusals:
        return None
    if not decision.events:
        return aim.resumed or aim.repeated
    stored = ledger_of(decision.plan, clock).append((*_unrecorded(decision.plan, aim, known.claims), *decision.events))
    (made,) = switches_of([(stored[-1].seq, json.loads(stored[-1].body))])
    return made


@task
def move_version(decision: SwitchDecision, made: SwitchMade | None, clock: Clock) -> Moved:
    """Move the aliases and read them back. Safe to retry: what names its version already is left alone.

    A run that was stopped for long may have lost its system: a start that somebody ended meanwhile moves nothing any more.

    Raises:
        VersionsUnavailableError: the registry does not answer (retried). The start is recorded: doing it again finishes it.
        ConfigurationError: the registry refused.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    aim = decision.aim
    if made is None or aim is None or made.ended_event or not decision.expected:
        return Moved()
    uri = workspace_of(decision.plan).mlflow_uri() or ""
    if (found := _as_it_stands(decision, made, clock)).ended_event:
        why = f"the switch was ended meanwhile, by event {found.ended_event}"
        return Moved(read_alias_versions(uri, aim.spec, decision.expected), why)
    return move_aliases(uri, aim.spec, decision.wanted, decision.expected)


@task
def write_tags(decision: SwitchDecision, made: SwitchMade | None, moved: Moved) -> None:
    """Write on the versions in MLflow why one serves, or that one was taken back; nothing where nothing was moved. Safe to retry.

    Raises:
        VersionsUnavailableError: the registry does not answer (retried).
        ConfigurationError: the registry refused.
    """
    aim = decision.aim
    if made is not None and aim is not None and not made.ended_event and read_back_of(aim.system, made, moved) == made.to_version:
        tag_versions(workspace_of(decision.plan).mlflow_uri() or "", aim.spec, decision.tags)


@task
def append_switch_end(
    decision: SwitchDecision, made: SwitchMade | None, moved: Moved, events: Iterable[Event], clock: Clock
) -> SwitchResult:
    """Record the end of a switch with what is in force by it, in one transaction; one that was ended before stays as it is.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried). Doing it again finishes it.
    """
    if made is None:
        return SwitchResult(decision)
    found = _as_it_stands(decision, made, clock)
    if not found.ended_event:
        ledger_of(decision.plan, clock).append(tuple(events))
        found = _as_it_stands(decision, made, clock)
    return SwitchResult(decision, found, moved.problem)


@task
def show_switch(result: SwitchResult) -> None:
    """Show what became of a switch among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    lines = switch_lines(result)
    text = "".join(f"    {visible(line)}\n" for line in lines)  # an indented block is shown as it is, whatever a reason holds
    show_outcome(f"release-{result.decision.plan.act}", visible(lines[0]), text, result.decision.refusals)


def switch_refusal(result: SwitchResult) -> str:
    """Return in one paragraph why a switch was not made: the message of its run's last state."""
    return visible(" ".join(line.strip() for line in switch_lines(result)), _MAX_MESSAGE_CHARS)


def _as_it_stands(decision: SwitchDecision, made: SwitchMade, clock: Clock) -> SwitchMade:
    """Return the switch as the ledger has it now."""
    events = ledger_of(decision.plan, clock).read_events(made.started_event - 1, (EventKind.SWITCH_STARTED, EventKind.SWITCH_ENDED))
    switches = switches_of((event.seq, json.loads(event.body)) for event in events)
    return next(one for one in switches if one.started_event == made.started_event)


def _unrecorded(plan: SwitchPlan, aim: Aim, claims: tuple[VersionClaim, ...]) -> tuple[Event, ...]:
    """Return what serves until the switch where the ledger does not say so: the history is not to begin with what came after."""
    if aim.spec.alias:
        readings = read_aliases(workspace_of(plan).mlflow_uri() or "", [aim.system.entry])
        ours = [one for one in readings if one.artifact == aim.artifact]
        return find_version_changes(ours, claims, plan.as_of, on_event=True)
    if any((one.system_id, one.artifact) == (aim.system_id, aim.artifact) for one in claims):
        return ()
    entry = replace(aim.system.entry, versions=(aim.spec,))
    return find_recorded_changes([entry], claims, plan.as_of)
