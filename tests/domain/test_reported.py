"""What the signals of an issue report: of the present occurrence alone, and harm whenever it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from registry.domain.recurrence import Seen
from registry.domain.reported import Reported, report_of
from registry.domain.signal import CustomerImpact
from registry.domain.work import Case
from tests.builders import NOON
from tests.checks.work.cases import a_case, a_taken
from tests.checks.work.releases import an_implementation
from tests.recurrence_builders import a_seen

DAY = timedelta(days=1)


def signals(*at: datetime, **changes: Any) -> list[Seen]:
    known = {"impact": CustomerImpact.ACCESS, "journey_step": "card use"} | changes
    return [a_seen(decided_at=instant, **known) for instant in at]


def fixed(*fixes: tuple[int, datetime], reopened_seq: int = 0) -> Case:
    taken = (a_taken(an_implementation(deployed_at=at), seq) for seq, at in fixes)
    return replace(a_case(*taken), reopened_seq=reopened_seq)


def test_no_signals_report_nothing() -> None:
    assert report_of(a_case(), []) == Reported()


def test_signals_are_told_in_short() -> None:
    told = signals(NOON, NOON - DAY) + signals(
        NOON - 2 * DAY, journey_step="", impact=CustomerImpact.DELAY, versions={}, segment={"state": ""}
    )
    assert report_of(a_case(), told) == Reported(
        first_at=NOON - 2 * DAY,
        last_at=NOON,
        journeys=("card use",),
        segments=(("channel", "Web"), ("product", "Prepaid card")),
        versions=(("model", "7"),),
        impacts=((CustomerImpact.ACCESS, 2), (CustomerImpact.DELAY, 1)),
    )
    assert report_of(a_case(), told).count_of((CustomerImpact.ACCESS, CustomerImpact.FUNDS)) == 2


def test_decisions_once_the_fix_served_are_no_part_of_what_was_to_be_fixed_and_harm_all_the_same() -> None:
    told = signals(NOON - 2 * DAY) + signals(NOON, versions={"model": "8"})
    report = report_of(fixed((5, NOON - DAY)), told)
    assert (report.last_at, report.versions) == (NOON - 2 * DAY, (("model", "7"),))
    assert report.count_of(CustomerImpact) == 2


def test_signals_of_the_same_cause_tell_of_harm_and_not_of_what_was_to_be_fixed_here() -> None:
    theirs = {
        "versions": {"model": "3"},
        "segment": {"product": "Loan"},
        "journey_step": "login",
        "same_cause_issue": "ISS-20210101-ffffffff",
    }
    report = report_of(a_case(), signals(NOON) + signals(NOON - 9 * DAY, impact=CustomerImpact.FUNDS, **theirs))
    assert report.impacts == ((CustomerImpact.ACCESS, 1), (CustomerImpact.FUNDS, 1))
    own = report_of(a_case(), signals(NOON))
    assert replace(report, impacts=()) == replace(own, impacts=())


def test_an_occurrence_begins_with_the_fix_of_the_one_before_it() -> None:
    told = signals(NOON - 3 * DAY, NOON - DAY, NOON)
    case = fixed((5, NOON - 2 * DAY), (9, NOON), reopened_seq=7)
    report = report_of(case, told)
    assert (report.first_at, report.last_at) == (NOON - DAY, NOON - DAY)
    assert report.count_of(CustomerImpact) == 2
