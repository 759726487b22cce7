"""What the ledger tells: every question a decision or a page asks of it.

Put queries here; each returns domain values in one fixed order, so that the same ledger gives the same answer on every backend.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from registry.domain.cases import CASE_KINDS, cases_of
from registry.domain.catalogue import VersionInForce
from registry.domain.events import EventKind, StoredEvent
from registry.domain.feed import FeedStatus
from registry.domain.history import DailyCount
from registry.domain.issue import Issue
from registry.domain.versions import VersionClaim, claim_of, versions_in_force
from registry.domain.work import Case
from registry.ledger.appending import Head
from registry.ledger.codec import RecordedFeedDay, envelope_of, issue_of, recorded_feed_day, stored_event
from registry.ledger.tables import EVENT, FEED_DAY, ISSUE, ISSUE_SIGNAL, LOG_HEAD, QUARANTINE, SIGNAL, SIGNAL_COUNT, VERSION_IN_FORCE

_CHUNK = 500
_PAGE = 2_000


def head(connection: Connection) -> Head:
    """Return the end of the chain."""
    row = connection.execute(select(LOG_HEAD)).one()
    return Head(row.seq, row.hash)


def known_signals(connection: Connection, system_id: str, feed: str, start_on: date, end_on: date) -> dict[str, str]:
    """Return key and content digest of the feed's signals received on days in ``[start_on, end_on)``."""
    query = select(SIGNAL.c.key, SIGNAL.c.content_digest).where(SIGNAL.c.system_id == system_id, SIGNAL.c.feed == feed)
    rows = connection.execute(query.where(SIGNAL.c.business_date >= start_on, SIGNAL.c.business_date < end_on))
    return {row.key: row.content_digest for row in rows}


