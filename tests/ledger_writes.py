"""Builders of ledger writes for tests: spooled signal files and the triage write that names them.

Put a builder here when it makes files or writes of the ledger; single values are ``tests/builders.py``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from registry.domain.canonical import canonical_json, digest_bytes, digest_of
from registry.domain.events import Event, EventKind
from registry.domain.feed import Cell, FeedDelivery, FileRef
from registry.domain.issue import IssueState, OpenedBy, Role
from registry.domain.lease import Lease
from registry.domain.signal import Severity, Signal
from registry.domain.triage_write import IssueLink, LinkRelation, Publication, TriageWrite, signals_observed
from registry.ledger.store import Ledger
from tests.builders import FEED, FINGERPRINT, NOON, SYSTEM, TODAY, YESTERDAY, a_delivery, a_quarantined_row, a_signal, an_event
from tests.builders_triage import a_feed_day

FLOW = "daily-triage"
ISSUE_ID = "ISS-20201015-01234567"
HOUR = timedelta(hours=1)


def a_clock() -> datetime:
    """Return the instant every test ledger writes at."""
    return datetime(2020, 10, 15, 12, 30, tzinfo=UTC)


def some_signals(count: int, *, system_id: str = SYSTEM, feed: str = FEED, start: int = 0, **changes: Any) -> list[Signal]:
    """Return distinct signals of one feed with the keys that the product would give them."""
    numbers = range(start, start + count)
    return [
        a_signal(
            **{
                "key": digest_of([system_id, feed, str(number)]),
                "system_id": system_id,
                "feed": feed,
                "signal_id": str(number),
                "content_digest": digest_of(["content", number]),
                **changes,
            }
        )
        for number in numbers
    ]


def a_narrative(signal: Signal, text: str = "My card was declined.", salt: str = "00ff") -> tuple[Signal, dict[str, str]]:
    """Return the signal with the digest of its narrative, and the narrative as it is spooled."""
    digest = digest_bytes(bytes.fromhex(salt) + text.encode("utf-8", "surrogatepass"))
    return replace(signal, narrative_digest=digest), {"key": signal.key, "salt": salt, "text": text}


def spooled(spool: Path, signals: Sequence[Signal], narratives: Iterable[dict[str, str]] = (), **changes: Any) -> FeedDelivery:
    """Write a feed's signals (and narratives) to the spool and return the delivery that names the files."""
    spool.mkdir(parents=True, exist_ok=True)
    system_id, feed = signals[0].system_id, signals[0].feed
    ordered = sorted(signals, key=lambda signal: signal.key)
    texts = [json.dumps(narrative, sort_keys=True).encode() for narrative in narratives]
    counts = Counter(
        (signal.fingerprint, signal.business_date, signal.segment.get("channel", ""), signal.pre_fix)
        for signal in ordered
        if not signal.synthetic
    )
    base = a_delivery(
        system_id=system_id,
        feed=feed,
        received_count=len(ordered),
        new_count=len(ordered),
        cells=tuple(Cell(name, on, channel, count, pre_fix) for (name, on, channel, pre_fix), count in counts.items()),
        signals=_file(spool, f"signals-{system_id}-{feed}.jsonl", [canonical_json(signal) for signal in ordered]),
        narratives=_file(spool, f"narratives-{system_id}-{feed}.jsonl", texts) if texts else None,
    )
    return replace(base, **changes)


def opened(issue_id: str = ISSUE_ID, *, fingerprint: str = FINGERPRINT, signal_count: int = 1, **changes: Any) -> tuple[Event, Event]:
    """Return the two events by which triage opens an issue."""
    body = {
        "fingerprint": fingerprint,
        "fingerprint_version": 1,
        "title": "Problem using the card",
        "state": IssueState.NEW_SIGNAL,
        "severity": Severity.L3,
        "opened_by": OpenedBy.SPIKE,
        "signal_count": signal_count,
        "last_signal_on": YESTERDAY,
        "level_since_on": TODAY,
        "level_window_days": 7,
        "owner": "owner@bank.example",
    }
    event = an_event(kind=EventKind.ISSUE_OPENED, subject=issue_id, issue_id=issue_id, body=body)
    return replace(event, **changes), replace(moved(issue_id, IssueState.NEW_SIGNAL, IssueState.TRIAGE), **changes)


