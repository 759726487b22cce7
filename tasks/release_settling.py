"""Switches without an end, as a daily run finds them: read beside MLflow, and ended where nothing but the record is missing.

Put tasks here that serve what a run was cut off from. Their rules are ``checks/release_unfinished.py``; MLflow is only read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

from registry.catalogue.loader import load_released
from registry.domain.events import EventKind
from registry.domain.release import ReleasedSystem
from registry.domain.release_history import switches_of
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import Moved, OpenSwitch, Settled, read_back_of, spec_of
from registry.domain.triage_run import TriagePlan
from registry.errors import ConfigurationError, UnavailableError
from registry.versions.pinned import pin_registered
from registry.versions.promotion import read_alias_versions, read_tags
from tasks.engine import is_last_attempt, task
from tasks.ledger import Clock, ledger_of
from tasks.preservation import reserved
from tasks.workspace import workspace_of

_PRESENT = timedelta(days=1)
_KINDS = (EventKind.SWITCH_STARTED, EventKind.SWITCH_ENDED)


@contextmanager
def settling(plan: TriagePlan, clock: Clock) -> Iterator[None]:
    """Reserve the systems with a switch without an end: one that is under way ends by itself, and then there is none."""
    systems = {one.system_id for one in _open(plan, clock)}
    with reserved(workspace_of(plan), sorted(systems), clock) if systems and not plan.is_preview else nullcontext():
        yield


@task
def read_open_switches(plan: TriagePlan, clock: Clock) -> tuple[OpenSwitch, ...]:
    """Return every switch of the plan's systems without an end, beside what MLflow says now; a run over the past finds none.

    Raises:
        VersionsUnavailableError: the registry does not answer (retried; in the end it is told of each, as is a refusal).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if not (opened := _open(plan, clock)):
        return ()
    released = {one.entry.system_id: one for one in load_released(workspace_of(plan))}
    return tuple(_read(plan, made, released.get(made.system_id)) for made in opened)


@task
def append_settled(plan: TriagePlan, settled: Settled, clock: Clock) -> None:
    """Record the ends. Safe to retry: an end that is there is not recorded again.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if settled.events and not plan.is_preview:
        ledger_of(plan, clock).append(settled.events)


def _open(plan: TriagePlan, clock: Clock) -> tuple[SwitchMade, ...]:
    if plan.observed_at - plan.as_of > _PRESENT:
        return ()
    switches = switches_of((event.seq, json.loads(event.body)) for event in ledger_of(plan, clock).read_events(0, _KINDS))
    return tuple(one for one in switches if not one.ended_event and one.system_id in plan.system_ids)


def _read(plan: TriagePlan, made: SwitchMade, system: ReleasedSystem | None) -> OpenSwitch:
    if system is None or system.release.artifact != made.artifact or not spec_of(system).alias:
        return OpenSwitch(made, system if system and system.release.artifact == made.artifact else None)
    try:
        return _beside_mlflow(workspace_of(plan).mlflow_uri() or "", made, system)
    except UnavailableError as error:
        if not is_last_attempt():
            raise
        return OpenSwitch(made, system, problem=str(error))
    except ConfigurationError as error:  # of one switch: what else a day has to judge does not wait for it
        return OpenSwitch(made, system, problem=str(error))


def _beside_mlflow(uri: str, made: SwitchMade, system: ReleasedSystem) -> OpenSwitch:
    spec = spec_of(system)
    moved = Moved(read_alias_versions(uri, spec, (spec.alias, system.release.canary_alias)))
    named = read_back_of(system, made, moved)
    digest = pin_registered(uri, spec, named).digest if named else ""
    tagged = made.from_version if made.is_rollback else made.to_version
    tags = read_tags(uri, spec, tagged) if tagged and named == made.to_version else {}
    return OpenSwitch(made, system, moved, digest, tags)
