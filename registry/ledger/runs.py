"""The one transaction of a daily run that brings no signals of its own: everything it decided, or nothing.

Put the order of that transaction here; which run writes what is ``triggers.py``, ``recurrence.py`` and ``closures.py``. It is that of a
day of triage without signals: leases are checked, the chain is locked and the decision's knowledge checked, events appended, the outbox
filled and the leases done.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from registry.domain.events import Event
from registry.domain.lease import Lease
from registry.domain.triage_write import Publication
from registry.errors import LedgerError
from registry.ledger.appending import append_events, lock_head
from registry.ledger.engine import writing
from registry.ledger.leases import complete, hold_for_writing
from registry.ledger.outbox import put_in_outbox
from registry.ledger.store import Ledger
from registry.ledger.triage import refuse_stale


@dataclass(frozen=True, slots=True)
class RunWrite:
    """What a run called ``told`` writes; ``knowledge`` holds heads of the ledger that its decisions rest on, each with their systems.

    ``is_done``: its leases are done with it, and nobody runs them again; else it may be asked for again on the same date.
    """

    told: str
    leases: tuple[Lease, ...]
    knowledge: tuple[tuple[int, tuple[str, ...]], ...]
    events: tuple[Event, ...]
    publications: tuple[Publication, ...]
    result: bytes
    is_done: bool = True


def record_run(ledger: Ledger, write: RunWrite) -> bool:
    """Write everything one run decided, or nothing. Return False where it was there already.

    Raises:
        LeaseLostError: another run took over; its result stands.
        StaleIssueError: the ledger moved on since the decision's knowledge was read; reload and decide again.
        IdempotencyConflictError: the date has another result, or a key came back with other content.
        LedgerError: a package is promised and no event cites it.
        LedgerUnavailableError: the database is out of reach, locked or full; safe to retry.
    """
    ledger.checkpoint("before_begin")
    with writing(ledger.engine) as connection:
        ledger.checkpoint("after_begin")
        is_new = _write(connection, ledger, write)
        ledger.checkpoint("before_commit")
    ledger.checkpoint("after_commit")
    return is_new


def _write(connection: Connection, ledger: Ledger, write: RunWrite) -> bool:
    if hold_for_writing(connection, write.leases, write.result):
        return False
    if write.publications and not write.events:
        raise LedgerError(f"{write.told}: expected an event that cites what it publishes, found none")
    lock_head(connection)
    for known_events, systems in write.knowledge:
        refuse_stale(connection, known_events, systems)
    stored = append_events(connection, write.events, ledger.recorded_at())
    ledger.checkpoint("after_events")
    if write.publications:
        put_in_outbox(connection, write.publications, stored[-1].seq)
    if write.is_done:
        complete(connection, write.leases, write.result)
    return True
