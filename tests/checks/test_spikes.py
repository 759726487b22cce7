"""The spike rule: silent on chance, silent on little data, certain on a real rise, one issue for one rise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from checks.series import Series
from checks.spikes import describe_spike, find_spike, spike_level
from registry.domain.decision import NotEvaluated
from registry.domain.policy import SpikePolicy
from registry.domain.triage import SpikeEvidence
from tests.builders import an_issue

START = date(2020, 1, 1)
POLICY = SpikePolicy((7, 28), 182, 56, 10, 2.0, 1.0, 1.5, 4)
ALPHA = spike_level(POLICY, 50)


def a_series(counts: list[int], missing: frozenset[date] = frozenset()) -> Series:
    days = {START + timedelta(days=offset): count for offset, count in enumerate(counts)}
    return Series(days, frozenset(days) - missing, (1.0,) * 7)


def after(counts: list[int]) -> date:
    return START + timedelta(days=len(counts))


def test_no_observed_day_is_no_spike():
    assert find_spike(Series({}, frozenset(), (1.0,) * 7), START, None, POLICY, ALPHA) is None


def test_a_steady_rate_is_no_spike():
    counts = [2] * 200
    assert find_spike(a_series(counts), after(counts), None, POLICY, ALPHA) is None


def test_five_times_the_rate_for_a_week_is_a_spike_with_its_arithmetic():
    counts = [1] * 182 + [5] * 7
    spike = find_spike(a_series(counts), after(counts), None, POLICY, ALPHA)
    assert isinstance(spike, SpikeEvidence)
    assert (spike.window_days, spike.count, spike.baseline_count, spike.baseline_days) == (7, 35, 182, 182)
    assert spike.expected == 7.0
    assert spike.p_value < spike.alpha
    assert "35 signals in 7 days against 7.0 expected" in describe_spike(spike)


def test_a_new_symptom_that_never_was_before_is_a_spike():
    counts = [0] * 182 + [2] * 7
    assert isinstance(find_spike(a_series(counts), after(counts), None, POLICY, ALPHA), SpikeEvidence)


def test_fewer_signals_than_the_floor_are_never_a_spike_however_unlikely():
    counts = [0] * 182 + [0, 0, 3, 3, 3, 0, 0]
    assert find_spike(a_series(counts), after(counts), None, POLICY, ALPHA) is None


def test_a_sure_rise_of_less_than_the_ratio_is_no_spike():
    counts = [100] * 182 + [150] * 28
    assert find_spike(a_series(counts), after(counts), None, POLICY, ALPHA) is None


def test_a_short_past_is_said_to_be_too_short_and_never_quietly_fine():
    counts = [1] * 40 + [5] * 7
    found = find_spike(a_series(counts), after(counts), None, POLICY, ALPHA)
    assert isinstance(found, NotEvaluated)
    assert found.reason_code == "baseline_too_short"
    assert "56 are needed" in found.reason


def test_days_on_which_the_feed_was_not_observed_do_not_dilute_the_baseline():
    counts = [1] * 182 + [5] * 7
    missing = frozenset(START + timedelta(days=offset) for offset in range(100))
    spike = find_spike(a_series(counts, missing), after(counts), None, POLICY, ALPHA)
    assert isinstance(spike, SpikeEvidence)
    assert spike.baseline_days == 82


def test_a_continuing_spike_of_a_live_issue_is_not_a_second_one_and_a_further_step_is():
    counts = [1] * 182 + [5] * 7
    opened = replace(an_issue(), level_since_on=after(counts), level_window_days=7)
    on = counts + [5] * 60
    assert all(
        find_spike(a_series(on[:days]), START + timedelta(days=days), opened, POLICY, ALPHA) is None for days in range(len(counts), len(on))
    )
    further = on + [15] * 7
    spike = find_spike(a_series(further), after(further), opened, POLICY, ALPHA)
    assert isinstance(spike, SpikeEvidence)
    assert spike.ratio == 3.0


def test_more_fingerprints_tested_make_the_level_stricter():
    assert spike_level(POLICY, 200) == spike_level(POLICY, 100) / 2
    assert spike_level(POLICY, 0) == spike_level(POLICY, 1)


def test_false_alarms_stay_within_the_yearly_budget_when_nothing_happens():
    """Eighteen fingerprints for two years, a third of them over-dispersed, looked at every day: the budget is one a year."""
    chance = random.Random(20261121)
    alarms = 0
    alpha = spike_level(POLICY, 18)
    for index in range(18):
        rate = chance.choice([0.1, 0.5, 2.0])
        levels = [chance.gammavariate(2, rate / 2) if index % 3 == 0 else rate for _ in range(2 * 52 + 13)]
        counts = [_poisson(chance, levels[day // 7]) for day in range(len(levels) * 7)]
        series = a_series(counts)
        known = None
        for day in range(90, len(counts)):
            if counts[day - 1] and isinstance(find_spike(series, START + timedelta(days=day), known, POLICY, alpha), SpikeEvidence):
                alarms += 1
                known = replace(an_issue(), level_since_on=START + timedelta(days=day), level_window_days=28)
    assert alarms <= 3


def _poisson(chance: random.Random, rate: float) -> int:
    count, passed = 0, chance.expovariate(1)
    while passed < rate:
        count, passed = count + 1, passed + chance.expovariate(1)
    return count
