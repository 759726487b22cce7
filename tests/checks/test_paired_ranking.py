"""AUC on the same cases: against counting every pair, DeLong's own sums and resampling of whole cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.paired_ranking import FEWEST, can_be_ranked, compare_auc

SCORES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=12, max_size=30)


def test_no_case_or_too_few_events_or_non_events_are_refused() -> None:
    for labels in ([], [1] * 40, [0] * 40, [1] * (FEWEST - 1) + [0] * 40):
        assert not can_be_ranked(labels)
        with pytest.raises(ValueError, match=f"expected {FEWEST} events and {FEWEST} non-events or more"):
            compare_auc(labels, [0.5] * len(labels), [0.5] * len(labels), 0.05)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_refused_and_not_ranked(bad: float) -> None:
    scores = [0.1 * place for place in range(20)]

    with pytest.raises(ValueError, match="expected finite scores"):
        compare_auc([0, 1] * 10, scores, [bad, *scores[1:]], 0.05)


def test_scores_that_are_all_alike_tell_nothing_apart() -> None:
    one = compare_auc([0, 1] * 10, [0.5] * 20, [0.5] * 20, 0.05)

    assert (one.champion, one.candidate, one.difference, one.low, one.high, one.harm_p) == (0.5, 0.5, 0.0, 0.0, 0.0, 1.0)


def test_scores_in_another_unit_rank_the_same_cases_alike() -> None:
    labels, scores = _drawn(200, 1)[:2]

    one = compare_auc(labels, scores, np.exp(3 * scores), 0.05)

    assert (one.difference, one.low, one.high) == (0.0, 0.0, 0.0)


@given(events=SCORES, others=SCORES)
def test_an_auc_counts_every_pair_and_a_tie_half(events: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    labels = [1] * len(events) + [0] * len(others)
    champion, candidate = ([float(pair[side]) for pair in (*events, *others)] for side in (0, 1))

    one = compare_auc(labels, champion, candidate, 0.05)

    for side, found in ((0, one.champion), (1, one.candidate)):
        pairs = [(event[side] > other[side]) + 0.5 * (event[side] == other[side]) for event in events for other in others]
        assert found == pytest.approx(sum(pairs) / len(pairs))
    assert one.low <= one.difference <= one.high


def test_the_error_is_that_of_delong() -> None:
    labels, champion, candidate = _drawn(300, 2)
    tables = [_pairs(labels, scores) for scores in (champion, candidate)]
    of_events, of_others = (np.cov([table.mean(axis=axis) for table in tables]) for axis in (1, 0))
    covariance = of_events / tables[0].shape[0] + of_others / tables[0].shape[1]
    error = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])

    one = compare_auc(labels, champion, candidate, 0.05)

    assert (one.high - one.low) / 2 == pytest.approx(1.6448536 * error)


def test_bounds_are_those_that_resampling_whole_cases_comes_to() -> None:
    labels, champion, candidate = _drawn(300, 3)
    draw, found = np.random.default_rng(4), []
    for _ in range(4_000):
        drawn = draw.integers(0, 300, 300)
        found.append(np.subtract(*(_pairs(labels[drawn], scores[drawn]).mean() for scores in (candidate, champion))))

    one = compare_auc(labels, champion, candidate, 0.05)

    assert (one.low, one.high) == pytest.approx(tuple(np.quantile(found, [0.05, 0.95])), abs=0.006)


def test_a_candidate_that_ranks_worse_is_told_apart_from_chance() -> None:
    labels, scores, _ = _drawn(2_000, 5)

    one = compare_auc(labels, scores, scores + np.random.default_rng(6).normal(0, 2, 2_000), 0.05)

    assert one.high < 0 and one.harm_p < 1e-6


def _drawn(cases: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    labels = (draw.random(cases) < 0.3).astype(int)
    return labels, np.round(labels + draw.normal(0, 1.2, cases), 1), labels + draw.normal(0, 1.1, cases)


def _pairs(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    events, others = scores[labels == 1][:, None], scores[labels == 0][None, :]
    return (events > others) + 0.5 * (events == others)
