"""What the ledger remembers that a triage decision compares the day with.

Put values that are read back from the ledger for a decision here, and how they follow from what earlier days decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.catalogue import TimeField, VersionInForce
from registry.domain.issue import Issue
from registry.domain.policy import TriagePolicies
from registry.domain.work import Case

_NO_TIME = TimeField("")


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
class Telling:
    """How a feed told symptoms on a day: what made the name of one, which rows were signals of its system at all, and how they were dated.

    ``columns`` make a symptom (``fingerprint``), in the order of their names: the order in which they are listed changes no fingerprint.
    ``redacted`` are the kinds of personal data that were taken out of them first (none where there is no column), ``fingerprint_version``
    is the way to compute a name. ``occurred_at``, in the zone of the system, says when the decision was made, and ``versions`` by what:
    pairs of artifact and column. ``received_at`` says when a row is taken, ``signal_id`` which rows are one.
    """

    columns: tuple[str, ...]
    where: str = ""
    ai_system: str = ""
    synthetic: str = ""
    signal_id: str = ""
    received_at: TimeField = _NO_TIME
    occurred_at: TimeField = _NO_TIME
    zone: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    redacted: tuple[str, ...] = ()
    fingerprint_version: int = 1


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
    """Everything the day is compared with, up to ledger event ``events``; ``cases`` hold what people did on the issues."""

    events: int
    counts: tuple[DailyCount, ...]
    observed: tuple[ObservedDay, ...]
    issues: tuple[Issue, ...]
    batches: tuple[BatchDay, ...]
    dips: tuple[OpenDip, ...]
    versions: tuple[VersionInForce, ...]
    cases: tuple[Case, ...] = ()


def lookback_days(policies: TriagePolicies) -> int:
    """Return how many days before a business date its decision looks at."""
    rules = (policies.spike, policies.dip)
    windows = max(max(rule.window_days) + rule.baseline_max_days for rule in rules)
    return 1 + max(windows, policies.batch.baseline_max_days + policies.feed.allowed_lateness_days)


def named_batches(decided: Iterable[dict[str, Any]]) -> tuple[BatchDay, ...]:
    """Return the batches that decisions named, given the data of their events in the order they were taken."""
    return tuple(BatchDay(stream, channel, date.fromisoformat(on)) for data in decided for stream, channel, on in data["batches"])


def open_dips(decided: Iterable[dict[str, Any]], systems: Collection[str]) -> tuple[OpenDip, ...]:
    """Return the dips that decisions left open: each stands until a decision over all of its systems no longer names it."""
    standing: dict[tuple[str, ...], list[list[Any]]] = {}
    for data in decided:
        judged = tuple(data["systems"])
        standing = {others: dips for others, dips in standing.items() if not set(others) <= set(judged)} | {judged: data["dips"]}
    ours = [dips for others, dips in standing.items() if set(others) & set(systems)]
    latest = {subject: (since, days) for dips in ours for subject, since, days in dips}
    return tuple(OpenDip(subject, date.fromisoformat(since), days) for subject, (since, days) in sorted(latest.items()))
