"""The ledger's side of the retraining triggers: what a run is about, what is known of its systems, and what it writes.

Put tasks here that load the plan of a run, read the history of its systems or record it. Reading predictions is ``tasks/profiles.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.catalogue.loader import load_monitored
from registry.domain.events import EventKind
from registry.domain.monitoring import MonitoredSystem
from registry.domain.times import format_instant, local_date
from registry.domain.trigger_folding import HISTORY_KINDS, fold_histories
from registry.domain.trigger_run import (
    FrozenReference,
    SystemDay,
    SystemKnown,
    TriggerPlan,
    TriggersDay,
    TriggerWrite,
    frozen_of,
    standing_of,
)
from registry.domain.triggers import TriggerHistory
from registry.errors import ConfigurationError, LedgerError
from registry.policies.loader import load_tables
from registry.policies.triggers import trigger_policies
from registry.records import read_triggers_day
from registry.settings import find_workspace
from tasks.engine import task
from tasks.ledger import TRIGGERS, Clock, ledger_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of the systems of a run, up to the event ``head``."""

    head: int
    systems: tuple[SystemKnown, ...]


@task
def load_trigger_plan(workspace: str, systems: tuple[str, ...], as_of: datetime, observed_at: datetime) -> TriggerPlan:
    """Return the plan of one run; ``workspace`` and ``systems`` may be empty for the one found from here and for all that are watched.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a system that is not watched.
    """
    found = find_workspace(Path.cwd(), Path(workspace) if workspace else None, os.environ)
    zone = found.settings.timezone
    business_date = local_date(as_of, zone)
    if business_date > local_date(observed_at, zone):
        told = f"as_of {as_of:%Y-%m-%d %H:%M} UTC: expected a day that has begun in {zone}, found a later one; wait for it"
        raise ConfigurationError([told])
    tables = load_tables(found.policies_dir)
    return TriggerPlan(
        workspace=str(found.root),
        as_of=as_of,
        observed_at=observed_at,
        business_date=business_date,
        zone=zone,
        systems=_chosen(load_monitored(found), systems),
        policies=trigger_policies(tables),
        policy_tables=tables.trigger_record,
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
    )


def _chosen(watched: tuple[MonitoredSystem, ...], wanted: tuple[str, ...]) -> tuple[MonitoredSystem, ...]:
    known = {system.entry.system_id: system for system in watched}
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        fix = "see systems/, and add predictions and monitoring to watch one"
        raise ConfigurationError([f"system {name!r}: expected a watched system ({names}), found another; {fix}" for name in unknown])
    return tuple(known[name] for name in sorted(wanted or known))


@task
def read_known(plan: TriggerPlan, clock: Clock) -> Known:
    """Return what the ledger knows of the plan's systems, and up to which event: read again just before judging.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger, ours = ledger_of(plan, clock), frozenset(plan.system_ids)
    head = ledger.head().seq
    frozen: dict[str, FrozenReference] = {}
    standing: dict[str, SystemDay] = {}

    def events() -> Iterator[tuple[int, dict[str, Any]]]:
        for event in ledger.read_events(0, HISTORY_KINDS):
            envelope = json.loads(event.body)
            if event.seq <= head and envelope["system"] in ours:
                _note(event.seq, envelope, frozen, standing)
                yield event.seq, envelope

    histories = fold_histories(plan.systems, events(), plan.policies, plan.as_of)
    return Known(head, tuple(_known(system, histories, head, frozen, standing) for system in plan.systems))


@task
def append_triggers(plan: TriggerPlan, write: TriggerWrite, clock: Clock) -> bool:
    """Write the run into the ledger in one transaction; False where it was there. Safe to retry: a recorded run writes nothing.

    Raises:
        LeaseLostError: another run took over; its result stands.
        StaleIssueError: the ledger moved on since it was read; decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.triggers import record_triggers  # brings SQLAlchemy

    return record_triggers(ledger_of(plan, clock), write)


@task
def read_recorded_run(plan: TriggerPlan, clock: Clock) -> tuple[tuple[TriggersDay, str], ...]:
    """Return what earlier runs of this date decided, each with the digest of its package (empty where nothing had to be sealed).

    Raises:
        LedgerError: the lease says done, and the result is not there.
    """
    ledger = ledger_of(plan, clock)
    found = dict.fromkeys(ledger.read_result(TRIGGERS, system_id, plan.business_date) or b"" for system_id in plan.system_ids)
    if b"" in found:
        raise LedgerError(f"{plan.business_date}: expected the result of the run that completed it, found none; run `evidence verify`")
    return tuple((day, _package_of(ledger, day)) for day in map(read_triggers_day, found))


def _package_of(ledger: Ledger, day: TriggersDay) -> str:
    """Return the package that the events of a run cite."""
    if not day.frozen and not any(one.record for one in day.days):
        return ""
    for event in ledger.read_events(day.knowledge_cut.events, (EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN)):
        envelope = json.loads(event.body)
        if envelope["as_of"] == format_instant(day.as_of) and envelope["system"] in day.systems:
            return str(envelope["data"]["bundle_digest"])
    return ""


def _note(seq: int, envelope: dict[str, Any], frozen: dict[str, FrozenReference], standing: dict[str, SystemDay]) -> None:
    """Keep the newest reference of a system, and what its newest window left standing."""
    if envelope["kind"] == EventKind.REFERENCE_FROZEN:
        new, first = frozen_of(seq, envelope), frozen.get(envelope["system"])
        frozen[new.system_id] = replace(new, labels_from=first.labels_from if first else new.reference_from)
    elif envelope["kind"] == EventKind.TRIGGERS_EVALUATED:
        found, before = standing_of(envelope), standing.get(envelope["system"])
        if before is None or before.window is None or (found.window is not None and found.window >= before.window):
            standing[envelope["system"]] = found


def _known(
    system: MonitoredSystem,
    histories: dict[str, TriggerHistory],
    head: int,
    frozen: dict[str, FrozenReference],
    standing: dict[str, SystemDay],
) -> SystemKnown:
    system_id = system.entry.system_id
    return SystemKnown(system, replace(histories[system_id], events=head), frozen.get(system_id), standing.get(system_id))
