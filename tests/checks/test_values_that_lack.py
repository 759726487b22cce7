"""A column that is mostly missing is watched by what is missing, one without a value never passes, and what is no number is broken."""

from __future__ import annotations

from dataclasses import replace

from checks.conditions import find_conditions
from checks.data_quality import explained_cells, find_data_quality
from checks.drift import judge_cells
from registry.domain.monitoring import WindowKind
from registry.domain.profile import CellCounts, Segment
from registry.domain.triggers import CellState, DriftCell, TriggerHistory
from tests.trigger_builders import POLICIES, a_cell, a_number, a_profile, a_reference

RARE = (50, 50, 50, 50, 9800)
SIXTY = Segment("term", "60")


def judged(now: tuple[int, ...], before: tuple[int, ...] = RARE, *segments: CellCounts) -> tuple[DriftCell, ...]:
    reference = a_reference((a_number(),), a_cell("age", before), *(replace(cell, counts=before) for cell in segments))
    profile = a_profile(a_cell("age", now), *segments)
    return judge_cells(reference, profile, TriggerHistory(0), POLICIES, WindowKind.MONTH, explained_cells(reference, profile, POLICIES))


def test_a_column_that_is_mostly_missing_is_compared_by_what_is_missing() -> None:
    (cell,) = judged((20, 0, 0, 0, 980))
    assert (cell.state, cell.because, cell.row_count) == (CellState.QUIET, "few_values", 1000)
    (enough,) = judged((13, 12, 13, 12, 950))
    assert (enough.state, enough.because) == (CellState.QUIET, "")


def test_a_column_that_was_there_and_is_mostly_missing_is_not_quiet() -> None:
    (cell,) = judged((10, 10, 10, 9, 961), (2500, 2500, 2500, 2500, 0))
    assert (cell.state, cell.because) == (CellState.NOT_EVALUATED, "missing_block")


def test_a_window_without_a_value_of_a_column_is_never_quiet() -> None:
    (rare,) = judged((0, 0, 0, 0, 1000), (2, 1, 1, 1, 9995))
    assert rare.state is CellState.NOT_EVALUATED
    (gone,) = judged((0, 0, 0, 0, 1000), (15, 15, 15, 15, 9940))
    assert (gone.state, gone.because) == (CellState.NOT_EVALUATED, "no_values")
    (full,) = judged((0, 0, 0, 0, 1000), (2500, 2500, 2500, 2500, 0))
    assert (full.state, full.because) == (CellState.NOT_EVALUATED, "all_missing")


def test_a_reference_without_values_is_too_few_on_all_rows() -> None:
    (cell,) = judged((250, 250, 250, 250, 0), (10, 10, 10, 10, 9960))
    assert (cell.state, cell.because) == (CellState.NOT_EVALUATED, "too_few_in_reference")


def test_a_segment_that_never_has_a_value_is_told_and_blocks_nothing() -> None:
    none = a_cell("age", (0, 0, 0, 0, 500), SIXTY)
    reference = a_reference((a_number(),), a_cell("age", (2500, 2500, 2500, 2500, 0)), none)
    profile = a_profile(a_cell("age", (250, 250, 250, 250, 0)), none)
    whole, sixty = judge_cells(reference, profile, TriggerHistory(0), POLICIES, WindowKind.MONTH)
    assert (whole.state, sixty.state, sixty.because) == (CellState.QUIET, CellState.NOT_EVALUATED, "no_values")


def problems(unreadable: int, missing: int, before: int = 0) -> tuple[str, ...]:
    reference = a_reference((a_number(),), a_cell("age", (2500, 2500, 2500, 2400, 100), unreadable_count=before, low=0.0, high=40.0))
    there = (1000 - missing) // 4
    now = a_cell("age", (there, there, there, 1000 - missing - 3 * there, missing), unreadable_count=unreadable, low=0.0, high=40.0)
    return find_conditions(find_data_quality(reference, a_profile(now), POLICIES))


def test_what_is_no_number_in_a_window_alone_is_broken_data() -> None:
    assert problems(0, 10) == ()
    assert problems(10, 10) == ()
    assert problems(30, 40) == ("data_quality|age|unreadable_values",)
    assert problems(500, 500) == ("data_quality|age|missing_block", "data_quality|age|unreadable_values")
    assert problems(30, 40, before=250) == ()


def test_a_column_that_became_something_else_than_numbers_says_so_once() -> None:
    reference = a_reference((a_number(),), a_cell("age", (2500, 2500, 2500, 2500, 0)))
    profile = a_profile(a_cell("age", (0, 0, 0, 0, 1000), unreadable_count=1000))
    (finding,) = [one for one in find_data_quality(reference, profile, POLICIES) if one.subject == "age"]
    assert finding.reason_code == "all_missing"
    assert "1,000 of them with something that is no number" in finding.reason and "look how the export writes numbers" in finding.reason
