"""Broken and recoded data are told apart from other customers, at ten rows and at ten millions."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.conditions import find_conditions
from checks.data_quality import explained_cells, find_data_quality
from checks.data_quality_window import is_incomplete
from registry.domain.decision import Verdict
from registry.domain.monitoring import Window, WindowKind, window_of
from registry.domain.profile import WHOLE, CellCounts, ReferenceProfile, Segment
from tests.trigger_builders import FEBRUARY, POLICIES, a_category, a_cell, a_number, a_profile, a_reference

OLD, NEW = (500, 480, 15, 0, 5), Segment("term", "60")
PURPOSE, AGE = a_category(), a_number()
AGES = (250, 250, 250, 245, 5)
FIRSTS = tuple(80 * ((date(2025, 1, 1) + timedelta(days=day)).day == 1) for day in range(365))


def reference_of(*cells: CellCounts, columns=(PURPOSE, AGE), **changes) -> ReferenceProfile:
    return a_reference(columns, *(cells or (a_cell("purpose", OLD), a_cell("age", AGES, low=0.0, high=40.0))), **changes)


def found(*cells: CellCounts, reference: ReferenceProfile | None = None, population=(), **changes):
    return find_data_quality(reference or reference_of(), a_profile(*cells, **changes), POLICIES, population)


def conditions(*cells: CellCounts, **given) -> tuple[str, ...]:
    return find_conditions(found(*cells, **given))


def purposes(counts: tuple[int, ...], **changes) -> tuple[str, ...]:
    return conditions(a_cell("purpose", counts, **changes))


def explained(*cells: CellCounts, reference: ReferenceProfile | None = None, population=()) -> dict[str, str]:
    return explained_cells(reference or reference_of(), a_profile(*cells), POLICIES, population)


def test_a_window_without_rows_is_inconclusive_and_names_nothing_else():
    (finding,) = found(observed_days=0)
    assert (finding.subject, finding.reason_code, finding.verdict) == ("rows", "empty_window", Verdict.INCONCLUSIVE)
    assert explained() == {}
    assert conditions(observed_days=0) == ()


def test_the_same_shares_are_no_problem_at_any_size():
    for size in (1, 10, 10_000):
        cells = a_cell("purpose", tuple(size * count for count in OLD)), a_cell("age", tuple(size * n for n in AGES), low=0.0, high=40.0)
        assert found(*cells) == ()


# levels


def test_a_new_level_is_named_with_its_rows():
    (finding,) = found(a_cell("purpose", (470, 450, 15, 60, 5), new_levels=(("boat", 40), ("n/a", 20))))
    assert (finding.check, finding.subject, finding.reason_code) == ("data_quality", "purpose", "unseen_level")
    assert (finding.value, finding.limit, finding.baseline, finding.n) == (0.06, 0.01, 0.0, 1000)
    assert "boat 40, n/a 20" in finding.reason and "6.0 % of 1,000 rows" in finding.reason


def test_one_row_of_a_new_level_in_ten_is_chance():
    assert purposes((5, 4, 0, 1, 0)) == ()


def test_one_in_ten_thousand_of_a_new_level_does_not_matter_in_ten_million_rows():
    reference = reference_of(a_cell("purpose", tuple(10_000 * n for n in OLD)))
    assert conditions(a_cell("purpose", (5_000_000, 4_799_000, 150_000, 1_000, 50_000)), reference=reference) == ()


def test_a_column_with_a_name_for_each_row_always_meets_new_ones():
    names = a_category("name", (), rare_levels=tuple(f"n{number}" for number in range(1000)))
    reference = reference_of(a_cell("name", (1000, 0, 0)), columns=(names,))
    assert conditions(a_cell("name", (0, 1000, 0)), reference=reference) == ()


def test_stray_rows_of_a_code_that_becomes_frequent_are_an_unseen_level():
    status = a_category("pay_status", ("0", "2"), rare_levels=("8", "1"))
    before = a_cell("pay_status", (90_000, 29_500, 500, 0, 0), rare_levels=(("8", 494), ("1", 6)))
    after = a_cell("pay_status", (23_000, 3_200, 3_800, 0, 0), rare_levels=(("1", 3_688), ("8", 112)))
    reference = reference_of(before, columns=(status,))
    (finding,) = found(after, reference=reference)
    assert finding.reason_code == "unseen_level"
    assert "6 times in 120,000 rows" in finding.reason and "1 3,688" in finding.reason
    assert explained(after, reference=reference) == {"pay_status|all rows": "unseen_level"}


def test_a_rare_level_that_grows_a_hundredfold_is_a_change_of_customers():
    timely = a_category("timely", ("yes",), rare_levels=("no",))
    reference = reference_of(a_cell("timely", (7_872, 12, 0, 0), rare_levels=(("no", 12),)), columns=(timely,))
    assert conditions(a_cell("timely", (526, 386, 0, 0), rare_levels=(("no", 386),)), reference=reference) == ()


def test_a_vanished_level_is_told_with_what_was_expected_of_it():
    (finding,) = found(a_cell("purpose", (960, 0, 35, 0, 5)))
    assert finding.reason_code == "vanished_level"
    assert "expected about 480 of 1,000 rows with house 48.0 %" in finding.reason
    assert (finding.value, finding.baseline) == (0.0, 0.48)


def test_a_level_that_nine_rows_lack_by_chance_has_not_vanished():
    assert purposes((9, 0, 0, 0, 0)) == ()


def test_a_level_that_vanished_while_another_of_its_mass_appeared_is_recoded():
    (finding,) = found(a_cell("purpose", (500, 0, 15, 480, 5), new_levels=(("HOUSE", 480),)))
    assert finding.reason_code == "recoded"
    assert "HOUSE 480" in finding.reason and "house 48.0 %" in finding.reason


def test_a_column_with_every_level_renamed_is_recoded_and_no_drift():
    cell = a_cell("purpose", (0, 0, 0, 995, 5), new_levels=(("1", 510), ("2", 485)))
    assert conditions(cell) == ("data_quality|purpose|recoded",)
    assert explained(cell) == {"purpose|all rows": "recoded"}


def test_a_new_level_much_smaller_than_the_vanished_one_is_not_its_new_name():
    assert purposes((880, 0, 15, 100, 5)) == ("data_quality|purpose|unseen_level", "data_quality|purpose|vanished_level")


def test_a_new_level_of_a_product_dimension_is_other_customers():
    cell = a_cell("purpose", (250, 230, 15, 500, 5))
    assert found(cell, population=("purpose",)) == ()
    assert explained(cell, population=("purpose",)) == {}


def test_a_level_of_a_product_dimension_that_vanished_is_told_and_explains_no_drift():
    cell = a_cell("purpose", (0, 980, 15, 0, 5))
    assert conditions(cell, population=("purpose",)) == ("data_quality|purpose|vanished_level",)
    assert explained(cell, population=("purpose",)) == {}


def test_a_product_dimension_can_still_be_all_missing():
    assert conditions(a_cell("purpose", (0, 0, 0, 0, 1000)), population=("purpose",)) == ("data_quality|purpose|all_missing",)


def test_a_category_with_one_value_left_is_constant_and_nothing_else():
    assert purposes((1000, 0, 0, 0, 0)) == ("data_quality|purpose|constant_now",)


def test_five_rows_with_one_value_may_be_chance():
    assert purposes((5, 0, 0, 0, 0)) == ()


# values


def test_a_block_of_missing_values_is_told_with_what_was_expected():
    (finding,) = found(a_cell("purpose", (400, 380, 12, 0, 208)))
    assert (finding.reason_code, finding.value, finding.limit) == ("missing_block", 0.208, 0.055)


def test_missing_values_that_rose_by_less_than_the_policy_are_no_problem_in_ten_million_rows():
    reference = reference_of(a_cell("purpose", tuple(10_000 * n for n in OLD)))
    assert conditions(a_cell("purpose", (4_900_000, 4_600_000, 100_000, 0, 400_000)), reference=reference) == ()


def test_two_missing_of_ten_may_be_chance():
    assert purposes((4, 4, 0, 0, 2)) == ()


def test_all_missing_is_told_once_and_explains_the_whole_column():
    cell = a_cell("age", (0, 0, 0, 0, 1000))
    assert conditions(cell) == ("data_quality|age|all_missing",)
    assert explained(cell) == {"age|all rows": "all_missing"}


def test_a_column_that_was_always_missing_is_no_news():
    reference = reference_of(a_cell("age", (0, 0, 0, 0, 1000)))
    assert conditions(a_cell("age", (0, 0, 0, 0, 1000)), reference=reference) == ()


def test_gaps_that_are_suddenly_filled_are_a_change_of_the_data():
    reference = reference_of(a_cell("age", (100, 100, 100, 100, 600), low=0.0, high=40.0))
    assert conditions(a_cell("age", (700, 100, 100, 100, 0), low=0.0, high=40.0), reference=reference) == ("data_quality|age|missing_gone",)


def test_one_infinite_value_is_a_problem_and_explains_no_drift():
    cell = a_cell("age", AGES, infinite_count=1, low=0.0, high=40.0)
    assert conditions(cell) == ("data_quality|age|infinite_values",)
    assert explained(cell) == {}


def test_as_many_infinite_values_as_the_reference_had_are_no_news():
    reference = reference_of(a_cell("age", AGES, infinite_count=20, low=0.0, high=40.0))
    assert conditions(a_cell("age", AGES, infinite_count=22, low=0.0, high=40.0), reference=reference) == ()


def test_a_number_that_became_constant_is_told_with_its_value():
    (finding,) = found(a_cell("age", (0, 1000, 0, 0, 0), low=18.0, high=18.0))
    assert finding.reason_code == "constant_now" and "all 1,000 values are 18" in finding.reason


def test_one_absurd_fare_is_seen_that_no_share_of_a_bin_shows():
    (finding,) = found(a_cell("age", AGES, low=0.0, high=1e9))
    assert (finding.reason_code, finding.limit) == ("range_break", 10.0)
    assert finding.value == pytest.approx((1e9 - 40) / 40)
    assert explained(a_cell("age", AGES, low=0.0, high=1e9)) == {}


def test_a_code_for_missing_far_below_the_range_is_seen():
    assert conditions(a_cell("age", AGES, low=-9999.0, high=40.0)) == ("data_quality|age|range_break",)


def test_a_new_maximum_within_ten_ranges_is_no_problem():
    assert conditions(a_cell("age", AGES, low=-5.0, high=400.0)) == ()


@pytest.mark.parametrize("seed", range(10))
def test_ten_million_incomes_with_a_heavy_tail_break_no_range(seed):
    drawn, index, n, n_reference = random.Random(seed), 1.2, 10_000_000, 5_000
    tail = [drawn.paretovariate(index) for _ in range(n_reference)]
    tail.sort()
    edges = tuple(tail[n_reference * place // 10] for place in range(1, 10))
    bins = a_number("income", edges, low=tail[0], high=tail[-1])
    reference = reference_of(a_cell("income", (500,) * 10 + (0,), low=tail[0], high=tail[-1]), columns=(bins,))
    largest = (n / -math.log(drawn.random())) ** (1 / index)  # the maximum of n such values, drawn from its own distribution
    assert conditions(a_cell("income", (n // 10,) * 10 + (0,), low=1.0, high=largest), reference=reference) == ()


def prices(off_grid: int, counts: tuple[int, ...] = (250, 250, 250, 250, 0)) -> CellCounts:
    return a_cell("age", counts, off_grid_count=off_grid, low=0.0, high=40.0)


def test_new_prices_in_old_proportions_are_a_note_and_no_alarm():
    reference = reference_of(prices(0), columns=(a_number(grid=(1.0, 2.0, 3.0)),))
    (finding,) = found(prices(900), reference=reference)
    assert (finding.reason_code, finding.verdict, finding.blocking) == ("grid_moved", Verdict.FAIL, False)
    assert conditions(prices(900), reference=reference) == ()


def test_new_prices_that_would_look_like_drift_are_a_condition_that_explains_it():
    reference = reference_of(prices(0), columns=(a_number(grid=(1.0, 2.0, 3.0)),))
    moved = prices(900, (700, 100, 100, 100, 0))
    assert conditions(moved, reference=reference) == ("data_quality|age|grid_moved",)
    assert explained(moved, reference=reference) == {"age|all rows": "grid_moved"}


def test_a_few_new_prices_leave_the_grid_where_it_is():
    reference = reference_of(prices(0), columns=(a_number(grid=(1.0, 2.0, 3.0)),))
    assert found(prices(400), reference=reference) == ()


# segments and what a problem explains


def test_a_problem_of_all_rows_is_told_once_and_explains_its_segments():
    before = a_cell("purpose", OLD), a_cell("purpose", OLD, NEW)
    now = a_cell("purpose", (470, 450, 15, 60, 5)), a_cell("purpose", (470, 450, 15, 60, 5), NEW)
    assert conditions(*now, reference=reference_of(*before)) == ("data_quality|purpose|unseen_level",)
    assert set(explained(*now, reference=reference_of(*before))) == {"purpose|all rows", "purpose|term=60"}


def test_a_problem_of_all_rows_explains_a_segment_too_small_to_show_it():
    small = a_cell("purpose", (50, 48, 1, 0, 1), NEW)
    now = a_cell("purpose", (470, 450, 15, 60, 5)), a_cell("purpose", (5, 4, 0, 1, 0), NEW)
    assert explained(*now, reference=reference_of(a_cell("purpose", OLD), small))["purpose|term=60"] == "unseen_level"


def test_a_problem_of_one_segment_alone_names_it():
    before = a_cell("purpose", tuple(99 * n for n in OLD)), a_cell("purpose", OLD, NEW)
    now = a_cell("purpose", tuple(99 * n for n in OLD)), a_cell("purpose", (0, 0, 0, 0, 1000), NEW)
    (finding,) = found(*now, reference=reference_of(*before))
    assert (finding.subject, finding.reason_code) == ("purpose", "all_missing")
    assert "purpose in term=60" in finding.reason


def test_a_segment_that_the_reference_did_not_have_is_compared_with_nothing():
    now = a_cell("purpose", OLD), a_cell("purpose", (0, 0, 0, 0, 1000), NEW)
    assert conditions(*now) == ()


def test_a_real_shift_beside_a_new_code_stays_drift():
    cell = a_cell("purpose", (100, 850, 15, 30, 5))
    assert conditions(cell) == ("data_quality|purpose|unseen_level",)
    assert explained(cell) == {}


def test_the_rest_of_a_small_segment_is_drift_only_beyond_what_chance_gives():
    # without the new code the PSI of the rest is 0.26, above the policy's 0.2, and no more than 60 rows may give where alarms must be rare
    rare = replace(POLICIES, drift=replace(POLICIES.drift, max_false_alarms_per_year=0.002))
    before = a_cell("purpose", OLD), a_cell("purpose", OLD, NEW)
    now = a_cell("purpose", (470, 450, 15, 60, 5)), a_cell("purpose", (41, 13, 1, 5, 0), NEW)
    assert explained_cells(reference_of(*before), a_profile(*now), rare)["purpose|term=60"] == "unseen_level"
    now = a_cell("purpose", (470, 450, 15, 60, 5)), a_cell("purpose", (820, 260, 20, 100, 0), NEW)
    assert "purpose|term=60" not in explained(*now, reference=reference_of(*before))


# the window as a whole


def test_a_missing_column_is_named():
    assert conditions(a_cell("purpose", OLD), missing_columns=("age",)) == ("data_quality|age|missing_column",)


def test_data_read_before_the_window_ended_are_stale_by_the_systems_own_day():
    profile = a_profile(a_cell("purpose", OLD))  # February 2026
    reference = replace(reference_of(), zone="America/New_York")
    early, late = datetime(2026, 3, 1, 4, 59, tzinfo=UTC), datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
    (finding,) = find_data_quality(reference, profile, POLICIES, (), early)
    assert (finding.reason_code, finding.verdict) == ("stale", Verdict.INCONCLUSIVE)
    assert find_data_quality(reference, profile, POLICIES, (), late) == ()


def test_rows_without_a_time_are_told_where_there_are_more_than_before():
    assert conditions(a_cell("purpose", OLD), undated_count=300) == ("data_quality|rows|undated_rows",)
    assert conditions(a_cell("purpose", OLD), undated_count=10) == ()
    known = reference_of()
    known = replace(known, profile=replace(known.profile, undated_count=300))
    assert conditions(a_cell("purpose", (250, 240, 8, 0, 2)), reference=known, undated_count=300) == ()
    assert conditions(a_cell("purpose", OLD), reference=known, undated_count=10) == ()


def test_a_window_with_rows_on_few_of_its_days_is_told():
    (finding,) = found(a_cell("purpose", OLD), observed_days=9)
    assert (finding.subject, finding.reason_code) == ("rows", "few_days")
    assert "rows on 9 of 28 days" in finding.reason


def test_ten_rows_say_nothing_about_days():
    assert conditions(a_cell("purpose", (5, 5, 0, 0, 0)), observed_days=1) == ()


def test_few_days_must_be_fewer_than_chance_gives_whatever_the_policy_says():
    strict = replace(POLICIES, drift=replace(POLICIES.drift, min_rows=1, max_false_alarms_per_year=1e-6))
    few = a_profile(a_cell("purpose", (2, 1, 0, 0, 0)), observed_days=1)
    easy = replace(strict, drift=replace(strict.drift, max_false_alarms_per_year=0.5))
    assert [find_conditions(find_data_quality(reference_of(), few, one)) for one in (strict, easy)] == [(), ("data_quality|rows|few_days",)]


def test_a_source_that_is_dated_once_a_month_misses_no_days():
    reference = reference_of()
    year = replace(reference.profile, window=Window(date(2025, 1, 1), date(2026, 1, 1)), day_rows=FIRSTS)
    assert conditions(a_cell("purpose", OLD), reference=replace(reference, profile=year), observed_days=1) == ()


def days_of(*rows: int, window: Window = FEBRUARY, closed_on: tuple[date, ...] = ()) -> tuple[str, ...]:
    """Return what is said of a window with so many rows on each of its days."""
    purposes = a_cell("purpose", (sum(rows), 0, 0, 0, 0))
    reference = replace(reference_of(), profile=replace(reference_of().profile, row_count=35 * 31, day_rows=(35,) * 31))
    found = find_data_quality(reference, a_profile(purposes, window=window, day_rows=rows), POLICIES, closed_on=closed_on)
    return tuple(one.reason_code for one in found if one.subject == "rows")


def test_a_feed_that_stopped_within_the_window_is_stale_and_the_newest_day_with_rows_is_named():
    for silent in (1, 3, 12):
        assert days_of(*[35] * (28 - silent), *[0] * silent) == ("stale",)
    stopped = a_profile(a_cell("purpose", OLD), day_rows=(35,) * 20 + (0,) * 8)
    (finding,) = [one for one in find_data_quality(reference_of(), stopped, POLICIES) if one.reason_code == "stale"]
    assert (finding.verdict, is_incomplete([finding])) == (Verdict.INCONCLUSIVE, True)
    assert "the newest row is of 2026-02-20, and 8 days without any follow" in finding.reason


def test_a_week_that_ends_on_thursday_is_stale_where_the_reference_has_rows_every_day():
    week = Window(date(2026, 2, 2), date(2026, 2, 9))
    assert days_of(*[35] * 7, window=week) == ()
    assert days_of(35, 35, 35, 35, 0, 0, 0, window=week) == ("stale",)


def test_no_row_is_missed_on_days_that_the_catalogue_names_as_closed():
    week, rest = Window(date(2026, 2, 2), date(2026, 2, 9)), [date(2026, 2, day) for day in (6, 7, 8)]
    assert days_of(35, 35, 35, 35, 0, 0, 0, window=week, closed_on=tuple(rest)) == ()
    assert days_of(35, 35, 35, 0, 0, 0, 0, window=week, closed_on=tuple(rest)) == ("stale",), "Thursday was open"
    few = (0, 6, 0, 0, 0, 0, 0)
    assert days_of(*few, window=week) == ("stale", "volume_drop")
    assert "stale" not in days_of(*few, window=week, closed_on=tuple(date(2026, 2, day) for day in (4, 5, 6, 7))), "one open day of three"
    assert "stale" in days_of(35, 0, 0, 0, 0, 0, 0, window=week, closed_on=(date(2026, 2, 2),)), "rows on a closed day are no open one"
    closed = tuple(date(2026, 2, day) for day in range(4, 27))
    assert days_of(30, 30, *[0] * 26) == ("stale", "volume_drop", "few_days")
    assert days_of(30, 30, 30, *[0] * 23, 30, 30, closed_on=closed) == ()


def test_a_feed_without_weekends_is_not_stale_on_sunday_and_is_on_a_day_more():
    half_a_year = Window(date(2025, 7, 7), date(2026, 1, 5))  # Monday to Sunday
    rows = (40, 40, 40, 40, 40, 0, 0) * 26
    reference = replace(reference_of(), profile=replace(reference_of().profile, window=half_a_year, row_count=5200, day_rows=rows))
    said = [
        [one.reason_code for one in find_data_quality(reference, a_profile(a_cell("purpose", OLD), day_rows=days), POLICIES)]
        for days in (((0, *(40,) * 5, 0) * 4), ((0, *(40,) * 4, 0, 0) * 4), ((0, *(40,) * 3, 0, 0, 0) * 4))
    ]
    assert said == [[], [], ["stale"]]


@pytest.mark.parametrize("day", [1, 15, 28])
def test_a_source_that_is_dated_once_a_month_is_never_stale_however_short_the_month_of_its_reference(day):
    def once(window):
        return tuple(1000 * (number == day - 1) for number in range(window.day_count))

    for start_on in (date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)):
        before = window_of(start_on, WindowKind.MONTH)
        frozen = replace(reference_of().profile, window=before, day_rows=once(before))
        for now in (window_of(date(2026, month, 1), WindowKind.MONTH) for month in range(5, 13)):
            profile = a_profile(a_cell("purpose", OLD), window=now, day_rows=once(now))
            assert find_data_quality(replace(reference_of(), profile=frozen), profile, POLICIES) == ()


def test_a_few_rows_that_end_early_by_chance_are_not_stale():
    assert days_of(*[0] * 10, 1, 0, 0, 1, 0, 0, 0, 1, *[0] * 10) == ("volume_drop",)


def test_a_window_with_few_of_the_usual_rows_is_told_and_not_taken_for_a_full_one():
    assert days_of(*[8] * 28) == ()
    assert days_of(*[6] * 28) == ("volume_drop",)
    (finding,) = found(a_cell("purpose", (30, 29, 1, 0, 0)))
    assert (finding.verdict, finding.reason_code, finding.n) == (Verdict.INCONCLUSIVE, "volume_drop", 60)
    assert "60 rows in 28 days, expected about 903" in finding.reason


def test_as_few_rows_as_the_reference_has_on_its_own_quietest_days_are_no_drop():
    weekends = tuple(200 if day % 7 < 5 else 10 for day in range(31))
    reference = replace(reference_of(), profile=replace(reference_of().profile, row_count=sum(weekends), day_rows=weekends))
    sunday = Window(date(2026, 2, 1), date(2026, 2, 2))

    def said(rows):
        profile = a_profile(a_cell("purpose", (rows, 0, 0, 0, 0)), window=sunday)
        return [one.reason_code for one in find_data_quality(reference, profile, POLICIES) if one.subject == "rows"]

    assert (said(10), said(4)) == ([], ["volume_drop"])


# properties


@given(st.integers(1, 400), st.integers(0, 2**32))
def test_windows_drawn_from_the_reference_have_no_problem(size, seed):
    drawn = random.Random(seed).choices(range(5), weights=OLD, k=size)
    cell = a_cell("purpose", tuple(drawn.count(index) for index in range(5)))
    assert [one for one in found(cell, observed_days=28) if one.verdict is Verdict.FAIL] == []


@given(st.tuples(*[st.integers(0, 500)] * 5), st.integers(0, 500))
def test_more_missing_values_never_heal_a_column(counts, more):
    worse = (*counts[:4], counts[4] + more)
    broken = {"data_quality|purpose|missing_block", "data_quality|purpose|all_missing"}
    if sum(counts) and broken & set(purposes(counts)):
        assert broken & set(purposes(worse))


def test_a_finding_is_of_all_rows_first():
    assert WHOLE < NEW
