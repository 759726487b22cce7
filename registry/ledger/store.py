"""The ledger as the rest of the house sees it: one object, one method a question or a write.

Put the public operations here and nothing behind them: transactions are ``triage.py`` and ``appending.py``, queries ``reads.py``.
Importing this module loads SQLAlchemy, so callers import it where they open a ledger.

``checkpoint`` is called at named points of each write, for tests that stop the process there; it does nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Finding
from registry.domain.events import Event, EventKind, StoredEvent
from registry.domain.history import DailyCount
from registry.domain.issue import Issue
from registry.domain.lease import Claim, Lease
from registry.domain.triage_write import OutboxRow, Publication, TriageReceipt, TriageWrite
from registry.domain.work import Case
from registry.ledger import leases, outbox, reads
from registry.ledger.appending import Head, append_events, lock_head
from registry.ledger.codec import RecordedFeedDay
from registry.ledger.engine import PATIENCE_SECONDS, open_engine, reading, writing
from registry.ledger.erasure import clear_deleted, erase_narratives, kept_narratives
from registry.ledger.schema import assert_schema, migrate
from registry.ledger.triage import Checkpoint, write_triage

CHECKPOINTS = ("before_begin", "after_begin", "after_signals", "after_events", "after_projections", "before_commit", "after_commit")


def _pass_by(_name: str) -> None:
    """The checkpoint of every run that is not a test."""


def open_ledger(
    url: str,
    recorded_at: Callable[[], datetime],
    *,
    create: bool = False,
    patience_seconds: float = PATIENCE_SECONDS,
    checkpoint: Checkpoint = _pass_by,
) -> Ledger:
    """Open the ledger at ``url`` after comparing its schema with the one this program was written for.

    ``create`` migrates first, making the ledger where there is none. ``recorded_at`` tells when something is written; it decides nothing.
    ``patience_seconds`` is how long a write waits for another one.

    Raises:
        LedgerSchemaError: the schema, its guards or its legal moves are not the expected ones.
        LedgerUnavailableError: the database is out of reach or locked.
    """
    if create:
        migrate(url)
    engine = open_engine(url, patience_seconds)
    assert_schema(engine)
    return Ledger(engine, recorded_at, checkpoint)


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger. Every method is one transaction; none keeps anything between calls."""

    engine: Engine
    recorded_at: Callable[[], datetime]
    checkpoint: Checkpoint = _pass_by

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def append(self, events: Sequence[Event], publications: Sequence[Publication] = ()) -> tuple[StoredEvent, ...]:
        """Append events in order and move their issues with them; an event that is there already is returned as it is.

        ``publications`` are promised with the last event, in the same transaction; a repeat has promised them before.

        Raises:
            IdempotencyConflictError: a key came back with other content; nothing was written.
            IllegalMoveError: an issue may not make that move, or not without an approval; nothing was written.
            ApprovalRefusedError: an approval's nonce was used before; nothing was written.
            StaleIssueError: a live issue of the fingerprint exists already; nothing was written.
            LedgerUnavailableError: the database is out of reach or locked; safe to retry.
        """
        self.checkpoint("before_begin")
        with writing(self.engine) as connection:
            self.checkpoint("after_begin")
            before = lock_head(connection)
            stored = append_events(connection, events, self.recorded_at())
            if publications and stored[-1].seq > before.seq:
                outbox.put_in_outbox(connection, publications, stored[-1].seq)
            self.checkpoint("before_commit")
        self.checkpoint("after_commit")
        return stored

    def record_triage(self, write: TriageWrite, spool: Path) -> TriageReceipt:
        """Write everything one triage run found and decided, or nothing; a repeat of a recorded run writes nothing.

        Raises:
            LeaseLostError: another run took over; its result stands.
            StaleIssueError: the ledger moved on since the decision's knowledge was read; reload and decide again.
            IdempotencyConflictError: the date has another result, or a key came back with other content.
            LedgerError: the write's parts contradict each other or a spool file is torn.
            LedgerUnavailableError: the database is out of reach, locked or full; safe to retry.
        """
        self.checkpoint("before_begin")
        with writing(self.engine) as connection:
            self.checkpoint("after_begin")
            receipt = write_triage(connection, write, spool, self.recorded_at(), self.checkpoint)
            self.checkpoint("before_commit")
        self.checkpoint("after_commit")
        return receipt

    def erase_narratives(self, keys: Collection[str], event: Event) -> StoredEvent:
        """Erase narratives for good and append the ``NarrativeErased`` event that explains the gap, together."""
        with writing(self.engine) as connection:
            return erase_narratives(connection, keys, event, self.recorded_at())

    def read_kept_narratives(self, keys: Collection[str]) -> dict[str, str]:
        """Return the salt of each narrative that is still there, by the key of its signal."""
        with reading(self.engine) as connection:
            return kept_narratives(connection, keys)

    def clear_deleted(self, marks: Collection[str]) -> Finding:
        """Take deleted rows out of the database's files as far as a client can, and say what is left of ``marks``."""
        return clear_deleted(self.engine, marks)

    def claim(self, flow: str, system_ids: Iterable[str], business_date: date, owner: str, now: datetime, ttl: timedelta) -> Claim:
        """Claim the systems that are not done for one run; ``owner`` must name this run alone."""
        with writing(self.engine) as connection:
            return leases.claim(connection, flow, system_ids, business_date, owner, now, ttl)

    def release(self, held: Sequence[Lease]) -> None:
        """Give up leases that are ours and not done."""
        with writing(self.engine) as connection:
            leases.release(connection, held)

    def read_result(self, flow: str, system_id: str, business_date: date) -> bytes | None:
        """Return the decision JSON of the run that completed this system and date, or None."""
        with reading(self.engine) as connection:
            return leases.read_result(connection, flow, system_id, business_date)

    def pending_outbox(self) -> tuple[OutboxRow, ...]:
        """Return what was promised and is not published yet, oldest first."""
        with reading(self.engine) as connection:
            return outbox.pending(connection)

    def last_published(self) -> OutboxRow | None:
        """Return the promise that was kept last, if any was."""
        with reading(self.engine) as connection:
            return outbox.last_published(connection)

    def mark_published(self, outbox_id: int) -> None:
        """Record that a promised file is in its place."""
        with writing(self.engine) as connection:
            outbox.mark_published(connection, outbox_id)

    def head(self) -> Head:
        """Return the end of the chain: read it before anything a decision will rest on."""
        with reading(self.engine) as connection:
            return reads.head(connection)

    def read_known(self, system_id: str, feed: str, start_on: date, end_on: date) -> dict[str, str]:
        """Return key and content digest of signals received on days in ``[start_on, end_on)``."""
        with reading(self.engine) as connection:
            return reads.known_signals(connection, system_id, feed, start_on, end_on)

    def read_content_digests(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the content digest of each key the ledger has, whenever it was received: a source may date a row anew."""
        with reading(self.engine) as connection:
            return reads.content_digests(connection, keys)

    def read_counts(self, start_on: date, end_on: date, system_ids: Collection[str] | None = None) -> tuple[DailyCount, ...]:
        """Return daily counts of received signals, without synthetic ones, for days in ``[start_on, end_on)``."""
        with reading(self.engine) as connection:
            return reads.daily_counts(connection, start_on, end_on, system_ids)

    def read_feed_days(self, start_on: date, end_on: date, system_ids: Collection[str] | None = None) -> tuple[RecordedFeedDay, ...]:
        """Return each feed's day for business dates in ``[start_on, end_on)``."""
        with reading(self.engine) as connection:
            return reads.feed_days(connection, start_on, end_on, system_ids)

    def read_issues(self, system_ids: Collection[str] | None = None) -> tuple[Issue, ...]:
        """Return every issue of the systems (None: of all), closed ones too."""
        with reading(self.engine) as connection:
            return reads.issues(connection, system_ids)

    def read_cases(self, system_ids: Collection[str], until: int) -> tuple[Case, ...]:
        """Return what people did on the systems' issues up to event ``until``, by issue id; issues nobody touched are left out."""
        with reading(self.engine) as connection:
            return reads.cases(connection, system_ids, until)

    def read_issue_events(self, issue_id: str) -> tuple[StoredEvent, ...]:
        """Return the events of an issue in order."""
        with reading(self.engine) as connection:
            return reads.events_of_issue(connection, issue_id)

    def read_issue_signals(self, issue_id: str) -> tuple[tuple[str, str], ...]:
        """Return (relation, signal JSON) of each signal on an issue."""
        with reading(self.engine) as connection:
            return reads.issue_signals(connection, issue_id)

    def read_belongings(self, keys: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Return (system, issue id) of each of these signals, the issue empty where it hangs on none."""
        with reading(self.engine) as connection:
            return reads.belongings(connection, keys)

    def read_issue_days(self) -> frozenset[tuple[str, str, date]]:
        """Return (issue id, system, business date) of every run that read a signal which hangs on an issue."""
        with reading(self.engine) as connection:
            return reads.issue_days(connection)

    def read_fingerprint_signals(self, system_id: str, fingerprint: str) -> tuple[tuple[date, str], ...]:
        """Return (business date of the run that observed it, signal JSON) of each signal of a symptom."""
        with reading(self.engine) as connection:
            return reads.fingerprint_signals(connection, system_id, fingerprint)

    def read_events(self, after_seq: int = 0, kinds: Collection[EventKind] = ()) -> Iterator[StoredEvent]:
        """Yield events after ``after_seq`` in order, from one unchanging state, a page in memory at a time."""
        with reading(self.engine) as connection:
            yield from reads.events_after(connection, after_seq, kinds)

    def read_decisions(
        self, kind: EventKind, start_on: date, end_on: date, system_ids: Collection[str] | None = None
    ) -> tuple[StoredEvent, ...]:
        """Return the decisions of one kind for business dates in ``[start_on, end_on)``, of some systems or of all."""
        with reading(self.engine) as connection:
            return reads.decisions(connection, kind, start_on, end_on, system_ids)

    def read_versions(self, system_ids: Collection[str] | None = None) -> tuple[VersionInForce, ...]:
        """Return the history of what was in force."""
        with reading(self.engine) as connection:
            return reads.versions(connection, system_ids)

    def read_last_read(self, feeds: Collection[tuple[str, str]], before: date) -> dict[tuple[str, str], date]:
        """Return the last business date before ``before`` on which each of ``feeds`` (system, feed) was read well."""
        with reading(self.engine) as connection:
            return reads.last_read(connection, feeds, before)

    def read_quarantine_keys(self, sources: Collection[str] | None = None, before: date | None = None) -> frozenset[str]:
        """Return the keys (``quarantine_key(source, content_digest)``) of rows that were set aside, if wanted before a business date."""
        with reading(self.engine) as connection:
            return reads.quarantine_keys(connection, sources, before)
