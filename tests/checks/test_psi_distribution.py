"""The distribution of PSI in a small window: what lies apart in it must not be lost."""

from __future__ import annotations

import numpy as np
import pytest

from checks.drift_by_chance import psi_by_chance
from checks.drift_measures import population_stability_index
from checks.plausible_shares import plausible_shares
from checks.psi_distribution import psi_tails


@pytest.mark.parametrize("rows", [50, 150])
@pytest.mark.parametrize("met", [2_000, 10**7])
def test_a_stray_row_outside_of_a_constant_has_the_probability_of_its_share(met: int, rows: int) -> None:
    shares = plausible_shares((met, 0), 1e-3)
    values, tails = psi_tails((met, 0), shares, rows)
    one = population_stability_index((met, 0), (rows - 1, 1)) or 0.0
    below, above = float(np.interp(0.6 * one, values, tails)), float(np.interp(1.4 * one, values, tails))
    exact = [(1 - shares[1]) ** rows, rows * shares[1] * (1 - shares[1]) ** (rows - 1)]
    assert below == pytest.approx(1 - exact[0], rel=0.01)
    assert above == pytest.approx(1 - sum(exact), rel=0.02, abs=1e-8)


def test_a_rare_stray_row_counts_where_the_level_is_rarer_still() -> None:
    quantiles = [psi_by_chance((10**7, 0), 50, 1e-3, level, 0.2).quantile for level in (0.02, 1e-5)]
    assert quantiles[0] < 0.1
    assert quantiles[1] > 0.38


def test_what_is_asked_for_beyond_all_outcomes_has_no_probability() -> None:
    values, tails = psi_tails((500, 300, 200), np.array([0.5, 0.3, 0.2]), 50)
    assert tails[-1] < 1e-8
    assert tails[0] > 0.4
    assert np.all(np.diff(tails) <= 0) and np.all(np.diff(values) > 0)
