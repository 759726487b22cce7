"""Texts of dates and times: read in the system's zone, refused where they name no instant or two."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.catalogue import TimeField
from registry.sources.moments import Moment, MomentReader

NEW_YORK = "America/New_York"


def read(text: str | None, zone: str = NEW_YORK, **changes: object) -> Moment:
    return MomentReader(TimeField("at", **changes), zone).read(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, "", "   "])
def test_an_empty_cell_is_no_moment(text: str | None) -> None:
    assert read(text) == Moment(None, None, "missing_time", "a date or time")


@pytest.mark.parametrize(
    ("text", "zone", "at", "on"),
    [
        ("2020-10-14", NEW_YORK, datetime(2020, 10, 14, 4, tzinfo=UTC), date(2020, 10, 14)),
        (" 2020-10-14 ", NEW_YORK, datetime(2020, 10, 14, 4, tzinfo=UTC), date(2020, 10, 14)),
        ("2020-10-14T23:30", NEW_YORK, datetime(2020, 10, 15, 3, 30, tzinfo=UTC), date(2020, 10, 14)),
        ("2020-10-14 23:30:15.25", NEW_YORK, datetime(2020, 10, 15, 3, 30, 15, 250_000, tzinfo=UTC), date(2020, 10, 14)),
        ("2020-10-15T02:00:00Z", NEW_YORK, datetime(2020, 10, 15, 2, tzinfo=UTC), date(2020, 10, 14)),
        ("2020-10-15 02:00:00+00", NEW_YORK, datetime(2020, 10, 15, 2, tzinfo=UTC), date(2020, 10, 14)),
        ("2020-10-15 02:00:00.123456789-0500", NEW_YORK, datetime(2020, 10, 15, 7, 0, 0, 123_456, tzinfo=UTC), date(2020, 10, 15)),
        ("2020-11-01T01:30:00-04:00", NEW_YORK, datetime(2020, 11, 1, 5, 30, tzinfo=UTC), date(2020, 11, 1)),
        ("2020-02-29", "Asia/Kolkata", datetime(2020, 2, 28, 18, 30, tzinfo=UTC), date(2020, 2, 29)),
        ("2018-11-04", "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC), date(2018, 11, 4)),  # midnight did not exist there
    ],
)
def test_a_text_names_one_instant_and_one_civil_day(text: str, zone: str, at: datetime, on: date) -> None:
    assert read(text, zone) == Moment(at, on)


@pytest.mark.parametrize(
    ("text", "zone", "code"),
    [
        ("2020-11-01 01:30", NEW_YORK, "ambiguous_time"),
        ("2020-03-08 02:30", NEW_YORK, "nonexistent_time"),
        ("2021-04-04T01:45", "Australia/Lord_Howe", "ambiguous_time"),
        ("2021-10-03T02:15", "Australia/Lord_Howe", "nonexistent_time"),
        ("2011-12-30T12:00", "Pacific/Apia", "nonexistent_time"),
    ],
)
def test_a_local_time_that_came_twice_or_never_is_refused_not_guessed(text: str, zone: str, code: str) -> None:
    assert (read(text, zone).code, read(text, zone).at) == (code, None)


@pytest.mark.parametrize("text", ["14/10/2020", "2020-13-01", "20201014", "2020-W42-3", "1602633600", "2020-10-14T25:00", "2020-10-14x"])
def test_other_texts_are_no_times(text: str) -> None:
    assert read(text).code == "not_a_time"


def test_a_declared_format_is_the_only_one_read() -> None:
    assert read("10/14/2020", format="%m/%d/%Y").on == date(2020, 10, 14)
    assert read("2020-10-14", format="%m/%d/%Y").code == "not_a_time"


def test_days_are_added_on_the_civil_calendar_across_a_change_of_clocks() -> None:
    assert read("2020-10-25T09:00", plus_days=15) == Moment(datetime(2020, 11, 9, 14, tzinfo=UTC), date(2020, 11, 9))


@given(seconds=st.integers(315_532_800, 2_208_988_800), zone=st.sampled_from((NEW_YORK, "Australia/Lord_Howe", "Asia/Kolkata")))
def test_an_instant_written_with_its_offset_is_read_back(seconds: int, zone: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    local = at.astimezone(ZoneInfo(zone))

    assert read(local.isoformat(), zone) == Moment(at, local.date())
