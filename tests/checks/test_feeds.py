"""Did a feed deliver what it usually does, or is its silence a fault?"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.feeds import empty_day_probability, judge_feed
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.policy import FeedPolicy
from tests.builders import TODAY, YESTERDAY, ZONE, a_cell, a_delivery, a_feed

POLICY = FeedPolicy(max_stale_days=3, min_history_days=14, max_empty_day_probability=0.001, allowed_lateness_days=3)
EVENING = datetime(2020, 10, 14, 23, tzinfo=UTC)


def days_before(length, count_of):
    """Observed days up to the one before yesterday, each with the same count or with ``count_of(day)``."""
    return {
        day: count_of(day) if callable(count_of) else count_of
        for day in (YESTERDAY - timedelta(days=back) for back in range(1, length + 1))
    }


def silent(**changes):
    return a_delivery(**{"received_count": 0, "new_count": 0, "cells": (), "newest_received_at": EVENING, **changes})


def judged(delivery, history=None, policy=POLICY, spec=None, zone=ZONE, on=TODAY):
    status, finding = judge_feed(delivery, history or {}, policy, spec or a_feed(), on, zone)
    return status, finding.reason_code, finding.verdict


def test_an_empty_feed_without_any_history_does_not_pass():
    assert judged(silent()) == (FeedStatus.OK, "too_little_history", Verdict.INCONCLUSIVE)


def test_a_source_without_a_single_row_does_not_pass_however_quiet_its_history():
    history = days_before(100, 0)

    assert judged(silent(newest_received_at=None), history) == (FeedStatus.NO_DATA, "no_data", Verdict.INCONCLUSIVE)


def test_the_finding_blocks_and_names_the_feed():
    _, finding = judge_feed(silent(), {}, POLICY, a_feed(), TODAY, ZONE)

    assert finding.blocking
    assert finding.subject == "fraud_filter/complaints"
    assert "only 0 observed days before it, where 14 are needed" in finding.reason


@pytest.mark.parametrize("status", [status for status in FeedStatus if status is not FeedStatus.OK])
def test_what_reading_found_wrong_stays_wrong_with_its_reason(status):
    delivery = a_delivery(status=status, reason="column 'Issue' is gone")

    found, finding = judge_feed(delivery, days_before(100, 50), POLICY, a_feed(), TODAY, ZONE)

    assert (found, finding.reason_code, finding.verdict) == (status, status.value, Verdict.INCONCLUSIVE)
    assert finding.reason == "column 'Issue' is gone"


def test_a_wrong_feed_without_a_reason_still_says_something():
    _, finding = judge_feed(a_delivery(status=FeedStatus.ERRORED, reason=""), {}, POLICY, a_feed(), TODAY, ZONE)

    assert finding.reason == "the feed was reported errored"


def test_new_rows_on_the_last_day_are_ok():
    assert judged(a_delivery()) == (FeedStatus.OK, "ok", Verdict.PASS)


def test_rows_of_the_last_day_that_the_ledger_had_already_are_ok():
    assert judged(silent(), {YESTERDAY: 3}) == (FeedStatus.OK, "ok", Verdict.PASS)


def test_rows_of_other_days_do_not_fill_the_last_one():
    late = a_delivery(cells=(a_cell(on=YESTERDAY - timedelta(days=1)),), newest_received_at=EVENING)

    assert judged(late, days_before(56, 50)) == (FeedStatus.NO_DATA, "no_data", Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("age_days", "status"), [(0, FeedStatus.OK), (3, FeedStatus.OK), (4, FeedStatus.STALE), (400, FeedStatus.STALE)])
def test_a_feed_is_stale_once_its_newest_row_is_more_than_the_allowed_days_old(age_days, status):
    delivery = silent(newest_received_at=EVENING - timedelta(days=age_days))

    found, finding = judge_feed(delivery, days_before(100, 0), POLICY, a_feed(), TODAY, ZONE)

    assert found is status
    assert (finding.reason_code == "stale") == (status is FeedStatus.STALE)


def test_the_feeds_own_staleness_limit_comes_first_even_when_it_is_zero():
    delivery = silent(newest_received_at=EVENING - timedelta(days=1))
    quiet = days_before(100, 0)

    assert judged(delivery, quiet, spec=a_feed(max_stale_days=0))[0] is FeedStatus.STALE
    assert judged(silent(), quiet, spec=a_feed(max_stale_days=0))[0] is FeedStatus.OK
    assert judged(silent(newest_received_at=EVENING - timedelta(days=9)), quiet, spec=a_feed(max_stale_days=9))[0] is FeedStatus.OK


def test_the_age_of_a_row_is_counted_in_the_systems_own_days():
    just_after_midnight_in_kolkata = datetime(2020, 10, 10, 18, 30, tzinfo=UTC)  # the 11th there, the 10th in UTC
    quiet = days_before(100, 0)

    assert judged(silent(newest_received_at=just_after_midnight_in_kolkata), quiet, zone="Asia/Kolkata")[0] is FeedStatus.OK
    assert judged(silent(newest_received_at=just_after_midnight_in_kolkata), quiet, zone="UTC")[0] is FeedStatus.STALE


def test_a_busy_feed_that_falls_silent_is_no_data():
    status, finding = judge_feed(silent(), days_before(56, 20), POLICY, a_feed(), TODAY, ZONE)

    assert status is FeedStatus.NO_DATA
    assert finding.value < finding.limit == 0.001
    assert finding.n == 56


def test_a_feed_of_rare_events_may_be_silent():
    rare = days_before(56, lambda day: int(day.day == 1))

    assert judged(silent(), rare) == (FeedStatus.OK, "quiet", Verdict.PASS)


def test_a_feed_that_was_always_silent_is_quiet_not_missing():
    assert judged(silent(), days_before(14, 0)) == (FeedStatus.OK, "quiet", Verdict.PASS)


@pytest.mark.parametrize(("observed", "code"), [(13, "too_little_history"), (14, "no_data")])
def test_the_floor_on_history_is_counted_in_observed_days(observed, code):
    assert judged(silent(), days_before(observed, 200))[1] == code


def test_days_after_the_last_one_are_not_history():
    tomorrow = {TODAY + timedelta(days=ahead): 50 for ahead in range(60)}

    assert judged(silent(), tomorrow)[1] == "too_little_history"


def test_a_weekday_that_was_never_observed_cannot_be_judged_by_the_others():
    only_other_weekdays = {day: count for day, count in days_before(80, 90).items() if day.weekday() != YESTERDAY.weekday()}

    assert judged(silent(), only_other_weekdays)[1] == "too_little_history"


def test_an_empty_sunday_is_usual_where_sundays_are_empty_and_a_monday_is_not():
    office_hours = {day: 0 if day.weekday() == 6 else 40 for day in (date(2020, 10, 19) - timedelta(days=back) for back in range(1, 60))}
    sunday, monday = date(2020, 10, 18), date(2020, 10, 19)
    evening = datetime(2020, 10, 17, 20, tzinfo=UTC)
    on_sunday = silent(newest_received_at=evening)

    assert judged(on_sunday, office_hours | {sunday: 0}, on=sunday + timedelta(days=1))[1] == "quiet"
    assert judged(on_sunday, office_hours | {sunday: 0}, on=monday + timedelta(days=1))[1] == "no_data"


def test_a_feed_that_shrank_is_judged_by_its_last_weeks_not_by_its_best_year():
    shrunk = days_before(400, lambda day: 100 if day < YESTERDAY - timedelta(days=60) else 1)

    assert judged(silent(), shrunk)[1] == "quiet"


def test_counts_that_come_in_bursts_make_an_empty_day_less_surprising():
    steady = days_before(56, 10)
    bursts = days_before(56, lambda day: 1 if day.toordinal() // 7 % 2 else 19)

    weekday = YESTERDAY.weekday()
    assert sum(steady.values()) == sum(bursts.values())
    assert 0 not in bursts.values()
    assert empty_day_probability(bursts, weekday) > empty_day_probability(steady, weekday)


def test_no_day_of_a_weekday_has_no_probability():
    assert empty_day_probability({}, 0) is None


def test_a_single_empty_day_counts_with_its_share_and_its_uncertainty():
    assert empty_day_probability({date(2020, 10, 12): 0}, 0) == 1.0
    assert empty_day_probability({date(2020, 10, 12): 10}, 0) == pytest.approx(0.5**10.5)


@pytest.mark.parametrize("mean", [0.5, 2.0, 5.0, 8.0, 15.0])
def test_poisson_feeds_of_any_size_are_rarely_called_missing_when_they_are_whole(mean):
    draw = random.Random(20201014)
    alarms = 0
    for _ in range(400):
        history = days_before(56, lambda _: poisson(draw, mean))
        if poisson(draw, mean) == 0:
            alarms += judged(silent(), history)[1] == "no_data"

    assert alarms <= 3  # 400 days at 0.001 would give 0.4


@given(st.lists(st.integers(0, 50), min_size=14, max_size=80), st.integers(1, 50))
def test_more_usual_volume_never_makes_an_empty_day_more_likely_at_the_same_scatter(counts, more):
    history = days_before(len(counts), lambda day: counts[(YESTERDAY - day).days - 1])
    flat = dict.fromkeys(history, 1)

    assert 0 <= empty_day_probability(history, 0) <= 1
    assert empty_day_probability(dict.fromkeys(history, 1 + more), 0) <= empty_day_probability(flat, 0)


def poisson(draw, mean):
    """Return one Poisson count by adding exponential gaps."""
    count, used = 0, draw.expovariate(1.0)
    while used < mean:
        count, used = count + 1, used + draw.expovariate(1.0)
    return count
