"""Thresholds: more rows on either side never ask for more, and what a cell is held against can be reached."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drift import judge_cells
from checks.drift_budget import level_of_one_cell, reference_error_of_one_cell
from checks.drift_by_chance import psi_by_chance
from checks.drift_measures import farthest_psi, population_stability_index
from registry.domain.monitoring import WindowKind
from registry.domain.profile import Segment
from registry.domain.triggers import CellState, DriftCell, TriggerHistory
from tests.examples import drawing
from tests.trigger_builders import POLICIES, a_category, a_cell, a_number, a_profile, a_reference

ERROR = reference_error_of_one_cell(POLICIES.drift, 60)
LEVEL = level_of_one_cell(POLICIES.drift, WindowKind.MONTH, 60)
WINDOWS = (50, 200, 1_000, 1_001, 5_000, 20_000, 10**6)
TENTHS = a_number(edges=tuple(map(float, range(9))))
EIGHTY_FOUR = Segment("term", "84")

counts = st.lists(st.integers(0, 400), min_size=2, max_size=12).filter(lambda met: sum(map(bool, met)) > 1 and sum(met) >= 50)


def threshold(reference: tuple[int, ...], rows: int) -> float:
    return max(POLICIES.drift.min_psi, psi_by_chance(reference, rows, ERROR, LEVEL, POLICIES.drift.min_psi).quantile)


@pytest.mark.parametrize("never_met", [0, 1, 3])
def test_a_small_reference_with_bins_it_never_met_lets_large_windows_drift(never_met: int) -> None:
    # every number without missing values has such a bin, every category up to three
    reference = (20,) * 10 + (0,) * never_met
    assert threshold(reference, 100) < 0.8
    assert threshold(reference, 20_000) < 0.4


@drawing(20)
@given(counts)
def test_more_rows_in_the_window_never_raise_the_threshold(met: list[int]) -> None:
    thresholds = [threshold(tuple(met), rows) for rows in WINDOWS]
    assert all(later <= earlier * 1.01 for earlier, later in pairwise(thresholds)), thresholds


@drawing(20)
@given(counts, st.sampled_from([50, 500, 20_000]))
def test_more_rows_in_the_reference_never_raise_the_threshold(met: list[int], rows: int) -> None:
    thresholds = [threshold(tuple(times * count for count in met), rows) for times in (1, 4, 16)]
    assert all(later <= earlier * 1.02 for earlier, later in pairwise(thresholds)), thresholds


@drawing(20)
@given(counts, st.sampled_from([50, 500, 20_000]))
def test_a_reference_with_rows_enough_for_the_policy_can_be_drifted_from(met: list[int], rows: int) -> None:
    assert threshold(tuple(met), rows) < farthest_psi(met, rows)


def test_the_farthest_window_lies_in_the_bin_met_least_or_never_where_one_holds_all() -> None:
    assert farthest_psi((30, 10, 0), 50) == population_stability_index((30, 10, 0), (0, 50, 0))
    assert farthest_psi((40, 0), 50) == population_stability_index((40, 0), (0, 50))
    assert farthest_psi((40,), 50) == 0.0


@pytest.mark.parametrize(("size", "rows"), [(230, 8_000), (500, 20_000)])
def test_another_population_in_a_small_segment_is_drift(size: int, rows: int) -> None:
    cell = _judged((size // 10,) * 10 + (0,), (0,) * 8 + (rows // 10, rows - rows // 10, 0))
    assert cell.state is CellState.DRIFTED
    assert (cell.threshold or 1) < 0.5


def test_where_chance_gives_as_much_as_any_window_could_the_reference_is_named_and_nothing_is_quiet() -> None:
    cell = _judged((3, 3, *(0,) * 9), (50, *(0,) * 10), min_rows=5)
    assert (cell.state, cell.because, cell.psi) == (CellState.NOT_EVALUATED, "too_few_in_reference", None)


@drawing(25)
@given(st.integers(0, 10**6), st.integers(5, 60), st.integers(5, 3_000))
def test_what_is_called_quiet_could_have_been_over(seed: int, size: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    before, now = ((*map(int, random.multinomial(many, (0.1,) * 10)), 0) for many in (size, rows))
    cell = _judged(before, now, min_rows=5)
    assert cell.state is not CellState.QUIET or 0 < (cell.threshold or 0) < farthest_psi(before, rows)


def test_a_category_whose_rare_unseen_and_missing_were_never_met_is_judged_at_any_size() -> None:
    column = a_category("channel", ("branch", "web"))
    reference = a_reference((column,), a_cell("channel", (150, 80, 0, 0, 0)))
    profile = a_profile(a_cell("channel", (1_000, 19_000, 0, 0, 0)))
    (cell,) = judge_cells(reference, profile, TriggerHistory(events=0), POLICIES, WindowKind.MONTH)
    assert cell.state is CellState.DRIFTED


def _judged(before: tuple[int, ...], now: tuple[int, ...], min_rows: int = 50) -> DriftCell:
    """Return the cell of a segment beside all rows, which are many and as they were."""
    policies = replace(POLICIES, drift=replace(POLICIES.drift, min_rows=min_rows))
    everything = a_cell("age", (1_000,) * 10 + (0,))
    reference = a_reference((TENTHS,), everything, a_cell("age", before, EIGHTY_FOUR))
    profile = a_profile(everything, a_cell("age", now, EIGHTY_FOUR))
    return judge_cells(reference, profile, TriggerHistory(events=0), policies, WindowKind.MONTH)[-1]
