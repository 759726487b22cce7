"""Leases: one run per (flow, system, business date), decided by the database.

Put claiming, holding and completing here. Every row has a fence that rises with each claim: a run that was slow, stopped and came back
finds its fence too low and cannot write, however sure it is of its lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, tuple_

from registry.domain.canonical import digest_bytes
from registry.domain.lease import Claim, ClaimStatus, Lease
from registry.domain.times import format_instant
from registry.errors import IdempotencyConflictError, LeaseLostError
from registry.ledger.loading import upsert
from registry.ledger.tables import LEASE, RESULT

_CHUNK = 200
CLAIMED, RELEASED, DONE = "claimed", "released", "done"


def claim(
    connection: Connection, flow: str, system_ids: Iterable[str], business_date: date, owner: str, now: datetime, ttl: timedelta
) -> Claim:
    """Claim every system that is not done, or none of them when another run holds one.

    A lease that has expired or was released is taken over. Claiming again as the same owner raises the fence too: the older attempt
    of a retried run can no longer write.
    """
    wanted = sorted(set(system_ids))
    rows = _locked(connection, flow, business_date, wanted, owner, now)
    held = next((row for row in rows if row.status == CLAIMED and row.fence and row.owner != owner and row.expires_at > now), None)
    if held is not None:
        return Claim(ClaimStatus.HELD, held_by=held.owner, held_until=held.expires_at)
    done = tuple(row.system_id for row in rows if row.status == DONE)
    leases = tuple(Lease(flow, row.system_id, business_date, owner, row.fence + 1, now + ttl) for row in rows if row.status != DONE)
    for lease in leases:
        values = {"owner": owner, "fence": lease.fence, "expires_at": lease.expires_at, "status": CLAIMED}
        connection.execute(LEASE.update().where(*_is(lease)).values(values))
    return Claim(ClaimStatus.CLAIMED if leases else ClaimStatus.DONE, leases, done)


def release(connection: Connection, leases: Sequence[Lease]) -> None:
    """Give up leases that are still ours and not done, so that a rerun need not wait for their expiry."""
    for lease in sorted(leases, key=_order):
        still_ours = (LEASE.c.fence == lease.fence, LEASE.c.owner == lease.owner, LEASE.c.status == CLAIMED)
        connection.execute(LEASE.update().where(*_is(lease), *still_ours).values(status=RELEASED))


def hold_for_writing(connection: Connection, leases: Sequence[Lease], result: bytes) -> bool:
    """Lock the leases of a write. Return False when they are ours, True when this very result is recorded already.

    Raises:
        LeaseLostError: one of them is another run's.
        IdempotencyConflictError: one of them is done with another result.
    """
    rows = {row.system_id: row for row in _read_locked(connection, leases)}
    digest = digest_bytes(result)
    done = [lease for lease in leases if (row := rows.get(lease.system_id)) is not None and row.status == DONE]
    for lease in done:
        if rows[lease.system_id].result_digest != digest:
            raise IdempotencyConflictError(_other_result(lease, rows[lease.system_id].result_digest, digest))
    if leases and len(done) == len(leases):
        return True
    for lease in leases:
        row = rows.get(lease.system_id)
        if row is None or (row.status, row.owner, row.fence) != (CLAIMED, lease.owner, lease.fence):
            raise LeaseLostError(_lost(lease, row))
    return False


def complete(connection: Connection, leases: Sequence[Lease], result: bytes) -> None:
    """Store the run's result once and mark its leases done for good."""
    digest = digest_bytes(result)
    connection.execute(upsert(connection, RESULT).on_conflict_do_nothing(), {"digest": digest, "body": result})
    for lease in sorted(leases, key=_order):
        connection.execute(LEASE.update().where(*_is(lease)).values(status=DONE, result_digest=digest))


def read_result(connection: Connection, flow: str, system_id: str, business_date: date) -> bytes | None:
    """Return the result of the run that did this system and date, or None while there is none."""
    joined = select(RESULT.c.body).join(LEASE, LEASE.c.result_digest == RESULT.c.digest)
    key = (LEASE.c.flow == flow, LEASE.c.system_id == system_id, LEASE.c.business_date == business_date)
    return connection.execute(joined.where(*key)).scalar()


def _locked(connection: Connection, flow: str, business_date: date, system_ids: list[str], owner: str, now: datetime) -> list[Any]:
    """Return the rows of every system, created where new (with fence 0, which nobody holds), locked in sorted order against deadlocks."""
    new = {"flow": flow, "business_date": business_date, "owner": owner, "fence": 0, "expires_at": now, "status": RELEASED}
    if system_ids:
        connection.execute(upsert(connection, LEASE).on_conflict_do_nothing(), [new | {"system_id": name} for name in system_ids])
    leases = [Lease(flow, name, business_date, owner, 0, now) for name in system_ids]
    return _read_locked(connection, leases)


def _read_locked(connection: Connection, leases: Sequence[Lease]) -> list[Any]:
    rows: list[Any] = []
    ordered = sorted(leases, key=_order)
    for start in range(0, len(ordered), _CHUNK):
        keys = [(lease.flow, lease.system_id, lease.business_date) for lease in ordered[start : start + _CHUNK]]
        columns = tuple_(LEASE.c.flow, LEASE.c.system_id, LEASE.c.business_date)
        order = (LEASE.c.flow, LEASE.c.system_id, LEASE.c.business_date)
        rows += connection.execute(select(LEASE).where(columns.in_(keys)).order_by(*order).with_for_update())
    return rows


def _order(lease: Lease) -> tuple[str, str, date]:
    return lease.flow, lease.system_id, lease.business_date


def _is(lease: Lease) -> tuple[Any, ...]:
    return LEASE.c.flow == lease.flow, LEASE.c.system_id == lease.system_id, LEASE.c.business_date == lease.business_date


def _lost(lease: Lease, row: Any) -> str:
    found = "no such lease" if row is None else f"{row.status} by {row.owner} with fence {row.fence}"
    return (
        f"{lease.flow} of {lease.system_id} on {lease.business_date}: expected our lease ({lease.owner}, fence {lease.fence}, until "
        f"{format_instant(lease.expires_at)}), found {found}; nothing was written. The other run's result stands."
    )


def _other_result(lease: Lease, found: str, ours: str) -> str:
    return (
        f"{lease.flow} of {lease.system_id} on {lease.business_date} is done with result {found}; a second result ({ours}) was refused. "
        "A correction is a new event, not another result for the same date"
    )
