"""Batches: many signals that arrived in one day through one channel are an arrival effect until shown otherwise.

Put the batch rule here. What a batch is excluded from is ``checks/triage.py``.

The rules; all must hold for one channel of one stream on one day:
 * At least ``min_count`` signals, and at least ``min_share_ratio`` of the stream's signals of that day.
 * At least ``min_ratio`` times what the channel usually brings on that weekday.
 * An exact p-value below the yearly budget of false alarms, shared by days and channels.
 * A third such day within seven is no longer one batch but a rising channel: none of them is set aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from checks.rates import day_weights
from checks.series import Series, compare
from checks.spikes import DAYS_PER_YEAR
from registry.domain.history import BatchDay
from registry.domain.policy import BatchPolicy
from registry.domain.triage import Batch

_WEEK = timedelta(days=7)


def find_batches(
    stream: str,
    channels: Mapping[str, Mapping[date, int]],
    observed: frozenset[date],
    days: Sequence[date],
    earlier: Sequence[BatchDay],
    policy: BatchPolicy,
) -> tuple[Batch, ...]:
    """Return the batches of one stream on ``days``; ``channels`` maps each channel to its daily counts.

    Days of ``earlier`` batches are left out of their channel's baseline: one batch must not hide the next.
    """
    alpha = policy.max_false_alarms_per_year / (DAYS_PER_YEAR * max(1, len(channels)))
    found = []
    for day in days:
        day_count = sum(counts.get(day, 0) for counts in channels.values())
        for channel in sorted(channels):
            usual = observed - {batch.on for batch in earlier if (batch.stream, batch.channel) == (stream, channel)}
            batch = _judge_day(stream, channel, channels[channel], day, day_count, usual, policy, alpha)
            if batch:
                found.append(batch)
    return tuple(found)


def set_aside(batches: Sequence[BatchDay], policy: BatchPolicy) -> frozenset[BatchDay]:
    """Return the batches whose signals do not count towards spikes: those that did not keep coming."""
    return frozenset(batch for batch in batches if _days_near(batch, batches) <= policy.max_days_in_7)


def _days_near(batch: BatchDay, batches: Sequence[BatchDay]) -> int:
    """Return the largest number of batch days of the same channel in any seven days that hold ``batch``."""
    same = [other.on for other in batches if (other.stream, other.channel) == (batch.stream, batch.channel)]
    starts = (batch.on - timedelta(days=offset) for offset in range(7))
    return max(len({day for day in same if start <= day < start + _WEEK}) for start in starts)


def _judge_day(
    stream: str,
    channel: str,
    counts: Mapping[date, int],
    day: date,
    day_count: int,
    observed: frozenset[date],
    policy: BatchPolicy,
    alpha: float,
) -> Batch | None:
    count = counts.get(day, 0)
    if count < policy.min_count or count < policy.min_share_ratio * day_count:
        return None
    baseline_from = day - timedelta(days=policy.baseline_max_days)
    history = Series(counts, observed | {day}, (1.0,) * 7).days(baseline_from, day)
    if len(history) < policy.baseline_min_days:
        return None
    series = Series(counts, observed | {day}, day_weights(counts, history))
    compared = compare(series, (day, day + timedelta(days=1)), (baseline_from, day), policy.default_dispersion_ratio, 4)
    if compared is None or compared.ratio < policy.min_ratio:
        return None
    p_value = compared.p_more()
    return Batch(stream, channel, day, count, day_count, compared.expected, p_value) if p_value < alpha else None
