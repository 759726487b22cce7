"""Feeds of another system that came, left or were renamed: which days and signals are compared before and after it served the fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from checks.closure_adverse import has_risen
from checks.closure_shared import find_sharing, shared_effect
from registry.domain.closure import SharedEffect
from registry.domain.history import DailyCount, ObservedDay, Telling
from tests.builders import a_feed
from tests.checks.test_closure_run import DAY, FIXED_ON, JUDGED_ON, OTHER, a_shared_bank
from tests.checks.test_recurrence_inputs import a_fixed_issue

FIRST_ON, LATER_ON = FIXED_ON - 100 * DAY, FIXED_ON + 20 * DAY
OLD, NEW, MORE = "complaints", "customer_complaints", "overrides"
ALWAYS = (FIRST_ON, JUDGED_ON)
Times = Mapping[str, tuple[date, date]]
Rates = Mapping[str, tuple[int, int]]


def days_of(time: tuple[date, date]) -> list[date]:
    return [time[0] + number * DAY for number in range((time[1] - time[0]).days)]


def compared(times: Times, rates: Rates, *, unread: Times | None = None, had: Times | None = None) -> SharedEffect:
    """Return the effect on a system whose feeds were in its catalogue, and read, at ``times``; ``rates`` a day are before and since.

    ``unread`` are days on which a feed was not read: taken out of the catalogue, or there all the same where ``had`` says when it was.
    """
    plan, known = a_shared_bank()
    listed = tuple(a_feed(name=feed) for feed, (_, end_on) in sorted((had or times).items()) if end_on == JUDGED_ON)
    missed = {(feed, on) for feed, time in (unread or {}).items() for on in days_of(time)}
    read = [(feed, on) for feed, time in times.items() for on in days_of(time) if (feed, on) not in missed]
    told = [(feed, on) for feed, time in (had or times).items() for on in days_of(time)]
    known = replace(
        known,
        observed=tuple(ObservedDay(OTHER, feed, on) for feed, on in read),
        tellings={(OTHER, feed, on): Telling(()) for feed, on in told if had or (feed, on) not in missed},
    )
    plan = replace(plan, systems=tuple(replace(one, feeds=listed) if one.system_id == OTHER else one for one in plan.systems))
    counts = tuple(DailyCount(OTHER, feed, "fp", on, "", rates[feed][on >= FIXED_ON]) for feed, on in read)
    (sharing,) = find_sharing(plan, known, a_fixed_issue())
    return shared_effect(plan, known, sharing, counts, None)


def risen(effect: SharedEffect) -> bool | None:
    return has_risen(effect.change, 0.95, 1.5)


def per_day(effect: SharedEffect) -> tuple[float, float]:
    before, after = effect.change.before, effect.change.after
    return before.occurrence_count / before.day_count, after.occurrence_count / after.day_count


@pytest.mark.parametrize(("after", "expected"), [(2, False), (10, True)])
def test_a_feed_that_is_new_since_the_switch_hides_no_rise_and_makes_none(after: int, expected: bool) -> None:
    effect = compared({OLD: ALWAYS, MORE: (LATER_ON, JUDGED_ON)}, {OLD: (2, after), MORE: (0, 5)})
    assert (risen(effect), effect.began_with_it, effect.left_out) == (expected, False, (MORE,))
    assert per_day(effect) == (2, after)


@pytest.mark.parametrize(("after", "expected"), [(2, False), (10, True)])
def test_a_feed_under_another_name_blocks_no_closure_for_good_and_hides_no_rise(after: int, expected: bool) -> None:
    renamed = compared({OLD: (FIRST_ON, LATER_ON), NEW: (LATER_ON, JUDGED_ON)}, {OLD: (2, after), NEW: (2, after)})
    assert (risen(renamed), renamed.left_out) == (expected, ())
    beside = compared({OLD: (FIRST_ON, LATER_ON), NEW: (LATER_ON, JUDGED_ON), MORE: ALWAYS}, {OLD: (2, 2), NEW: (2, after), MORE: (1, 1)})
    assert risen(beside) is expected
    assert per_day(beside)[0] == 3


def test_a_feed_that_came_during_the_time_before_makes_no_rise() -> None:
    effect = compared({OLD: ALWAYS, MORE: (FIXED_ON - 9 * DAY, JUDGED_ON)}, {OLD: (2, 2), MORE: (9, 9)})
    assert (risen(effect), effect.left_out, per_day(effect)) == (False, (MORE,), (2, 2))


def test_a_feed_that_left_hides_no_rise_of_what_stayed() -> None:
    effect = compared({OLD: ALWAYS, MORE: (FIRST_ON, FIXED_ON)}, {OLD: (2, 10), MORE: (9, 9)})
    assert (risen(effect), effect.left_out, per_day(effect)) == (True, (MORE,), (2, 10))


def test_a_day_on_which_a_feed_of_its_catalogue_was_not_read_is_not_compared() -> None:
    times, rates = {OLD: ALWAYS, MORE: ALWAYS}, {OLD: (2, 2), MORE: (1, 1)}
    whole, torn = compared(times, rates), compared(times, rates, unread={MORE: (FIXED_ON, LATER_ON)}, had=times)
    assert torn.change.after.day_count == whole.change.after.day_count - 19
    assert per_day(torn) == per_day(whole) == (3, 3)


def test_a_feed_that_is_taken_out_of_the_catalogue_for_a_while_after_the_switch_makes_no_quiet() -> None:
    times, gone = {OLD: ALWAYS, MORE: ALWAYS}, {MORE: (FIXED_ON + DAY, LATER_ON)}
    out = compared(times, {OLD: (2, 2), MORE: (9, 90)}, unread=gone)
    assert (per_day(out), out.left_out) == ((11, 92), ())


def test_a_system_of_which_any_feed_was_read_before_did_not_begin_with_the_version() -> None:
    """Its two feeds were never read on one day: there is no day to compare, and it is not taken for new."""
    times = {OLD: (FIRST_ON, LATER_ON), MORE: (LATER_ON, JUDGED_ON)}
    effect = compared(times, {OLD: (2, 2), MORE: (1, 1)}, had={OLD: ALWAYS, MORE: ALWAYS})
    assert (effect.began_with_it, risen(effect)) == (False, None)
    new = compared({OLD: (FIXED_ON, JUDGED_ON)}, {OLD: (2, 2)})
    assert (new.began_with_it, new.change.after.day_count > 0) == (True, True)
