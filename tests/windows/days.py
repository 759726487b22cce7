"""Scenarios of days: dead feeds, no traffic, amber indicators, coverage, and exposure that is thin or not counted.

Put here what must come of days on which less was seen than a window asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from registry.domain.recurrence import IndicatorKind, Outcome, Purpose
from tests.recurrence_builders import FIRST_DAY, JUDGED_ON, seen_before, some_watch_days, some_window_inputs
from tests.windows.scenario import Scenario, dates, reported, told_days, without

_DAY = timedelta(days=1)
_YESTERDAY = JUDGED_ON - _DAY
_BEFORE = FIRST_DAY - timedelta(days=91)


def day_scenarios() -> Iterator[Scenario]:
    """Yield what must come of days on which less was seen than a window asks for."""
    yield from _dead_feeds()
    yield from _traffic()
    yield from _amber()
    yield from _lengths()
    yield from _thin()
    yield from _by_days()


def _dead_feeds() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    dead = told_days(quiet, dead=dates(_YESTERDAY - 2 * _DAY, 3))
    yield Scenario("the feed is dead for three days up to yesterday", dead, Outcome.SUSPENDED, ("suspended",), {"observed_days": 57})
    late = told_days(quiet, dead=dates(_YESTERDAY - _DAY, 2))
    yield Scenario("the feed is late by two days", late, Outcome.CLEAN, (), {"observed_days": 58})
    mended = told_days(quiet, dead=dates(FIRST_DAY + 10 * _DAY, 9))
    facts = {"floor_on": date(2021, 4, 9), "closes_on": date(2021, 4, 17), "observed_days": 51}
    yield Scenario("the feed was dead for nine days, and was mended", mended, Outcome.CLEAN, (), facts)
    holed = told_days(quiet, dead=dates(FIRST_DAY + 10 * _DAY, 13))
    yield Scenario("a fifth of the days and one were not observed", holed, Outcome.WATCHING, ("low_coverage",), {"observed_days": 47})
    codes = ("low_coverage", "too_few_before")
    yield Scenario("the same, with too few before the fix", replace(holed, seen=seen_before(2)), Outcome.WATCHING, codes)
    just = told_days(quiet, dead=dates(FIRST_DAY + 10 * _DAY, 12))
    yield Scenario("a fifth of the days were not observed", just, Outcome.CLEAN, (), {"coverage_ratio": 0.8})
    stale = replace(quiet, days=some_watch_days(_BEFORE, JUDGED_ON - 20 * _DAY))
    yield Scenario("what is known ends twenty days ago", stale, Outcome.SUSPENDED, ("suspended", "low_coverage"), {"elapsed_days": 60})
    untold = replace(quiet, days=without(quiet.days, dates(FIRST_DAY + 5 * _DAY, 2)))
    yield Scenario("two days that nobody told of", untold, Outcome.CLEAN, (), {"observed_days": 58, "elapsed_days": 60})
    codes = ("suspended", "low_coverage", "floor_not_reached", "too_few_before")
    yield Scenario("no day was ever observed", replace(quiet, days=()), Outcome.SUSPENDED, codes, {"observed_days": 0})
    seen = reported(dead, (some_window_inputs().fix.effective_at + 58 * _DAY, "8"))
    yield Scenario("something came back while the feed is dead", seen, Outcome.RECURRED, ("recurred",))


def _traffic() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    last = set(dates(_YESTERDAY - 2 * _DAY, 3))
    none = replace(quiet, days=tuple(replace(day, exposure_count=0) if day.on in last else day for day in quiet.days))
    yield Scenario("no traffic for three days up to yesterday", none, Outcome.SUSPENDED, ("suspended",), {"observed_days": 57})
    late = replace(quiet, days=tuple(replace(day, exposure_count=None) if day.on in last else day for day in quiet.days))
    facts = {"observed_days": 57, "elapsed_days": 57, "coverage_ratio": 1.0}
    yield Scenario("decisions of three days up to yesterday are not counted yet", late, Outcome.CLEAN, (), facts)
    dead = replace(late, days=tuple(replace(day, reason="the feed was not read well") if day.on in last else day for day in late.days))
    yield Scenario("nor was the feed read on them", dead, Outcome.SUSPENDED, ("suspended",), {"observed_days": 57})
    never = replace(quiet, days=tuple(replace(day, exposure_count=None) if day.on >= _YESTERDAY - 10 * _DAY else day for day in quiet.days))
    yield Scenario(
        "decisions are not counted for longer than reports may take", never, Outcome.SUSPENDED, ("suspended",), {"observed_days": 49}
    )
    weekdays = replace(quiet, days=tuple(replace(day, exposure_count=0) if day.on.weekday() > 4 else day for day in quiet.days))
    yield Scenario("no traffic at weekends", weekdays, Outcome.WATCHING, ("low_coverage",), {"observed_days": 44, "before.day_count": 64})
    unread = replace(quiet, days=tuple(replace(day, exposure_count=None) for day in quiet.days), exposure_reason="no file matched")
    codes = ("suspended", "low_coverage", "floor_not_reached", "too_few_before")
    yield Scenario("the counts of decisions cannot be read", unread, Outcome.SUSPENDED, codes, {"exposure": 0})


def _amber() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    amber = told_days(quiet, amber=dates(FIRST_DAY + 5 * _DAY, 10))
    facts = {"extended_days": 10, "floor_on": date(2021, 4, 10), "exposure": 5_300}
    yield Scenario("an indicator was amber for ten days", amber, Outcome.CLEAN, (), facts)
    earlier = replace(amber, business_date=date(2021, 4, 17))
    yield Scenario("the same, before the added days are over", earlier, Outcome.WATCHING, ("lateness_not_over",), {"extended_days": 10})
    all_days = told_days(quiet, amber=dates(FIRST_DAY, 60))
    yield Scenario("an indicator was amber on every day", all_days, Outcome.WATCHING, ("floor_not_reached",), {"extended_days": 60})
    overdue = tuple(replace(day, extending=(IndicatorKind.OVERDUE_ACTIONS,)) for day in quiet.days)
    yield Scenario("an indicator that extends nothing was amber", replace(quiet, days=overdue), Outcome.CLEAN, (), {"extended_days": 0})


def _lengths() -> Iterator[Scenario]:
    for name, days, today in (("L1", 14, date(2021, 4, 9)), ("L3", 60, date(2021, 5, 8)), ("L4", 90, date(2021, 6, 7))):
        inputs = some_window_inputs(window_days=days, business_date=today)
        facts = {"required_days": days, "closes_on": FIRST_DAY + timedelta(days=days + 7)}
        yield Scenario(f"{name}: clean on the first day when floor, lateness and exposure hold", inputs, Outcome.CLEAN, (), facts)
    none = some_window_inputs(window_days=0, business_date=FIRST_DAY)
    facts = {"required_days": 1, "elapsed_days": 0, "coverage_ratio": None}
    yield Scenario("no day is over yet", none, Outcome.WATCHING, ("no_data", "floor_not_reached", "exposure_too_small"), facts)
    review = some_window_inputs(purpose=Purpose.EFFECTIVENESS, business_date=date(2021, 7, 30))
    yield Scenario("closed, and asked again after ninety days", review, Outcome.CLEAN, (), {"elapsed_days": 150})


def _thin() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    thin = (*some_watch_days(_BEFORE, FIRST_DAY), *some_watch_days(FIRST_DAY, JUDGED_ON, 10))
    facts = {"exposure": 530, "observed_days": 60}
    yield Scenario("a tenth of the traffic since the fix", replace(quiet, days=thin), Outcome.WATCHING, ("exposure_too_small",), facts)
    later = JUDGED_ON + timedelta(days=37)
    days = (*some_watch_days(_BEFORE, FIRST_DAY), *some_watch_days(FIRST_DAY, later, 10))
    waited = replace(some_window_inputs(business_date=later), days=days)
    codes = ("exposure_too_small",)
    early = replace(some_window_inputs(business_date=later - _DAY), days=days[:-1])
    yield Scenario("three floors later, reports of one day outstanding", early, Outcome.WATCHING, codes, {"elapsed_days": 96})
    yield Scenario("a tenth of the traffic, three floors later", waited, Outcome.ELAPSED_UNEVIDENCED, codes, {"elapsed_days": 97})


def _by_days() -> Iterator[Scenario]:
    by_days = some_window_inputs(unit="", seen=seen_before(3))
    by_days = told_days(by_days, per_day=None)
    facts = {"unit": "observed day", "exposure": 53}
    yield Scenario("nothing counts decisions, three before: days are the unit", by_days, Outcome.WATCHING, ("exposure_too_small",), facts)
    for name, days, outcome, codes in (
        ("the day before", 182, Outcome.ELAPSED_UNEVIDENCED, ("exposure_too_small",)),
        ("on the day", 183, Outcome.CLEAN, ()),
    ):
        long = some_window_inputs(unit="", seen=seen_before(3), business_date=FIRST_DAY + timedelta(days=days))
        yield Scenario(f"three before, {name} that half a year has shown it", told_days(long, per_day=None), outcome, codes)
