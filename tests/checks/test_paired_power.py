"""How much cases can show: against the exact chance of every outcome."""

from __future__ import annotations

import pytest

from checks.paired import compare_counts, harm_p
from checks.paired_power import cases_that_decide, power_of_non_inferiority, smallest_regression_found
from registry.domain.paired import PairedCounts
from tests.checks.paired_enumeration import chance_of_harm, chance_of_passing


def test_no_case_shows_nothing() -> None:
    assert power_of_non_inferiority(0, 0.1, 0.02, 0.05) < 0.05
    assert power_of_non_inferiority(0, 0.0, 0.02, 0.05) == 0.0
    assert smallest_regression_found(0, 0.1, 0.05, 0.8) == -1.0


@pytest.mark.parametrize(("cases", "differing", "margin"), [(300, 0.1, 0.05), (400, 0.05, 0.03), (200, 0.2, 0.1), (500, 0.02, 0.02)])
def test_power_is_how_often_an_equally_good_candidate_is_shown_to_be_within_the_margin(cases: int, differing: float, margin: float) -> None:
    exact = chance_of_passing(margin, 0.05, cases, differing / 2, differing / 2)

    assert power_of_non_inferiority(cases, differing, margin, 0.05) == pytest.approx(exact, abs=0.05)


def test_versions_that_never_differ_are_shown_to_be_alike_by_cases_enough_and_not_by_few() -> None:
    assert [power_of_non_inferiority(cases, 0.0, 0.02, 0.05) for cases in (50, 100, 150, 1_000)] == [0.0, 0.0, 1.0, 1.0]


def test_power_rises_with_the_cases_and_falls_with_how_often_versions_differ() -> None:
    by_cases = [power_of_non_inferiority(cases, 0.1, 0.02, 0.05) for cases in (100, 300, 1_000, 3_000)]
    by_difference = [power_of_non_inferiority(1_000, differing, 0.02, 0.05) for differing in (0.3, 0.2, 0.1, 0.05)]

    assert by_cases == sorted(by_cases) and by_difference == sorted(by_difference)


@pytest.mark.parametrize(("cases", "differing"), [(300, 0.2), (500, 0.1), (500, 0.0)])
def test_the_smallest_regression_is_found_as_often_as_said(cases: int, differing: float) -> None:
    loss = -smallest_regression_found(cases, differing, 0.05, 0.8)
    differing = max(differing, loss)

    found = chance_of_harm(lambda counts: harm_p(counts) <= 0.05, cases, (differing + loss) / 2, (differing - loss) / 2)

    assert found == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("counts", [PairedCounts(70, 8, 8, 14), PairedCounts(160, 20, 12, 8), PairedCounts(95, 5, 0, 0)])
def test_as_many_cases_as_said_decide_and_half_as_many_do_not(counts: PairedCounts) -> None:
    needed = cases_that_decide(counts, 0.02, 0.05)

    assert needed is not None
    assert _decides(counts, needed / counts.n) and not _decides(counts, needed / counts.n / 2)


def test_a_difference_that_is_the_margin_itself_is_decided_by_no_number_of_cases() -> None:
    assert cases_that_decide(PairedCounts(70, 10, 8, 12), 0.02, 0.05) is None


def test_cases_that_decided_already_are_enough() -> None:
    assert cases_that_decide(PairedCounts(900, 10, 50, 40), 0.02, 0.05) == 1_000


def _decides(counts: PairedCounts, times: float) -> bool:
    n, lost, won = (round(times * one) for one in (counts.n, counts.lost, counts.won))
    found = compare_counts(PairedCounts(n - lost - won, lost, won, 0), 0.05)
    return found.low > -0.02 or found.high < -0.02
