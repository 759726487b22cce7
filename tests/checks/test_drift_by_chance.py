"""Chance: what PSI comes to when nothing changed, exact against enumeration and honest against simulation; and how a budget is divided."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drift_budget import alarm_probability, level_of_a_sudden_cell, level_of_one_cell, reference_error_of_one_cell
from checks.drift_by_chance import psi_by_chance
from checks.drift_measures import population_stability_index
from checks.false_alarms import expected_false_alarms_per_month
from checks.plausible_shares import plausible_shares
from checks.psi_distribution import psi_tails
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import Persistence
from tests.examples import drawing
from tests.trigger_builders import POLICIES, a_cell, a_number, a_profile, a_reference

TENTHS = (1_000,) * 10
DRIFT = POLICIES.drift
ONE_IN_A_HUNDRED, NO_FLOOR = 0.01, 0.0


@pytest.mark.parametrize(
    ("reference", "rows", "error", "level"),
    [((), 50, 0.01, 0.01), ((0, 0), 50, 0.01, 0.01), ((5, 5), 0, 0.01, 0.01), ((5, 5), 50, 0.0, 0.01), ((5, 5), 50, 0.01, 1.0)],
)
def test_without_rows_or_with_impossible_probabilities_there_is_no_chance(
    reference: tuple[int, ...], rows: int, error: float, level: float
) -> None:
    with pytest.raises(ValueError, match="expected rows on both sides"):
        psi_by_chance(reference, rows, error, level, NO_FLOOR)


def test_one_bin_cannot_differ_by_chance() -> None:
    chance = psi_by_chance((70,), 50, 0.01, 0.01, 0.2)
    assert (chance.quantile, chance.tail) == (0.0, 0.0)


def test_a_constant_column_may_get_a_stray_row_and_a_few_of_fifty_are_no_drift() -> None:
    # none in 2,000: at an error of 0.001 as many as 6.9 in 2,000, so two or more of fifty rows in 13 of 1,000 windows
    two_strays = population_stability_index((2_000, 0), (48, 2)) or 0.0
    assert two_strays > 0.2
    assert psi_by_chance((2_000, 0), 50, 0.001, 0.01, 0.2).quantile > two_strays
    assert psi_by_chance((2_000, 0), 50, 0.001, 0.05, 0.2).quantile < two_strays
    assert psi_by_chance((2_000, 0), 5_000, 0.001, 0.01, 0.2).quantile < 0.02


@pytest.mark.parametrize(("reference", "rows"), [((600, 400), 50), ((700, 200, 100), 30), ((900, 60, 40), 60)])
def test_a_small_window_has_the_distribution_that_enumerating_every_outcome_gives(reference: tuple[int, ...], rows: int) -> None:
    shares = np.array(reference) / sum(reference)
    values, tails = psi_tails(reference, shares, rows)
    outcomes = [_outcome(reference, shares, rows, counts) for counts in product(range(rows + 1), repeat=len(reference) - 1)]
    blur = 3 * values[1]
    for value in np.linspace(0.02, 0.8, 30):
        above, below = (sum(chance for psi, chance in outcomes if psi > value + sign * blur) for sign in (1, -1))
        found = float(np.interp(value, values, tails))
        assert above - 2e-3 <= found <= below + 2e-3, value


def _outcome(reference: tuple[int, ...], shares: np.ndarray, rows: int, counts: tuple[int, ...]) -> tuple[float, float]:
    last = rows - sum(counts)
    if last < 0:
        return 0.0, 0.0
    full = (*counts, last)
    ways = math.lgamma(rows + 1) - sum(math.lgamma(count + 1) for count in full)
    chance = math.exp(ways + sum(count * math.log(share) for count, share in zip(full, shares, strict=True)))
    return population_stability_index(reference, full) or 0.0, chance


@pytest.mark.parametrize("rows", [50, 100, 500])
@pytest.mark.parametrize("reference", [TENTHS, (6_000, 3_000, 900, 90, 10), (9_700, 300), (500,) * 20])
def test_chance_exceeds_its_quantile_no_more_often_than_the_level_and_not_far_less(reference: tuple[int, ...], rows: int) -> None:
    random = np.random.default_rng(5)
    quantile = psi_by_chance(tuple(1_000 * count for count in reference), rows, 0.5, ONE_IN_A_HUNDRED, NO_FLOOR).quantile
    over = float((_psi(random, reference, rows, 30_000) > quantile).mean())
    assert over <= 1.15 * ONE_IN_A_HUNDRED
    assert (_psi(random, reference, rows, 30_000) > 0.7 * quantile).mean() > ONE_IN_A_HUNDRED


def _psi(random: np.random.Generator, reference: tuple[int, ...], rows: int, draws: int) -> np.ndarray:
    before = np.array(reference, dtype=float) / sum(reference)
    now = (random.multinomial(rows, before, size=draws) + 0.5) / (rows + 0.5 * len(reference))
    return np.asarray(((now - before) * np.log(now / before)).sum(axis=1))


def test_fifty_rows_in_ten_bins_exceed_a_fifth_in_more_than_one_of_four_windows() -> None:
    chance = psi_by_chance(tuple(1_000 * count for count in TENTHS), 50, 0.5, 0.25, 0.2)
    assert 0.25 <= chance.tail <= 0.30 or chance.quantile > 0.2
    values, tails = psi_tails(TENTHS, np.full(10, 0.1), 50)
    assert float(np.interp(0.2, values, tails)) == pytest.approx(0.27, abs=0.015)


def test_the_closed_form_and_the_small_window_agree_where_both_hold() -> None:
    reference = tuple(100 * count for count in TENTHS)
    closed = psi_by_chance(reference, 3_000, 0.01, ONE_IN_A_HUNDRED, 0.2).quantile
    small = psi_by_chance(reference, 3_000, 0.01, ONE_IN_A_HUNDRED, NO_FLOOR).quantile
    assert closed < small < 1.07 * closed


def test_the_error_of_a_small_reference_raises_what_chance_may_give() -> None:
    quantiles = [psi_by_chance((size,) * 10, 500, 0.001, ONE_IN_A_HUNDRED, 0.2).quantile for size in (50, 500, 5_000, 500_000)]
    assert quantiles == sorted(quantiles, reverse=True)
    assert quantiles[0] > 2 * quantiles[-1]


def test_no_reference_out_of_many_is_so_far_off_that_its_windows_exceed_the_level() -> None:
    random, true = np.random.default_rng(6), np.full(10, 0.1)
    for _ in range(25):
        reference = random.multinomial(500, true)
        quantile = psi_by_chance(tuple(map(int, reference)), 200, 0.001, ONE_IN_A_HUNDRED, 0.2).quantile
        now = (random.multinomial(200, true, size=10_000) + 0.5) / 205
        before = (reference + 0.5) / 505
        assert (((now - before) * np.log(now / before)).sum(axis=1) > quantile).mean() <= ONE_IN_A_HUNDRED


def test_a_bin_that_the_reference_never_met_may_be_filled_by_chance() -> None:
    shares = plausible_shares((500, 500, 0), 0.1)
    assert shares[2] == pytest.approx(3 / 1_003, rel=0.01)  # the rule of three
    assert psi_by_chance((500, 500, 0), 50, 0.05, 0.01, 0.2).quantile > psi_by_chance((500, 500), 50, 0.05, 0.01, 0.2).quantile


@drawing(25)
@given(
    st.lists(st.integers(0, 5_000), min_size=2, max_size=12).filter(lambda counts: sum(map(bool, counts)) > 1 and sum(counts) >= 50),
    st.integers(50, 800),
)
def test_chance_is_finite_and_asks_for_more_at_a_smaller_level(reference: list[int], rows: int) -> None:
    common, rare = (psi_by_chance(tuple(reference), rows, 0.001, level, 0.2) for level in (0.02, 0.0005))
    assert 0 < common.quantile <= rare.quantile < 50
    assert 0 <= common.tail <= 0.02 * 1.01
    assert 0 <= rare.tail <= 0.0005 * 1.01


def test_a_budget_needs_a_cell_to_be_divided_over() -> None:
    with pytest.raises(ValueError, match="expected at least one cell"):
        level_of_one_cell(DRIFT, WindowKind.DAY, 0)
    with pytest.raises(ValueError, match="expected at least one cell"):
        reference_error_of_one_cell(DRIFT, 0)


@pytest.mark.parametrize("bad", [Persistence(0, 3), Persistence(4, 3)])
def test_a_persistence_that_cannot_be_is_refused(bad: Persistence) -> None:
    with pytest.raises(ValueError, match="1 <= min_windows <= of_windows"):
        level_of_one_cell(replace(DRIFT, persistence={WindowKind.DAY: bad}), WindowKind.DAY, 3)


def test_the_level_spends_the_budget_of_a_year() -> None:
    # half for what lasts: 366 days, 20 cells, 3 of 5: 366 * 20 * C(4, 2) p^3 = 0.25; 53 weeks, 2 of 3: 53 * 20 * 2 p^2 = 0.25
    assert level_of_one_cell(DRIFT, WindowKind.DAY, 20) == pytest.approx((0.25 / 366 / 20 / 6) ** (1 / 3))
    assert level_of_one_cell(DRIFT, WindowKind.WEEK, 20) == pytest.approx((0.25 / 53 / 20 / 2) ** (1 / 2))
    assert level_of_one_cell(DRIFT, WindowKind.MONTH, 20) == pytest.approx((0.25 / 12 / 20 / 2) ** (1 / 2))
    assert level_of_a_sudden_cell(DRIFT, WindowKind.DAY, 20) == pytest.approx(0.25 / 366 / 20)
    assert reference_error_of_one_cell(DRIFT, 20) == pytest.approx(0.01 / 20)


@pytest.mark.parametrize("persistence", [Persistence(1, 1), Persistence(2, 3), Persistence(3, 5), Persistence(5, 5)])
@pytest.mark.parametrize("over", [0.05, 0.3, 0.9])
def test_the_alarm_probability_is_that_of_every_sequence_of_windows(persistence: Persistence, over: float) -> None:
    sequences = product((True, False), repeat=persistence.of_windows)
    alarms = [one for one in sequences if one[-1] and sum(one) >= persistence.min_windows]
    expected = sum(over ** sum(one) * (1 - over) ** (len(one) - sum(one)) for one in alarms)
    found = alarm_probability(over, persistence)
    assert found == pytest.approx(expected)
    assert found <= math.comb(persistence.of_windows - 1, persistence.min_windows - 1) * over**persistence.min_windows + 1e-12


def test_nothing_to_judge_has_no_rate_of_false_alarms_and_never_zero() -> None:
    reference = a_reference((a_number(),), a_cell("age", (1_000,) * 4 + (0,)))
    assert expected_false_alarms_per_month(reference, a_profile(), POLICIES, WindowKind.DAY) is None
    assert expected_false_alarms_per_month(reference, a_profile(a_cell("age", (9, 9, 9, 9, 0))), POLICIES, WindowKind.DAY) is None


@pytest.mark.parametrize("kind", list(WindowKind))
def test_false_alarms_stay_within_the_budget_and_vanish_where_there_are_many_rows(kind: WindowKind) -> None:
    columns = tuple(a_number(f"number_{place}", tuple(map(float, range(9)))) for place in range(20))
    reference = a_reference(columns, *(a_cell(column.name, (*TENTHS, 0)) for column in columns))

    def rate(rows: int) -> float:
        profile = a_profile(*(a_cell(column.name, (rows // 10,) * 10 + (0,)) for column in columns))
        return expected_false_alarms_per_month(reference, profile, POLICIES, kind) or 0.0

    few, many = rate(50), rate(5_000)
    assert 0.25 * DRIFT.max_false_alarms_per_year / 12 < few <= DRIFT.max_false_alarms_per_year / 12
    assert many < 1e-12


def test_a_lower_threshold_of_the_policy_is_paid_for_in_false_alarms() -> None:
    reference = a_reference((a_number(edges=tuple(map(float, range(9)))),), a_cell("age", (*TENTHS, 0)))
    profile = a_profile(a_cell("age", (20,) * 10 + (0,)))
    rates = [
        expected_false_alarms_per_month(reference, profile, replace(POLICIES, drift=replace(DRIFT, min_psi=least)), WindowKind.DAY) or 0.0
        for least in (0.1, 0.2, 0.3)
    ]
    assert rates[0] > rates[1] > rates[2]
