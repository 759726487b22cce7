"""What one feed delivered on one business date, with counts: the values a triage decision is made from.

Put types of deliveries, counts and quarantine here. Reading is ``registry/sources``; judging is ``checks``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from registry.domain.canonical import digest_of
from registry.domain.decision import Finding, InputDigest


class FeedStatus(StrEnum):
    """``OK`` may have zero rows (a rare event feed). Every other status is a finding and stops a PASS."""

    OK = "ok"
    NO_DATA = "no_data"  # empty where it never was
    STALE = "stale"  # its newest row is too old
    ERRORED = "errored"  # missing or unreadable
    SCHEMA_BROKEN = "schema_broken"  # refused whole


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One bad row, kept with the run: where it stands, which id it claims, and why it was set aside.

    ``row_number`` counts data rows from 1 in the source's own order (for CSV: not counting the header). ``content_digest`` is the digest
    of the row's cells, so that the same bad row is reported once, not every day. ``row`` holds the redacted cells.
    """

    source: str
    row_number: int
    signal_id: str
    column: str
    reason_code: str
    reason: str
    content_digest: str
    row: dict[str, str]


def quarantine_key(source: str, content_digest: str) -> str:
    """Return the key by which the same bad row of the same source is kept once."""
    return digest_of([source, content_digest])


@dataclass(frozen=True, slots=True)
class Cell:
    """How many new signals of one fingerprint came through one channel on one local civil date of receipt.

    ``pre_fix`` cells count signals about decisions made before the fix of the fingerprint's issue: late evidence, not a recurrence.
    """

    fingerprint: str
    on: date
    channel: str
    count: int
    pre_fix: bool = False


@dataclass(frozen=True, slots=True)
class FileRef:
    """A spooled file: a path below the workspace's spool, its sha256 digest, bytes and rows (0 where rows make no sense)."""

    path: str
    digest: str
    size_bytes: int
    row_count: int = 0


@dataclass(frozen=True, slots=True)
class FeedDelivery:
    """What one feed of one system delivered in the window that ends before ``business_date``.

    ``cells`` count only signals the ledger did not have, without synthetic ones; ``received_count`` is all rows seen in the window,
    ``known_count`` those already in the ledger. ``fingerprints`` maps each fingerprint to its fields, for titles and reports.
    ``severities`` maps each fingerprint to the highest severity among its new signals. ``signals`` (one canonical JSON signal a
    line, sorted by key) and ``narratives`` (key, salt, redacted text; never sealed) are None when nothing is new.
    ``newest_received_at`` is the newest receipt at the source before the window's end, whatever the feed's filter.
    ``received_on_last_day`` is how many of the received rows are of the day before ``business_date``.
    """

    system_id: str
    feed: str
    source: str
    status: FeedStatus
    reason: str
    received_count: int = 0
    known_count: int = 0
    new_count: int = 0
    synthetic_count: int = 0
    duplicate_count: int = 0
    newest_received_at: datetime | None = None
    cells: tuple[Cell, ...] = ()
    fingerprints: dict[str, dict[str, str]] | None = None
    severities: dict[str, str] | None = None
    signals: FileRef | None = None
    narratives: FileRef | None = None
    received_on_last_day: int = 0


@dataclass(frozen=True, slots=True)
class SourceDelivery:
    """What one source (one file set or query, shared by any number of feeds) delivered, and what validation said.

    ``redactions`` counts, by kind, the identifiers that were replaced in its new signals, their narratives, and the rows set aside.
    """

    source: str
    inputs: tuple[InputDigest, ...]
    row_count: int
    quarantined: tuple[QuarantinedRow, ...]
    unmatched_count: int
    unmatched_ids: tuple[str, ...]
    ambiguous_count: int
    ambiguous_ids: tuple[str, ...]
    findings: tuple[Finding, ...]
    feeds: tuple[FeedDelivery, ...]
    validation: FileRef | None = None
    redactions: dict[str, int] = field(default_factory=dict)