def moved(issue_id: str, before: IssueState, after: IssueState, role: Role = Role.MACHINE, **changes: Any) -> Event:
    """Return the event of one move."""
    body = {"from": before, "to": after, "role": role, "reason": "because"}
    event = an_event(kind=EventKind.ISSUE_MOVED, subject=f"{issue_id}:{after}", issue_id=issue_id, body=body)
    return replace(event, **changes)


def approval_body(action: str = "plan", nonce: str = "nonce-1", **changes: Any) -> dict[str, Any]:
    """Return what the event of one approval says; one that moves its issue says from, to and role beside."""
    given = {
        "action": action,
        "document_digest": digest_of(["document", action]),
        "name": "risk@bank.example",
        "role": Role.RISK_COMPLIANCE,
    }
    known = {"kind": "asserted", "fingerprint": "", "nonce": nonce, "meaning": "I approve it", "signed_at": NOON}
    kept = {"expires_at": NOON + timedelta(days=14), "is_break_glass": False, "bundle_digest": digest_of(["approval", nonce])}
    return {**given, **known, **kept, **changes}


def approved(issue_id: str, action: str = "plan", nonce: str = "nonce-1", *, body: dict[str, Any] | None = None, **changes: Any) -> Event:
    """Return the event of one approval; ``body`` is said beside."""
    said = approval_body(action, nonce) | (body or {})
    event = an_event(kind=EventKind.APPROVAL_RECORDED, subject=f"{issue_id}:approval:{nonce}", issue_id=issue_id, body=said)
    return replace(event, **changes)


def claimed(ledger: Ledger, *systems: str, on: date = TODAY, owner: str = "run-1", now: datetime = NOON) -> tuple[Lease, ...]:
    """Claim systems for one run and return the leases."""
    return ledger.claim(FLOW, systems or (SYSTEM,), on, owner, now, HOUR).leases


def a_write(leases: Sequence[Lease], deliveries: Sequence[FeedDelivery] = (), extra: Sequence[Event] = (), **changes: Any) -> TriageWrite:
    """Return a complete write: the deliveries' events, ``extra``, the day's decision, its publication and its result."""
    on = leases[0].business_date
    as_of = NOON + (on - TODAY)
    observed = [signals_observed(delivery, as_of, on) for delivery in deliveries if delivery.signals]
    systems = sorted({lease.system_id for lease in leases})
    decided = Event(EventKind.TRIAGE_DECIDED, systems[0], "triage", as_of, on, {"verdict": "pass", "bundle": digest_of(str(on))})
    base = TriageWrite(
        leases=tuple(leases),
        known_events=0,
        events=(*observed, *extra, decided),
        deliveries=tuple(deliveries),
        quarantined=(),
        feed_days=tuple(a_feed_day(system_id=name) for name in systems),
        links=(),
        publications=(Publication(f"packages/{on}-{systems[0]}", digest_of(["package", on, systems]), "package"),),
        result=canonical_json({"business_date": on, "systems": systems}),
    )
    return replace(base, **changes)


def a_full_day(ledger: Ledger, spool: Path, on: date = TODAY, first: int = 0) -> TriageWrite:
    """Return a day with two feeds, a narrative, a new issue, a bad row and a promise."""
    signal, narrative = a_narrative(some_signals(1, start=first)[0])
    deliveries = (
        spooled(spool, [signal, *some_signals(9, start=first + 1)], [narrative]),
        spooled(spool, some_signals(4, feed="appeals", start=first, synthetic=True)),
    )
    days = (a_feed_day(), a_feed_day(feed="appeals"))
    quarantined = (a_quarantined_row(), a_quarantined_row(content_digest=digest_of("another")))
    leases = claimed(ledger, on=on)
    return a_write(leases, deliveries, opened(signal_count=10), feed_days=days, quarantined=quarantined, links=(a_link(),))


def a_link(relation: LinkRelation = LinkRelation.OPENED, **changes: Any) -> IssueLink:
    return replace(IssueLink(ISSUE_ID, SYSTEM, FEED, FINGERPRINT, relation), **changes)


def _file(spool: Path, name: str, lines: Sequence[bytes]) -> FileRef:
    content = b"".join(line + b"\n" for line in lines)
    (spool / name).write_bytes(content)
    return FileRef(name, digest_bytes(content), len(content), len(lines))
