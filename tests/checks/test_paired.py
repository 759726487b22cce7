"""Right or wrong on the same cases: bounds against the likelihood itself, and the level counted over every outcome there can be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from checks.paired import compare_counts, harm_p, normal_quantile, score_z
from registry.domain.paired import PairedCounts
from tests.checks.paired_enumeration import chance_of_harm, chance_of_passing

SOME = st.builds(PairedCounts, *[st.integers(0, 300)] * 4).filter(lambda counts: counts.n > 0)
LEVELS = st.sampled_from((0.005, 0.025, 0.05, 0.2))


def test_no_case_compares_with_nothing_and_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one case that both versions answered, found none"):
        compare_counts(PairedCounts(0, 0, 0, 0), 0.05)


def test_one_case_says_nothing_about_a_margin() -> None:
    for counts in (PairedCounts(1, 0, 0, 0), PairedCounts(0, 1, 0, 0), PairedCounts(0, 0, 1, 0), PairedCounts(0, 0, 0, 1)):
        assert compare_counts(counts, 0.05).low < -0.2


def test_a_candidate_that_lost_every_case_is_worse_and_one_that_won_every_case_is_not() -> None:
    lost, won = compare_counts(PairedCounts(0, 50, 0, 0), 0.05), compare_counts(PairedCounts(0, 0, 50, 0), 0.05)

    assert (lost.low, lost.difference) == (-1.0, -1.0) and lost.high < -0.89 and lost.harm_p == 2.0**-50
    assert (won.high, won.difference) == (1.0, 1.0) and won.low > 0.89 and won.harm_p == 1.0


def test_no_difference_seen_still_has_a_width_that_falls_with_the_cases() -> None:
    widths = [compare_counts(PairedCounts(cases, 0, 0, 0), 0.05) for cases in (100, 1_000, 10_000)]

    assert [round(-one.low, 5) for one in widths] == [0.02951, 0.00299, 0.0003]  # 1 - 0.05 ** (1 / cases)
    assert all(one.low == pytest.approx(-one.high) and one.difference == 0 for one in widths)


def test_harm_is_the_exact_tail_of_the_cases_lost_among_those_that_differ() -> None:
    for lost, won in ((7, 0), (23, 2), (5, 5), (1, 30), (4_000, 3_900)):
        assert harm_p(PairedCounts(100, lost, won, 3)) == pytest.approx(binom.sf(lost - 1, lost + won, 0.5), rel=1e-9)


@pytest.mark.parametrize(
    "counts", [PairedCounts(80, 5, 5, 10), PairedCounts(60, 9, 1, 0), PairedCounts(10, 3, 12, 4), PairedCounts(30, 0, 4, 2)]
)
@pytest.mark.parametrize("difference", [-0.3, -0.05, -0.01, 0.02, 0.2])
def test_the_statistic_is_the_score_at_the_likeliest_share_of_cases_lost(counts: PairedCounts, difference: float) -> None:
    lost = _likeliest_by_search(counts, difference)
    variance = 2 * lost + difference * (1 - difference)

    expected = (counts.difference - difference) / math.sqrt(variance / counts.n)

    assert score_z(counts, difference) == pytest.approx(expected, rel=1e-4)


def test_bounds_are_those_of_the_published_example() -> None:
    """Tango's bounds of 44 pairs of which one was won; the upper one yields to the exact one of a single case."""
    one = compare_counts(PairedCounts(43, 0, 1, 0), 0.025)

    assert round(one.low, 4) == -0.0594 and round(one.high, 4) == 0.1202


@given(counts=SOME, level=LEVELS)
def test_bounds_hold_the_observed_and_stay_within_what_is_possible(counts: PairedCounts, level: float) -> None:
    one = compare_counts(counts, level)

    assert -1 <= one.low <= one.difference <= one.high <= 1
    assert one.low < one.high


@given(counts=SOME, level=LEVELS)
def test_versions_that_change_places_mirror_the_bounds(counts: PairedCounts, level: float) -> None:
    one = compare_counts(counts, level)
    other = compare_counts(PairedCounts(counts.both_right, counts.won, counts.lost, counts.both_wrong), level)

    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


@given(counts=SOME, level=LEVELS)
def test_one_case_more_that_is_lost_never_makes_a_candidate_look_better(counts: PairedCounts, level: float) -> None:
    if not counts.both_right:
        return
    worse = PairedCounts(counts.both_right - 1, counts.lost + 1, counts.won, counts.both_wrong)

    before, after = compare_counts(counts, level), compare_counts(worse, level)

    assert after.low <= before.low and after.high <= before.high and after.harm_p <= before.harm_p


@given(counts=SOME, level=LEVELS, margin=st.floats(0.001, 0.3))
def test_within_the_margin_is_what_the_score_test_says_at_that_level(counts: PairedCounts, level: float, margin: float) -> None:
    if compare_counts(counts, level).low > -margin + 1e-9:
        assert score_z(counts, -margin) > normal_quantile(1 - level)


@pytest.mark.parametrize("margin", [0.01, 0.02, 0.03, 0.05])
@pytest.mark.parametrize("cases", [100, 135, 200, 302])
def test_a_candidate_that_is_worse_by_exactly_the_margin_passes_as_often_as_agreed(margin: float, cases: int) -> None:
    """Every outcome there can be, from a candidate that only loses to one that differs in a fifth of the cases."""
    for differing in (margin, 1.1 * margin, 2 * margin, 0.2):
        assert chance_of_passing(margin, 0.05, cases, (differing + margin) / 2, (differing - margin) / 2) <= 0.0525, differing


@pytest.mark.parametrize("differing", [0.01, 0.05, 0.2])
def test_a_loss_that_is_not_there_is_called_no_more_often_than_agreed(differing: float) -> None:
    assert chance_of_harm(lambda counts: harm_p(counts) <= 0.05, 200, differing / 2, differing / 2) <= 0.05


def _likeliest_by_search(counts: PairedCounts, difference: float) -> float:
    """Return the share of cases lost at which the counts are likeliest, by looking for it."""

    def unlikely(lost: float) -> float:
        shares = ((counts.lost, lost), (counts.won, lost + difference), (counts.n - counts.lost - counts.won, 1 - 2 * lost - difference))
        return -sum(count * math.log(max(share, 1e-300)) for count, share in shares if count)

    low, high = max(0.0, -difference), (1 - difference) / 2
    return float(minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x)