def content_digests(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return the content digest of each of ``keys`` that the ledger has, whenever it was received."""
    wanted = sorted(set(keys))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        chosen = SIGNAL.c.key.in_(wanted[start : start + _CHUNK])
        rows = connection.execute(select(SIGNAL.c.key, SIGNAL.c.content_digest).where(chosen))
        found |= {row.key: row.content_digest for row in rows}
    return found


def daily_counts(connection: Connection, start_on: date, end_on: date, system_ids: Collection[str] | None) -> tuple[DailyCount, ...]:
    """Return counts by system, feed, fingerprint, day of receipt, channel and ``pre_fix`` for days in ``[start_on, end_on)``.

    Synthetic signals are never counted.
    """
    table = SIGNAL_COUNT.c
    order = (table.system_id, table.feed, table.fingerprint, table.received_on, table.channel, table.pre_fix)
    query = select(*order, table["count"]).where(table.received_on >= start_on, table.received_on < end_on).order_by(*order)
    rows = connection.execute(_of_systems(query, table.system_id, system_ids))
    return tuple(
        DailyCount(system_id, feed, fingerprint, on, channel, count, bool(pre_fix))
        for system_id, feed, fingerprint, on, channel, pre_fix, count in rows
    )


def feed_days(connection: Connection, start_on: date, end_on: date, system_ids: Collection[str] | None) -> tuple[RecordedFeedDay, ...]:
    """Return what each feed delivered on business dates in ``[start_on, end_on)``, by date, system and feed."""
    query = select(FEED_DAY).where(FEED_DAY.c.business_date >= start_on, FEED_DAY.c.business_date < end_on)
    query = query.order_by(FEED_DAY.c.business_date, FEED_DAY.c.system_id, FEED_DAY.c.feed)
    return tuple(recorded_feed_day(row) for row in connection.execute(_of_systems(query, FEED_DAY.c.system_id, system_ids)))


def issues(connection: Connection, system_ids: Collection[str] | None) -> tuple[Issue, ...]:
    """Return every issue, closed ones too, by id."""
    query = _of_systems(select(ISSUE).order_by(ISSUE.c.issue_id), ISSUE.c.system_id, system_ids)
    return tuple(issue_of(row) for row in connection.execute(query))


def issue_signals(connection: Connection, issue_id: str) -> tuple[tuple[str, str], ...]:
    """Return relation and body of each signal on an issue, by signal key."""
    query = select(ISSUE_SIGNAL.c.relation, SIGNAL.c.body).join(SIGNAL, SIGNAL.c.key == ISSUE_SIGNAL.c.signal_key)
    rows = connection.execute(query.where(ISSUE_SIGNAL.c.issue_id == issue_id).order_by(SIGNAL.c.key))
    return tuple((row.relation, row.body) for row in rows)


def fingerprint_signals(connection: Connection, system_id: str, fingerprint: str) -> tuple[tuple[date, str], ...]:
    """Return the business date of the run that observed it, and the body, of each signal of a symptom, by signal key."""
    query = select(SIGNAL.c.observed_on, SIGNAL.c.body).where(SIGNAL.c.system_id == system_id, SIGNAL.c.fingerprint == fingerprint)
    return tuple((row.observed_on, row.body) for row in connection.execute(query.order_by(SIGNAL.c.key)))


def events_of_issue(connection: Connection, issue_id: str) -> tuple[StoredEvent, ...]:
    """Return the events of an issue in order."""
    query = select(EVENT).where(EVENT.c.issue_id == issue_id, EVENT.c.issue_id != "").order_by(EVENT.c.seq)
    return tuple(stored_event(row) for row in connection.execute(query))


def cases(connection: Connection, system_ids: Collection[str], until: int) -> tuple[Case, ...]:
    """Return what people did on the issues of these systems up to event ``until``, by issue id; issues nobody touched are left out."""
    kinds = sorted(kind.value for kind in CASE_KINDS)
    query = select(EVENT.c.seq, EVENT.c.body).where(EVENT.c.kind.in_(kinds), EVENT.c.issue_id != "", EVENT.c.seq <= until)
    rows = connection.execute(_of_systems(query, EVENT.c.system_id, system_ids).order_by(EVENT.c.seq))
    return cases_of(issues(connection, system_ids), ((row.seq, json.loads(row.body)) for row in rows))


def events_after(connection: Connection, after_seq: int, kinds: Collection[EventKind] = ()) -> Iterator[StoredEvent]:
    """Yield the events after ``after_seq`` in order, of some kinds or of all, a page in memory at a time."""
    while True:
        query = select(EVENT).where(EVENT.c.seq > after_seq).order_by(EVENT.c.seq).limit(_PAGE)
        if kinds:
            query = query.where(EVENT.c.kind.in_([kind.value for kind in kinds]))
        page = [stored_event(row) for row in connection.execute(query)]
        yield from page
        if len(page) < _PAGE:
            return
        after_seq = page[-1].seq


def decisions(
    connection: Connection, kind: EventKind, start_on: date, end_on: date, system_ids: Collection[str] | None = None
) -> tuple[StoredEvent, ...]:
    """Return the events of one kind of decision for business dates in ``[start_on, end_on)``, in the order they were taken."""
    query = select(EVENT).where(EVENT.c.kind == kind.value, EVENT.c.business_date >= start_on, EVENT.c.business_date < end_on)
    query = _of_systems(query, EVENT.c.system_id, system_ids)
    return tuple(stored_event(row) for row in connection.execute(query.order_by(EVENT.c.business_date, EVENT.c.seq)))


def versions(connection: Connection, system_ids: Collection[str] | None) -> tuple[VersionInForce, ...]:
    """Return the history of what was in force that the claims about versions add up to, by system, artifact, time and version."""
    return versions_in_force(version_claims(connection, system_ids))


def version_claims(connection: Connection, system_ids: Collection[str] | None) -> tuple[VersionClaim, ...]:
    """Return every claim about a version of the systems, as its event makes it, in the order of the events."""
    claim = VERSION_IN_FORCE.c
    query = select(EVENT.c.seq, EVENT.c.body).join(VERSION_IN_FORCE, claim.event_seq == EVENT.c.seq).order_by(EVENT.c.seq)
    return tuple(claim_of(seq, envelope_of(body)) for seq, body in connection.execute(_of_systems(query, claim.system_id, system_ids)))


def quarantine_keys(connection: Connection, sources: Collection[str] | None, before: date | None = None) -> frozenset[str]:
    """Return the keys (``quarantine_key``) of rows that were set aside, those first seen before a business date if one is given."""
    query = select(QUARANTINE.c.key) if before is None else select(QUARANTINE.c.key).where(QUARANTINE.c.first_seen_on < before)
    return frozenset(connection.execute(_of_systems(query, QUARANTINE.c.source, sources)).scalars())


def last_read(connection: Connection, feeds: Collection[tuple[str, str]], before: date) -> dict[tuple[str, str], date]:
    """Return the last business date before ``before`` on which each of ``feeds`` (system, feed) was read well, where there is one."""
    found: dict[tuple[str, str], date] = {}
    query = select(FEED_DAY).where(FEED_DAY.c.business_date < before).order_by(FEED_DAY.c.business_date.desc())
    for row in connection.execute(_of_systems(query, FEED_DAY.c.system_id, {system_id for system_id, _ in feeds})):
        key = (row.system_id, row.feed)
        if key in feeds and key not in found and recorded_feed_day(row).day.status is FeedStatus.OK:
            found[key] = row.business_date
            if len(found) == len(feeds):
                break  # the newest rows come first: a feed that was read yesterday costs one row
    return found


def _of_systems(query: Select[Any], column: ColumnElement[str], wanted: Collection[str] | None) -> Select[Any]:
    return query if wanted is None else query.where(column.in_(sorted(wanted)))


def belongings(connection: Connection, keys: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return (system, issue id) of each of these signals, the issue empty where it hangs on none."""
    wanted, found = sorted(set(keys)), set[tuple[str, str]]()
    joined = select(SIGNAL.c.system_id, ISSUE_SIGNAL.c.issue_id).outerjoin(ISSUE_SIGNAL, ISSUE_SIGNAL.c.signal_key == SIGNAL.c.key)
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(joined.where(SIGNAL.c.key.in_(wanted[start : start + _CHUNK])))
        found |= {(row.system_id, row.issue_id or "") for row in rows}
    return frozenset(found)


def issue_days(connection: Connection) -> frozenset[tuple[str, str, date]]:
    """Return (issue id, system, business date) of every run that read a signal which hangs on an issue, whenever it was hung."""
    query = select(ISSUE_SIGNAL.c.issue_id, SIGNAL.c.system_id, SIGNAL.c.observed_on).distinct()
    rows = connection.execute(query.join_from(ISSUE_SIGNAL, SIGNAL, SIGNAL.c.key == ISSUE_SIGNAL.c.signal_key))
    return frozenset((row.issue_id, row.system_id, row.observed_on) for row in rows)
