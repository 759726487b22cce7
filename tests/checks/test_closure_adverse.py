"""Adverse effects: what has become worse beyond chance, what chance explains, and of what nobody can say anything."""

from __future__ import annotations

import math

import pytest

from checks.closure_adverse import find_adverse, find_uncompared, has_risen, rate_ratio_interval
from checks.recurrence_segments import compare_levels
from registry.domain.recurrence import Level
from tests.closure_builders import a_closure, a_shared_effect, a_window
from tests.recurrence_builders import a_segment_change


def level(count: int, exposure: int = 1_000, days: int = 30) -> Level:
    return Level(count, exposure, days)


@pytest.mark.parametrize(("before", "after"), [(level(3, 0), level(3)), (level(3), level(3, 0)), (level(3, -1), level(3))])
def test_without_exposure_on_a_side_nothing_can_be_told(before: Level, after: Level) -> None:
    assert rate_ratio_interval(before, after, 0.95) is None


def test_the_interval_is_that_of_the_window_at_its_confidence() -> None:
    window, own = compare_levels(level(10), level(40)), rate_ratio_interval(level(10), level(40), 0.95)
    assert own is not None
    assert own == pytest.approx(window[1])


def test_exposure_counts_and_not_the_number_alone() -> None:
    assert rate_ratio_interval(level(10, 1_000), level(40, 4_000), 0.95) == pytest.approx(
        [bound / 4 for bound in rate_ratio_interval(level(10), level(40), 0.95) or ()]
    )


def test_nothing_seen_before_leaves_the_rise_open_above_and_nothing_at_all_says_nothing() -> None:
    found = rate_ratio_interval(level(0), level(30), 0.95)
    assert found is not None
    assert (found[0] > 7, found[1]) == (True, math.inf)
    assert rate_ratio_interval(level(0), level(0), 0.95) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("before", "after", "risen"), [(10, 10, False), (10, 20, False), (10, 40, True), (0, 3, False), (0, 30, True), (40, 10, False)]
)
def test_a_rise_is_one_beyond_chance_and_the_ratio(before: int, after: int, risen: bool) -> None:
    assert has_risen(a_segment_change(before=level(before), after=level(after)), 0.95, 1.5) is risen


@pytest.mark.parametrize("broken", [level(-1), level(3, -5), level(3, 1_000, -1)])
def test_a_count_that_is_none_is_a_rise(broken: Level) -> None:
    assert has_risen(a_segment_change(before=level(3), after=broken), 0.95, 1.5) is True


def test_a_whole_that_became_worse_is_told_as_all_of_it() -> None:
    whole = a_segment_change(before=level(10), after=level(60))
    (lack,) = find_adverse(a_closure(window=a_window(segments=(whole, *a_window().segments[1:]))))
    assert "all of it together: 10 in 1000 before and 60 in 1000 after" in lack.missing


def test_only_a_segment_is_listed_as_not_compared() -> None:
    none = a_segment_change(after=level(0, 0))
    assert list(find_uncompared(a_closure(window=a_window(segments=(none,))))) == []


def test_a_system_that_did_not_change_lacks_nothing() -> None:
    assert list(find_adverse(a_closure(shared=(a_shared_effect(),)))) == []


@pytest.mark.parametrize(
    ("began_with_it", "after", "lacks"), [(True, 900, []), (False, 900, ["shared_unknown"]), (True, 0, ["shared_unknown"])]
)
def test_a_system_without_a_time_before_is_told_and_lacks_nothing(began_with_it: bool, after: int, lacks: list[str]) -> None:
    change = a_segment_change(name="system", value="loan_assistant", before=level(0, 0), after=level(0, after))
    inputs = a_closure(shared=(a_shared_effect(change=change, began_with_it=began_with_it),))
    assert [lack.code for lack in find_adverse(inputs)] == lacks
    told = [(one.subject, one.reason_code) for one in find_uncompared(inputs)]
    assert told == ([] if lacks else [("system loan_assistant", "no_time_before")])


@pytest.mark.parametrize(
    ("days", "after", "codes"), [(1, 0, ["shared_too_early"]), (29, 10, ["shared_too_early"]), (30, 10, []), (1, 90, [])]
)
def test_a_system_that_did_not_rise_yet_is_told_until_it_was_watched_as_long_as_the_window_asks(
    days: int, after: int, codes: list[str]
) -> None:
    change = a_segment_change(name="system", value="loan_assistant", before=level(10), after=level(after, days=days))
    inputs = a_closure(window=a_window(required_days=30), shared=(a_shared_effect(change=change),))
    assert [one.reason_code for one in find_uncompared(inputs)] == codes
    assert [lack.code for lack in find_adverse(inputs)] == (["adverse_system"] if after == 90 else [])


def test_feeds_that_are_not_compared_are_told() -> None:
    (told,) = find_uncompared(a_closure(shared=(a_shared_effect(left_out=("appeals", "overrides")),)))
    assert (told.reason_code, "appeals, overrides" in told.reason) == ("feed_in_part", True)
