"""What the recurrence monitoring asks of the ledger, and what it writes.

Put queries here that only windows after a fix need: every signal of a symptom, also through an issue of the same cause, and what was judged
of it before. Whether a signal counts against a fix is ``checks/recurrence_inputs.py``.

 * The signals of an issue are those that hang on it and every other of its fingerprint, without synthetic ones.
 * A signal counts as known from the business date of the run that observed it, and since the event with which that run told of it.
 * Its only pointer to evidence may name the decision that it is about; whether it does is for the catalogue to say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from registry.domain.closing import is_answer
from registry.domain.events import EventKind
from registry.domain.issue import Issue
from registry.domain.recorded_signal import seen_as_recorded
from registry.domain.recurrence import Indicator, IndicatorKind, Light, Seen
from registry.domain.recurrence_run import RecurrenceWrite
from registry.ledger.codec import envelope_of
from registry.ledger.engine import reading
from registry.ledger.runs import RunWrite, record_run
from registry.ledger.store import Ledger
from registry.ledger.tables import EVENT, ISSUE, ISSUE_SIGNAL, SIGNAL

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """What the ledger has of some issues: their signals, when their first level began, and when their review had an answer last.

    ``systems_of`` are the systems of the issues that have the same cause as one of them.
    """

    seen: Mapping[str, tuple[Seen, ...]]
    began_on: Mapping[str, date]
    reviewed_on: Mapping[str, date]
    systems_of: Mapping[str, str]


def record_recurrence(ledger: Ledger, write: RecurrenceWrite) -> bool:
    """Write everything one run decided, or nothing; return and errors as ``record_run``."""
    systems = tuple(sorted({lease.system_id for lease in write.leases}))
    known = ((write.known_events, systems),)
    return record_run(
        ledger, RunWrite("a run of the recurrence monitoring", write.leases, known, write.events, write.publications, write.result)
    )


def read_watched(ledger: Ledger, issues: Sequence[Issue], before: date, until: int) -> Watched:
    """Return what is known of ``issues`` from runs up to the business date ``before``, and from events up to ``until``."""
    with reading(ledger.engine) as connection:
        links = _same_causes(connection, {issue.issue_id for issue in issues}, until)
        symptoms = {issue.issue_id: (issue.system_id, issue.fingerprint) for issue in issues}
        symptoms |= _symptoms(connection, {other for others in links.values() for other in others})
        signals = _signals(connection, symptoms, before)
        return Watched(
            seen={issue.issue_id: tuple(_seen(issue.issue_id, links, signals)) for issue in issues},
            began_on=dict(_beginnings(connection, issues, until)),
            reviewed_on=_reviews(connection, issues, until),
            systems_of={other: symptoms[other][0] for others in links.values() for other in others},
        )


def read_everything_seen(ledger: Ledger, issues: Sequence[Issue]) -> dict[str, tuple[Seen, ...]]:
    """Return the signals of each issue, and of the same cause, that any run observed up to now: what its closure is judged from."""
    return dict(read_watched(ledger, issues, date.max, sys.maxsize).seen)


def read_lights(
    ledger: Ledger, systems: Collection[str], start_on: date, end_on: date, until: int
) -> dict[tuple[str, date], tuple[Indicator, ...]]:
    """Return the indicators by system and the day they are about, as runs of business dates in ``[start_on, end_on)`` recorded them."""
    found = {}
    for event in ledger.read_decisions(EventKind.INDICATORS_READ, start_on, end_on, systems):
        envelope = envelope_of(event.body)
        about = date.fromisoformat(envelope["business_date"]) - timedelta(days=1)
        if event.seq <= until:
            found[envelope["system"], about] = tuple(_indicator(envelope["system"], one) for one in envelope["data"]["indicators"])
    return found


def _indicator(system_id: str, told: Mapping[str, Any]) -> Indicator:
    value, limit = (None if told[name] is None else float(told[name]) for name in ("value", "limit"))
    kind, light = IndicatorKind(told["kind"]), Light(told["light"])
    return Indicator(kind, system_id, light, told["reason"], value, limit, told["n"], told["is_missing"])


def _same_causes(connection: Connection, wanted: Collection[str], until: int) -> dict[str, list[str]]:
    """Return, for each of ``wanted``, the other issues whose signals count as occurrences of it, also by way of one between."""
    linked: dict[str, list[str]] = {}
    for envelope in _events(connection, EventKind.SAME_CAUSE_RECORDED, EVENT.c.seq <= until):
        linked.setdefault(envelope["data"]["document"]["issue"], []).append(envelope["issue"])
    found = {issue_id: _reached(issue_id, linked) for issue_id in sorted(wanted)}
    return {issue_id: others for issue_id, others in found.items() if others}


def _reached(issue_id: str, linked: Mapping[str, Sequence[str]]) -> list[str]:
    reached = [issue_id]
    for name in reached:
        reached += [other for other in dict.fromkeys(linked.get(name, ())) if other not in reached]
    return reached[1:]


def _symptoms(connection: Connection, issue_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    rows = connection.execute(select(ISSUE).where(ISSUE.c.issue_id.in_(sorted(issue_ids))))
    return {row.issue_id: (row.system_id, row.fingerprint) for row in rows}


def _signals(connection: Connection, symptoms: Mapping[str, tuple[str, str]], before: date) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the signals of each issue by their keys."""
    found: dict[str, dict[str, dict[str, Any]]] = {issue_id: {} for issue_id in symptoms}
    bodies = (SIGNAL.c.observed_on <= before, SIGNAL.c.synthetic == 0)
    owners: dict[tuple[str, str], list[str]] = {}
    for issue_id, symptom in symptoms.items():
        owners.setdefault(symptom, []).append(issue_id)
    columns = (SIGNAL.c.system_id, SIGNAL.c.fingerprint, SIGNAL.c.key, SIGNAL.c.observed_on, SIGNAL.c.body)
    told = _told_with(connection, {system_id for system_id, _ in owners}, before)
    for system_id in sorted({system_id for system_id, _ in owners}):  # one pass over a system's signals, however many symptoms
        for chunk in _chunks(fingerprint for owner, fingerprint in owners if owner == system_id):
            chosen = select(*columns).where(SIGNAL.c.system_id == system_id, SIGNAL.c.fingerprint.in_(chunk), *bodies)
            for row in connection.execute(chosen):
                for issue_id in owners[row.system_id, row.fingerprint]:
                    found[issue_id][row.key] = _body(row, told)
    joined = select(ISSUE_SIGNAL.c.issue_id, *columns).join(SIGNAL, SIGNAL.c.key == ISSUE_SIGNAL.c.signal_key)
    for chunk in _chunks(found):
        for row in connection.execute(joined.where(ISSUE_SIGNAL.c.issue_id.in_(chunk), *bodies)):
            found[row.issue_id].setdefault(row.key, _body(row, told))
    return found


