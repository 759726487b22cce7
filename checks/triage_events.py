"""The ledger events of one triage day, in the one order in which they are appended.

Put the bodies of the day's own events here; issue events come from ``checks/issue_events.py``.

The rules:
 * Feeds and sources first, then issues in the order they changed, then the decision that cites the sealed bundle.
 * Bodies depend on inputs and decision alone, so that a rerun gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from checks.identity import FINGERPRINT_VERSION
from checks.issue_events import Change
from checks.symptoms import SymptomReview
from registry.domain.canonical import digest_of
from registry.domain.events import Event, EventKind
from registry.domain.feed import FeedDelivery, SourceDelivery
from registry.domain.triage import ChangeKind, FeedDay, IssueChange, TriageDay
from registry.domain.triage_run import TriageInputs
from registry.domain.triage_write import IssueLink, LinkRelation, signals_observed

_LINKED = {
    ChangeKind.OPENED: LinkRelation.OPENED,
    ChangeKind.JOINED: LinkRelation.JOINED,
    ChangeKind.REACTIVATED: LinkRelation.JOINED,
    ChangeKind.LATE_EVIDENCE: LinkRelation.LATE_PRE_FIX,
}


def triage_events(inputs: TriageInputs, feeds: Sequence[FeedDay], changes: Sequence[Change]) -> tuple[Event, ...]:
    """Return every event of the day except the decision."""
    statuses = {(feed.system_id, feed.feed): feed for feed in feeds}
    deliveries = sorted((feed for source in inputs.deliveries for feed in source.feeds), key=lambda feed: (feed.system_id, feed.feed))
    judged = [_feed_judged(inputs, delivery, statuses[delivery.system_id, delivery.feed]) for delivery in deliveries]
    observed = [signals_observed(delivery, inputs.as_of, inputs.business_date) for delivery in deliveries if delivery.signals is not None]
    quarantined = [_rows_quarantined(inputs, source) for source in sorted(inputs.deliveries, key=_name) if source.quarantined]
    return (*judged, *observed, *quarantined, *(event for change in changes for event in change.events))


def decided_event(day: TriageDay, bundle_digest: str, decision_digest: str) -> Event:
    """Return the event that records the day's decision and cites its sealed evidence."""
    body = {
        "verdict": day.verdict,
        "reasons": [reason.code for reason in day.reasons],
        "systems": day.systems,
        "bundle_digest": bundle_digest,
        "decision_digest": decision_digest,
        "policy_digest": day.policy_digest,
        "batches": [[batch.stream, batch.channel, batch.on] for batch in day.batches],
        "dips": [[dip.subject, dip.since_on, dip.window_days] for dip in day.dips],
        "counts": day.signal_counts,
        "fingerprint_version": FINGERPRINT_VERSION,
    }
    return Event(EventKind.TRIAGE_DECIDED, day.system, ",".join(day.systems), day.as_of, day.business_date, body)


def issue_links(review: SymptomReview, inputs: TriageInputs) -> tuple[IssueLink, ...]:
    """Return which signals belong to which issue; one that a spike opened takes the signals of its window with it."""
    return tuple(
        IssueLink(
            issue_id=shown.issue.issue_id,
            system_id=shown.issue.system_id,
            feed=change.feed,
            fingerprint=shown.issue.fingerprint,
            relation=LinkRelation.LATE_CLOSED if shown.reason_code == "closed_without_fix" else _LINKED[shown.kind],
            since_on=_since(shown, inputs),
        )
        for change, shown in review.changes
        if shown.kind in _LINKED
    )


def _since(change: IssueChange, inputs: TriageInputs) -> date | None:
    if change.kind is not ChangeKind.OPENED or change.spike is None:
        return None
    return inputs.business_date - timedelta(days=change.spike.window_days)


def _feed_judged(inputs: TriageInputs, delivery: FeedDelivery, feed: FeedDay) -> Event:
    body = {
        "status": feed.status,
        "reason": feed.reason,
        "source": delivery.source,
        "received": delivery.received_count,
        "known": delivery.known_count,
        "new": delivery.new_count,
        "duplicates": delivery.duplicate_count,
        "synthetic": delivery.synthetic_count,
    }
    return _event(inputs, EventKind.FEED_JUDGED, delivery.system_id, delivery.feed, body)


def _rows_quarantined(inputs: TriageInputs, source: SourceDelivery) -> Event:
    rows = sorted((row.row_number, row.reason_code, row.content_digest) for row in source.quarantined)
    body = {"count": len(rows), "rows_digest": digest_of(rows)}
    # A day may be done in parts that share a source: each system is in one part, so the first one's name keeps their keys apart.
    part = min(feed.system_id for feed in source.feeds)
    return _event(inputs, EventKind.ROWS_QUARANTINED, "", f"{source.source}:{part}", body)


def _event(inputs: TriageInputs, kind: EventKind, system_id: str, subject: str, body: dict[str, Any]) -> Event:
    return Event(kind, system_id, subject, inputs.as_of, inputs.business_date, body)


def _name(source: SourceDelivery) -> str:
    return source.source
