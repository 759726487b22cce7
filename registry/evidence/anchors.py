"""What an anchor is told, and the receipt that is kept of it: an event of the ledger, which the next seal covers.

Put the forms of heads and receipts here. Running the command is ``anchors_command.py``, how much is anchored ``anchors_exposure.py``.

A receipt proves nothing by itself, since who rewrites the archive can rewrite it too: it says when and where to look for what proves
something. It is an event rather than a file beside the ledger so that it is chained, sealed with the next package, and goes with every
export. It is always younger than the seal it is about, so one unsealed event is the least that an anchored archive has.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from registry.domain.anchoring import Head, Receipt
from registry.domain.canonical import canonical_json
from registry.domain.events import Event, EventKind, StoredEvent
from registry.domain.times import format_instant, local_date, parse_instant
from registry.evidence.seal import Seal
from registry.evidence.sealed_events import SealedEvent

HEAD_KIND = "evidence_head"


def head_of(seal: Seal) -> Head:
    """Return the head that ``seal`` is, as long as it is the newest."""
    return Head(seal.seq, seal.digest)


def head_document(seal: Seal, path: str) -> dict[str, Any]:
    """Return what an anchor command reads from its standard input: the head, and where its seal file lies."""
    return {
        "kind": HEAD_KIND,
        "schema_version": 1,
        "seal": seal.seq,
        "digest": seal.digest,
        "sealed_at": format_instant(seal.sealed_at),
        "events": seal.last_event,
        "last_hash": seal.last_hash,
        "path": path,
    }


def note_of(document: dict[str, Any]) -> str:
    """Return the one line by which a head is noted down elsewhere, which ``heads_noted`` reads back.

    >>> note_of({"seal": 42, "digest": "sha256:ab", "sealed_at": "2020-01-02T00:00:00.000000Z", "events": 7})
    'evidence-head/v1 000042 sha256:ab 2020-01-02T00:00:00.000000Z events=7'
    """
    return f"evidence-head/v1 {document['seal']:06d} {document['digest']} {document['sealed_at']} events={document['events']}"


def heads_noted(text: str) -> tuple[Head, ...]:
    """Return every head in a text that was kept elsewhere: a file of a repository, a mail, an auditor's notes; other lines are passed by.

    A mail program may have put a mark like ``>`` before the line or broken it, so words count, not lines.
    """
    words = text.split()
    starts = [place for place, word in enumerate(words) if word == "evidence-head/v1"]
    noted = (words[place + 1 : place + 3] for place in starts)
    return tuple(Head(int(found[0]), found[1]) for found in noted if len(found) == 2 and found[0].isdigit())


def receipt_event(receipt: Receipt, zone: str) -> Event:
    """Return the event that keeps ``receipt``: one for each seal and civil date."""
    body = {
        "seal": receipt.head.seal,
        "digest": receipt.head.digest,
        "anchored_at": receipt.anchored_at,
        "command": receipt.command,
        "command_digest": receipt.command_digest,
        "answer": receipt.answer,
        "answer_digest": receipt.answer_digest,
    }
    on = local_date(receipt.anchored_at, zone)
    return Event(EventKind.HEAD_ANCHORED, "", f"{receipt.head.seal:06d}", receipt.anchored_at, on, json.loads(canonical_json(body)))


def receipt_of(event: StoredEvent | SealedEvent) -> Receipt:
    """Return the receipt that a ``HeadAnchored`` event keeps."""
    data = json.loads(event.body)["data"]
    at: datetime = parse_instant(data["anchored_at"])
    head = Head(data["seal"], data["digest"])
    return Receipt(head, at, data["command"], data["command_digest"], data["answer"], data["answer_digest"])
