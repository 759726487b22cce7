"""Exchanging versions case by case: against McNemar's exact tail, against every exchange there can be, and beyond all draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from checks import paired_swaps
from checks.paired import harm_p
from checks.paired_swaps import RESAMPLES, chance_of_swaps
from registry.domain.paired import PairedCounts


def _of(added: list[float], counts: list[int] | None = None) -> float:
    return chance_of_swaps(np.array(added), np.array(counts or [1] * len(added), dtype=np.intp), 1)


@pytest.mark.parametrize("added", [[], [0.0, 0.0], [0.1], [-1.0, 1.0], [-0.1, -0.2, 0.3]])
def test_no_case_none_that_differs_or_nothing_lost_is_no_harm(added: list[float]) -> None:
    assert _of(added) == 1.0


@pytest.mark.parametrize(("lost", "won"), [(1, 0), (3, 0), (7, 0), (9, 3), (12, 8), (60, 40)])
def test_of_right_and_wrong_it_is_the_exact_tail(lost: int, won: int) -> None:
    exact = harm_p(PairedCounts(100, lost, won, 0))

    assert _of([-1.0, 1.0], [lost, won]) == pytest.approx(exact, abs=5 * (exact / RESAMPLES) ** 0.5)


def test_cases_of_different_weight_are_those_of_every_exchange_there_can_be() -> None:
    added = [-0.9, -0.5, -0.4, 0.3, -0.2, 0.1, -0.1, -0.05]
    every = [sum(abs(one) * sign for one, sign in zip(added, signs, strict=True)) for signs in product((-1, 1), repeat=len(added))]
    exact = sum(one <= sum(added) + 1e-12 for one in every) / len(every)

    assert _of(added) == pytest.approx(exact, abs=5 * (exact / RESAMPLES) ** 0.5)


@pytest.mark.parametrize(("lost", "won"), [(16, 0), (30, 0), (40, 5), (90, 30), (4_000, 3_000)])
def test_beyond_the_draws_it_is_never_smaller_than_the_exact_tail_and_not_far_above_it(lost: int, won: int) -> None:
    exact = harm_p(PairedCounts(0, lost, won, 0))

    found = _of([-1.0, 1.0], [lost, won])

    assert exact * (1 - 1e-9) <= found <= min(1.0, 40 * exact) and found < 1 / RESAMPLES


def test_draws_made_in_several_turns_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = _of([-0.5, -0.3, 0.2, -0.1])

    monkeypatch.setattr(paired_swaps, "_AT_ONCE", 999)

    assert _of([-0.5, -0.3, 0.2, -0.1]) == pytest.approx(at_once, abs=0.02)


def test_cases_without_a_difference_change_nothing() -> None:
    assert _of([-0.5, 0.0, -0.3, 0.0, 0.2]) == _of([-0.5, -0.3, 0.2])
