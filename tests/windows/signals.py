"""Scenarios of signals: by which version, how late, on which side of an edge, through which issue.

Put here what must come of a signal that arrives after a fix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome, Purpose
from registry.domain.signal import Severity
from registry.domain.times import start_of_day
from tests.builders import ZONE
from tests.recurrence_builders import FIX_AT, a_return, a_seen, seen_before, some_window_inputs
from tests.windows.scenario import Scenario, reported

_DAY, _MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
_CLOSES_ON = date(2021, 4, 8)  # the floor is reached on 31 March, and reports may take seven days
_RECURRED = (Outcome.RECURRED, ("recurred",))


def signal_scenarios() -> Iterator[Scenario]:
    """Yield what must come of a signal that arrives after a fix."""
    yield from _versions()
    yield from _edges()
    yield from _other_issues()
    yield from _before()
    yield from _severities()


def _versions() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    old = reported(quiet, (FIX_AT - 3 * _DAY, "7"), reported_at=FIX_AT + 50 * _DAY)
    yield Scenario("an old decision, reported fifty days after the fix", old, Outcome.CLEAN, (), {"occurrences": ()}, ("3900900",))
    stale = reported(quiet, (FIX_AT + 30 * _DAY, "7"))
    yield Scenario("the old version decided after the fix, by an app that kept it", stale, Outcome.CLEAN, (), {}, ("3900900",))
    new = reported(quiet, (FIX_AT + 3 * _DAY, "8"), reported_at=FIX_AT + 58 * _DAY)
    yield Scenario("a decision of the fix, reported fifty-five days later", new, *_RECURRED, {"severity_after": Severity.L3}, ())
    unknown = reported(quiet, (FIX_AT + 3 * _DAY, ""))
    yield Scenario("nobody recorded the version, and the fix served all traffic", unknown, *_RECURRED)
    twice = replace(quiet, seen=(*quiet.seen, a_return(), a_return()))
    yield Scenario("the same signal told twice", twice, *_RECURRED, {"after.occurrence_count": 1})
    closed = replace(reported(quiet, (FIX_AT + 3 * _DAY, "8")), purpose=Purpose.EFFECTIVENESS)
    yield Scenario("a closed issue, and a report that came after it was closed", closed, *_RECURRED)


def _edges() -> Iterator[Scenario]:
    by_instant = replace(some_window_inputs(), fix=Fix(FIX_AT, {}), versions=())
    before = reported(by_instant, (FIX_AT - _MICROSECOND, ""), reported_at=FIX_AT + _DAY)
    yield Scenario("decided a microsecond before the fix", before, Outcome.CLEAN, (), {"occurrences": ()}, ("3900900",))
    yield Scenario("decided at the very instant of the fix", reported(by_instant, (FIX_AT, "")), *_RECURRED)
    first_part = reported(some_window_inputs(), (FIX_AT + timedelta(hours=1), "8"))
    yield Scenario("decided on the first part of a day, before the first whole one", first_part, *_RECURRED)
    day_before = some_window_inputs(business_date=_CLOSES_ON - _DAY)
    facts = {"floor_on": date(2021, 3, 31), "closes_on": _CLOSES_ON}
    codes = ("lateness_not_over", "exposure_too_small")
    yield Scenario("the day before reports have had their time", day_before, Outcome.WATCHING, codes, facts)
    closing = some_window_inputs(business_date=_CLOSES_ON)
    yield Scenario("the day on which they have", closing, Outcome.CLEAN, (), facts)
    midnight = start_of_day(_CLOSES_ON, ZONE)
    raced = reported(closing, (midnight - _MICROSECOND, "8"), reported_at=midnight)
    yield Scenario("a report arrives as the window would close", raced, *_RECURRED)
    last = reported(closing, (datetime.combine(date(2021, 4, 1), midnight.timetz()) - _MICROSECOND, "8"))
    yield Scenario("decided in the last microsecond of the floor", last, *_RECURRED)


def _other_issues() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    linked = replace(quiet, seen=(*quiet.seen, a_return(same_cause_issue="ISS-fedcba9876543210-1")))
    yield Scenario("another issue with the same cause shows it", linked, *_RECURRED, {"after.occurrence_count": 1})
    few = seen_before(2) + tuple(replace(one, key=f"{one.key}x", same_cause_issue="ISS-fedcba9876543210-1") for one in seen_before(9))
    told = replace(quiet, seen=few)
    facts = {"before.occurrence_count": 2, "required_exposure": None}
    yield Scenario("what another issue saw before the fix tells no rate", told, Outcome.ELAPSED_UNEVIDENCED, ("too_few_before",), facts)


def _before() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    facts = {"before.occurrence_count": 2, "required_exposure": None, "limit": None}
    codes = ("too_few_before",)
    yield Scenario("two before the fix", replace(quiet, seen=seen_before(2)), Outcome.ELAPSED_UNEVIDENCED, codes, facts)
    yield Scenario("none before the fix", replace(quiet, seen=()), Outcome.ELAPSED_UNEVIDENCED, codes)
    early = replace(quiet, seen=seen_before(2), business_date=_CLOSES_ON - _DAY)
    yield Scenario("two before the fix, floor not over", early, Outcome.WATCHING, ("lateness_not_over", "too_few_before"))
    three = replace(quiet, seen=seen_before(3))
    yield Scenario("three before the fix ask for half a year", three, Outcome.WATCHING, ("exposure_too_small",))
    contained = replace(quiet, contained_at=FIX_AT - 30 * _DAY)
    facts = {"before.day_count": 60, "before.occurrence_count": 8}
    yield Scenario("contained thirty days before the fix", contained, Outcome.CLEAN, (), facts)
    late = replace(quiet, seen=(*quiet.seen, a_seen(700, reported_at=FIX_AT + 50 * _DAY)))
    facts = {"before.occurrence_count": 13}
    yield Scenario("a late report about the time before the fix tells of its rate", late, Outcome.CLEAN, (), facts, ("3900700",))


def _severities() -> Iterator[Scenario]:
    came_back = replace(some_window_inputs(), seen=(*seen_before(12), a_return()))
    for before, after in ((Severity.L1, Severity.L2), (Severity.L3, Severity.L3), (Severity.L4, Severity.L4)):
        raised = replace(came_back, severity=before)
        yield Scenario(f"what came back at {before} is {after} now", raised, *_RECURRED, {"severity_after": after})
