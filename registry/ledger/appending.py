"""Appending events to the chain and moving the projections with them.

Put what one event does to the ledger's rows here. What it does to an issue is ``registry/domain/folding.py``; this module only stores that.

A repeat (same key, same body) writes nothing. The same key with another body is refused with ``IdempotencyConflictError`` and rolls the
whole transaction back: neither content is silently preferred, and a person sees both in the message's digests.

An event is for ever and is sealed as it stands: one that holds a secret is refused here, before it exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from registry.domain.canonical import digest_bytes
from registry.domain.closing import is_overtaken
from registry.domain.events import Event, EventKind, StoredEvent, chain_hash, is_move
from registry.domain.folding import fold
from registry.domain.issue import Issue
from registry.errors import ApprovalRefusedError, IdempotencyConflictError, IllegalMoveError, LedgerError, StaleIssueError
from registry.evidence.secret_scan import secret_kinds
from registry.ledger.codec import (
    approval_row,
    closure_row,
    envelope_of,
    event_columns,
    issue_of,
    issue_row,
    stored_event,
    version_row,
    window_row,
)
from registry.ledger.tables import APPROVAL, CLOSURE, EVENT, ISSUE, LOG_HEAD, RECURRENCE_WINDOW, TRANSITION, VERSION_IN_FORCE

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int
    hash: str


def lock_head(connection: Connection) -> Head:
    """Return the head and keep every other writer of events away until the transaction ends."""
    row = connection.execute(select(LOG_HEAD).with_for_update()).one()
    return Head(row.seq, row.hash)


def append_events(connection: Connection, events: Sequence[Event], recorded_at: datetime) -> tuple[StoredEvent, ...]:
    """Append those of ``events`` that are not there yet, fold them into their projections, and return all of them as stored.

    Raises:
        IdempotencyConflictError: a key came back with other content.
        IllegalMoveError: an event makes a move that is not legal from the issue's state.
        ApprovalRefusedError: an approval's nonce was used before.
        StaleIssueError: an opening found a live issue of the same fingerprint.
        LedgerError: a body holds a secret.
    """
    head = lock_head(connection)
    bodies = {event.key: event.canonical_body() for event in events}
    _refuse_contradiction(events, bodies)
    _refuse_secrets(events, bodies)
    known = _known(connection, bodies)
    for stored in known.values():
        if stored.body != bodies[stored.key]:
            raise IdempotencyConflictError(_conflict(stored, bodies[stored.key]))
    fresh = _chain(head, [(key, body) for key, body in bodies.items() if key not in known], _not_before(connection, head, recorded_at))
    _insert(connection, fresh)
    _fold_into_projections(connection, fresh)
    known |= {stored.key: stored for stored in fresh}
    return tuple(known[event.key] for event in events)


def _refuse_contradiction(events: Sequence[Event], bodies: dict[str, bytes]) -> None:
    for event in events:
        if event.canonical_body() != bodies[event.key]:
            raise IdempotencyConflictError(f"two events of one write share the key of {event.kind} {event.system_id}/{event.subject}")


def _refuse_secrets(events: Sequence[Event], bodies: dict[str, bytes]) -> None:
    for event in events:
        kinds = secret_kinds(bodies[event.key])
        if kinds:
            raise LedgerError(
                f"{event.kind} {event.system_id}/{event.subject}: expected no secret in an event, found {', '.join(kinds)}; nothing was "
                "written: take it out and, where it was real, change it"
            )


def _known(connection: Connection, keys: Iterable[str]) -> dict[str, StoredEvent]:
    wanted = list(keys)
    found: dict[str, StoredEvent] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(select(EVENT).where(EVENT.c.key.in_(wanted[start : start + _CHUNK])))
        found |= {row.key: stored_event(row) for row in rows}
    return found


def _conflict(stored: StoredEvent, body: bytes) -> str:
    envelope = envelope_of(stored.body)
    what = f"{envelope['kind']} {envelope['system']}/{envelope['subject']} of {envelope['business_date']}"
    return (
        f"{what}: expected the content recorded as event {stored.seq} ({digest_bytes(stored.body)}), found other content "
        f"({digest_bytes(body)}); nothing was written. A correction is a new event with its own subject."
    )


def _not_before(connection: Connection, head: Head, recorded_at: datetime) -> datetime:
    """A clock that was set back must not make the log run backwards."""
    last = connection.execute(select(EVENT.c.recorded_at).where(EVENT.c.seq == head.seq)).scalar()
    return recorded_at if last is None else max(last, recorded_at)


def _chain(head: Head, pairs: list[tuple[str, bytes]], recorded_at: datetime) -> list[StoredEvent]:
    chained, previous = [], head.hash
    for seq, (key, body) in enumerate(pairs, head.seq + 1):
        chained.append(StoredEvent(seq, previous, body, chain_hash(previous, body), key, recorded_at))
        previous = chained[-1].hash
    return chained


def _insert(connection: Connection, fresh: list[StoredEvent]) -> None:
    if not fresh:
        return
    rows = [
        {"seq": event.seq, "prev_hash": event.prev_hash, "body": event.body.decode("ascii"), "hash": event.hash}
        | {"recorded_at": event.recorded_at}
        | event_columns(envelope_of(event.body))
        for event in fresh
    ]
    connection.execute(EVENT.insert(), rows)
    connection.execute(LOG_HEAD.update().values(seq=fresh[-1].seq, hash=fresh[-1].hash))


def _fold_into_projections(connection: Connection, fresh: list[StoredEvent]) -> None:
    issues: dict[str, Issue] = {}
    for event in fresh:
        envelope = envelope_of(event.body)
        if envelope["kind"] == EventKind.VERSION_OBSERVED:
            _observe_version(connection, event.seq, envelope)
        elif envelope["issue"]:
            if envelope["kind"] == EventKind.APPROVAL_RECORDED:
                _record_approval(connection, event.seq, envelope)  # before its move, which the database refuses without it
            _fold_issue(connection, event.seq, envelope, issues)
            _record_judgement(connection, event.seq, envelope)


def _fold_issue(connection: Connection, seq: int, envelope: dict[str, Any], issues: dict[str, Issue]) -> None:
    issue_id = envelope["issue"]
    before = issues.get(issue_id) or _read_issue(connection, issue_id)
    after = fold(before, envelope)
    if after is None or after == before:
        return
    try:
        if before is None:
            connection.execute(ISSUE.insert(), issue_row(after))
        else:
            _move(connection, seq, envelope, after.version)
            connection.execute(ISSUE.update().where(ISSUE.c.issue_id == issue_id), issue_row(after))
    except IntegrityError as error:
        raise _refused(error, envelope) from error
    issues[issue_id] = after


def _record_approval(connection: Connection, seq: int, envelope: dict[str, Any]) -> None:
    try:
        connection.execute(APPROVAL.insert(), approval_row(seq, envelope))
    except IntegrityError as error:
        raise ApprovalRefusedError(
            f"issue {envelope['issue']}: expected an approval of an issue that exists, signed or asserted by a name, with a nonce that was "
            f"never used; found {str(error.orig).splitlines()[0]}. Nothing was written: have it given anew"
        ) from error


def _record_judgement(connection: Connection, seq: int, envelope: dict[str, Any]) -> None:
    """Store what was judged of a window or a closure: the database closes an issue by these rows, whatever program asks it to."""
    try:
        if envelope["kind"] == EventKind.WINDOW_JUDGED:
            connection.execute(RECURRENCE_WINDOW.insert(), window_row(seq, envelope))
        elif envelope["kind"] == EventKind.CLOSURE_JUDGED and not is_overtaken(envelope["data"]):
            connection.execute(CLOSURE.insert(), closure_row(seq, envelope))
    except IntegrityError as error:
        said = str(error.orig).splitlines()[0]
        raise IllegalMoveError(f"issue {envelope['issue']} ({envelope['kind']}): {said}; nothing was written: judge it again") from error


def _read_issue(connection: Connection, issue_id: str) -> Issue | None:
    row = connection.execute(select(ISSUE).where(ISSUE.c.issue_id == issue_id)).one_or_none()
    return None if row is None else issue_of(row)


def _move(connection: Connection, seq: int, envelope: dict[str, Any], version: int) -> None:
    data = envelope["data"]
    if is_move(envelope):
        values = {"event_seq": seq, "issue_id": envelope["issue"], "version": version, "actor": envelope["actor"]}
        connection.execute(TRANSITION.insert(), values | {"from_state": data["from"], "to_state": data["to"], "role": data["role"]})


def _refused(error: IntegrityError, envelope: dict[str, Any]) -> Exception:
    said = str(error.orig)
    if "transition must" in said:
        return IllegalMoveError(f"issue {envelope['issue']}: {said.splitlines()[0]}; nothing was written: see `proofloop issue show`")
    return StaleIssueError(
        f"issue {envelope['issue']} ({envelope['kind']}): another live issue of the same fingerprint exists or the issue moved since it "
        "was read; reload and decide again"
    )


def _observe_version(connection: Connection, seq: int, envelope: dict[str, Any]) -> None:
    """Every claim is kept: one that repeats what was in force counts as soon as another is recorded for an instant before it."""
    connection.execute(VERSION_IN_FORCE.insert(), version_row(seq, envelope))
