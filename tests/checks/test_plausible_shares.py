"""What a reference leaves plausible: far enough that it is hardly ever further off, and nearer the more rows it has."""

from __future__ import annotations

import numpy as np
import pytest

from checks.drift_by_chance import psi_by_chance
from checks.plausible_shares import distance, plausible_shares

LEVEL, ERROR = 0.02, 0.02
HUNDREDS = (100,) * 10
TENTHS, TENTHS_AND_TWO = (1.0,) * 10, (*(49.8,) * 10, 2.0)
CONSTANT_AND_TWO, THREE_RARE = (498.0, 2.0), (300.0, 150.0, 44.0, 2.0, 2.0, 2.0)
LONG_TAIL = tuple(1 / place for place in range(1, 31))


def test_a_reference_of_one_bin_leaves_nothing_else() -> None:
    assert plausible_shares((70,), 0.01).tolist() == [1.0]


@pytest.mark.parametrize("reference", [HUNDREDS, (2_000, 0), (0, 0, 500), (1,) * 50, (900, 80, 9, 1, 0, 0)])
def test_plausible_shares_are_shares_and_every_bin_can_be_met(reference: tuple[int, ...]) -> None:
    shares = plausible_shares(reference, 0.001)
    assert shares.sum() == pytest.approx(1)
    assert shares.min() > 0


def test_an_empty_bin_may_have_what_leaves_it_empty_in_half_of_the_errors_allowed() -> None:
    shares = plausible_shares((500, 500, 0), 0.1)
    assert shares[2] == pytest.approx(3 / 1_003, rel=0.01)  # the rule of three


def test_well_met_bins_are_as_far_as_chi_square_says() -> None:
    from scipy.special import chdtri

    shares = plausible_shares((10_000,) * 10, 0.02)
    assert distance((10_000,) * 10, shares) == pytest.approx(chdtri(9, 0.01) / 100_000, rel=0.01)


@pytest.mark.parametrize("true", [TENTHS, TENTHS_AND_TWO, CONSTANT_AND_TWO, THREE_RARE, LONG_TAIL])
@pytest.mark.parametrize("size", [230, 500])
def test_hardly_any_reference_is_further_off_than_it_says_itself(true: tuple[float, ...], size: int) -> None:
    random, shares = np.random.default_rng(7), np.array(true) / sum(true)
    seen = [tuple(map(int, met)) for met in random.multinomial(size, shares, size=1_500)]
    missed = [distance(met, shares) > distance(met, plausible_shares(met, ERROR)) for met in seen]
    assert np.mean(missed) <= ERROR


@pytest.mark.parametrize("true", [TENTHS_AND_TWO, CONSTANT_AND_TWO, THREE_RARE])
@pytest.mark.parametrize(("size", "rows"), [(230, 100), (230, 20_000), (500, 500), (500, 20_000)])
def test_a_window_without_drift_is_over_no_more_often_than_the_level_however_small_the_reference(
    true: tuple[float, ...], size: int, rows: int
) -> None:
    # some of these references never met the last bins, whose true share is a few rows in their size
    random, shares = np.random.default_rng(8), np.array(true) / sum(true)
    references = random.multinomial(size, shares, size=25)
    assert (references == 0).any()
    over = [_over(random, met, shares, rows) for met in references]
    assert np.mean(over) <= LEVEL
    assert np.mean([share > LEVEL + 0.01 for share in over]) <= 1 / 25


def _over(random: np.random.Generator, met: np.ndarray, shares: np.ndarray, rows: int) -> float:
    quantile = psi_by_chance(tuple(map(int, met)), rows, ERROR, LEVEL, 0.0).quantile
    now = random.multinomial(rows, shares, size=2_000)
    takes_part = (met > 0) | (now > 0)
    bins = takes_part.sum(axis=1, keepdims=True)
    before, after = (met + 0.5) / (met.sum() + 0.5 * bins), (now + 0.5) / (rows + 0.5 * bins)
    psi = np.where(takes_part, (after - before) * np.log(after / before), 0.0).sum(axis=1)
    return float((psi > quantile).mean())
