"""Reading what watching predictions opened and asked for, and keeping it as a source of signals for one run.

Put tasks of the built-in feed of drift alerts here; judging triggers is not among them.

 * An evaluation bears the date of its window's end, not of its run: a run that makes up for missed windows judges old ones. So the
   ledger is asked for windows as far back as a run may reach, of each system by itself, and not for all that ever was.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from registry.catalogue.loader import load_monitored
from registry.domain.drift_alerts import FEED, FILE_NAME, LATENESS_DAYS, DriftAlert, alerts_of, drift_alert_rows, is_drift_feed
from registry.domain.events import EventKind, StoredEvent
from registry.domain.monitoring import MonitoredSystem, WindowKind
from registry.domain.policy_triggers import RequestPolicy
from registry.domain.times import parse_instant
from registry.domain.triage_run import TriagePlan
from registry.evidence.files import storage_errors
from registry.policies.triggers import load_trigger_policies
from tasks.engine import task
from tasks.evidence import spool_of
from tasks.ledger import Clock, ledger_of
from tasks.workspace import workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

# A system's date may be a day off the workspace's; a window that ends today is not judged before tomorrow.
_SLACK = timedelta(days=3)
_LONGEST_DAYS = {WindowKind.DAY: 1, WindowKind.WEEK: 7, WindowKind.MONTH: 31}


@task
def read_drift_alerts(plan: TriagePlan, clock: Clock) -> tuple[DriftAlert, ...]:
    """Return what was opened and asked for of the plan's systems by ``as_of``, as far back as the feed still takes it.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    zones = _zones(plan)
    if not zones:
        return ()
    workspace, ledger = workspace_of(plan), ledger_of(plan, clock)
    watched = [one for one in load_monitored(workspace) if one.entry.system_id in zones]
    limits = load_trigger_policies(workspace.policies_dir).requests
    scores = {one.entry.system_id: (one.predictions.score,) for one in watched}
    told = ((event.seq, json.loads(event.body)) for event in _evaluations(plan, ledger, watched, limits))
    known = sorted(((seq, envelope) for seq, envelope in told if parse_instant(envelope["as_of"]) <= plan.as_of), key=_number)
    return tuple(alert for seq, envelope in known for alert in alerts_of(seq, envelope, scores[envelope["system"]]))


@task
def write_drift_alerts(plan: TriagePlan, alerts: tuple[DriftAlert, ...]) -> None:
    """Write the source of the built-in feed into the run's spool. Safe to retry: the same alerts give the same file.

    Raises:
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    zones = _zones(plan)
    if not zones:
        return
    spool = Path(spool_of(plan))
    with storage_errors(f"spool {spool}"):
        spool.mkdir(parents=True, exist_ok=True)
        with (spool / FILE_NAME).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(drift_alert_rows(zones, alerts))


def _evaluations(plan: TriagePlan, ledger: Ledger, watched: list[MonitoredSystem], limits: RequestPolicy) -> Iterator[StoredEvent]:
    last_read = ledger.read_last_read({(one.entry.system_id, FEED) for one in watched}, plan.business_date)
    asked: dict[date, list[str]] = {}
    for one in watched:
        read_until = last_read.get((one.entry.system_id, FEED), plan.business_date)
        asked.setdefault(read_until - _reach(one, limits), []).append(one.entry.system_id)
    for since, system_ids in asked.items():
        yield from ledger.read_decisions(EventKind.TRIGGERS_EVALUATED, since, plan.business_date + _SLACK, system_ids)


def _reach(one: MonitoredSystem, limits: RequestPolicy) -> timedelta:
    """Return how long before a day a window may have ended that is a signal of it."""
    missed = (limits.catch_up_windows + 2) * _LONGEST_DAYS[one.monitoring.window]
    return timedelta(days=LATENESS_DAYS + missed + one.monitoring.lateness_days(limits.allowed_lateness_days)) + _SLACK


def _zones(plan: TriagePlan) -> dict[str, str]:
    """Return the zones of the plan's systems that have the feed."""
    return {system.system_id: system.timezone for system in plan.systems if any(map(is_drift_feed, system.feeds))}


def _number(told: tuple[int, object]) -> int:
    return told[0]
