"""Instants, civil days and windows, on the days on which clocks misbehave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.steps import DeadlineReport
from registry.domain.times import Window, format_instant, instant_problem, local_date, parse_instant, start_of_day, window_before
from tests.strategies import days, instants, zones

MICROSECOND = timedelta(microseconds=1)
NEW_YORK, LORD_HOWE, APIA, KOLKATA = "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_an_empty_window_contains_nothing_and_has_no_days():
    window = Window(date(2020, 3, 1), date(2020, 3, 1), NEW_YORK)

    assert (window.length_days, list(window.days())) == (0, [])
    assert utc(2020, 3, 1, 12) not in window


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="window ends on 2020-02-29 before it starts on 2020-03-01"):
        Window(date(2020, 3, 1), date(2020, 2, 29), NEW_YORK)


@pytest.mark.parametrize("naive", [format_instant, lambda instant: local_date(instant, NEW_YORK)])
def test_a_naive_datetime_names_no_instant_and_is_refused(naive):
    with pytest.raises(ValueError, match="expected an aware datetime, found naive"):
        naive(datetime(2020, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_instants_are_written_at_fixed_width_whatever_their_zone_and_year():
    assert format_instant(datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=-5)))) == "2020-01-01T05:00:00.000000Z"
    assert format_instant(utc(999, 12, 31, 23, 59, 59, 1)) == "0999-12-31T23:59:59.000001Z"


@pytest.mark.parametrize(
    "text", ["2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000000", "2020-01-01T00:00:00.000000+00:00", ""]
)
def test_only_the_fixed_width_form_is_read(text):
    with pytest.raises(ValueError, match="does not match format"):
        parse_instant(text)


@given(instants)
def test_what_is_written_is_read_back(instant):
    assert parse_instant(format_instant(instant)) == instant
    assert len(format_instant(instant)) == 27


@given(instants, instants)
def test_texts_sort_as_time_does(one, other):
    assert (format_instant(one) < format_instant(other)) == (one < other)


# zone, day, first instant of the day, first instant of the next: 23, 25, 23.5, 24.5, 24 hours, and the day before one that never was
VECTORS = [
    (NEW_YORK, date(2021, 3, 14), utc(2021, 3, 14, 5), utc(2021, 3, 15, 4)),
    (NEW_YORK, date(2021, 11, 7), utc(2021, 11, 7, 4), utc(2021, 11, 8, 5)),
    (LORD_HOWE, date(2021, 10, 3), utc(2021, 10, 2, 13, 30), utc(2021, 10, 3, 13)),
    (LORD_HOWE, date(2021, 4, 4), utc(2021, 4, 3, 13), utc(2021, 4, 4, 13, 30)),
    (KOLKATA, date(2021, 3, 14), utc(2021, 3, 13, 18, 30), utc(2021, 3, 14, 18, 30)),
    (APIA, date(2011, 12, 29), utc(2011, 12, 29, 10), utc(2011, 12, 30, 10)),
    (APIA, date(2011, 12, 31), utc(2011, 12, 30, 10), utc(2011, 12, 31, 10)),
    ("UTC", date(2020, 2, 29), utc(2020, 2, 29), utc(2020, 3, 1)),
    (NEW_YORK, date(2020, 2, 29), utc(2020, 2, 29, 5), utc(2020, 3, 1, 5)),
    ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3), utc(2018, 11, 5, 2)),  # midnight itself is skipped
    ("America/Havana", date(2021, 11, 7), utc(2021, 11, 7, 4), utc(2021, 11, 8, 5)),  # midnight comes twice
]


@pytest.mark.parametrize(("zone", "day", "first", "following"), VECTORS)
def test_a_day_begins_and_ends_at_its_zones_own_instants_to_the_microsecond(zone, day, first, following):
    window = Window(day, day + timedelta(days=1), zone)

    assert start_of_day(day, zone) == first
    assert [first - MICROSECOND in window, first in window, following - MICROSECOND in window, following in window] == [
        False,
        True,
        True,
        False,
    ]
    assert local_date(following - MICROSECOND, zone) == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (NEW_YORK, date(2021, 3, 14), 23),
        (NEW_YORK, date(2021, 11, 7), 25),
        (LORD_HOWE, date(2021, 10, 3), 23.5),
        (LORD_HOWE, date(2021, 4, 4), 24.5),
        (KOLKATA, date(2021, 3, 14), 24),
    ],
)
def test_days_are_as_long_as_they_were(zone, day, hours):
    assert start_of_day(day + timedelta(days=1), zone) - start_of_day(day, zone) == timedelta(hours=hours)


def test_a_day_that_never_was_holds_no_instant_and_begins_where_the_next_does():
    missing = date(2011, 12, 30)
    around = [utc(2011, 12, 29) + timedelta(hours=hour) for hour in range(72)]

    assert [instant for instant in around if instant in Window(missing, missing + timedelta(days=1), APIA)] == []
    assert start_of_day(missing, APIA) == start_of_day(date(2011, 12, 31), APIA)


def test_the_hour_that_comes_twice_belongs_to_its_day_both_times():
    window = Window(date(2021, 11, 7), date(2021, 11, 8), NEW_YORK)

    assert utc(2021, 11, 7, 5, 30) in window  # 01:30 before
    assert utc(2021, 11, 7, 6, 30) in window  # 01:30 after


def test_days_across_a_leap_day_and_a_clock_change_are_each_named_once():
    assert list(Window(date(2020, 2, 28), date(2020, 3, 2), NEW_YORK).days()) == [date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1)]
    assert Window(date(2021, 3, 13), date(2021, 3, 16), NEW_YORK).length_days == 3


@pytest.mark.parametrize(
    ("as_of", "zone", "end_on"),
    [
        (utc(2020, 10, 15, 4) - MICROSECOND, NEW_YORK, date(2020, 10, 14)),
        (utc(2020, 10, 15, 4), NEW_YORK, date(2020, 10, 15)),
        (utc(2020, 10, 14, 18, 30) - MICROSECOND, KOLKATA, date(2020, 10, 14)),
        (utc(2020, 10, 14, 18, 30), KOLKATA, date(2020, 10, 15)),
    ],
)
def test_the_window_before_an_instant_ends_with_the_last_whole_local_day(as_of, zone, end_on):
    window = window_before(as_of, 7, zone)

    assert (window.end_on, window.length_days, window.zone) == (end_on, 7, zone)
    assert as_of not in window


@given(days, zones)
def test_no_instant_of_a_day_lies_before_its_start(day, zone):
    first = start_of_day(day, zone)

    assert local_date(first, zone) >= day
    assert local_date(first - MICROSECOND, zone) < day


@given(instants, days, st.integers(0, 400), zones)
def test_an_instant_is_in_a_window_exactly_when_its_local_date_is_among_the_days(instant, start_on, length, zone):
    window = Window(start_on, start_on + timedelta(days=length), zone)

    assert (instant in window) == (local_date(instant, zone) in set(window.days()))


@given(instants, zones)
def test_windows_that_touch_share_no_instant_and_leave_none_out(instant, zone):
    day = local_date(instant, zone)
    parts = [Window(day - timedelta(days=1), day, zone), Window(day, day + timedelta(days=1), zone)]

    assert [instant in part for part in parts] == [False, True]


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-12:00", False),
        ("1969-12-31T23:59:59+00:00", False),
        ("2026-03-10T14:00:00", False),
        ("1970-01-01T00:00:00+14:00", True),
        ("8999-12-31T23:59:59-12:00", True),
    ],
)
def test_a_document_takes_instants_with_an_offset_away_from_the_ends_of_the_calendar(text, is_taken):
    instant = datetime.fromisoformat(text)
    assert (instant_problem(instant) == "") is is_taken
    if is_taken:
        assert parse_instant(format_instant(instant)) == instant
        return
    with pytest.raises(ValueError, match="reported_at: expected an instant"):
        DeadlineReport(deadline="gdpr_data_breach", reported_at=instant, receipt="case 7")
