"""Everything that reading one source on one business date needs, as one value.

Put inputs of a delivery here. Nothing in it is decided while reading.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from registry.domain.catalogue import FeedSpec, SourceSpec, SystemEntry
from registry.domain.policy import FeedPolicy
from registry.domain.signal import RawSignal, Signal
from registry.domain.times import local_date
from registry.domain.validation import SuiteResult
from registry.errors import SourceError
from registry.sources.caps import SourceCaps

FeedKey = tuple[str, str]
FeedPair = tuple[SystemEntry, FeedSpec]
Judge = Callable[[RawSignal], Signal]
Redact = Callable[[str], tuple[str, dict[str, int]]]


class Validator(Protocol):
    """What validates a source: ``checks.expectations.signals`` is one."""

    def validate_rows(self, columns: Mapping[str, Sequence[Any]], /) -> SuiteResult:
        """Return what the suite of signal rows says."""

    def validate_columns(self, found: Sequence[str], required: Sequence[str], /) -> SuiteResult:
        """Return which required columns are there."""


def _no_connection(name: str) -> str:
    raise SourceError(f"connection {name}: expected a named connection, found none in this workspace; add it under connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """Which feeds read one source, for which day, with what is known and how rows are judged.

    ``feeds`` share one ``source_id``. ``observed_at`` is the real instant of reading: later receipts are in the future. Paths are relative
    to ``base`` and must lie below ``roots``. ``known`` maps the keys of signals that the ledger has to their content digests, by feed;
    ``known_quarantine`` holds the content digests of rows reported before. Staged rows are kept below ``staging`` (else ``spool``) for the
    life of the process; what a run delivers is written to ``spool``. ``read_until`` is the day before which a feed was last read well.
    """

    feeds: tuple[FeedPair, ...]
    business_date: date
    observed_at: datetime
    base: Path
    roots: tuple[Path, ...]
    spool: Path
    policy: FeedPolicy
    validator: Validator
    judges: Mapping[FeedKey, Judge]
    narrative_salt: Callable[[str], bytes]
    redact: Redact
    known: Mapping[FeedKey, Mapping[str, str]] = field(default_factory=dict)
    known_quarantine: Container[str] = frozenset()
    connection_url: Callable[[str], str] = _no_connection
    caps: SourceCaps = field(default_factory=SourceCaps)
    chunk_rows: int = 25_000
    staging: Path | None = None
    read_until: Mapping[FeedKey, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({spec.source.source_id for _, spec in self.feeds}) != 1:
            raise ValueError("expected feeds of exactly one source, found none or several; deliver each source on its own")

    @property
    def source(self) -> SourceSpec:
        return self.feeds[0][1].source

    def window_start(self, pair: FeedPair) -> date:
        """Return the first civil day of receipt that the feed still takes.

        Rows may be late by the feed's lateness, counted from the day up to which it was last read well: an outage loses nothing. Where the
        system lies so far west that its day is not over when rows are read, the day that the last run saw a part of is read again.
        """
        system, spec = pair
        lateness = self.policy.allowed_lateness_days if spec.allowed_lateness_days is None else spec.allowed_lateness_days
        read_until = self.read_until.get(feed_key(pair), self.business_date)
        newest = min(self.business_date, self.observed_on(system)) - timedelta(days=1)
        return min(read_until, newest) - timedelta(days=lateness)

    def observed_on(self, system: SystemEntry) -> date:
        """Return the civil day on which the system's rows are read."""
        return local_date(self.observed_at, system.timezone)


def feed_key(pair: FeedPair) -> FeedKey:
    """Return (system id, feed name)."""
    return pair[0].system_id, pair[1].name
