"""Erasing narratives: the only rows that ever leave the ledger, and never without a trace.

Put erasure here. The signal, its grade and the digest of what was erased stay; the chain does not change, because no event holds the text.

What a database keeps of a deleted row differs:
 * SQLite overwrites freed content with zeros (``secure_delete``); the write-ahead log is emptied afterwards, and the files are searched.
 * PostgreSQL keeps the old row until VACUUM, and its write-ahead log and backups for as long as they are kept: that is said, not hidden.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind, StoredEvent
from registry.errors import LedgerError
from registry.ledger.appending import append_events
from registry.ledger.engine import outages_named
from registry.ledger.tables import NARRATIVE

_CHUNK = 500
_PIECE = 1 << 22
_AFTER_DELETE = (
    "the server keeps deleted rows until `VACUUM narrative` (by the tables' owner; `VACUUM FULL narrative` also gives the pages back), and "
    "its write-ahead log, replicas and backups for as long as they are kept: run the first, let the others expire"
)


def erase_narratives(connection: Connection, keys: Collection[str], event: Event, recorded_at: datetime) -> StoredEvent:
    """Append ``event`` and delete the narratives of the signals ``keys``, which its body must list under ``signals``.

    Raises:
        LedgerError: the event is of another kind or names other signals, or there is no signal to erase the narrative of.
    """
    wanted = sorted(set(keys))
    if not wanted:
        raise LedgerError("erasure: expected at least one signal, found none; an event that erases nothing explains nothing")
    if event.kind is not EventKind.NARRATIVE_ERASED or event.body.get("signals") != wanted:
        raise LedgerError(f"erasure: expected a NarrativeErased event whose body lists the {len(wanted)} signals, found {event.kind}")
    (stored,) = append_events(connection, [event], recorded_at)
    for chunk in _chunks(wanted):
        connection.execute(NARRATIVE.delete().where(NARRATIVE.c.key.in_(chunk)))
    return stored


def kept_narratives(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Return the salt of each narrative that is there, by the key of its signal."""
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(set(keys))):
        rows = connection.execute(select(NARRATIVE.c.key, NARRATIVE.c.salt).where(NARRATIVE.c.key.in_(chunk)))
        found |= {row.key: row.salt for row in rows}
    return found


def clear_deleted(engine: Engine, marks: Collection[str]) -> Finding:
    """Take deleted rows out of the database's files as far as a client can, and say what is left; ``marks`` are texts that they held.

    Raises:
        LedgerUnavailableError: the database is out of reach.
    """
    if engine.dialect.name != "sqlite":
        return _told(Verdict.INCONCLUSIVE, "kept_by_server", _AFTER_DELETE)
    with outages_named(engine):
        raw = engine.raw_connection()
        try:
            busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1,)
        finally:
            raw.close()
    if busy:
        return _told(Verdict.INCONCLUSIVE, "log_in_use", "another process reads the ledger, so its log still holds the text: erase again")
    paths = [Path(f"{engine.url.database}{suffix}") for suffix in ("", "-wal")]
    left = sum(_holds(path, marks) for path in paths if path.exists())
    if left:
        return _told(Verdict.FAIL, "text_left", "the database file still holds what was deleted: stop every process and VACUUM it")
    return _told(Verdict.PASS, "cleared", "the database's files were searched and hold nothing of it; file system and backups may")


def _told(verdict: Verdict, code: str, reason: str) -> Finding:
    return Finding("erasure", "ledger", verdict, code, reason)


def _holds(path: Path, marks: Collection[str]) -> bool:
    """Return whether any of ``marks`` stands in the file, read piece by piece."""
    wanted = [mark.encode("utf-8", "surrogatepass") for mark in marks if mark]
    keep = max(map(len, wanted), default=1)
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            window = tail + piece
            if any(mark in window for mark in wanted):
                return True
            tail = window[-keep:]
    return False


def _chunks(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
