"""Legal holds and retirements as events, and what follows from all of them.

Put here how such an event is written and read. What a hold keeps is ``checks/retention.py``.

 * These events carry no system of their own, so that setting one does not make the decision of a run that is under way stale.
 * A hold is in force from its event on until it is lifted by another; lifting is final, a new hold is another one.
 * The last word on a system's retirement counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from registry.domain.canonical import digest_of
from registry.domain.events import Event, EventKind
from registry.domain.retention import HoldScope, LegalHold
from registry.domain.times import parse_instant

RETENTION_KINDS = (EventKind.LEGAL_HOLD_SET, EventKind.LEGAL_HOLD_LIFTED, EventKind.SYSTEM_RETIRED)


def hold_set(scope: HoldScope, target: str, by: str, reason: str, as_of: datetime, on: date) -> Event:
    """Return the event that orders everything of ``target`` to be kept."""
    hold_id = "hold-" + digest_of([scope, target, by, reason, as_of])[7:19]
    body = {"hold": hold_id, "scope": scope, "target": target, "by": by, "reason": reason}
    return Event(EventKind.LEGAL_HOLD_SET, "", hold_id, as_of, on, body, actor=by)


def hold_lifted(hold: LegalHold, by: str, reason: str, as_of: datetime, on: date) -> Event:
    """Return the event that ends a hold."""
    body = {"hold": hold.hold_id, "by": by, "reason": reason}
    return Event(EventKind.LEGAL_HOLD_LIFTED, "", hold.hold_id, as_of, on, body, actor=by)


def system_retired(system_id: str, retired_on: date, by: str, reason: str, as_of: datetime, on: date) -> Event:
    """Return the event that says from when on a system is out of use."""
    body = {"system": system_id, "retired_on": retired_on, "by": by, "reason": reason}
    return Event(EventKind.SYSTEM_RETIRED, "", f"{system_id}:{retired_on}", as_of, on, body, actor=by)


def holds_in_force(envelopes: Iterable[Mapping[str, Any]]) -> tuple[LegalHold, ...]:
    """Return the holds that were set and not lifted, in the order they were set."""
    holds: dict[str, LegalHold] = {}
    for envelope in envelopes:
        data = envelope["data"]
        if envelope["kind"] == EventKind.LEGAL_HOLD_SET:
            scope, set_at = HoldScope(data["scope"]), parse_instant(envelope["as_of"])
            holds[data["hold"]] = LegalHold(data["hold"], scope, data["target"], data["by"], data["reason"], set_at)
        elif envelope["kind"] == EventKind.LEGAL_HOLD_LIFTED:
            holds.pop(data["hold"], None)
    return tuple(holds.values())


def retired_systems(envelopes: Iterable[Mapping[str, Any]]) -> dict[str, date]:
    """Return the day each retired system went out of use."""
    told = (envelope["data"] for envelope in envelopes if envelope["kind"] == EventKind.SYSTEM_RETIRED)
    return {data["system"]: date.fromisoformat(data["retired_on"]) for data in told}
