"""Calibration error: by hand, and against candidates whose true error is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from checks.paired_calibration import compare_calibration
from registry.domain.paired import PairedDifference


def test_no_case_or_one_has_no_spread_and_is_refused() -> None:
    for count in (0, 1):
        with pytest.raises(ValueError, match=f"expected two cases or more, found {count}"):
            compare_calibration([1] * count, [0.5] * count, [0.5] * count, 0.05, bins=10)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_no_number_falls_into_no_bin_and_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="expected finite scores"):
        compare_calibration([0, 1], [0.5, 0.5], [0.5, bad], 0.05, bins=10)


def test_the_error_is_the_mean_distance_of_events_from_scores_by_bin() -> None:
    labels, scores = [1, 0, 0, 1, 1], [0.95, 0.92, 0.15, 0.11, 1.0]

    one = compare_calibration(labels, [0.0, 0.0, 0.0, 0.0, 0.0], scores, 0.05, bins=10)

    assert one.champion == pytest.approx(0.6)
    assert one.candidate == pytest.approx((abs(2 - 2.87) + abs(1 - 0.26)) / 5)
    assert one.difference == pytest.approx(one.champion - one.candidate)


def test_the_same_scores_are_as_good_whatever_the_labels_say() -> None:
    labels, scores = _drawn(100, 1)

    one = compare_calibration(labels, scores, scores, 0.05, bins=10)

    assert (one.difference, one.low, one.high) == (0.0, 0.0, 0.0) and one.harm_p > 0.5


def test_scores_that_hardly_changed_are_shown_to_be_as_good_by_few_cases() -> None:
    labels, scores = _drawn(300, 2)
    inside = np.floor(scores * 10) / 10 + 0.05

    one = compare_calibration(labels, inside, inside + 0.001, 0.05, bins=10)

    assert one.low == pytest.approx(-0.001, abs=1e-6) and one.high == pytest.approx(0.001, abs=1e-6)


@pytest.mark.parametrize("cases", [2_000, 5_000])
def test_a_candidate_off_by_the_margin_does_not_hide_behind_the_noise_of_a_champion_without_error(cases: int) -> None:
    passed = sum(_off_by(0.01, cases, seed).low > -0.01 for seed in range(60))

    assert passed <= 6  # 1 in 20 at most, and some by chance


def test_a_candidate_that_is_far_off_is_told_apart_and_one_that_repairs_the_champion_too() -> None:
    worse, better = _off_by(0.1, 5_000, 3), _off_by(-0.1, 5_000, 3, champion_off=0.1)

    assert worse.high < -0.03 and worse.harm_p < 0.001
    assert better.low > 0.03 and better.harm_p > 0.99


def test_scores_at_both_ends_have_a_bin() -> None:
    one = compare_calibration([0, 1] * 50, [0.0, 1.0] * 50, [0.0, 1.0] * 49 + [1.0, 0.0], 0.05, bins=10)

    assert (one.champion, one.candidate) == pytest.approx((0.0, 0.02))


def test_what_both_versions_are_off_by_alike_cancels() -> None:
    labels, chance = _drawn(10_000, 5)

    one = compare_calibration(labels, chance + 0.1, chance + 0.103, 0.05, bins=10)

    assert one.high - one.low < 0.003  # of labels alone there are two points


def test_two_versions_off_on_either_side_of_the_truth_are_as_good() -> None:
    draws = [(_drawn(8_000, seed)) for seed in range(60)]
    found = [compare_calibration(labels, chance - 0.02, chance + 0.02, 0.05, bins=10) for labels, chance in draws]

    assert sum(one.low > 0 for one in found) <= 6 and sum(one.high < 0 for one in found) <= 6
    assert min(one.harm_p for one in found) > 0.001


def _off_by(off: float, cases: int, seed: int, champion_off: float = 0.0) -> PairedDifference:
    labels, chance = _drawn(cases, seed)
    return compare_calibration(labels, chance + champion_off, chance + champion_off + off, 0.05, bins=10)


def _drawn(cases: int, seed: int) -> tuple[list[int], np.ndarray]:
    draw = np.random.default_rng(seed)
    chance = draw.uniform(0.1, 0.8, cases)
    return [int(one) for one in draw.random(cases) < chance], chance
