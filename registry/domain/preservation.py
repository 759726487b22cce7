"""Preservation holds: an AI system stays exactly as it is until a named person says that it may change again.

Put here how such holds follow from events and how they are told. Who may set and release one is ``checks/work/holds.py``; what a hold
forbids is ``effects.py``.

 * A hold belongs to the issue on which it was set, and holds that issue's system. Several may hold one system; each ends by itself.
 * A legal hold (``holds.py``) keeps records from being removed and leaves the system alone. A preservation hold keeps the system from
   being changed, and its records too: to retention it is an order to keep everything of that system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from registry.domain.events import EventKind
from registry.domain.holds import RETENTION_KINDS, holds_in_force
from registry.domain.retention import HoldScope, LegalHold
from registry.domain.times import parse_instant
from registry.domain.work_run import HoldInForce

PRESERVATION_KINDS = (EventKind.PRESERVATION_HOLD_SET, EventKind.PRESERVATION_HOLD_RELEASED)
KEEPING_KINDS = (*RETENTION_KINDS, *PRESERVATION_KINDS)
"""The events that say what may not be removed, and since when terms count."""

_PREFIX = "preserve-"


def hold_id_of(document_digest: str) -> str:
    """Return the id of the hold whose document has this digest.

    >>> hold_id_of("sha256:" + "0123456789abcdef" * 4)
    'preserve-0123456789ab'
    """
    return _PREFIX + document_digest.removeprefix("sha256:")[:12]


def is_preservation(hold_id: str) -> bool:
    """Return whether this is the id of a preservation hold, not of a legal one."""
    return hold_id.startswith(_PREFIX)


def preserved(envelopes: Iterable[Mapping[str, Any]], until: datetime | None = None) -> tuple[HoldInForce, ...]:
    """Return the holds that were set and not released, in the order they were set: now, or at the instant ``until``."""
    holds: dict[str, HoldInForce] = {}
    for envelope in envelopes:
        at, data = parse_instant(envelope["as_of"]), envelope["data"]
        if until is not None and at > until:
            continue
        if envelope["kind"] == EventKind.PRESERVATION_HOLD_SET:
            reason, hold_id = data["document"]["reason"], hold_id_of(data["document_digest"])
            holds[hold_id] = HoldInForce(hold_id, envelope["system"], envelope["issue"], envelope["actor"], reason, at)
        elif envelope["kind"] == EventKind.PRESERVATION_HOLD_RELEASED:
            holds.pop(data["document"]["hold"], None)
    return tuple(holds.values())


def ending_of(hold: HoldInForce) -> str:
    """Return the command that ends a hold."""
    return f"proofloop issue release-hold {hold.issue_id} --hold {hold.hold_id}"


def told(hold: HoldInForce) -> str:
    """Return what everybody who meets a hold is told: which, of what, by whom, since when, why."""
    since = f"{hold.set_at:%Y-%m-%d %H:%M} UTC"
    return f"preservation hold {hold.hold_id} of {hold.system_id}, set by {hold.by} on {hold.issue_id} since {since} ({hold.reason})"


def as_order(hold: HoldInForce) -> LegalHold:
    """Return what a hold means to retention: everything of its system stays. Its reason says how it ends."""
    reason = f"{hold.reason}; it ends with `{ending_of(hold)}`"
    return LegalHold(hold.hold_id, HoldScope.SYSTEM, hold.system_id, hold.by, reason, hold.set_at)


def order_told(order: LegalHold) -> str:
    """Return what somebody who wanted to remove is told of an order to keep: which, of what, by whom, since when, how it ends."""
    since, ending = f"{order.set_at:%Y-%m-%d %H:%M} UTC", f"; it ends with `proofloop retention lift {order.hold_id}`"
    kind, ending = ("preservation", "") if is_preservation(order.hold_id) else ("legal", ending)
    return f"{kind} hold {order.hold_id} on {order.scope} {order.target}, set by {order.by} since {since} ({order.reason}{ending})"


def keeping_holds(envelopes: Iterable[Mapping[str, Any]]) -> tuple[LegalHold, ...]:
    """Return every order to keep records: legal holds, then preservation holds."""
    listed = list(envelopes)
    return (*holds_in_force(listed), *map(as_order, preserved(listed)))
