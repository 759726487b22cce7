"""The day and its history arranged by feed, fingerprint and stream, ready for the rate tests.

Put grouping of deliveries and history here. A stream is every feed of one category that reads one source: what arrives together.

The rules:
 * History and the day's new signals add up; synthetic ones are in neither. Signals about decisions older than a fix count as volume,
   never towards the rate of a symptom.
 * A successful run observes the civil day before its business date and no other: a day without a run, or whose feed was not read well, is
   not an observed day even if its rows arrive later.
 * A batch is set aside for the symptoms of its own stream only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from checks.batches import find_batches, set_aside
from checks.rates import day_weights
from checks.series import Series
from registry.domain.catalogue import FeedSpec
from registry.domain.feed import FeedStatus
from registry.domain.history import BatchDay
from registry.domain.triage import Batch
from registry.domain.triage_run import TriageInputs

FeedKey = tuple[str, str]
SymptomKey = tuple[str, str, str]
Counts = dict[date, int]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Counts by (system, feed, fingerprint) and by stream and channel, observed days by feed, and the day's batches."""

    specs: Mapping[FeedKey, FeedSpec]
    observed: Mapping[FeedKey, frozenset[date]]
    symptoms: Mapping[SymptomKey, Counts]
    feeds: Mapping[FeedKey, Counts]
    streams: Mapping[str, tuple[FeedKey, ...]]
    batches: tuple[Batch, ...]

    def symptom_series(self, key: SymptomKey) -> Series:
        """Return the daily counts of one fingerprint, weighted by the weekdays of its whole feed."""
        feed = key[:2]
        observed = self.observed[feed]
        return Series(self.symptoms[key], observed, day_weights(self.feeds[feed], observed))

    def feed_series(self, keys: Iterable[FeedKey]) -> Series:
        """Return the daily counts of some feeds together, on days that any of them observed."""
        chosen = tuple(keys)
        counts = _added(self.feeds[key] for key in chosen)
        observed = frozenset[date]().union(*(self.observed[key] for key in chosen))
        return Series(counts, observed, day_weights(counts, observed))


def stream_of(spec: FeedSpec) -> str:
    """Return the name of the stream that a feed belongs to."""
    return f"{spec.source.source_id}:{spec.category}"


def arrange(inputs: TriageInputs, statuses: Mapping[FeedKey, FeedStatus]) -> Arrangement:
    """Return the day arranged with its history; ``statuses`` says which feeds were read well today."""
    specs = {(system.system_id, feed.name): feed for system in inputs.systems for feed in system.feeds}
    streams: dict[str, list[FeedKey]] = defaultdict(list)
    for key in sorted(specs):
        streams[stream_of(specs[key])].append(key)
    observed = _observed_days(inputs, specs, statuses)
    cells = list(_cells(inputs, specs))
    by_stream: dict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        by_stream[stream_of(specs[cell[0]])].append(cell)
    batches = tuple(
        batch for stream in sorted(streams) for batch in _stream_batches(stream, streams[stream], by_stream[stream], observed, inputs)
    )
    aside = set_aside(
        (*inputs.history.batches, *(BatchDay(batch.stream, batch.channel, batch.on) for batch in batches)), inputs.policies.batch
    )
    symptoms: dict[SymptomKey, Counts] = defaultdict(lambda: defaultdict(int))
    feeds: dict[FeedKey, Counts] = {key: defaultdict(int) for key in specs}
    for key, fingerprint, on, channel, count, pre_fix in cells:
        feeds[key][on] += count
        kept = not pre_fix and BatchDay(stream_of(specs[key]), channel, on) not in aside
        symptoms[(*key, fingerprint)][on] += count if kept else 0
    frozen_streams = {stream: tuple(keys) for stream, keys in streams.items()}
    return Arrangement(specs, observed, symptoms, feeds, frozen_streams, batches)


_Cell = tuple[FeedKey, str, date, str, int, bool]


def _cells(inputs: TriageInputs, specs: Mapping[FeedKey, FeedSpec]) -> Iterable[_Cell]:
    for old in inputs.history.counts:
        if (old.system_id, old.feed) in specs:
            yield (old.system_id, old.feed), old.fingerprint, old.on, old.channel, old.count, old.pre_fix
    for source in inputs.deliveries:
        for delivery in source.feeds:
            for cell in delivery.cells:
                yield (delivery.system_id, delivery.feed), cell.fingerprint, cell.on, cell.channel, cell.count, cell.pre_fix


def _observed_days(
    inputs: TriageInputs, specs: Mapping[FeedKey, FeedSpec], statuses: Mapping[FeedKey, FeedStatus]
) -> dict[FeedKey, frozenset[date]]:
    days: dict[FeedKey, set[date]] = {key: set() for key in specs}
    for day in inputs.history.observed:
        if (day.system_id, day.feed) in days:
            days[day.system_id, day.feed].add(day.on)
    for key in specs:
        if statuses.get(key) is FeedStatus.OK:
            days[key].add(inputs.business_date - timedelta(days=1))
    return {key: frozenset(observed) for key, observed in days.items()}


def _stream_batches(
    stream: str, keys: list[FeedKey], cells: list[_Cell], observed: Mapping[FeedKey, frozenset[date]], inputs: TriageInputs
) -> tuple[Batch, ...]:
    channels: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
    for _, _, on, channel, count, _ in cells:
        if channel:
            channels[channel][on] += count
    days = frozenset[date]().union(*(observed[key] for key in keys))
    earlier = [batch for batch in inputs.history.batches if batch.stream == stream]
    known = {(batch.channel, batch.on) for batch in earlier}
    found = find_batches(stream, channels, days, _fresh_days(inputs, frozenset(keys)), earlier, inputs.policies.batch)
    return tuple(batch for batch in found if (batch.channel, batch.on) not in known)


def _fresh_days(inputs: TriageInputs, keys: frozenset[FeedKey]) -> list[date]:
    feeds = (feed for source in inputs.deliveries for feed in source.feeds if (feed.system_id, feed.feed) in keys)
    return sorted({cell.on for feed in feeds for cell in feed.cells})


def _added(parts: Iterable[Mapping[date, int]]) -> Counts:
    total: Counts = defaultdict(int)
    for part in parts:
        for day, count in part.items():
            total[day] += count
    return total
