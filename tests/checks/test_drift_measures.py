"""The four measures of two histograms: by hand to 1e-12, at the edges, and what holds for every pair of counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drift_measures import chi_square_p, jensen_shannon_distance, kolmogorov_smirnov, population_stability_index

MEASURES = (population_stability_index, jensen_shannon_distance, kolmogorov_smirnov, chi_square_p)
Counts = tuple[int, ...]
Measure = Callable[[Sequence[int], Sequence[int]], float | None]
getcontext().prec = 50


def ln(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).ln()


def dec(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("reference", "window"), [((), ()), ((0, 0), (0, 0)), ((3, 4), (0, 0)), ((0, 0), (3, 4))])
def test_without_a_row_on_a_side_there_is_no_measure_and_never_zero(measure: Measure, reference: Counts, window: Counts) -> None:
    assert measure(reference, window) is None


def test_psi_of_two_bins_by_hand() -> None:
    # r = 1, 3 and c = 3, 1: R + 0.5 K = 5, p = 3/10, 7/10; q = 7/10, 3/10; (4/10) ln(7/3) + (-4/10) ln(3/7) = (8/10) ln(7/3)
    expected = Decimal(8) / 10 * ln(Fraction(7, 3))
    assert population_stability_index((1, 3), (3, 1)) == pytest.approx(float(expected), abs=1e-12)


def test_psi_of_four_bins_by_hand_where_totals_differ_and_one_bin_is_empty_now() -> None:
    # r = 10, 20, 30, 40 (R = 100), c = 0, 5, 10, 5 (C = 20), K = 4: R + 2 = 102, C + 2 = 22
    # and the shares are 21, 41, 61, 81 of 204 against 1, 11, 21, 11 of 44
    terms = [
        (Fraction(1, 44) - Fraction(21, 204), Fraction(204, 44 * 21)),
        (Fraction(11, 44) - Fraction(41, 204), Fraction(11 * 204, 44 * 41)),
        (Fraction(21, 44) - Fraction(61, 204), Fraction(21 * 204, 44 * 61)),
        (Fraction(11, 44) - Fraction(81, 204), Fraction(11 * 204, 44 * 81)),
    ]
    expected = sum((dec(difference) * ln(ratio) for difference, ratio in terms), Decimal(0))
    assert population_stability_index((10, 20, 30, 40), (0, 5, 10, 5)) == pytest.approx(float(expected), abs=1e-12)


def test_psi_of_a_credit_score_table_by_hand() -> None:
    # deciles of 1,000 rows against 1,000 rows: every denominator is 1,000 + 10 / 2 = 1,005
    now = (60, 70, 85, 95, 100, 105, 110, 115, 125, 135)
    expected = sum((dec(Fraction(count - 100, 1005)) * ln(Fraction(2 * count + 1, 201)) for count in now), Decimal(0))
    found = population_stability_index((100,) * 10, now)
    assert found == pytest.approx(float(expected), abs=1e-12)
    assert found == pytest.approx(0.0532, abs=1e-3)  # without the half counts, as a spreadsheet has it


def test_the_same_shares_in_unequal_totals_leave_only_what_the_half_count_adds() -> None:
    # r = 1, 3 and c = 100, 300: p = 3/10, 7/10; q = 201/802, 601/802; 401/802 = 1/2 bounds nothing, so written out
    shift = Fraction(201, 802) - Fraction(3, 10)
    expected = dec(shift) * ln(Fraction(2010, 2406)) - dec(shift) * ln(Fraction(6010, 5614))
    assert population_stability_index((1, 3), (100, 300)) == pytest.approx(float(expected), abs=1e-12)
    assert jensen_shannon_distance((1, 3), (100, 300)) == 0.0


def test_jensen_shannon_by_hand() -> None:
    # p = 1/4, 3/4; q = 3/4, 1/4; the middle is 1/2, 1/2: divergence (1/4) log2(1/2) + (3/4) log2(3/2) = (3/4) log2(3) - 1
    expected = (Decimal(3) / 4 * Decimal(3).ln() / Decimal(2).ln() - 1).sqrt()
    assert jensen_shannon_distance((1, 3), (3, 1)) == pytest.approx(float(expected), abs=1e-12)
    # the shares 1/2, 1/2, 0 and 0, 1/4, 3/4 have the middle 1/4, 3/8, 3/8
    log2 = {k: ln(Fraction(k)) / Decimal(2).ln() for k in (2, 3, 4)}
    kl_p = Decimal(1) / 2 * log2[2] + Decimal(1) / 2 * (log2[4] - log2[3])
    kl_q = Decimal(1) / 4 * (log2[2] - log2[3]) + Decimal(3) / 4 * log2[2]
    assert jensen_shannon_distance((2, 2, 0), (0, 1, 3)) == pytest.approx(float(((kl_p + kl_q) / 2).sqrt()), abs=1e-12)


def test_kolmogorov_smirnov_by_hand() -> None:
    # cumulative 10, 30, 60, 100 of 100 against 0, 5, 15, 20 of 20: differences 0.10, 0.05, 0.15, 0
    assert kolmogorov_smirnov((10, 20, 30, 40), (0, 5, 10, 5)) == pytest.approx(0.15, abs=1e-12)
    assert kolmogorov_smirnov((4, 0), (0, 7)) == 1.0


def test_chi_square_by_hand() -> None:
    # 10, 20 against 20, 10: each expected 15, statistic 4 * 25 / 15 = 20 / 3; one degree of freedom: p = erfc(sqrt(x / 2))
    assert chi_square_p((10, 20), (20, 10)) == pytest.approx(math.erfc(math.sqrt(10 / 3)), abs=1e-12)
    # 10, 20, 30 against 30, 20, 10: expected 20 everywhere, statistic 4 * 100 / 20 = 20; two degrees of freedom: p = exp(-x / 2)
    assert chi_square_p((10, 20, 30), (30, 20, 10)) == pytest.approx(math.exp(-10), abs=1e-12)


def test_a_bin_that_both_sides_left_empty_changes_nothing() -> None:
    for measure in MEASURES:
        assert measure((1, 0, 3, 0), (3, 0, 1, 0)) == measure((1, 3), (3, 1))


@pytest.mark.parametrize(
    ("case", "reference", "window", "psi"),
    [
        ("a constant column", (0, 500, 0, 0), (0, 40, 0, 0), 0.0),
        ("one category", (90,), (7,), 0.0),
        ("all missing on both sides", (0, 0, 80), (0, 0, 9), 0.0),
    ],
)
def test_one_bin_cannot_differ_from_itself(case: str, reference: Counts, window: Counts, psi: float) -> None:
    assert population_stability_index(reference, window) == psi, case
    assert jensen_shannon_distance(reference, window) == 0.0
    assert chi_square_p(reference, window) == 1.0


def test_a_column_that_is_all_missing_now_is_as_far_away_as_its_rows_can_say() -> None:
    # r = 100, 0 and c = 0, 10: p = 201/202, 1/202; q = 1/22, 21/22
    shift = Fraction(21, 22) - Fraction(1, 202)
    expected = dec(shift) * (ln(Fraction(21 * 202, 22)) - ln(Fraction(202, 22 * 201)))
    assert population_stability_index((100, 0), (0, 10)) == pytest.approx(float(expected), abs=1e-12)
    assert jensen_shannon_distance((100, 0), (0, 10)) == 1.0


def test_one_row_in_an_unseen_level_is_measured_and_finite() -> None:
    # r = 50, 50, 0 and c = 0, 0, 1, K = 3: p = 101/203, 101/203, 1/203; q = 1/5, 1/5, 3/5
    expected = 2 * dec(Fraction(1, 5) - Fraction(101, 203)) * ln(Fraction(203, 505)) + dec(Fraction(3, 5) - Fraction(1, 203)) * ln(
        Fraction(609, 5)
    )
    assert population_stability_index((50, 50, 0), (0, 0, 1)) == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize(("reference", "window"), [((1, 2), (1,)), ((1, -1), (1, 1))])
def test_counts_that_cannot_be_counts_are_refused(reference: Counts, window: Counts) -> None:
    with pytest.raises(ValueError, match="expected two vectors of counts"):
        population_stability_index(reference, window)


pairs = st.integers(1, 12).flatmap(
    lambda size: st.tuples(*(st.lists(st.integers(0, 10**7), min_size=size, max_size=size).filter(any) for _ in range(2)))
)


@given(pairs)
def test_measures_are_symmetric_and_never_negative(pair: tuple[list[int], list[int]]) -> None:
    for measure in MEASURES:
        forth, back = measure(*pair), measure(*pair[::-1])
        assert forth is not None and forth >= 0
        assert back == pytest.approx(forth, rel=1e-9, abs=1e-12)
    assert (jensen_shannon_distance(*pair) or 0) <= 1
    assert (kolmogorov_smirnov(*pair) or 0) <= 1


@given(pairs, st.integers(1, 1000))
def test_the_same_shares_are_no_distance_apart(pair: tuple[list[int], list[int]], factor: int) -> None:
    counts = pair[0]
    larger = [count * factor for count in counts]
    assert population_stability_index(counts, counts) == 0.0
    assert jensen_shannon_distance(counts, larger) == kolmogorov_smirnov(counts, larger) == 0.0
    assert chi_square_p(counts, larger) == 1.0


@given(pairs)
def test_only_the_same_shares_are_no_distance_apart(pair: tuple[list[int], list[int]]) -> None:
    reference, window = pair
    same = all(one * sum(window) == other * sum(reference) for one, other in zip(reference, window, strict=True))
    assert (kolmogorov_smirnov(reference, window) == 0.0) is same
    if not same and max(sum(reference), sum(window)) < 10**6:
        assert (jensen_shannon_distance(reference, window) or 0) > 0
    filled = [(one, other) for one, other in zip(reference, window, strict=True) if one or other]
    totals = [2 * sum(side) + len(filled) for side in zip(*filled, strict=True)]
    smoothed = all((2 * one + 1) * totals[1] == (2 * other + 1) * totals[0] for one, other in filled)
    assert ((population_stability_index(reference, window) or 0) < 1e-20) is smoothed


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_bins_does_not_matter_to_those_that_know_no_order(pair: tuple[list[int], list[int]], random: Random) -> None:
    mixed = list(zip(*pair, strict=True))
    random.shuffle(mixed)
    reference, window = ([one for one, _ in mixed], [other for _, other in mixed])
    for measure in (population_stability_index, jensen_shannon_distance, chi_square_p):
        assert measure(reference, window) == pytest.approx(measure(*pair), rel=1e-12, abs=1e-15)
