"""Drift of one window, cell by cell: what is judged, against what, and what is said where nothing can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drift import judge_cells
from checks.drift_measures import chi_square_p, jensen_shannon_distance, kolmogorov_smirnov, population_stability_index
from registry.domain.monitoring import Window, WindowKind
from registry.domain.policy_triggers import Persistence, TriggerPolicies
from registry.domain.profile import WHOLE, CellCounts, ColumnRole, ReferenceProfile, Segment, WindowProfile
from registry.domain.triggers import CellState, DriftCell, PastWindow, TriggerHistory
from tests.trigger_builders import JANUARY, POLICIES, a_category, a_cell, a_number, a_profile, a_reference

NO_HISTORY = TriggerHistory(events=0)
BEFORE, SAME, SHIFTED = (2500, 2500, 2500, 2500, 0), (250, 250, 250, 250, 0), (40, 120, 280, 560, 0)
AGE = a_number()
SIXTY = Segment("term", "60")

# One month is enough, and nothing is sudden: what a single window and what several come to are looked at apart.
_MONTHS = {**POLICIES.drift.persistence, WindowKind.MONTH: Persistence(1, 1)}
LASTING = replace(POLICIES, drift=replace(POLICIES.drift, sudden_psi=100.0, persistence=_MONTHS))


def judge(
    profile: WindowProfile,
    reference: ReferenceProfile | None = None,
    *,
    history: TriggerHistory = NO_HISTORY,
    policies: TriggerPolicies = LASTING,
    kind: WindowKind = WindowKind.MONTH,
    explained: dict[str, str] | None = None,
) -> tuple[DriftCell, ...]:
    return judge_cells(reference or of_age(), profile, history, policies, kind, explained)


def of_age(counts: tuple[int, ...] = BEFORE, **changes: object) -> ReferenceProfile:
    return a_reference((replace(AGE, **changes),), a_cell("age", counts))  # type: ignore[arg-type]


def test_a_reference_without_cells_has_nothing_to_answer_for() -> None:
    assert judge(a_profile(), a_reference(())) == ()


def test_a_window_without_rows_is_not_evaluated_and_has_no_figures() -> None:
    (cell,) = judge(a_profile(a_cell("age", (0, 0, 0, 0, 0))))
    assert (cell.state, cell.because, cell.psi, cell.threshold) == (CellState.NOT_EVALUATED, "no_data", None, None)
    (cell,) = judge(a_profile())
    assert (cell.state, cell.because) == (CellState.NOT_EVALUATED, "no_data")


def test_too_few_rows_are_not_quiet() -> None:
    (one_row,) = judge(a_profile(a_cell("age", (0, 0, 0, 1, 0))))
    (just_not,) = judge(a_profile(a_cell("age", (0, 0, 0, 49, 0))))
    (enough,) = judge(a_profile(a_cell("age", (0, 0, 0, 50, 0))))
    assert (one_row.state, one_row.because, one_row.row_count) == (CellState.NOT_EVALUATED, "too_few", 1)
    assert just_not.because == "too_few"
    assert enough.state is CellState.DRIFTED


def test_infinite_values_are_in_no_bin_and_do_not_make_rows_enough() -> None:
    (cell,) = judge(a_profile(a_cell("age", (0, 0, 0, 40, 0), infinite_count=1_000)))
    assert (cell.because, cell.row_count) == ("too_few", 40)


def test_a_reference_with_too_few_rows_in_a_segment_is_named_as_such() -> None:
    reference = a_reference((AGE,), a_cell("age", BEFORE), a_cell("age", (10, 10, 10, 10, 0), SIXTY))
    _, cell = judge(a_profile(a_cell("age", SAME), a_cell("age", SAME, SIXTY)), reference)
    assert (cell.key, cell.because) == ("age|term=60", "too_few_in_reference")


def test_a_column_that_is_gone_is_named_even_where_nothing_else_came() -> None:
    for rows in (0, 1_000):
        (cell,) = judge(replace(a_profile(), row_count=rows, missing_columns=("age",)))
        assert (cell.state, cell.because) == (CellState.NOT_EVALUATED, "missing_column")


def test_a_segment_that_the_window_does_not_have_is_too_few() -> None:
    reference = a_reference((AGE,), a_cell("age", BEFORE), a_cell("age", BEFORE, SIXTY))
    whole, sixty = judge(a_profile(a_cell("age", SAME)), reference)
    assert (whole.segment, whole.state) == (WHOLE, CellState.QUIET)
    assert (sixty.segment, sixty.because, sixty.row_count) == (SIXTY, "too_few", 0)


def test_all_rows_come_first_then_segments_and_columns_in_the_references_order() -> None:
    columns = (AGE, a_category(), a_number("score", role=ColumnRole.SCORE))
    cells = [
        a_cell(column.name, (1_000,) * column.bin_count, segment)
        for segment in (WHOLE, Segment("term", "36"), SIXTY)
        for column in reversed(columns)
    ]
    judged = judge(a_profile(*reversed(cells)), a_reference(columns, *cells))
    assert [cell.key for cell in judged][:4] == ["age|all rows", "purpose|all rows", "score|all rows", "age|term=36"]
    assert [cell.role for cell in judged][:3] == [ColumnRole.FEATURE, ColumnRole.FEATURE, ColumnRole.SCORE]


def test_the_same_shares_are_quiet_and_all_four_measures_are_told() -> None:
    (cell,) = judge(a_profile(a_cell("age", SAME)))
    assert cell.state is CellState.QUIET
    assert cell.psi == pytest.approx(0, abs=1e-9)
    assert (cell.jensen_shannon, cell.kolmogorov_smirnov, cell.chi_square_p) == (0.0, 0.0, 1.0)
    assert (cell.row_count, cell.because) == (1_000, "")


def test_measures_are_those_of_the_counts_and_missing_values_have_no_place_in_an_order() -> None:
    now = (100, 200, 300, 350, 50)
    (cell,) = judge(a_profile(a_cell("age", now)))
    assert cell.psi == population_stability_index(BEFORE, now)
    assert cell.jensen_shannon == jensen_shannon_distance(BEFORE, now)
    assert cell.kolmogorov_smirnov == kolmogorov_smirnov(BEFORE[:-1], now[:-1])
    assert cell.chi_square_p == chi_square_p(BEFORE, now)


def test_a_category_has_no_order_and_so_no_kolmogorov_smirnov() -> None:
    reference = a_reference((a_category(),), a_cell("purpose", (600, 400, 0, 0, 0)))
    (cell,) = judge(a_profile(a_cell("purpose", (100, 900, 0, 0, 0))), reference)
    assert cell.state is CellState.DRIFTED
    assert cell.kolmogorov_smirnov is None


def test_a_constant_column_that_stays_so_is_quiet_at_the_policys_threshold() -> None:
    (cell,) = judge(a_profile(a_cell("age", (0, 500, 0, 0, 0))), of_age((0, 9_000, 0, 0, 0)))
    assert (cell.state, cell.psi, cell.threshold) == (CellState.QUIET, 0.0, 0.2)


def test_a_constant_column_that_became_another_constant_drifted() -> None:
    (cell,) = judge(a_profile(a_cell("age", (0, 0, 500, 0, 0))), of_age((0, 9_000, 0, 0, 0)))
    assert cell.state is CellState.DRIFTED


def test_a_column_that_became_all_missing_is_over_unless_data_quality_explains_it() -> None:
    gone = a_profile(a_cell("age", (0, 0, 0, 0, 1_000)))
    (unexplained,) = judge(gone)
    (explained,) = judge(gone, explained={"age|all rows": "all_missing"})
    assert unexplained.state is CellState.DRIFTED
    assert (explained.state, explained.because, explained.is_over) == (CellState.NOT_EVALUATED, "all_missing", False)
    assert explained.psi == unexplained.psi


def test_what_data_quality_explains_below_the_threshold_is_quiet_and_keeps_the_reason() -> None:
    (cell,) = judge(a_profile(a_cell("age", (240, 250, 250, 240, 20))), explained={"age|all rows": "missing_block"})
    assert (cell.state, cell.because) == (CellState.QUIET, "missing_block")


def test_the_threshold_is_the_policys_where_chance_is_smaller_and_chances_where_it_is_larger() -> None:
    (many,) = judge(a_profile(a_cell("age", (2_500,) * 4 + (0,))))
    (few,) = judge(a_profile(a_cell("age", (13, 13, 12, 12, 0))))
    assert many.threshold == 0.2 and (many.null_quantile or 1) < 0.01
    assert few.threshold == few.null_quantile and (few.threshold or 0) > 0.2


def test_fifty_rows_need_more_than_the_usual_fifth_to_be_over() -> None:
    ten = a_number(edges=tuple(map(float, range(9))))
    reference = a_reference((ten,), a_cell("age", (1_000,) * 10 + (0,)))
    (cell,) = judge(a_profile(a_cell("age", (9, 8, 7, 6, 5, 5, 4, 3, 2, 1, 0))), reference, kind=WindowKind.DAY)
    assert 0.2 < (cell.psi or 0) < (cell.threshold or 0)
    assert cell.state is CellState.QUIET


def test_more_cells_share_the_same_budget_and_so_each_needs_more() -> None:
    def threshold(count: int) -> float:
        columns = tuple(a_number(f"number_{place}") for place in range(count))
        reference = a_reference(columns, *(a_cell(column.name, BEFORE) for column in columns))
        cells = judge(a_profile(*(a_cell(column.name, (13, 13, 12, 12, 0)) for column in columns)), reference)
        return cells[0].threshold or 0.0

    assert threshold(1) < threshold(10) < threshold(100)


def test_cells_that_cannot_be_judged_take_nothing_from_the_budget() -> None:
    alone = judge(a_profile(a_cell("age", (13, 13, 12, 12, 0))))
    reference = a_reference((AGE,), a_cell("age", BEFORE), *(a_cell("age", BEFORE, Segment("term", str(n))) for n in range(20)))
    assert judge(a_profile(a_cell("age", (13, 13, 12, 12, 0))), reference)[0].threshold == alone[0].threshold


def test_counts_against_other_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="two vectors of counts"):
        judge(a_profile(a_cell("age", (100, 100, 100))))


def test_a_policy_without_persistence_for_the_window_says_what_to_complete() -> None:
    policies = replace(POLICIES, drift=replace(POLICIES.drift, persistence={}))
    with pytest.raises(ValueError, match=r"drift\.persistence\.month"):
        judge(a_profile(a_cell("age", SAME)), policies=policies)


def test_a_drift_of_days_needs_to_last() -> None:
    reference, history, states = of_age(), NO_HISTORY, []
    for day in range(1, 6):
        states.append(_day(reference, history, day, SHIFTED))
        history = _after(history, reference, day, states[-1])
    assert [cell.state for cell in states] == [CellState.OVER, CellState.OVER, *([CellState.DRIFTED] * 3)]


def test_a_drift_clears_after_two_windows_below_and_says_that_it_is_clearing() -> None:
    reference, history, states = of_age(), NO_HISTORY, []
    for day, counts in enumerate((SHIFTED, SHIFTED, SHIFTED, SAME, SAME, SAME), start=1):
        states.append(_day(reference, history, day, counts))
        history = _after(history, reference, day, states[-1])
    assert [cell.state for cell in states[2:]] == [CellState.DRIFTED, CellState.DRIFTED, CellState.QUIET, CellState.QUIET]
    assert [cell.because for cell in states[2:]] == ["", "clearing", "", ""]


def test_the_same_window_judged_again_does_not_count_itself() -> None:
    reference, history = of_age(), NO_HISTORY
    for _ in range(4):
        cell = _day(reference, history, 1, SHIFTED)
        assert cell.state is CellState.OVER
        history = _after(history, reference, 1, cell)


shares = st.lists(st.integers(0, 400), min_size=5, max_size=5).filter(lambda counts: sum(counts) >= 50)


@given(shares, st.integers(0, 3))
def test_a_cell_is_over_exactly_when_its_psi_is_above_both_numbers(counts: list[int], kind: int) -> None:
    (cell,) = judge(a_profile(a_cell("age", tuple(counts))), kind=list(WindowKind)[kind % 3])
    assert cell.psi is not None and cell.threshold is not None and cell.null_quantile is not None
    assert cell.threshold == max(0.2, cell.null_quantile)
    assert cell.is_over is (cell.psi > cell.threshold) is (cell.state in (CellState.OVER, CellState.DRIFTED))


def _day(reference: ReferenceProfile, history: TriggerHistory, day: int, counts: tuple[int, ...]) -> DriftCell:
    start = JANUARY.start_on.replace(day=day)
    window = Window(start, start.replace(day=day + 1))
    profile = a_profile(CellCounts("age", WHOLE, counts), window=window)
    (cell,) = judge(profile, reference, history=history, kind=WindowKind.DAY)
    return cell


def _after(history: TriggerHistory, reference: ReferenceProfile, day: int, cell: DriftCell) -> TriggerHistory:
    start = JANUARY.start_on.replace(day=day)
    past = PastWindow(
        Window(start, start.replace(day=day + 1)),
        datetime(2026, 1, day + 1, 12, len(history.windows), tzinfo=UTC),
        reference.digest,
        judged=True,
        over=frozenset([cell.key] if cell.is_over else []),
        drifted=frozenset([cell.key] if cell.state is CellState.DRIFTED else []),
    )
    return replace(history, windows=(*history.windows, past))


def test_what_is_far_enough_off_has_drifted_in_one_window_and_says_so() -> None:
    reference, window = of_age(), a_profile(a_cell("age", (400, 100, 0, 0, 0)))
    (sudden,) = judge(window, reference, policies=POLICIES, kind=WindowKind.DAY)
    assert (sudden.state, sudden.is_sudden) == (CellState.DRIFTED, True)
    (patient,) = judge(window, reference, policies=LASTING, kind=WindowKind.DAY)
    assert (patient.state, patient.is_sudden) == (CellState.OVER, False)


def test_a_few_rows_are_sudden_only_beyond_what_one_window_gives_by_chance() -> None:
    reference = a_reference((a_number(edges=tuple(map(float, range(9)))),), a_cell("age", (1_000,) * 10 + (0,)))
    window = a_profile(a_cell("age", (12, 10, 8, 6, 5, 4, 2, 1, 1, 1, 0)))
    (cell,) = judge(window, reference, policies=POLICIES, kind=WindowKind.DAY)
    assert (cell.psi or 0) > 0.5 and not cell.is_sudden
