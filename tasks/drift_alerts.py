"""Reading what watching predictions opened and asked for, and keeping it as a source of signals for one run.

Put tasks of the built-in feed of drift alerts here; judging triggers is not among them.
"""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

from registry.catalogue.loader import load_monitored
from registry.domain.drift_alerts import FEED, FILE_NAME, LATENESS_DAYS, DriftAlert, alerts_of, drift_alert_rows, is_drift_feed
from registry.domain.events import EventKind
from registry.domain.times import parse_instant
from registry.domain.triage_run import TriagePlan
from registry.evidence.files import storage_errors
from tasks.engine import task
from tasks.evidence import spool_of
from tasks.ledger import Clock, ledger_of
from tasks.workspace import workspace_of

# A business date is that of the system's zone, which may be a day off the workspace's.
_ZONES_APART = timedelta(days=2)


@task
def read_drift_alerts(plan: TriagePlan, clock: Clock) -> tuple[DriftAlert, ...]:
    """Return what was opened and asked for of the plan's systems by ``as_of``, since the feed was last read and its lateness before.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    watched = _zones(plan)
    if not watched:
        return ()
    ledger = ledger_of(plan, clock)
    last_read = ledger.read_last_read({(system_id, FEED) for system_id in watched}, plan.business_date)
    since = min((*last_read.values(), plan.business_date)) - timedelta(days=LATENESS_DAYS) - _ZONES_APART
    events = ledger.read_decisions(EventKind.TRIGGERS_EVALUATED, since, plan.business_date + _ZONES_APART)
    told = [(event.seq, json.loads(event.body)) for event in events]
    ours = [(seq, told) for seq, told in told if told["system"] in watched and parse_instant(told["as_of"]) <= plan.as_of]
    scores = _scores(plan) if ours else {}
    return tuple(alert for seq, envelope in ours for alert in alerts_of(seq, envelope, scores.get(envelope["system"], ())))


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


def _zones(plan: TriagePlan) -> dict[str, str]:
    """Return the zones of the plan's systems that have the feed."""
    return {system.system_id: system.timezone for system in plan.systems if any(map(is_drift_feed, system.feeds))}


def _scores(plan: TriagePlan) -> dict[str, tuple[str, ...]]:
    return {one.entry.system_id: (one.predictions.score,) for one in load_monitored(workspace_of(plan)) if one.predictions.score}
