"""Key risk indicators that are read from daily counts: claims that no source supports, and people overruling the system.

Put an indicator here when it compares a feed with its own past. Those of issues are ``indicators.py``.

The rules, in the order the code applies them; observed days alone count on either side:
 * Without a feed, or while its past is too short to compare with, there is nothing to look at. Where the past is long enough, but its days
   were not observed, the evidence is missing.
 * Unsupported claims: the rate of the newest days against that of the days before. Red at the policy's higher ratio, or where a live issue
   of these signals is L3 or above; amber at its lower one, or at L2; green below. Fewer than the least count raise nothing, and as many
   days as the window itself are needed before it.
 * Overrides: amber where they rose over the longer window, by the spike rule of the triage; red where complaints or appeals rose as well,
   over the shorter one. Reports about versions older than a fix say nothing of the one in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta

from checks.rates import day_weights, ratio_to_baseline
from checks.series import Series
from checks.spikes import describe_spike, find_spike, spike_level
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import NotEvaluated
from registry.domain.recurrence import Indicator, IndicatorKind, Light
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity, SignalCategory
from registry.domain.triage import SpikeEvidence

_CLAIMS, _OVERRIDES = IndicatorKind.UNSUPPORTED_CLAIM_RATE, IndicatorKind.OVERRIDE_SPIKE
_CUSTOMERS = frozenset({SignalCategory.COMPLAINT, SignalCategory.APPEAL})


def find_count_indicators(plan: RecurrencePlan, known: RecurrenceKnowledge, system_id: str) -> Iterator[Indicator]:
    """Yield the two indicators of one system that are read from counts."""
    system = next(one for one in plan.systems if one.system_id == system_id)
    yield _claims(plan, known, system_id)
    yield _overrides(plan, known, system)


def _claims(plan: RecurrencePlan, known: RecurrenceKnowledge, system_id: str) -> Indicator:
    policy = plan.policy.indicators
    feeds = {watch.feed for watch in plan.watches if watch.system_id == system_id and watch.counts_unsupported_claims}
    if not feeds:
        return Indicator(_CLAIMS, system_id, Light.UNKNOWN, "no feed of the catalogue counts claims that no source supports")
    series = _series(known, system_id, feeds)
    start_on = plan.business_date - timedelta(days=policy.claims_window_days)
    days, before = series.days(start_on, plan.business_date), series.days(min(series.observed, default=start_on), start_on)
    if not days or len(before) < policy.claims_window_days:
        told = f"{len(days)} observed days, and {len(before)} before them where {policy.claims_window_days} are needed"
        is_missing = not days or not _is_young(series, start_on, policy.claims_window_days)
        return Indicator(_CLAIMS, system_id, Light.UNKNOWN, told, is_missing=is_missing)
    count, usual = series.total(days), series.total(before) / len(before) * len(days)
    ratio = ratio_to_baseline(count, usual, len(days), len(before))
    raised = ratio if count >= policy.claims_min_count else 0.0
    worst = _worst(known, system_id, feeds, plan)
    is_red = raised >= policy.claims_red_ratio or worst >= Severity.L3.rank
    is_amber = raised >= policy.claims_amber_ratio or worst >= Severity.L2.rank
    light = Light.RED if is_red else Light.AMBER if is_amber else Light.GREEN
    told = f"{count} in {len(days)} observed days, {ratio:.2f} times what the {len(before)} before them had"
    told += f"; a live issue of them is L{worst}" if worst >= Severity.L2.rank else ""
    return Indicator(_CLAIMS, system_id, light, told, ratio, policy.claims_amber_ratio, count)


def _worst(known: RecurrenceKnowledge, system_id: str, feeds: Collection[str], plan: RecurrencePlan) -> int:
    """Return the rank of the most severe live issue whose symptom these feeds brought within the window; -1 without one."""
    start_on = plan.business_date - timedelta(days=plan.policy.indicators.claims_window_days)
    ours = (one for one in known.history.counts if one.system_id == system_id and one.feed in feeds and not one.pre_fix)
    symptoms = {one.fingerprint for one in ours if start_on <= one.on < plan.business_date}
    live = (issue for issue in known.history.issues if issue.system_id == system_id and issue.is_live)
    return max((issue.severity.rank for issue in live if issue.fingerprint in symptoms), default=-1)


def _overrides(plan: RecurrencePlan, known: RecurrenceKnowledge, system: SystemEntry) -> Indicator:
    policy, system_id = plan.policy.indicators, system.system_id
    feeds = {feed.name for feed in system.feeds if feed.category is SignalCategory.OVERRIDE}
    if not feeds:
        return Indicator(_OVERRIDES, system_id, Light.UNKNOWN, "no feed of the catalogue brings overrides")
    series = _series(known, system_id, feeds)
    if not series.days(plan.business_date - timedelta(days=policy.override_amber_days), plan.business_date):
        return Indicator(
            _OVERRIDES, system_id, Light.UNKNOWN, f"no day of the last {policy.override_amber_days} was observed", is_missing=True
        )
    risen = _rise(plan, series, policy.override_amber_days)
    if isinstance(risen, NotEvaluated):
        start_on = plan.business_date - timedelta(days=policy.override_amber_days)
        is_missing = not _is_young(series, start_on, plan.policies.spike.baseline_min_days)
        return Indicator(_OVERRIDES, system_id, Light.UNKNOWN, risen.reason, is_missing=is_missing)
    if risen is None:
        return Indicator(_OVERRIDES, system_id, Light.GREEN, f"no rise in {policy.override_amber_days} days")
    customers = {feed.name for feed in system.feeds if feed.category in _CUSTOMERS}
    also = [feed for feed in sorted(customers) if _has_risen(plan, _series(known, system_id, {feed}), policy.override_red_days)]
    told = describe_spike(risen) + (f"; {', '.join(also)} rose as well" if also else "")
    light = Light.RED if also else Light.AMBER
    return Indicator(_OVERRIDES, system_id, light, told, risen.ratio, plan.policies.spike.min_ratio, risen.count)


def _is_young(series: Series, before: date, needed_days: int) -> bool:
    """Return whether fewer days than are needed lie between the first that was observed and ``before``: nobody missed any."""
    return (before - min(series.observed, default=before)).days < needed_days


def _has_risen(plan: RecurrencePlan, series: Series, days: int) -> bool:
    return isinstance(_rise(plan, series, days), SpikeEvidence)


def _rise(plan: RecurrencePlan, series: Series, days: int) -> SpikeEvidence | NotEvaluated | None:
    spike = replace(plan.policies.spike, window_days=(days,))
    return find_spike(series, plan.business_date, None, spike, spike_level(spike, 1))


def _series(known: RecurrenceKnowledge, system_id: str, feeds: Collection[str]) -> Series:
    """Return the signals of ``feeds`` by day, on the days when each of them was observed."""
    counts: Counter[date] = Counter()
    for one in known.history.counts:
        if one.system_id == system_id and one.feed in feeds and not one.pre_fix:
            counts[one.on] += one.count
    seen = Counter(one.on for one in set(known.history.observed) if one.system_id == system_id and one.feed in feeds)
    observed = frozenset(on for on, number in seen.items() if number == len(feeds))
    return Series(dict(counts), observed, day_weights(counts, observed))