def _told_with(connection: Connection, systems: Collection[str], before: date) -> dict[tuple[str, date], int]:
    """Return the last event by which a system's run of each business date told of new signals; all of them are one transaction's."""
    of_kind = (EVENT.c.kind == EventKind.SIGNALS_OBSERVED.value, EVENT.c.business_date <= before, EVENT.c.system_id.in_(sorted(systems)))
    query = select(EVENT.c.system_id, EVENT.c.business_date, func.max(EVENT.c.seq).label("seq")).where(*of_kind)
    rows = connection.execute(query.group_by(EVENT.c.system_id, EVENT.c.business_date))
    return {(row.system_id, row.business_date): row.seq for row in rows}


def _body(row: Row[Any], told: Mapping[tuple[str, date], int]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(row.body)
    return body | {"known_seq": told[row.system_id, row.observed_on]}


def _seen(issue_id: str, links: Mapping[str, Sequence[str]], signals: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Seen]:
    """Yield an issue's own signals, then those of the same cause, each in the order of its decision."""
    taken: set[str] = set()
    for owner in (issue_id, *links.get(issue_id, ())):
        for signal in sorted(signals[owner].values(), key=lambda one: (one["occurred_at"], one["key"])):
            if signal["key"] not in taken:
                taken.add(signal["key"])
                yield seen_as_recorded(signal, signal["known_seq"], "" if owner == issue_id else owner)


def _beginnings(connection: Connection, issues: Sequence[Issue], until: int) -> Iterator[tuple[str, date]]:
    """Yield the first day of the level at which each issue was opened first, where a rise opened it."""
    for envelope in _of_issues(connection, EventKind.ISSUE_OPENED, issues, until):
        since = envelope["data"].get("level_since_on")
        if since:
            yield envelope["issue"], date.fromisoformat(since) - timedelta(days=int(envelope["data"]["level_window_days"]))


def _reviews(connection: Connection, issues: Sequence[Issue], until: int) -> dict[str, date]:
    found = {}
    for envelope in _of_issues(connection, EventKind.WINDOW_JUDGED, issues, until):
        if is_answer(envelope["data"]):
            found[envelope["issue"]] = date.fromisoformat(envelope["business_date"])
    return found


def _of_issues(connection: Connection, kind: EventKind, issues: Sequence[Issue], until: int) -> Iterator[dict[str, Any]]:
    for chunk in _chunks(issue.issue_id for issue in issues):
        yield from _events(connection, kind, (EVENT.c.seq <= until) & EVENT.c.issue_id.in_(chunk))


def _events(connection: Connection, kind: EventKind, which: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    query = select(EVENT.c.body).where(EVENT.c.kind == kind.value, which).order_by(EVENT.c.seq)
    return (envelope_of(body) for body in connection.execute(query).scalars())


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(names)
    return (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
