"""The one transaction of a run of the retraining triggers: everything it decided, or nothing.

Put the order of that transaction here. It is that of a day of triage without signals: leases are checked, the chain is locked and the
decision's knowledge checked, events appended, the outbox filled and the leases done.
"""

from __future__ import annotations

from sqlalchemy import Connection

from registry.domain.trigger_run import TriggerWrite
from registry.errors import LedgerError
from registry.ledger.appending import append_events, lock_head
from registry.ledger.engine import writing
from registry.ledger.leases import complete, hold_for_writing
from registry.ledger.outbox import put_in_outbox
from registry.ledger.store import Ledger
from registry.ledger.triage import refuse_stale


def record_triggers(ledger: Ledger, write: TriggerWrite) -> bool:
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


def _write(connection: Connection, ledger: Ledger, write: TriggerWrite) -> bool:
    if hold_for_writing(connection, write.leases, write.result):
        return False
    if write.publications and not write.events:
        raise LedgerError("a run of the triggers: expected an event that cites what it publishes, found none")
    lock_head(connection)
    for known_events, systems in write.knowledge:
        refuse_stale(connection, known_events, systems)
    stored = append_events(connection, write.events, ledger.recorded_at())
    ledger.checkpoint("after_events")
    if write.publications:
        put_in_outbox(connection, write.publications, stored[-1].seq)
    complete(connection, write.leases, write.result)
    return True
