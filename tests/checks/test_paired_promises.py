"""A few gates of the simulations that ``make proof WHAT=gate`` runs by the thousand: they draw what they say, and the gate answers."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from registry.domain.decision import Verdict
from tests.proof.gate import Scenario, hidden_drop, planned, verdict_of
from tests.proof.simulated_versions import differing, graded, ranked, seconds, shifted


def test_a_drop_in_one_segment_of_twenty_is_seen_while_the_total_rises() -> None:
    row = hidden_drop(lambda scenario: Counter(verdict_of(scenario, run) for run in range(3)))

    assert row.ok and "3 fail" in row.found


def test_a_table_in_which_candidates_pass_that_should_not_is_not_ok() -> None:
    assert not hidden_drop(lambda _: Counter({Verdict.PASS: 6, Verdict.FAIL: 94})).ok


def test_as_many_cases_are_planned_as_the_power_takes() -> None:
    assert [planned(share, 0.02, 0.8, 0.05) for share in (0.05, 0.1, 0.2)] == [900, 1_600, 3_200]


def test_versions_are_drawn_with_the_difference_that_they_are_said_to_have() -> None:
    random, count = np.random.default_rng(1), 200_000

    accuracy = differing(random, count, 0.06, 0.04).is_right.mean(axis=1)
    slower = seconds(random, count, 0.1).amounts.mean(axis=1)
    brier, off = graded(random, count, 0.005), shifted(random, count, 0.01)

    assert accuracy[0] - accuracy[1] == pytest.approx(0.02, abs=0.003)
    assert slower[1] / slower[0] == pytest.approx(1.1, abs=0.01)
    assert np.diff(((brier.scores - brier.labels) ** 2).mean(axis=1)) == pytest.approx(0.005, abs=0.0015)
    assert (off.scores[0] - off.labels).mean() == pytest.approx(0.0, abs=0.004)
    assert (off.scores[1] - off.scores[0]).mean() == pytest.approx(0.01)


def test_scores_are_drawn_with_the_auc_that_they_are_said_to_have() -> None:
    drawn = ranked(np.random.default_rng(2), 40_000, 0.05)
    ranks = drawn.scores.argsort(axis=1).argsort(axis=1) + 1
    events = drawn.labels.sum()

    found = (ranks[:, drawn.labels].sum(axis=1) - events * (events + 1) / 2) / (events * (40_000 - events))

    assert found == pytest.approx((0.8, 0.75), abs=0.01)


def test_a_run_is_the_same_each_time() -> None:
    scenario = Scenario(9, 150, lambda random, count: differing(random, count, 0.1, 0.1))

    assert [verdict_of(scenario, run) for run in range(5)] == [verdict_of(scenario, run) for run in range(5)]
