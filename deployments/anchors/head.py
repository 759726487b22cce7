"""What every recipe does with the words it is called with: read the seal, and refuse one that is not the head it was told.

Put here what recipes share. Where a head goes is each recipe's own.
"""

from __future__ import annotations

from pathlib import Path

from registry.domain.anchoring import Head
from registry.domain.canonical import digest_bytes
from registry.domain.times import format_instant
from registry.errors import EvidenceError
from registry.evidence.anchors import head_document, note_of
from registry.evidence.seal import Seal, parse_seal


def read_head(head: Head, path: Path) -> Seal:
    """Return the seal in ``path``.

    Raises:
        EvidenceError: it cannot be read, is not canonical, or is not ``head``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path}: expected the seal file, found {error.strerror}; name the seal that is to be anchored") from error
    seal, found = parse_seal(content, path.name), digest_bytes(content)
    if (seal.seq, found) != (head.seal, head.digest):
        raise EvidenceError(f"{path}: expected seal {head.seal} {head.digest}, found seal {seal.seq} {found}; anchor the newest seal")
    return seal


def note_for(head: Head, path: Path) -> str:
    """Return the one line by which the head is noted down."""
    return note_of(head_document(read_head(head, path), path.name))


def message_for(head: Head, path: Path) -> str:
    """Return the head as a text for people: what it is, and what to do with it."""
    seal = read_head(head, path)
    return (
        f"{note_for(head, path)}\n\n"
        f"This is the head of an evidence archive, sealed {format_instant(seal.sealed_at)}. Keep it where the archive's owners cannot\n"
        "change it. Whoever holds it can tell whether the archive was rewritten or cut short before this seal:\n\n"
        f"    proofloop evidence verify --head {head.digest}\n"
    )
