"""When a window may be clean, by an arithmetic of its own: loops and a textbook's quantile, none of the product's checks.

Put here what the product's verdicts are compared with.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from scipy.stats import chi2

from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import WindowDecision
from registry.domain.times import local_date
from tests.builders import ZONE
from tests.proof.simulated_windows import LATENESS_DAYS, World

_DAY = timedelta(days=1)


def first_due(world: World, policy: RecurrencePolicy) -> int | None:
    """Return after how many days floor, exposure, lateness and coverage hold for the first time at once."""
    today = world.first_day
    while today <= world.end_on:
        if _holds(world, today, policy):
            return (today - world.first_day).days
        today += _DAY
    return None


def is_observed(world: World, decision: WindowDecision, policy: RecurrencePolicy) -> bool:
    """Return whether a clean window had its floor of days that were observed, enough of all days, and nobody away when it closed."""
    days = _window(world, decision.business_date)
    mature = [on for on in days if (decision.business_date - on).days > LATENESS_DAYS]
    seen = _observed(world)
    share = sum(on in seen for on in days) / len(days)
    is_watched = any(on in seen for on in days[-policy.watch.suspend_after_unobserved_days :])
    floor = world.inputs.window_days
    return sum(on in seen for on in mature) >= floor and share >= policy.watch.min_coverage_ratio and is_watched


def shuffled(world: World, random: np.random.Generator) -> World:
    """Return ``world`` told in another order, as the whole ledger would tell it years later."""
    order = random.permutation(len(world.reports))
    inputs = replace(world.inputs, days=world.inputs.days[::-1], versions=world.inputs.versions[::-1])
    return replace(world, inputs=inputs, reports=tuple(world.reports[place] for place in order))


def _holds(world: World, today: date, policy: RecurrencePolicy) -> bool:
    days, seen = _window(world, today), _observed(world)
    mature = [on for on in days if (today - on).days > LATENESS_DAYS and on in seen]
    if not days or len(mature) < world.inputs.window_days:
        return False
    if sum(on in seen for on in days) / len(days) < policy.watch.min_coverage_ratio:
        return False
    if not any(on in seen for on in days[-policy.watch.suspend_after_unobserved_days :]):
        return False
    before = sorted(on for on in seen if on < world.first_day - _DAY)[-policy.silence.baseline_days :]
    told = dict.fromkeys(before, 0)
    for known_on, one in world.reports:
        on = local_date(one.decided_at, ZONE)
        if known_on < today and on in told:
            told[on] += 1
    count = sum(told.values())
    if count < policy.silence.min_pre_fix_occurrence_count:
        return False
    low = chi2.ppf(1 - policy.silence.pre_fix_rate_confidence, 2 * count) / 2 / sum(seen[on] for on in before)
    return bool(sum(seen[on] for on in mature) * low >= math.log(1 / (1 - policy.silence.silence_confidence)))


def _window(world: World, today: date) -> list[date]:
    return [world.first_day + offset * _DAY for offset in range((today - world.first_day).days)]


def _observed(world: World) -> dict[date, int]:
    """Return the decisions of each day that was read and had some."""
    return {day.on: day.exposure_count for day in world.inputs.days if not day.reason and day.exposure_count}
