"""Batch arrivals: named when many come in one day through one channel, not when a channel keeps rising."""

from __future__ import annotations

from datetime import date, timedelta

from checks.batches import find_batches, set_aside
from registry.domain.history import BatchDay
from registry.domain.policy import BatchPolicy

START = date(2020, 1, 6)
POLICY = BatchPolicy(182, 28, 10, 3.0, 0.5, 12.0)
DAY = START + timedelta(days=100)
OBSERVED = frozenset(START + timedelta(days=offset) for offset in range(101))


def channels(referral: int, web: int = 8) -> dict[str, dict[date, int]]:
    usual = {day: 2 if day.weekday() < 5 else 0 for day in OBSERVED}
    return {"Referral": usual | {DAY: referral}, "Web": dict.fromkeys(OBSERVED, 8) | {DAY: web}}


def test_no_channel_is_no_batch():
    assert find_batches("s", {}, OBSERVED, [DAY], [], POLICY) == ()


def test_many_in_one_day_through_one_channel_are_a_batch():
    (batch,) = find_batches("s", channels(39), OBSERVED, [DAY], [], POLICY)
    assert (batch.channel, batch.on, batch.count, batch.day_count) == ("Referral", DAY, 39, 47)
    assert batch.expected < 3


def test_a_channel_that_brings_less_than_half_of_the_day_is_no_batch():
    found = find_batches("s", channels(39, web=60), OBSERVED, [DAY], [], POLICY)
    assert "Referral" not in {batch.channel for batch in found}


def test_a_short_past_names_no_batch():
    observed = frozenset(day for day in OBSERVED if day > DAY - timedelta(days=20))
    assert find_batches("s", channels(39), observed, [DAY], [], POLICY) == ()


def test_an_earlier_batch_does_not_hide_the_next():
    counts = channels(14)
    loud = [DAY - timedelta(days=7 * weeks) for weeks in range(1, 6)]
    for day in loud:
        counts["Referral"][day] = 60
    earlier = [BatchDay("s", "Referral", day) for day in loud]
    assert find_batches("s", counts, OBSERVED, [DAY], [], POLICY) == ()
    assert [batch.on for batch in find_batches("s", counts, OBSERVED, [DAY], earlier, POLICY)] == [DAY]


def test_up_to_two_batches_in_a_week_are_set_aside_and_a_third_frees_them_all():
    two = [BatchDay("s", "Referral", DAY), BatchDay("s", "Referral", DAY + timedelta(days=1))]
    assert set_aside(two, POLICY) == frozenset(two)
    three = [*two, BatchDay("s", "Referral", DAY + timedelta(days=6))]
    assert set_aside(three, POLICY) == frozenset()
    apart = [*two, BatchDay("s", "Referral", DAY + timedelta(days=7))]
    assert BatchDay("s", "Referral", DAY) in set_aside(apart, POLICY)


def test_batches_of_other_channels_and_streams_are_counted_apart():
    mixed = [BatchDay("s", "Referral", DAY), BatchDay("s", "Web", DAY), BatchDay("t", "Referral", DAY)]
    assert set_aside(mixed, POLICY) == frozenset(mixed)
