"""Somebody is put in charge of something by a day that can be met; a note notes something."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from checks.work.step import judge_step
from registry.domain.steps import Assignment
from registry.domain.steps_change import Note
from tests.checks.work.cases import OWNER, a_case, a_step_plan, known_nothing

NOTHING = ["", "  ", "tbd", "n/a", "..."]


def an_assignment(**changes: Any) -> Assignment:
    given = {"owner": OWNER, "next_step": "Find which purchases the filter blocks.", "due_on": date(2020, 10, 15)}
    return Assignment(**given | changes)


def codes(document: Any) -> list[tuple[str, str]]:
    """Return field and code of each refusal; an answer that is empty is missing, another that says nothing a placeholder."""
    refusals = judge_step(a_case(), a_step_plan(document), known_nothing()).refusals
    return [(refusal.reason.partition(":")[0], refusal.code) for refusal in refusals]


def test_an_empty_assignment_is_refused_for_everything_it_lacks():
    found = codes(an_assignment(owner="", next_step="", due_on=date(2020, 10, 14)))
    assert found == [("owner", "missing"), ("next_step", "missing"), ("due_on", "due_in_the_past")]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("field", ["owner", "next_step"])
def test_a_stand_in_puts_nobody_in_charge_of_nothing(field: str, text: str):
    assert codes(an_assignment(**{field: text})) == [(field, "placeholder" if text.strip() else "missing")]


def test_what_is_due_today_can_still_be_met():
    assert codes(an_assignment()) == []


@pytest.mark.parametrize(("day", "found"), [(date(2020, 11, 14), []), (date(2020, 11, 15), ["due_too_late"]), (date.max, ["due_too_late"])])
def test_a_next_step_is_due_within_the_days_of_the_severity(day: date, found: list[str]):
    assert codes(an_assignment(due_on=day)) == [("due_on", code) for code in found]


@pytest.mark.parametrize("text", NOTHING)
def test_a_note_that_notes_nothing_is_refused(text: str):
    assert codes(Note(text=text)) == [("text", "placeholder" if text.strip() else "missing")]
