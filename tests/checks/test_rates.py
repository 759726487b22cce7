"""The exact rate tests against hand-computed values, an independent summation, and each other."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.rates import day_weights, dispersion_ratio, exposure_of, lower_tail, ratio_to_baseline, upper_tail

counts = st.integers(0, 60)
exposures = st.floats(0.5, 200)
dispersions = st.sampled_from([1.0, 1.2, 2.0, 6.0])


def test_no_signal_anywhere_is_never_evidence_of_a_rise_or_a_fall():
    assert upper_tail(0, 0, 7, 182) == 1.0
    assert lower_tail(0, 0, 7, 182) == 1.0


def test_a_window_without_signals_is_no_evidence_of_a_rise():
    assert upper_tail(0, 30, 7, 182) == 1.0


def test_the_poisson_tail_is_the_exact_binomial_tail():
    share = Fraction(7, 7 + 182)
    exact = sum(math.comb(20, k) * share**k * (1 - share) ** (20 - k) for k in range(5, 21))
    assert upper_tail(5, 15, 7, 182) == pytest.approx(float(exact), rel=1e-12)


def test_the_over_dispersed_tail_is_the_exact_beta_binomial_tail():
    # dispersion 2, 12 signals in 3 + 9 usual days: sizes 3 and 9, so probabilities are ratios of integers
    ways = [math.comb(k + 2, 2) * math.comb(12 - k + 8, 8) for k in range(13)]
    assert upper_tail(6, 6, 3, 9, 2.0) == pytest.approx(sum(ways[6:]) / sum(ways), rel=1e-12)


@given(counts, counts, exposures, exposures, dispersions)
def test_both_tails_share_exactly_the_count_itself(count, baseline, exposure, other, dispersion):
    both = upper_tail(count, baseline, exposure, other, dispersion) + lower_tail(count, baseline, exposure, other, dispersion)
    assert both >= 1 - 1e-9


@given(counts, counts, exposures, exposures, dispersions)
def test_one_more_signal_in_the_window_is_never_weaker_evidence_of_a_rise(count, baseline, exposure, other, dispersion):
    total = count + baseline + 1
    fewer = upper_tail(count, total - count, exposure, other, dispersion)
    assert upper_tail(count + 1, total - count - 1, exposure, other, dispersion) <= fewer + 1e-12


def test_over_dispersion_makes_the_same_excess_weaker_evidence():
    assert upper_tail(20, 100, 7, 182, 3.0) > upper_tail(20, 100, 7, 182, 1.0)


def test_a_million_signals_are_summed_without_losing_the_tail():
    assert 0 < upper_tail(41_000, 959_000, 7, 175, 1.0) < 1e-15


@pytest.mark.parametrize("bad", [(-1, 3, 1, 1, 1), (1, -3, 1, 1, 1), (1, 3, 0, 1, 1), (1, 3, 1, 0, 1), (1, 3, 1, 1, 0.5)])
def test_impossible_arguments_are_refused(bad):
    with pytest.raises(ValueError, match="expected positive exposures"):
        upper_tail(*bad)


def test_dispersion_of_too_few_blocks_is_the_default_and_of_even_blocks_is_poisson():
    assert dispersion_ratio([], 1.5, 4) == 1.5
    assert dispersion_ratio([3, 4, 9], 1.5, 4) == 1.5
    assert dispersion_ratio([5, 5, 5, 5], 1.5, 4) == 1.0
    assert dispersion_ratio([0, 0, 0, 0], 1.5, 4) == 1.0
    assert dispersion_ratio([0, 10, 0, 10], 1.5, 4) == pytest.approx(100 / 3 / 5)


def test_weekday_weights_have_mean_one_over_whole_weeks_and_none_without_history():
    days = [date(2020, 6, 1) + timedelta(days=offset) for offset in range(70)]
    counts_by_day = {day: 0 if day.weekday() > 4 else 10 for day in days}
    weights = day_weights(counts_by_day, days)
    assert sum(weights) == pytest.approx(7)
    assert weights[6] < 0.2
    assert weights[0] > 1.2
    assert exposure_of(days[:7], weights) == pytest.approx(7)
    assert day_weights({}, []) == (1.0,) * 7


def test_a_ratio_to_an_empty_baseline_stays_finite():
    assert ratio_to_baseline(12, 0.0, 7, 182) == pytest.approx(12 / (0.5 * 7 / 182))
