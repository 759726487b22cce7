"""The archive's copy of the ledger: one line per event, from which a stranger re-derives the hash chain.

Put the line format and the walk along the chain here.

A line is ``{"seq":N,"prev":"<hex>","hash":"<hex>","body":{...}}``; the text of ``body`` is the exact body the ledger holds, and
``hash`` is sha256 over the text of ``prev`` followed by that body. With stock tools:
``sed 's/^.*"prev":"\\([0-9a-f]*\\)","hash":"[0-9a-f]*","body":\\(.*\\)}$/\\1\\2/' | tr -d '\\n' | sha256sum`` of one line prints its hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.domain.events import StoredEvent, chain_hash
from registry.errors import EvidenceError
from registry.evidence.seal import ChainEnd

_LINE = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","body":(\{[ -~]*\})\}\n')


@dataclass(frozen=True, slots=True)
class Link:
    """One event as the chain sees it."""

    seq: int
    prev_hash: str
    hash: str
    body: bytes


def render_line(link: Link) -> bytes:
    """Return the line of one event.

    Raises:
        EvidenceError: the body is not one line of canonical JSON.
    """
    line = b'{"seq":%d,"prev":"%s","hash":"%s","body":%s}\n' % (link.seq, link.prev_hash.encode(), link.hash.encode(), link.body)
    if not _LINE.fullmatch(line):
        raise EvidenceError(f"event {link.seq}: expected one line of canonical JSON as body, found other bytes; mend the ledger first")
    return line


def parse_line(line: bytes) -> Link:
    """Return the event of one line.

    Raises:
        EvidenceError: not the exact line format.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise EvidenceError("expected one line per event (seq, prev, hash, body), found other text")
    return Link(int(match[1]), match[2].decode(), match[3].decode(), match[4])


def extend(end: ChainEnd, link: Link) -> ChainEnd:
    """Return the end of the chain after ``link``.

    Raises:
        EvidenceError: the event is not the next one, does not build on ``end``, or its hash is not that of its body.
    """
    if link.seq != end.seq + 1:
        raise EvidenceError(f"event {link.seq}: expected event {end.seq + 1} next")
    if link.prev_hash != end.hash:
        raise EvidenceError(f"event {link.seq}: expected prev {end.hash}, found {link.prev_hash}")
    derived = chain_hash(link.prev_hash, link.body)
    if link.hash != derived:
        raise EvidenceError(f"event {link.seq}: expected hash {derived} of its body, found {link.hash}")
    return ChainEnd(link.seq, link.hash)


def links_after(end: ChainEnd, events: Iterable[StoredEvent]) -> Iterator[Link]:
    """Yield the events after ``end``, checked to continue the chain without a gap; events already sealed are passed over.

    Raises:
        EvidenceError: the ledger does not continue what the archive holds.
    """
    sealed = end
    for event in events:
        link = Link(event.seq, event.prev_hash, event.hash, event.body)
        if link.seq > sealed.seq:
            end = extend(end, link)
            yield link
        elif link.seq == sealed.seq and link.hash != sealed.hash:
            raise EvidenceError(f"event {link.seq}: expected {sealed.hash} as sealed, found {link.hash} in the ledger; run evidence verify")


def walk(end: ChainEnd, lines: Iterable[bytes]) -> ChainEnd:
    """Return the end of the chain after all ``lines``."""
    for line in lines:
        end = extend(end, parse_line(line))
    return end
