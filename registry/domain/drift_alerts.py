"""What watching predictions opened or asked for, as a feed of signals that this program makes itself.

Put here the feed and the form of its rows. What opens a condition and what is asked for is ``checks/retraining.py``; everything after
that, from reading the rows to opening an issue, is what happens to every feed.

The rules:
 * A system has the feed where its predictions are watched. All systems share one source, which is written for each run from the ledger's
   events: the same events give the same rows.
 * A condition is a signal of the window in which it opened, however long it stands; a request is a signal once.
 * One symptom is one issue: the drift of a system's data, that of its predictions, one problem of one column's data, one kind of loss of
   performance. A request belongs to the symptom that it is asked because of, else it is one of its own trigger.
 * The impact on customers is none: what changed is data and figures, and what that did to anybody is for people to say.
 * What was judged on a day is news of the day before, like all that a morning's run accounts for. It is taken for a month after: runs of
   triggers and of the triage keep no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from registry.domain.catalogue import FeedSpec, ImpactField, SourceSpec, SystemEntry, TimeField
from registry.domain.signal import CustomerImpact, Severity, SignalCategory
from registry.domain.times import format_instant, local_date, parse_instant, start_of_day
from registry.domain.triggers import TriggerKind

FEED = "drift_alert"
FILE_NAME = f"{FEED}.csv"
LATENESS_DAYS = 31

DATA_DRIFT, PREDICTION_DRIFT = "data drift", "prediction drift"
_HEADER = ["id", "system", "occurred_at", "received_at", "condition", "window", "request", "evidence", "record"]
_MOMENT = timedelta(microseconds=1)
_SHORT = 19  # enough of a request's id to name it
_TRIGGERS = {"drift": TriggerKind.DATA_DRIFT, "performance": TriggerKind.PERFORMANCE_DROP}
# Which trigger a request is filed under where several ask for it: a loss says more than what may have caused it.
_LEADING = (
    TriggerKind.PERFORMANCE_DROP,
    TriggerKind.QUALITY_DROP,
    TriggerKind.DATA_DRIFT,
    TriggerKind.INCIDENTS,
    TriggerKind.POLICY_CHANGE,
    TriggerKind.NEW_LABELS,
    TriggerKind.SCHEDULE,
)


@dataclass(frozen=True, slots=True)
class DriftAlert:
    """One condition that opened, or one request: ``symptom`` is what its issue is called, ``request_id`` empty for a condition.

    ``record`` says where the decision is sealed. The window is ``[start_on, end_on)`` in the system's zone.
    """

    alert_id: str
    system_id: str
    symptom: str
    start_on: date
    end_on: date
    judged_at: datetime
    evidence: str
    record: str
    request_id: str = ""


def is_drift_feed(feed: FeedSpec) -> bool:
    """Return whether this is the feed that is made here."""
    return feed.built_in and feed.name == FEED


def with_drift_alerts(system: SystemEntry) -> SystemEntry:
    """Return a system whose predictions are watched, with the feed of its alerts."""
    return replace(system, feeds=(*system.feeds, _feed(system.system_id)))


def symptom_of(condition: str, scores: Iterable[str] = ()) -> str:
    """Return what the issue of a condition is called; ``scores`` are the system's columns of predictions.

    >>> symptom_of("data_quality|emp_length|unseen_level"), symptom_of("performance|calibration|term=60")
    ('data quality of emp_length: unseen level', 'performance: calibration')
    >>> symptom_of("drift|term"), symptom_of("drift|pd", ["pd"])
    ('data drift', 'prediction drift')
    """
    kind, _, rest = condition.partition("|")
    if kind == "drift":
        return PREDICTION_DRIFT if rest.split("|")[0] in set(scores) else DATA_DRIFT
    if kind == "data_quality":
        column, _, problem = rest.rpartition("|")
        return f"data quality of {column}: {_words(problem)}"
    return f"{_words(kind)}: {_words(rest.split('|')[0])}"


def alerts_of(seq: int, envelope: Mapping[str, Any], scores: Iterable[str] = ()) -> Iterator[DriftAlert]:
    """Yield what an evaluation of triggers opened and asked for, given its number and stored envelope."""
    data, columns = envelope["data"], frozenset(scores)
    start_on, end_on = (date.fromisoformat(data["window"][name]) for name in ("start_on", "end_on"))
    base = DriftAlert("", envelope["system"], "", start_on, end_on, parse_instant(envelope["as_of"]), "", _record(seq, data))
    for condition in data["opened"]:
        symptom = symptom_of(condition, columns)
        evidence = f"{condition} opened{_asks(condition, data['requests'])}"
        yield replace(base, alert_id=f"{condition} by event {seq}", symptom=symptom, evidence=evidence)
    for request in data["requests"]:
        symptom = _asked_because(request, data, columns)
        evidence = f"{_words(request['action'])} is asked for with the data of {request['data_from']} to {request['data_to']}"
        yield replace(base, alert_id=request["request_id"], symptom=symptom, evidence=evidence, request_id=request["request_id"])


def drift_alert_rows(zones: Mapping[str, str], alerts: Iterable[DriftAlert]) -> list[list[str]]:
    """Return the rows of the source, the header first; ``zones`` are those of the watched systems."""
    return [_HEADER, *(_row(alert, zones[alert.system_id]) for alert in alerts if alert.system_id in zones)]


def _row(alert: DriftAlert, zone: str) -> list[str]:
    window = f"{alert.start_on} to {alert.end_on}"
    occurred = start_of_day(alert.end_on, zone) - _MOMENT
    received = start_of_day(local_date(alert.judged_at, zone), zone) - _MOMENT
    told = f"window {window}: {alert.evidence}"
    instants = [format_instant(min(occurred, received)), format_instant(received)]
    return [alert.alert_id, alert.system_id, *instants, alert.symptom, window, alert.request_id, told, alert.record]


def _record(seq: int, data: Mapping[str, Any]) -> str:
    return f"event {seq}, {data['record']} of package {data['bundle_digest']}"


def _asks(condition: str, requests: Iterable[Mapping[str, Any]]) -> str:
    """Return which requests of the same decision its kind of condition led to."""
    trigger = _TRIGGERS.get(condition.partition("|")[0])
    asked = [one for one in requests if trigger in one["triggers"]]
    return "".join(f"; because of it request {one['request_id'][:_SHORT]} asks to {_words(one['action'])}" for one in asked)


def _asked_because(request: Mapping[str, Any], data: Mapping[str, Any], scores: frozenset[str]) -> str:
    leading = min((TriggerKind(kind) for kind in request["triggers"]), key=_LEADING.index)
    known = [symptom_of(condition, scores) for condition in (*data["opened"], *data["conditions"])]
    if leading is TriggerKind.PERFORMANCE_DROP:
        return next((symptom for symptom in known if symptom.startswith("performance: ")), "performance")
    if leading is TriggerKind.DATA_DRIFT:
        return PREDICTION_DRIFT if PREDICTION_DRIFT in known and DATA_DRIFT not in known else DATA_DRIFT
    return f"{_words(request['action'])}: {_words(leading)}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _feed(system_id: str) -> FeedSpec:
    return FeedSpec(
        name=FEED,
        category=SignalCategory.DRIFT_ALERT,
        source=SourceSpec(FEED, path=FILE_NAME),
        signal_id="id",
        occurred_at=TimeField("occurred_at"),
        received_at=TimeField("received_at"),
        impact=ImpactField(constant=CustomerImpact.NONE),
        where=f"\"system\" = '{system_id}'",
        segment={"window": "window", "request": "request"},
        source_evidence=("evidence", "record"),
        fingerprint=("condition",),
        opens_each=True,
        each_min_severity=Severity.L1,
        allowed_lateness_days=LATENESS_DAYS,
        built_in=True,
    )
