"""Scenarios of time zones: midnight edges, days of 23, 23.5, 24.5 and 25 hours, a day that a zone left out, a leap day.

Put here what must come of civil days that are not 24 hours long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from registry.domain.recurrence import Outcome, WindowInputs
from registry.domain.times import start_of_day
from tests.recurrence_builders import LATENESS
from tests.windows.scenario import Scenario, fixed_at, reported

_DAY, _MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
_NEW_YORK, _LORD_HOWE, _APIA, _KOLKATA = "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"


def zone_scenarios() -> Iterator[Scenario]:
    """Yield what must come of civil days that are not 24 hours long."""
    yield from _midnights()
    yield from _short_and_long()
    yield from _apia()
    yield from _leap_day()


def _midnights() -> Iterator[Scenario]:
    for zone, day, midnight in (
        (_NEW_YORK, date(2021, 3, 14), datetime(2021, 3, 14, 5, tzinfo=UTC)),
        (_NEW_YORK, date(2021, 11, 7), datetime(2021, 11, 7, 4, tzinfo=UTC)),
        (_LORD_HOWE, date(2021, 4, 4), datetime(2021, 4, 3, 13, tzinfo=UTC)),
        (_KOLKATA, date(2021, 6, 1), datetime(2021, 5, 31, 18, 30, tzinfo=UTC)),
    ):
        for name, at, first in (
            ("a microsecond before midnight", midnight - _MICROSECOND, day),
            ("at midnight", midnight, day),
            ("a microsecond after midnight", midnight + _MICROSECOND, day + _DAY),
        ):
            inputs = fixed_at(at, zone)
            yield Scenario(f"{zone}, in force {name} of {day}", inputs, Outcome.CLEAN, (), {"effective.start_on": first})


def _short_and_long() -> Iterator[Scenario]:
    for name, zone, at in (
        ("a day of 23 hours", _NEW_YORK, datetime(2021, 3, 1, 15, tzinfo=UTC)),
        ("a day of 25 hours", _NEW_YORK, datetime(2021, 10, 25, 15, tzinfo=UTC)),
        ("a day of 24.5 hours", _LORD_HOWE, datetime(2021, 3, 20, 1, tzinfo=UTC)),
        ("a day of 23.5 hours", _LORD_HOWE, datetime(2021, 9, 20, 1, tzinfo=UTC)),
    ):
        before, closing = fixed_at(at, zone, 30 + LATENESS), fixed_at(at, zone, 31 + LATENESS)
        codes = ("lateness_not_over", "exposure_too_small")
        yield Scenario(f"{zone}: {name} is a day, one day before the end", before, Outcome.WATCHING, codes, {"elapsed_days": 36})
        yield Scenario(f"{zone}: {name} is a day, at the end", closing, Outcome.CLEAN, (), {"elapsed_days": 37})
        last = start_of_day(closing.business_date, zone) - _MICROSECOND
        back = reported(closing, (last, "8"))
        yield Scenario(f"{zone}: {name}, decided in the last microsecond known", back, Outcome.RECURRED, ("recurred",))


def _apia() -> Iterator[Scenario]:
    inputs = _told_to_the_dateline()
    facts = {"elapsed_days": 59, "observed_days": 59, "coverage_ratio": 1.0, "floor_on": date(2012, 1, 1)}
    yield Scenario("Pacific/Apia: 30 December 2011 was no day, so nobody missed it", inputs, Outcome.CLEAN, (), facts)
    into = fixed_at(datetime(2011, 12, 30, 9, 59, tzinfo=UTC), _APIA)
    facts = {"effective.start_on": date(2011, 12, 30), "elapsed_days": 58}
    yield Scenario("Pacific/Apia: in force a minute before the day that was none", into, Outcome.CLEAN, (), facts)


def _told_to_the_dateline() -> WindowInputs:
    inputs = fixed_at(datetime(2011, 12, 1, 20, tzinfo=UTC), _APIA, 61)
    return replace(inputs, days=tuple(day for day in inputs.days if day.on != date(2011, 12, 30)))


def _leap_day() -> Iterator[Scenario]:
    at = datetime(2020, 2, 10, 15, tzinfo=UTC)
    facts = {"floor_on": date(2020, 3, 11), "elapsed_days": 59}
    yield Scenario("29 February 2020 is one of the days", fixed_at(at), Outcome.CLEAN, (), facts)
    facts = {"floor_on": date(2021, 3, 12), "elapsed_days": 59}
    yield Scenario("a year later there is none", fixed_at(datetime(2021, 2, 10, 15, tzinfo=UTC)), Outcome.CLEAN, (), facts)
    begun = fixed_at(datetime(2020, 2, 28, 15, tzinfo=UTC))
    yield Scenario("the first whole day is a leap day", begun, Outcome.CLEAN, (), {"effective.start_on": date(2020, 2, 29)})
