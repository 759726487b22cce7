"""Assignments and notes: is somebody in charge, of something, by a day; is anything noted at all?

Put here what the two steps that ask for little must say. What any written answer must be is ``answers.py``.

The rules:
 * An assignment names its owner, and says what comes next: "tbd" is nobody and nothing.
 * The next step is due today at the earliest: what is due in the past is overdue from its beginning.
 * It is due no later than a planned action could be: the days of ``max_action_days`` for the issue's severity.
 * A note notes something.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid
from checks.work.days import AskedDay, find_bad_due
from registry.domain.steps import Assignment
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_OWNER = Asked("owner", "name the person in charge with `--owner`", "operations.lead@bank.example")
_NEXT = Asked("next_step", "say what that person does next with `--next-step`", "find which purchases the filter blocks")
_TEXT = Asked("text", "say what is worth keeping with `--text`", "the vendor expects to withdraw the code in May")
_EARLIER = "give an earlier day with `--due-on`"


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's assignment from putting somebody in charge."""
    return tuple(_find(plan.submission.document, case, plan))


def find_note_refusals(_case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return why the plan's note notes nothing."""
    return tuple(find_unsaid(_TEXT, plan.submission.document.text, 1, plan.policies.limits.placeholders))


def _find(document: Assignment, case: Case, plan: StepPlan) -> Iterator[Refusal]:
    for asked, text in ((_OWNER, document.owner), (_NEXT, document.next_step)):
        yield from find_unsaid(asked, text, 1, plan.policies.limits.placeholders)
    severity = case.issue.severity
    day = AskedDay("due_on", plan.policies.limits.max_action_days[severity], f"for an issue of severity {severity}", _EARLIER)
    yield from find_bad_due(day, document.due_on, plan.business_date, "give a day that can still be met with `--due-on`")
