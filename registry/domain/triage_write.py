"""What one run of the daily triage writes into the ledger, as one value: all of it or nothing.

Put the parts of that transaction here. Executing it is ``registry/ledger/triage.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.events import Event, EventKind
from registry.domain.feed import FeedDelivery, QuarantinedRow
from registry.domain.lease import Lease
from registry.domain.triage import FeedDay


class LinkRelation(StrEnum):
    """Why a signal hangs on an issue. Late evidence is kept with the issue but is not a recurrence."""

    OPENED = "opened"
    JOINED = "joined"
    LATE_PRE_FIX = "late_pre_fix"
    LATE_CLOSED = "late_closed"  # the issue was closed by a person without a fix


@dataclass(frozen=True, slots=True)
class IssueLink:
    """Hang the run's new signals of one fingerprint of one feed on an issue.

    ``LATE_PRE_FIX`` takes those about decisions before the fix, every other relation the rest. ``since_on`` adds signals the ledger
    already had of that feed and fingerprint, received on that day or later and on no issue yet: the spike that opened it began there.
    """

    issue_id: str
    system_id: str
    feed: str
    fingerprint: str
    relation: LinkRelation
    since_on: date | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A file or package that the publisher must put into the archive once the transaction holds."""

    path: str
    digest: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A publication as the ledger holds it, with the event that cites it. ``published`` turns true once."""

    outbox_id: int
    event_seq: int
    path: str
    digest: str
    kind: str
    published: bool


@dataclass(frozen=True, slots=True)
class TriageWrite:
    """Everything one triage run writes.

    ``events`` are appended in this order. ``known_events`` is the head of the ledger that the decision rests on: any later event of one of
    the systems makes the write stale. ``result`` is the decision's JSON, stored once and given back to a late duplicate run.
    ``deliveries`` name the spooled files of signals and narratives; each one with signals needs its ``signals_observed`` event.
    """

    leases: tuple[Lease, ...]
    known_events: int
    events: tuple[Event, ...]
    deliveries: tuple[FeedDelivery, ...]
    quarantined: tuple[QuarantinedRow, ...]
    feed_days: tuple[FeedDay, ...]
    links: tuple[IssueLink, ...]
    publications: tuple[Publication, ...]
    result: bytes

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(sorted({lease.system_id for lease in self.leases}))


@dataclass(frozen=True, slots=True)
class TriageReceipt:
    """What the write left behind: the head after it and its counts. ``repeated``: it was there already, nothing was written."""

    head_seq: int
    head_hash: str
    event_count: int = 0
    signal_count: int = 0
    quarantined_count: int = 0
    repeated: bool = False


def signals_observed(delivery: FeedDelivery, as_of: datetime, business_date: date) -> Event:
    """Return the one event that stands for a delivery's new signals: their count and the digest of their sorted lines.

    Raises:
        ValueError: the delivery has no signal file; nothing was observed.
    """
    if delivery.signals is None:
        raise ValueError(f"{delivery.system_id}/{delivery.feed}: expected a file of new signals, found none")
    body = {"feed": delivery.feed, "count": delivery.signals.row_count, "digest": delivery.signals.digest}
    return Event(EventKind.SIGNALS_OBSERVED, delivery.system_id, delivery.feed, as_of, business_date, body)
