"""Dates that people set themselves, at the ends of the calendar: what a ledger holds once never stops a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from checks.own_dates import find_own_dates
from registry.domain.steps import Assignment
from tests.checks.work.cases import a_case, a_taken


def test_an_issue_on_which_nobody_promised_anything_owes_no_date() -> None:
    assert list(find_own_dates(a_case(), "UTC", 0.75)) == []


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])
@pytest.mark.parametrize("due_on", [date.max, date.max - timedelta(days=1)])
def test_a_date_at_the_end_of_the_calendar_is_owed_like_any_other(zone: str, due_on: date) -> None:
    case = a_case(a_taken(Assignment(owner="ben@bank.example", next_step="look at the log", due_on=due_on)))
    (owed,) = find_own_dates(case, zone, 0.75)
    assert owed.due_at.year == date.max.year
