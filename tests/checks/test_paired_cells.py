"""F1: against counting by hand, and against resampling the cases one by one."""

from __future__ import annotations

import numpy as np
import pytest

from checks import paired_swaps
from checks.paired_cells import compare_f1


def test_no_case_or_one_has_no_spread_and_is_refused() -> None:
    for count in (0, 1):
        with pytest.raises(ValueError, match=f"expected two cases or more, found {count}"):
            compare_f1(["a"] * count, ["a"] * count, ["b"] * count, 0.05, seed=1)


def test_f1_is_the_mean_over_the_labels_of_the_set_and_one_never_answered_counts_as_nothing() -> None:
    one = compare_f1(["a", "a", "b", "c"], ["a", "a", "b", "c"], ["a", "a", "a", "zzz"], 0.05, seed=1)

    assert one.champion == 1.0
    assert one.candidate == pytest.approx((2 * 2 / (2 + 3) + 0 + 0) / 3)


def test_answers_that_are_no_label_are_one_and_the_same_to_f1() -> None:
    labels = ["a", "b"] * 50
    wild = [label if place % 5 else f"free text {place}" for place, label in enumerate(labels)]
    tame = [label if place % 5 else "refused" for place, label in enumerate(labels)]

    assert compare_f1(labels, labels, wild, 0.05, seed=1) == compare_f1(labels, labels, tame, 0.05, seed=1)


def test_f1_bounds_are_those_that_resampling_the_cases_comes_to() -> None:
    labels, champion, candidate = _answers(400)
    draw, found = np.random.default_rng(2), []
    for _ in range(2_000):
        drawn = draw.integers(0, 400, 400)
        found.append(_f1(labels[drawn], candidate[drawn]) - _f1(labels[drawn], champion[drawn]))

    one = compare_f1(list(labels), list(champion), list(candidate), 0.05, seed=1)

    assert one.difference == pytest.approx(_f1(labels, candidate) - _f1(labels, champion))
    assert (one.low, one.high) == pytest.approx(tuple(np.quantile(found, [0.05, 0.95])), abs=0.005)


def test_a_class_of_three_cases_that_are_all_lost_is_one_in_eight_and_not_certain() -> None:
    labels = ["a", "b"] * 98 + ["c"] * 3

    one = compare_f1(labels, labels, ["a", "b"] * 98 + ["unsure"] * 3, 0.05, seed=1)

    assert one.difference == pytest.approx(-1 / 3) and one.harm_p == pytest.approx(1 / 8, abs=0.02)


def test_answers_that_are_all_lost_are_told_from_chance_beyond_the_draws() -> None:
    labels = ["a", "b", "b"] * 10

    one = compare_f1(labels, labels, ["b", "a", "a"] * 10, 0.05, seed=1)

    assert one.difference == -1.0 and 2.0**-30 <= one.harm_p < 1e-6


def test_harm_of_f1_is_called_no_more_often_than_agreed_between_versions_that_are_alike() -> None:
    harms = [_harm_of_alike(seed) for seed in range(120)]

    assert sum(one <= 0.05 for one in harms) <= 13 and min(harms) > 1e-4  # 6, and three standard errors


def test_the_same_cases_give_the_same_bounds_with_every_numpy_that_there_will_be() -> None:
    labels, champion, candidate = _answers(200)

    one = compare_f1(list(labels), list(champion), list(candidate), 0.05, seed=1)

    assert (round(one.low, 12), round(one.high, 12)) == (-0.122826868351, 0.000472724325)


def test_versions_that_answer_alike_are_bounded_by_their_difference_which_is_none() -> None:
    labels, champion, _ = (list(one) for one in _answers(100))

    one = compare_f1(labels, champion, champion, 0.05, seed=1)

    assert (one.difference, one.low, one.high, one.harm_p) == (0.0, 0.0, 0.0, 1.0)


def test_draws_made_in_several_turns_are_those_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, champion, candidate = (list(one) for one in _answers(200))
    at_once = compare_f1(labels, champion, candidate, 0.05, seed=1)

    monkeypatch.setattr(paired_swaps, "_AT_ONCE", 999)

    assert compare_f1(labels, champion, candidate, 0.05, seed=1) == at_once


def _answers(cases: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    labels = draw.choice(["a", "b", "c"], cases, p=[0.5, 0.3, 0.2])
    return labels, *(np.where(draw.random(cases) < right, labels, draw.choice(["a", "b", "c"], cases)) for right in (0.8, 0.75))


def _harm_of_alike(seed: int) -> float:
    draw = np.random.default_rng([3, seed])
    labels = draw.choice(["a", "b", "c"], 60, p=[0.7, 0.2, 0.1])
    answers = [np.where(draw.random(60) < 0.85, labels, draw.choice(["a", "b", "c"], 60)) for _ in range(2)]
    return compare_f1(list(labels), list(answers[0]), list(answers[1]), 0.05, seed=seed).harm_p


def _f1(labels: np.ndarray, answers: np.ndarray) -> float:
    each = []
    for name in np.unique(labels):
        labelled, answered = labels == name, answers == name
        each.append(2 * (labelled & answered).sum() / (labelled.sum() + answered.sum()))
    return float(np.mean(each))
