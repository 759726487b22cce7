"""Verifying a ledger: everything that must hold if no row was lost, added, edited or replaced.

Put checks of stored rows here, each a generator of findings; what the guards refuse is ``migrations/guards_*.py``, and both are needed: a
guard can be dropped by whoever owns the file, and only the chain tells.

 * The chain has no gap, each hash follows from the one before and the body, and the head names its end.
 * Each event's columns say what its body says; its key follows from its body.
 * Each issue and what was done, approved and judged about it is the fold of its events (``verifying_issues.py``); the same for what was in
   force.
 * The signals of each feed and date are those whose count and digest the chain holds; their columns say what their bodies say.
 * Counts are the counts of signals; links name signals of their issue's fingerprint; a narrative is the one its signal names. One that is
   missing was erased by an event, which is noted and no fault; one that an event erased is not there again.
 * Each done lease has its result, each promise of the outbox the event it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from registry.domain.canonical import digest_bytes, digest_of
from registry.domain.decision import Finding
from registry.domain.events import GENESIS_HASH, EventKind, chain_hash
from registry.domain.work import STEPS
from registry.ledger.codec import envelope_of, event_columns, version_row
from registry.ledger.engine import reading
from registry.ledger.reads import events_after
from registry.ledger.store import Ledger
from registry.ledger.tables import EVENT, LEASE, LOG_HEAD, OUTBOX, RESULT, VERSION_IN_FORCE
from registry.ledger.verifying_issues import compare, fault, find_issue_faults
from registry.ledger.verifying_signals import UNREADABLE, find_signal_faults

# The kinds that cite a package.
_PUBLISHING = {
    EventKind.TRIAGE_DECIDED.value,
    EventKind.DAY_SEALED.value,
    EventKind.SEALING_KEY_ROTATED.value,
    EventKind.EVIDENCE_REMOVED.value,
    EventKind.HEAD_ANCHORED.value,
    EventKind.APPROVAL_RECORDED.value,
    EventKind.TRIGGERS_EVALUATED.value,
    EventKind.REFERENCE_FROZEN.value,
    EventKind.GATE_DECIDED.value,
    EventKind.RELEASE_PROPOSED.value,
    EventKind.RELEASE_SIGNED.value,
    EventKind.WINDOW_JUDGED.value,
    EventKind.INDICATORS_READ.value,
    EventKind.PORTFOLIO_READ.value,
    *(rule.event.value for rule in STEPS.values()),
}


def verify_ledger(ledger: Ledger) -> tuple[Finding, ...]:
    """Return every fault of the ledger, seen in one unchanging state; no FAIL in it means that every check above was made and held.

    Narratives that an event erased are noted with PASS: what is gone is told, and why.

    Raises:
        LedgerUnavailableError: the database is out of reach: nothing is known then.
    """
    with reading(ledger.engine) as connection:
        checks: tuple[Callable[[Connection], Iterator[Finding]], ...] = (
            _find_chain_faults,
            find_issue_faults,
            _find_version_faults,
            find_signal_faults,
            _find_run_faults,
        )
        return tuple(finding for check in checks for finding in check(connection))


def _find_chain_faults(connection: Connection) -> Iterator[Finding]:
    seq, previous = 0, GENESIS_HASH
    for row in connection.execute(select(EVENT).order_by(EVENT.c.seq).execution_options(yield_per=1_000)):
        subject = f"event {row.seq}"
        if row.seq != seq + 1:
            yield fault(subject, "gap", f"expected event {seq + 1}, found {row.seq}")
        if row.prev_hash != previous:
            yield fault(subject, "broken_chain", "its prev_hash is not the hash of the event before it")
        yield from _find_event_faults(row, subject)
        seq, previous = row.seq, row.hash
    head = connection.execute(select(LOG_HEAD)).one_or_none()
    if head is None or (head.seq, head.hash) != (seq, previous):
        yield fault("log_head", "wrong_head", f"expected the head to be event {seq}, found {head.seq if head else 'no head'}")


def _find_event_faults(row: Any, subject: str) -> Iterator[Finding]:
    if chain_hash(row.prev_hash, row.body.encode("utf-8")) != row.hash:
        yield fault(subject, "wrong_hash", "its hash does not follow from prev_hash and body")
    try:
        envelope = envelope_of(row.body)
        columns = event_columns(envelope)
        key = digest_of([envelope["kind"], envelope["system"], envelope["subject"], envelope["business_date"]])
    except UNREADABLE as error:
        yield fault(subject, "unreadable", f"its body is not an event: {error}")
        return
    if key != row.key:
        yield fault(subject, "wrong_key", "its key does not follow from kind, system, subject and date")
    for name, value in columns.items():
        if getattr(row, name) != value:
            yield fault(subject, "wrong_column", f"column {name} says {getattr(row, name)!s}, its body says {value!s}")


def _find_version_faults(connection: Connection) -> Iterator[Finding]:
    """A claim that repeats what was in force before it has no row where an earlier version of this program recorded it."""
    derived: dict[int, tuple[Any, ...]] = {}
    opened: dict[tuple[str, str], list[tuple[datetime, int, str]]] = {}
    stored = {row[0]: tuple(row) for row in connection.execute(select(VERSION_IN_FORCE))}
    for event in events_after(connection, 0, (EventKind.VERSION_OBSERVED,)):
        with suppress(*UNREADABLE):  # the chain's own check has named it
            row = version_row(event.seq, envelope_of(event.body))
            known = opened.setdefault((row["system_id"], row["artifact"]), [])
            before = max((stretch for stretch in known if stretch[0] <= row["from_at"]), default=None)
            is_repeat = before is not None and before[2] == row["version"]
            if not is_repeat:
                known.append((row["from_at"], event.seq, row["version"]))
            if event.seq in stored or not is_repeat:
                derived[event.seq] = tuple(row.values())
    yield from compare("version_in_force", derived, stored)


def _find_run_faults(connection: Connection) -> Iterator[Finding]:
    for result in connection.execute(select(RESULT).execution_options(yield_per=100)):
        if digest_bytes(result.body) != result.digest:
            yield fault(f"result {result.digest}", "wrong_digest", "its bytes do not have its digest")
    results = set(connection.execute(select(RESULT.c.digest)).scalars())
    for lease in connection.execute(select(LEASE).where(LEASE.c.status == "done")):
        if lease.result_digest not in results:
            yield fault(f"lease {lease.flow}/{lease.system_id}/{lease.business_date}", "missing", "it is done, its result is not there")
    decisions = set(connection.execute(select(EVENT.c.seq).where(EVENT.c.kind.in_(sorted(_PUBLISHING)))).scalars())
    for number, row in enumerate(connection.execute(select(OUTBOX).order_by(OUTBOX.c.outbox_id)), 1):
        if row.outbox_id != number:
            yield fault(f"outbox {row.outbox_id}", "gap", f"expected outbox row {number}")
            return
        if row.event_seq not in decisions:
            yield fault(f"outbox {row.outbox_id}", "unexplained", f"event {row.event_seq} is not a decision that publishes")
