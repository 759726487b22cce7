"""Identity: what a signal, its content and its symptom are called, by digest.

Put here what makes two signals the same signal, the same content or the same symptom.

The rules:
 * A signal is known by its system, feed and the source's id: our key.
 * A symptom is known by the fingerprint's version, the system and the feed's listed fields, after redaction: 16 hex digits. Another way to
   compute it is another version, never a silent change.
 * The content is the row as found; its narrative enters only through the salt, so that nobody without it can guess the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from registry.domain.canonical import canonical_json, digest_bytes, text_json, texts_json
from registry.domain.signal import RawSignal
from registry.domain.times import format_instant

FINGERPRINT_VERSION = 1

_instant = lru_cache(maxsize=65_536)(format_instant)


def signal_key(system_id: str, feed: str, signal_id: str) -> str:
    """Return our key of a source's signal: ``digest_of([system_id, feed, signal_id])``, computed faster."""
    return digest_bytes(f"[{text_json(system_id)},{text_json(feed)},{text_json(signal_id)}]".encode("ascii"))


def fingerprint_of(system_id: str, fields: Mapping[str, str]) -> str:
    """Return the identity of the symptom that ``fields`` (redacted, from the feed's list) describe on one system.

    >>> fingerprint_of("router", {"a": "1", "b": "2"}) == fingerprint_of("router", {"b": "2", "a": "1"})
    True
    """
    return _fingerprint(system_id, tuple(sorted(fields.items())))


def narrative_digest(salt: bytes, text: str) -> str:
    """Return ``sha256(salt || text)``; empty for an empty text."""
    return digest_bytes(salt + text.encode("utf-8", "surrogatepass")) if text else ""


def content_digest(raw: RawSignal, salt: bytes) -> str:
    """Return the digest of ``raw`` with its narrative replaced by the narrative's salted digest."""
    # ``canonical_json`` of these fields, written out for this one shape: a million of them a day are made.
    content = (
        f'{{"fingerprint_fields":{texts_json(raw.fingerprint_fields)},"impact":"{raw.impact}"'
        f',"journey_step":{text_json(raw.journey_step)},"narrative":"{narrative_digest(salt, raw.narrative)}"'
        f',"occurred_at":"{_instant(raw.occurred_at)}","received_at":"{_instant(raw.received_at)}"'
        f',"reproducible":{"true" if raw.reproducible else "false"},"segment":{texts_json(raw.segment)}'
        f',"signal_id":{text_json(raw.signal_id)},"source_evidence":[{",".join(map(text_json, raw.source_evidence))}]'
        f',"synthetic":{"true" if raw.synthetic else "false"},"versions":{texts_json(raw.versions)}}}'
    )
    return digest_bytes(content.encode("ascii"))


@lru_cache(maxsize=65_536)
def _fingerprint(system_id: str, items: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(canonical_json([FINGERPRINT_VERSION, system_id, items])).hexdigest()[:16]
