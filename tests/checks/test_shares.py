"""Bounds on differences of shares, against exact sums by hand and against the hypergeometric itself."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.shares import fall_on_few_days_by_chance, is_alike_by_chance, is_less, is_more, level_of_one_test
from registry.domain.monitoring import Window

rows = st.integers(1, 60)
levels = st.sampled_from([0.5, 0.05, 0.001])


def test_without_rows_or_hits_nothing_is_more_than_chance():
    assert not is_more(0, 0, 0, 0, 0.05)
    assert not is_more(0, 0, 10, 10, 0.05)
    assert not is_more(3, 0, 10, 0, 0.05)
    assert not is_less(0, 0, 10, 10, 0.05)


def test_hits_that_fall_only_into_the_window_have_the_exact_power_of_its_share():
    # 10 of 30 rows are the window's: k hits all in it have at most (1/3) ** k
    assert not is_more(3, 0, 10, 20, (1 / 3) ** 3)
    assert is_more(4, 0, 10, 20, (1 / 3) ** 3)


@given(st.data(), rows, rows, levels)
def test_a_difference_that_is_called_more_than_chance_is_rarer_than_the_level_in_the_exact_distribution(data, now, before, level):
    hits = data.draw(st.integers(0, now + before))
    met = data.draw(st.integers(max(0, hits - before), min(now, hits)))
    ways = [math.comb(hits, k) * math.comb(now + before - hits, now - k) for k in range(met, min(hits, now) + 1)]
    exact = sum(ways) / math.comb(now + before, now)
    if is_more(met, hits - met, now, before, level):
        assert exact < level + 1e-12


@given(rows, rows, rows, rows, levels)
def test_one_more_hit_in_the_window_is_never_weaker_evidence(met, other, more_rows, more_before, level):
    now, before = met + more_rows, other + more_before
    if is_more(met, other, now, before, level):
        assert is_more(met + 1, other, now, before, level)


def test_less_is_more_on_the_other_side():
    assert is_less(0, 40, 100, 100, 1e-6) and not is_more(0, 40, 100, 100, 1e-6)


def test_ten_million_rows_are_compared_without_a_sum_over_them():
    assert is_more(1_100_000, 1_000_000, 10_000_000, 10_000_000, 1e-9)
    assert not is_more(1_000_100, 1_000_000, 10_000_000, 10_000_000, 1e-9)


def test_the_budget_of_a_year_is_shared_by_windows_and_tests():
    month = Window(date(2026, 1, 1), date(2026, 2, 1))
    assert level_of_one_test(0.5, month, 20) == pytest.approx(0.5 * 31 / 365.25 / 20)
    assert level_of_one_test(0.5, month, 0) <= 1.0


def test_few_rows_may_all_be_alike_and_many_may_not():
    assert is_alike_by_chance(0, 0.5, 2, 0.01)
    assert is_alike_by_chance(7, 0.5, 2, 0.01)  # 2 * 2 ** -7 = 0.0156
    assert not is_alike_by_chance(8, 0.5, 2, 0.01)  # 2 * 2 ** -8 = 0.0078
    assert is_alike_by_chance(10**6, 1.0, 1, 0.01)


def test_few_rows_may_fall_on_few_days_and_many_may_not():
    # 10 rows on 2 given days of 4: 6 pairs of days, each (1/2) ** 10
    assert fall_on_few_days_by_chance(2, 4, 10, 6 / 1024)
    assert not fall_on_few_days_by_chance(2, 4, 11, 6 / 1024)
    assert fall_on_few_days_by_chance(4, 4, 10**6, 1e-9)
