"""What the ledger remembers that a triage decision compares the day with.

Put values that are read back from the ledger for a decision here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.domain.catalogue import VersionInForce
from registry.domain.issue import Issue


@dataclass(frozen=True, slots=True)
class DailyCount:
    """Signals of one fingerprint of one feed that were received on one local civil date through one channel (``""``: none given).

    ``pre_fix`` counts are reports about decisions older than a fix: they arrived, but they say nothing about the version in force.
    """

    system_id: str
    feed: str
    fingerprint: str
    on: date
    channel: str
    count: int
    pre_fix: bool = False


@dataclass(frozen=True, slots=True)
class ObservedDay:
    """A civil day that a successful reading of a feed covered, even if it brought no signal; other days are not evidence of quiet."""

    system_id: str
    feed: str
    on: date


@dataclass(frozen=True, slots=True)
class BatchDay:
    """A day and channel of a stream that an earlier decision named a batch: its signals do not count towards spikes."""

    stream: str
    channel: str
    on: date


@dataclass(frozen=True, slots=True)
class OpenDip:
    """A volume dip that has not recovered: judged by windows of ``window_days``, low since ``since_on``."""

    subject: str
    since_on: date
    window_days: int


@dataclass(frozen=True, slots=True)
class TriageHistory:
    """Everything the day is compared with, up to ledger event ``events``."""

    events: int
    counts: tuple[DailyCount, ...]
    observed: tuple[ObservedDay, ...]
    issues: tuple[Issue, ...]
    batches: tuple[BatchDay, ...]
    dips: tuple[OpenDip, ...]
    versions: tuple[VersionInForce, ...]
