"""The one transaction of a triage run: everything it found and decided, or nothing.

Put the order of that transaction here; each part's rows are its own module's.

The order: leases are checked, signals and narratives loaded (on PostgreSQL without holding the chain), the chain is locked and the
decision's knowledge checked, events appended and folded, links, quarantine and feed days stored, the outbox filled and the leases done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Integer, column, func, select, values
from sqlalchemy.exc import IntegrityError

from registry.domain.events import EventKind, StoredEvent
from registry.domain.feed import FeedDelivery
from registry.domain.triage_write import IssueLink, LinkRelation, TriageReceipt, TriageWrite, signals_observed
from registry.errors import LedgerError, StaleIssueError
from registry.ledger.appending import append_events, lock_head
from registry.ledger.codec import feed_day_row, quarantine_row
from registry.ledger.columns import CivilDay, PlainText
from registry.ledger.leases import complete, hold_for_writing
from registry.ledger.loading import load_narratives, load_signals, upsert
from registry.ledger.outbox import put_in_outbox
from registry.ledger.tables import EVENT, FEED_DAY, ISSUE_SIGNAL, LOG_HEAD, QUARANTINE, SIGNAL

Checkpoint = Callable[[str], None]
_LINKS_CHUNK = 1_000
_WANTED = (
    column("issue_id", PlainText),
    column("fingerprint", PlainText),
    column("relation", PlainText),
    column("late", Integer),
    column("since_on", CivilDay),
)


def write_triage(connection: Connection, write: TriageWrite, spool: Path, recorded_at: datetime, checkpoint: Checkpoint) -> TriageReceipt:
    """Write one run's result on an open transaction.

    Raises:
        LeaseLostError: another run took a lease over.
        IdempotencyConflictError: the run's date already has another result, or a key came back with other content.
        StaleIssueError: the ledger moved on since the decision's knowledge was read.
        LedgerError: the parts of the write contradict each other.
    """
    if hold_for_writing(connection, write.leases, write.result):
        return _receipt(connection, repeated=True)
    on = _business_date(write)
    _refuse_contradictions(write, on)
    signal_count = _load(connection, write, spool, on)
    checkpoint("after_signals")
    lock_head(connection)
    refuse_stale(connection, write.known_events, write.systems)
    stored = append_events(connection, write.events, recorded_at)
    checkpoint("after_events")
    _store_links(connection, write, on)
    quarantined_count = _store_quarantine(connection, write, on)
    _store_feed_days(connection, write, on)
    checkpoint("after_projections")
    put_in_outbox(connection, write.publications, _deciding_seq(stored, write))
    complete(connection, write.leases, write.result)
    return _receipt(connection, len(stored), signal_count, quarantined_count)


def _business_date(write: TriageWrite) -> date:
    dates = {lease.business_date for lease in write.leases} | {event.business_date for event in write.events}
    if not write.leases or len(dates) != 1:
        raise LedgerError(f"a triage write: expected leases and events of one business date, found {sorted(map(str, dates))}")
    return next(iter(dates))


def _refuse_contradictions(write: TriageWrite, on: date) -> None:
    foreign = {delivery.system_id for delivery in write.deliveries} | {day.system_id for day in write.feed_days}
    foreign = (foreign | {link.system_id for link in write.links}) - set(write.systems)
    if foreign:
        raise LedgerError(f"a triage write: expected rows of the leased systems only, found {', '.join(sorted(foreign))}")
    observed = {event.key: event.body for event in write.events if event.kind is EventKind.SIGNALS_OBSERVED}
    for delivery in write.deliveries:
        if delivery.signals is not None:
            expected = signals_observed(delivery, write.events[0].as_of, on) if write.events else None
            if expected is None or observed.pop(expected.key, None) != expected.body:
                raise LedgerError(
                    f"a triage write: expected the SignalsObserved event of {delivery.system_id}/{delivery.feed}, found none or another"
                )
    if observed:
        raise LedgerError("a triage write: expected a signals file for each SignalsObserved event, found an event without one")


def _load(connection: Connection, write: TriageWrite, spool: Path, on: date) -> int:
    total = 0
    deliveries = sorted(write.deliveries, key=lambda delivery: (delivery.system_id, delivery.feed))
    for delivery in deliveries:
        try:
            total += load_signals(connection, delivery, spool, on)
        except IntegrityError as error:
            raise StaleIssueError(_known_signal(delivery)) from error
    # A pass of their own: the pages of one key index at a time stay in the cache.
    for delivery in deliveries:
        load_narratives(connection, delivery, spool)
    return total


def _known_signal(delivery: FeedDelivery) -> str:
    return (
        f"signals of {delivery.system_id}/{delivery.feed}: expected only signals the ledger does not have, found one it has; nothing was "
        "written. Read the known signals again (by key, since a source may date a row anew) and decide again"
    )


def refuse_stale(connection: Connection, known_events: int, systems: Sequence[str]) -> None:
    """Refuse a write whose decision does not know the newest events of its systems; the caller holds the chain's lock.

    Raises:
        StaleIssueError: there is such an event.
    """
    newer = select(EVENT.c.seq, EVENT.c.kind, EVENT.c.system_id).where(EVENT.c.seq > known_events)
    row = connection.execute(newer.where(EVENT.c.system_id.in_(systems)).order_by(EVENT.c.seq).limit(1)).one_or_none()
    if row is not None:
        raise StaleIssueError(
            f"system {row.system_id}: the decision knows events up to {known_events}, and event {row.seq} ({row.kind}) came after "
            "them; nothing was written: reload and decide again"
        )


def _store_links(connection: Connection, write: TriageWrite, on: date) -> None:
    """One pass over the new signals of each feed, whatever the number of its issues; another over those before, where a spike began."""
    earliest = {
        (delivery.system_id, delivery.feed): min(cell.on for cell in delivery.cells) for delivery in write.deliveries if delivery.cells
    }
    by_feed: dict[tuple[str, str], list[IssueLink]] = {}
    for link in sorted(write.links, key=lambda link: (link.system_id, link.feed, link.issue_id, link.relation)):
        by_feed.setdefault((link.system_id, link.feed), []).append(link)
    for feed, links in by_feed.items():
        fresh = [replace(link, since_on=None) for link in links]
        _link(connection, feed, fresh, (SIGNAL.c.observed_on == on) & (SIGNAL.c.business_date >= earliest.get(feed, on)))
        reaching_back = [link for link in links if link.since_on is not None]
        if reaching_back:
            unlinked = ~select(ISSUE_SIGNAL.c.signal_key).where(ISSUE_SIGNAL.c.signal_key == SIGNAL.c.key).exists()
            first_on = min(link.since_on for link in reaching_back if link.since_on)
            _link(connection, feed, reaching_back, (SIGNAL.c.business_date >= first_on) & unlinked)


def _link(connection: Connection, feed: tuple[str, str], links: list[IssueLink], which: ColumnElement[bool]) -> None:
    for start in range(0, len(links), _LINKS_CHUNK):
        rows = [_wanted(link) for link in links[start : start + _LINKS_CHUNK]]
        wanted = values(*_WANTED, name="wanted").data(rows).cte("wanted")
        chosen = (
            select(wanted.c.issue_id, SIGNAL.c.key, wanted.c.relation)
            .join_from(SIGNAL, wanted, (SIGNAL.c.fingerprint == wanted.c.fingerprint) & (SIGNAL.c.pre_fix == wanted.c.late))
            .where(SIGNAL.c.system_id == feed[0], SIGNAL.c.feed == feed[1], SIGNAL.c.synthetic == 0, which)
            .where(SIGNAL.c.business_date >= wanted.c.since_on)
        )
        statement = upsert(connection, ISSUE_SIGNAL).from_select(["issue_id", "signal_key", "relation"], chosen)
        connection.execute(statement.on_conflict_do_nothing())


def _wanted(link: IssueLink) -> tuple[str, str, str, int, date]:
    late = int(link.relation is LinkRelation.LATE_PRE_FIX)
    return link.issue_id, link.fingerprint, link.relation.value, late, link.since_on or date.min


def _store_quarantine(connection: Connection, write: TriageWrite, on: date) -> int:
    rows = {row["key"]: row for row in (quarantine_row(row, on) for row in write.quarantined)}
    if not rows:
        return 0
    before = connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one()
    connection.execute(upsert(connection, QUARANTINE).on_conflict_do_nothing(), [rows[key] for key in sorted(rows)])
    return int(connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one() - before)


def _store_feed_days(connection: Connection, write: TriageWrite, on: date) -> None:
    rows = [feed_day_row(day, on) for day in sorted(write.feed_days, key=lambda day: (day.system_id, day.feed))]
    if rows:
        connection.execute(FEED_DAY.insert(), rows)


def _deciding_seq(stored: tuple[StoredEvent, ...], write: TriageWrite) -> int:
    """The event that the publications belong to: the day's decision."""
    for event, row in zip(write.events, stored, strict=True):
        if event.kind is EventKind.TRIAGE_DECIDED:
            return row.seq
    if write.publications:
        raise LedgerError("a triage write: expected a TriageDecided event for what it publishes, found none")
    return 0


def _receipt(connection: Connection, events: int = 0, signals: int = 0, quarantined: int = 0, *, repeated: bool = False) -> TriageReceipt:
    head = connection.execute(select(LOG_HEAD)).one()
    return TriageReceipt(head.seq, head.hash, events, signals, quarantined, repeated)
