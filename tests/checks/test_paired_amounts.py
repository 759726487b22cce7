"""Paired amounts: what is refused, Student's bounds where there are many, resampled ones where there are few."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import t, ttest_rel

from checks import paired_swaps
from checks.paired_amounts import compare_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.paired import PairedDifference


def _compare(
    champion: Sequence[float], candidate: Sequence[float], level: float = 0.05, more: bool = True, normal: int = 30
) -> PairedDifference:
    return compare_amounts(champion, candidate, level, more_is_better=more, normal_from=normal, seed=7)


def test_no_case_or_one_has_no_spread_that_anybody_knows_and_is_refused() -> None:
    for amounts in ([], [1.0]):
        with pytest.raises(ValueError, match="expected two amounts or more of each version"):
            _compare(amounts, amounts)


def test_versions_with_another_number_of_cases_are_no_pairs_and_are_refused() -> None:
    with pytest.raises(ValueError, match="found 3 and 2"):
        _compare([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_an_amount_that_is_no_number_is_refused_and_not_averaged(bad: float, side: int) -> None:
    sides = [[1.0, 2.0, 3.0], [1.5, 2.0, 3.0]]
    sides[side][1] = bad

    with pytest.raises(ValueError, match="expected finite amounts"):
        _compare(*sides)


def test_where_there_are_many_bounds_and_harm_are_those_of_the_paired_t_test() -> None:
    draw = np.random.default_rng(1)
    champion, gains = draw.gamma(2.0, 1.0, 400), draw.normal(-0.02, 0.3, 400)
    test = ttest_rel(champion + gains, champion, alternative="less")

    one = _compare(champion, champion + gains)

    reach = t.ppf(0.95, 399) * gains.std(ddof=1) / 20
    assert one.method == "paired t"
    assert one.harm_p == pytest.approx(test.pvalue)
    assert (one.low, one.high) == pytest.approx((gains.mean() - reach, gains.mean() + reach))


def test_where_less_is_better_seconds_saved_are_a_gain() -> None:
    slow, fast = [2.0, 3.0, 4.0, 5.0] * 20, [1.0, 2.5, 3.0, 4.8] * 20

    one = _compare(slow, fast, more=False)

    assert one.difference == pytest.approx(0.675) and one.low > 0 and one.harm_p > 0.99
    assert (one.champion, one.candidate) == pytest.approx((3.5, 2.825))


def test_differences_that_are_alike_but_for_rounding_have_no_spread() -> None:
    amounts = [0.1 * place for place in range(1, 50)]

    one = _compare(amounts, [amount + 0.2 for amount in amounts])

    assert one.method == "no spread" and one.low == one.high == one.difference == pytest.approx(0.2)
    assert _compare(amounts, [amount * 3 / 3 for amount in amounts]).harm_p in (0.0, 1.0)


def test_a_margin_that_is_a_share_of_the_champions_mean_is_as_uncertain_as_that_mean() -> None:
    draw = np.random.default_rng(2)
    champion, candidate = draw.gamma(2.0, 1.0, 400), draw.gamma(2.0, 1.1, 400)
    left = 1.1 * champion - candidate
    reach = t.ppf(0.95, 399) * left.std(ddof=1) / 20

    one = compare_amounts(champion, candidate, 0.05, more_is_better=False, normal_from=30, seed=7, allowed_ratio=0.1)

    assert one.low + 0.1 * champion.mean() == pytest.approx(left.mean() - reach)
    assert one.harm_p == compare_amounts(champion, candidate, 0.05, more_is_better=False, normal_from=30, seed=7).harm_p


def test_few_cases_are_resampled_and_give_the_same_bounds_each_time() -> None:
    champion, candidate = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.2, 1.8, 3.5, 4.1, 5.9, 6.2]

    first, second = (_compare(champion, candidate) for _ in range(2))

    assert first == second and first.method == "paired bootstrap-t"
    # with every numpy that there will be: a decision is redone from its inputs alone
    assert tuple(round(end, 12) for end in (first.low, first.high, first.harm_p)) == (-0.026297134359, 0.728753269745, 0.964103589641)


def test_bounds_of_few_cases_are_nowhere_narrower_than_those_of_the_t_test_and_reach_further_where_the_differences_are_skewed() -> None:
    gains = np.random.default_rng(3).lognormal(0, 1, 60)

    few = _compare([0.0] * 60, gains.tolist(), normal=61)
    many = _compare([0.0] * 60, gains.tolist(), normal=2)

    assert few.low <= many.low
    assert few.high > many.high + 0.05


def test_resampled_bounds_of_normal_differences_are_near_those_of_the_t_test() -> None:
    gains = np.random.default_rng(3).normal(0.0, 1.0, 40)
    zeros = np.zeros(40)

    resampled, student = _compare(zeros, gains, normal=41), _compare(zeros, gains, normal=40)

    assert (resampled.low, resampled.high) == pytest.approx((student.low, student.high), abs=0.05)
    assert resampled.harm_p == pytest.approx(student.harm_p, abs=0.02)


def test_one_loss_among_ties_that_resampling_often_misses_is_bounded_by_the_worst_case() -> None:
    one = _compare([1.0] * 20, [1.0] * 19 + [0.0])

    assert one.low == -1.0 and math.isfinite(one.high) and one.high >= one.difference


def test_three_losses_among_ties_are_one_in_eight_as_right_and_wrong_are() -> None:
    assert _compare([1.0] * 29 + [2.0], [1.0] * 26 + [0.5] * 3 + [2.0], normal=31).harm_p == pytest.approx(1 / 8, abs=0.02)


@pytest.mark.parametrize("ties", [0, 1, 5])
def test_thirty_cases_of_which_nearly_all_are_lost_are_told_from_chance_beyond_the_draws(ties: int) -> None:
    before = [1.0 + place / 100 for place in range(30)]
    alike = _compare([0.1] * 30, [0.1] * ties + [0.8] * (30 - ties), more=False, normal=31)
    various = _compare(before, before[:ties] + [2 * one for one in before[ties:]], more=False, normal=31)

    assert alike.harm_p < 1e-5 and various.harm_p < 1e-5


def test_beyond_the_draws_harm_goes_on_falling_and_never_below_student_s() -> None:
    gains = np.random.default_rng(9).normal(0.0, 1.0, 40)
    shifts = (0.5, 0.7, 0.9, 1.2, 2.0)

    found = [_compare(np.zeros(40), gains - shift, normal=41).harm_p for shift in shifts]
    student = [_compare(np.zeros(40), gains - shift, normal=40).harm_p for shift in shifts]

    assert found == sorted(found, reverse=True) and found[-1] < 1e-6 and found[0] > 1e-4
    assert all(one >= exact for one, exact in zip(found[2:], student[2:], strict=True))


def test_harm_of_few_is_called_no_more_often_than_agreed_between_versions_that_are_alike() -> None:
    draw, harms = np.random.default_rng(4), []
    for _ in range(120):
        hard = draw.lognormal(0, 0.6, 30)
        before, now = (hard * draw.lognormal(0, 0.4, 30) for _ in range(2))
        harms.append(_compare(before, now, more=False, normal=31).harm_p)

    assert sum(one <= 0.05 for one in harms) <= 13 and min(harms) > 1e-4  # 6, and three standard errors


def test_a_spread_of_the_last_digits_of_a_draw_is_none() -> None:
    one = _compare([0.1 * place for place in range(30)], [0.1 * place + 0.1 for place in range(29)] + [2.9], normal=31)

    assert -0.2 < one.low <= one.difference <= one.high < 0.4


def test_draws_made_in_several_turns_are_those_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    champion, candidate = list(range(1, 21)), [amount * 1.01 + amount % 3 for amount in range(1, 21)]
    at_once = _compare(champion, candidate)

    monkeypatch.setattr(paired_swaps, "_AT_ONCE", 999)

    assert _compare(champion, candidate) == at_once
