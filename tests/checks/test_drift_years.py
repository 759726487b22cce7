"""A small part of ``make proof WHAT=triggers``: quiet without drift, certain with it, and one request for one day."""

from __future__ import annotations

from tests.proof.simulated_days import FEATURES
from tests.proof.triggers import REFERENCE_ROWS, days_until_found, judged_twice, quiet_year
from tests.trigger_builders import POLICIES


def test_sixty_days_of_fifty_rows_without_drift_ask_for_nothing_where_a_fixed_fifth_fires_every_day() -> None:
    seen = quiet_year(POLICIES, 50, REFERENCE_ROWS, seed=0, count=60)
    assert (seen.requests, seen.drifted) == (0, 0)
    assert 0 < seen.expected <= POLICIES.drift.max_false_alarms_per_year
    assert seen.fixed_windows >= 55
    assert seen.fixed_columns > len(FEATURES)


def test_a_shift_of_six_tenths_of_a_standard_deviation_is_asked_about_within_five_days() -> None:
    assert all(1 <= days_until_found(POLICIES, 0.6, 500, seed, within=5) <= 5 for seed in range(8))


def test_a_day_judged_twice_asks_once() -> None:
    assert judged_twice(POLICIES).ok
