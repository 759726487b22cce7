"""The outbox: what the ledger has promised to publish.

Put rows of the promise here. Publishing itself is ``registry/evidence``: it puts the file in place first and marks the row afterwards, so a
crash between the two publishes the same bytes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from registry.domain.triage_write import OutboxRow, Publication
from registry.errors import IdempotencyConflictError, LedgerError
from registry.ledger.tables import OUTBOX


def put_in_outbox(connection: Connection, publications: Sequence[Publication], event_seq: int) -> None:
    """Promise to publish, on behalf of an event; the caller holds the chain's lock, which makes the ids gapless.

    Raises:
        IdempotencyConflictError: a path was promised before; a published file is never replaced.
    """
    last = connection.execute(select(func.coalesce(func.max(OUTBOX.c.outbox_id), 0))).scalar_one()
    for number, item in enumerate(publications, last + 1):
        values = {"outbox_id": number, "event_seq": event_seq, "path": item.path, "digest": item.digest, "kind": item.kind}
        try:
            connection.execute(OUTBOX.insert(), values | {"published": 0})
        except IntegrityError as error:
            raise IdempotencyConflictError(f"outbox: {item.path} was promised by an earlier run; a path is used once") from error


def pending(connection: Connection) -> tuple[OutboxRow, ...]:
    """Return what is still to be published, oldest first."""
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.published == 0).order_by(OUTBOX.c.outbox_id))
    return tuple(map(_row, rows))


def last_published(connection: Connection) -> OutboxRow | None:
    """Return what was published last: it must still be where it was put."""
    newest = select(OUTBOX).where(OUTBOX.c.published == 1).order_by(OUTBOX.c.outbox_id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else _row(row)


def mark_published(connection: Connection, outbox_id: int) -> None:
    """Record that the file is in its place; doing so again changes nothing.

    Raises:
        LedgerError: there is no such row.
    """
    statement = OUTBOX.update().where(OUTBOX.c.outbox_id == outbox_id, OUTBOX.c.published == 0).values(published=1)
    if connection.execute(statement).rowcount == 0 and not _exists(connection, outbox_id):
        raise LedgerError(f"outbox: expected row {outbox_id}, found none; read the pending rows again")


def _exists(connection: Connection, outbox_id: int) -> bool:
    return connection.execute(select(OUTBOX.c.outbox_id).where(OUTBOX.c.outbox_id == outbox_id)).scalar() is not None


def _row(row: Any) -> OutboxRow:
    return OutboxRow(row.outbox_id, row.event_seq, row.path, row.digest, row.kind, bool(row.published))
