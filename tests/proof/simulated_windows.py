"""Fixes whose truth is known: decisions by day, occurrences among them, reports that come late, feeds that die, and daily looks at it all.

Put drawing and walking here; what must come of it is ``tests/proof/recurrence.py``.

A system decides some 200 times a day, less at weekends. Each decision shows the problem with one probability before the fix and another
after it. A report comes exponentially late, a week on average; one that falls on a day when the feed is dead is known when the feed is
read again. A look knows what was known at the start of its day and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from checks.recurrence import judge_window
from registry.domain.exposure import EffectSpec
from registry.domain.issue import Fix
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Seen, WatchDay, WindowDecision, WindowInputs
from registry.domain.times import local_date, start_of_day
from tests.builders import ZONE
from tests.recurrence_builders import FIX_AT, a_seen, some_versions, some_window_inputs

_DAY = timedelta(days=1)
_WEEK = (1.2, 1.1, 1.0, 1.0, 1.1, 0.9, 0.7)
PER_DAY, PER_MONTH_DAYS, MEAN_DELAY_DAYS, LATENESS_DAYS = 200, 30, 7, 21
_DEAD, _ABSENT = "the feed was not read", EffectSpec()


@dataclass(frozen=True, slots=True)
class Truth:
    """What a world is drawn from. Probabilities are of a decision to show the problem; ``outage_ratio`` is the share of dead days."""

    before: float
    after: float
    floor_days: int
    horizon_days: int
    days_before: int = 90
    normal: float | None = None
    normal_days: int = 0
    traffic_after: float = 1.0
    outage_ratio: float = 0.0
    over_late_ratio: float = 0.0
    per_day: int = PER_DAY
    effect: EffectSpec = _ABSENT
    fix_at: datetime = FIX_AT


@dataclass(frozen=True, slots=True)
class World:
    """One draw: everything that ever happens, and the day from which each report is known."""

    inputs: WindowInputs
    reports: tuple[tuple[date, Seen], ...]
    first_day: date
    end_on: date

    def inputs_on(self, today: date) -> WindowInputs:
        """Return what a look on ``today`` is judged from: nothing of that day, and nothing that was not known at its start."""
        start = start_of_day(today, ZONE)
        return replace(
            self.inputs,
            business_date=today,
            as_of=start + timedelta(hours=7),
            data_before=start,
            days=tuple(day for day in self.inputs.days if day.on < today),
            seen=tuple(seen for known_on, seen in self.reports if known_on < today),
        )

    def looks(self) -> Iterator[WindowDecision]:
        """Yield the decision of every day from the first whole one on."""
        today = self.first_day
        while today <= self.end_on:
            yield judge_window(self.inputs_on(today))
            today += _DAY


def rate_of(per_month: float, per_day: int = PER_DAY) -> float:
    """Return the probability that one decision shows a problem that shows ``per_month`` times in thirty days."""
    return per_month / PER_MONTH_DAYS / per_day


def draw_world(truth: Truth, policy: RecurrencePolicy, random: np.random.Generator) -> World:
    """Return what happens, by chance, where ``truth`` holds."""
    fixed_on = local_date(truth.fix_at, ZONE)
    first_on = fixed_on - (truth.days_before + truth.normal_days) * _DAY
    end_on = fixed_on + (1 + truth.horizon_days) * _DAY
    ons = [first_on + offset * _DAY for offset in range((end_on - first_on).days)]
    dead = _dead_days(ons, truth.outage_ratio, random)
    mean = truth.per_day / (sum(_WEEK) / len(_WEEK))
    means = [mean * _WEEK[on.weekday()] * (truth.traffic_after if on > fixed_on else 1.0) for on in ons]
    counts = [int(count) for count in random.poisson(means)]
    days = tuple(WatchDay(on, count, _DEAD if on in dead else "") for on, count in zip(ons, counts, strict=True))
    inputs = some_window_inputs(
        fix=Fix(truth.fix_at, {"model": "8"}),
        versions=some_versions(truth.fix_at),
        days=days,
        seen=(),
        effect=truth.effect,
        began_on=first_on + truth.normal_days * _DAY,
        window_days=truth.floor_days,
        lateness_days=LATENESS_DAYS,
        policy=policy,
    )
    reports = tuple(sorted(_reports(truth, days, dead, random), key=lambda one: (one[0], one[1].key)))
    return World(inputs, reports, fixed_on + _DAY, end_on)


def _reports(truth: Truth, days: tuple[WatchDay, ...], dead: frozenset[date], random: np.random.Generator) -> Iterator[tuple[date, Seen]]:
    number, normal_until = 0, days[0].on + truth.normal_days * _DAY
    for day in days:
        start = start_of_day(day.on, ZONE)
        before = truth.normal if truth.normal is not None and day.on < normal_until else truth.before
        for _ in range(int(random.binomial(day.exposure_count or 0, max(before, truth.after)))):
            decided_at = start + timedelta(seconds=int(random.integers(0, 80_000)))
            is_after = decided_at >= truth.fix_at
            if random.random() < (truth.after if is_after else before) / max(before, truth.after):
                number += 1
                yield _report(number, decided_at, is_after, dead, truth, random)


def _report(
    number: int, decided_at: datetime, is_after: bool, dead: frozenset[date], truth: Truth, random: np.random.Generator
) -> tuple[date, Seen]:
    delay = float(random.exponential(MEAN_DELAY_DAYS))
    delay = delay + LATENESS_DAYS if random.random() < truth.over_late_ratio else min(delay, LATENESS_DAYS - 1)
    reported_at = decided_at + timedelta(days=delay)
    known_on = local_date(reported_at, ZONE)
    while known_on in dead:
        known_on += _DAY
    versions = {"model": "8" if is_after else "7"}
    return known_on, a_seen(number, decided_at=decided_at, reported_at=reported_at, versions=versions, is_after_fix=is_after, segment={})


def _dead_days(ons: list[date], ratio: float, random: np.random.Generator) -> frozenset[date]:
    """Return the days of outages: a few days each, so many that ``ratio`` of all days are dead on average."""
    dead: set[date] = set()
    for on in ons:
        if random.random() < ratio / 4:
            dead.update(on + offset * _DAY for offset in range(int(random.integers(1, 8))))
    return frozenset(dead)
