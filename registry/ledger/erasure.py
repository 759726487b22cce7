"""Erasing narratives: the only rows that ever leave the ledger, and never without a trace.

Put erasure here. The signal, its grade and the digest of what was erased stay; the chain does not change, because no event holds the text.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from registry.domain.events import Event, EventKind, StoredEvent
from registry.errors import LedgerError
from registry.ledger.appending import append_events
from registry.ledger.tables import NARRATIVE

_CHUNK = 500


def erase_narratives(connection: Connection, keys: Collection[str], event: Event, recorded_at: datetime) -> StoredEvent:
    """Append ``event`` and delete the narratives of the signals ``keys``, which its body must list under ``signals``.

    Raises:
        LedgerError: the event is of another kind or names other signals.
    """
    wanted = sorted(set(keys))
    if event.kind is not EventKind.NARRATIVE_ERASED or event.body.get("signals") != wanted:
        raise LedgerError(f"erasure: expected a NarrativeErased event whose body lists the {len(wanted)} signals, found {event.kind}")
    (stored,) = append_events(connection, [event], recorded_at)
    for start in range(0, len(wanted), _CHUNK):
        connection.execute(NARRATIVE.delete().where(NARRATIVE.c.key.in_(wanted[start : start + _CHUNK])))
    return stored
