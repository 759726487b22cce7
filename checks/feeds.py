"""Feeds: did this feed deliver what it usually does, or is its silence a fault?

Put a rule here when it judges one feed of one day. Reading a feed is ``registry/sources``; too little volume over weeks is
``checks/volume.py``.

The rules, strictest first:
 * A feed that could not be read, or whose schema broke, keeps that status and its reason; it is never looked at more kindly here.
 * A feed whose rows this program makes itself is complete where it could be read: its silence is no missing delivery.
 * A source without a single row up to the window's end is NO_DATA: nothing shows that it works.
 * Newest row more than ``max_stale_days`` whole days before the last day (the feed's own limit first) is STALE.
 * Rows on the last day: OK.
 * No row on the last day, with fewer observed days than ``min_history_days`` or none of the same weekday: ``too_little_history``, which
   is INCONCLUSIVE. The day itself counts as observed (status OK), else a rare feed could never gather a history.
 * No row on the last day, where its own history makes an empty day less likely than ``max_empty_day_probability``: NO_DATA.
 * No row, and such days are usual here: OK; a feed of rare events may be silent.
Every status but OK is a blocking INCONCLUSIVE: what was not seen cannot pass.

How likely an empty day is: the larger of the share of empty days among the same weekdays, and the chance that a count with their rate is
zero. Rate and its uncertainty come from those weekdays alone (a Sunday says nothing about a Monday), the scatter from all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta

from registry.domain.catalogue import FeedSpec
from registry.domain.decision import Finding, Verdict
from registry.domain.feed import FeedDelivery, FeedStatus
from registry.domain.policy import FeedPolicy
from registry.domain.times import local_date

# Older days describe a feed that may have grown or shrunk since: the last eight weeks give every weekday eight samples.
_RECENT_DAYS = 56


def judge_feed(
    delivery: FeedDelivery, history_days: Mapping[date, int], policy: FeedPolicy, spec: FeedSpec, business_date: date, zone: str
) -> tuple[FeedStatus, Finding]:
    """Return the status of one feed on ``business_date``, whose last day of data is the day before, and the finding that says why.

    ``history_days`` maps each *observed* day to its count of received signals, zeros included; days on
    which the feed was not read are absent.
    """
    last_day = business_date - timedelta(days=1)
    if delivery.status is not FeedStatus.OK:
        return delivery.status, _finding(delivery, delivery.status, delivery.reason or f"the feed was reported {delivery.status}")
    if spec.built_in:
        return FeedStatus.OK, _finding(delivery, "ok", f"{delivery.new_count} new signals", Verdict.PASS, n=delivery.new_count)
    if delivery.newest_received_at is None:
        return FeedStatus.NO_DATA, _finding(
            delivery, "no_data", "the source holds no row received before the day; check that it is the right one"
        )
    limit = policy.max_stale_days if spec.max_stale_days is None else spec.max_stale_days
    newest_on = local_date(delivery.newest_received_at, zone)
    age = (last_day - newest_on).days
    if age > limit:
        reason = f"newest row received {newest_on}, {age} days before {last_day}; at most {limit} are allowed: ask for the missing days"
        return FeedStatus.STALE, _finding(delivery, "stale", reason, value=age, limit=limit)
    count = history_days.get(last_day, 0) + sum(cell.count for cell in delivery.cells if cell.on == last_day)
    if count:
        return FeedStatus.OK, _finding(delivery, "ok", f"{count} signals on {last_day}", Verdict.PASS, n=count)
    return _judge_silence(delivery, _recent(history_days, last_day), policy, last_day)


def empty_day_probability(history: Mapping[date, int], weekday: int) -> float | None:
    """Return how likely a day without signals is on ``weekday`` after ``history``; None without a day of that weekday.

    The chance of a zero is the predictive one of a gamma-Poisson rate, ``(n / (n + 1)) ** (total + 1/2)``, with the exponent shrunk to
    ``ln d / (d - 1)`` of it where counts scatter ``d`` times as much as Poisson counts do (the negative binomial's share of zeros).
    """
    same = [count for day, count in history.items() if day.weekday() == weekday]
    if not same:
        return None
    share_empty = same.count(0) / len(same)
    scatter = _dispersion(history)
    thinned = math.log(scatter) / (scatter - 1) if scatter > 1 + 1e-9 else 1.0
    return max(share_empty, math.pow(len(same) / (len(same) + 1), (sum(same) + 0.5) * thinned))


def _judge_silence(delivery: FeedDelivery, history: Mapping[date, int], policy: FeedPolicy, last_day: date) -> tuple[FeedStatus, Finding]:
    probability = empty_day_probability(history, last_day.weekday())
    if probability is None or len(history) < policy.min_history_days:
        reason = (
            f"no signal on {last_day} and only {len(history)} observed days before it, where {policy.min_history_days} are needed to "
            "tell a quiet day from a missing one"
        )
        return FeedStatus.OK, _finding(delivery, "too_little_history", reason, n=len(history))
    limit = policy.max_empty_day_probability
    if probability < limit:
        reason = (
            f"no signal on {last_day}; by {len(history)} observed days that has probability {probability:.1g} on this weekday, below "
            f"{limit:g}: check that the delivery is complete"
        )
        return FeedStatus.NO_DATA, _finding(delivery, "no_data", reason, value=probability, limit=limit, n=len(history))
    reason = f"no signal on {last_day}, which is usual here (probability {probability:.2g})"
    return FeedStatus.OK, _finding(delivery, "quiet", reason, Verdict.PASS, value=probability, limit=limit, n=len(history))


def _recent(history_days: Mapping[date, int], last_day: date) -> dict[date, int]:
    earlier = sorted(day for day in history_days if day < last_day)
    return {day: history_days[day] for day in earlier[-_RECENT_DAYS:]}


def _dispersion(history: Mapping[date, int]) -> float:
    """Return the Pearson statistic over its degrees of freedom around the weekdays' means, at least 1 (Poisson)."""
    groups = [[count for day, count in history.items() if day.weekday() == weekday] for weekday in range(7)]
    statistic, freedom = 0.0, 0
    for group in groups:
        mean = sum(group) / len(group) if group else 0.0
        if mean > 0:
            statistic += sum((count - mean) ** 2 for count in group) / mean
            freedom += len(group) - 1
    return max(1.0, statistic / freedom) if freedom else 1.0


def _finding(
    delivery: FeedDelivery,
    code: str,
    reason: str,
    verdict: Verdict = Verdict.INCONCLUSIVE,
    *,
    value: float | None = None,
    limit: float | None = None,
    n: int | None = None,
) -> Finding:
    subject = f"{delivery.system_id}/{delivery.feed}"
    return Finding("feed", subject, verdict, str(code), reason, value=value, limit=limit, n=n)
