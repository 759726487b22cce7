"""Which signals hung on which issue at a point of the past: the ledger's links, derived again from events.

Put here how an event of an issue takes signals; the ledger does the same when it records a day (``registry/ledger/triage.py``), and both
must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from registry.domain.events import EventKind
from registry.domain.triage_write import LinkRelation

_TAKES = {
    EventKind.ISSUE_OPENED: LinkRelation.OPENED,
    EventKind.SIGNALS_JOINED: LinkRelation.JOINED,
    EventKind.ISSUE_REOPENED: LinkRelation.JOINED,
    EventKind.LATE_EVIDENCE_RECORDED: LinkRelation.LATE_PRE_FIX,
}


@dataclass(frozen=True, slots=True)
class ObservedSignal:
    """A signal's body as it is kept, what of it decides where it hangs, and the event that stands for its observation."""

    key: str
    feed: str
    received_on: date
    pre_fix: bool
    synthetic: bool
    observed_seq: int
    observed_on: date
    body: str


def linked_signals(
    issue_id: str, events: Iterable[tuple[int, Mapping[str, Any]]], signals: Sequence[ObservedSignal]
) -> tuple[tuple[str, str], ...]:
    """Return (relation, body) of each signal on an issue, by signal key.

    ``events`` are those, in order, of every issue of the symptom that ``signals`` belong to: a signal that hangs on one is not taken by
    another that a rise opens.
    """
    links: dict[tuple[str, str], LinkRelation] = {}
    taken: set[str] = set()
    for seq, envelope in events:
        relation = _TAKES.get(EventKind(envelope["kind"]))
        if relation is None:
            continue
        if envelope["data"].get("reason_code") == "closed_without_fix":
            relation = LinkRelation.LATE_CLOSED
        for signal in _taken(seq, envelope, relation, signals, taken):
            links.setdefault((envelope["issue"], signal.key), relation)
            taken.add(signal.key)
    bodies = {signal.key: signal.body for signal in signals}
    return tuple((relation.value, bodies[key]) for (owner, key), relation in sorted(links.items(), key=_by_key) if owner == issue_id)


def _taken(
    seq: int, envelope: Mapping[str, Any], relation: LinkRelation, signals: Sequence[ObservedSignal], taken: set[str]
) -> list[ObservedSignal]:
    """The day's new signals of the feed, and for an issue that a rise opened those since the rise began that hang nowhere yet."""
    data, on = envelope["data"], date.fromisoformat(envelope["business_date"])
    late, feed = relation is LinkRelation.LATE_PRE_FIX, data.get("feed")
    known = (one for one in signals if one.observed_seq < seq and not one.synthetic)
    fitting = [one for one in known if one.feed == feed and one.pre_fix is late]
    fresh = [one for one in fitting if one.observed_on == on]
    spike = data.get("spike") if envelope["kind"] == EventKind.ISSUE_OPENED else None
    if not spike:
        return fresh
    since_on = on - timedelta(days=int(data["level_window_days"]))
    held = taken | {one.key for one in fresh}
    return fresh + [one for one in fitting if one.received_on >= since_on and one.key not in held]


def _by_key(link: tuple[tuple[str, str], LinkRelation]) -> str:
    return link[0][1]
