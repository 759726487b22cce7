"""People's own dates: the next step that was assigned, and the actions that were planned.

Put a rule here about dates that people set themselves on an issue.

The rules:
 * A date holds through its civil day: it is due today on that day, and overdue after it. At the end of the calendar it is the last day that
   has a day after it: what was recorded once never stops a day.
 * An assignment's next step is owed until a step that carries the issue on is taken after it; assigning anew replaces it.
 * Each action of the newest plan is owed by its own owner until a fix is released. A plan counts whether it is approved yet or not: waiting
   for an approval stops no date.
 * Only steps of the present occurrence count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from checks.due import Owed
from registry.domain.issue import IssueState
from registry.domain.times import start_of_day
from registry.domain.triage import DutyKind
from registry.domain.work import Case, StepKind

_CARRIES_ON = frozenset(
    {
        StepKind.CONTAIN,
        StepKind.ROOT_CAUSE,
        StepKind.PLAN,
        StepKind.LINK_CHANGE,
        StepKind.IMPLEMENT,
        StepKind.ADD_EVIDENCE,
        StepKind.ACCEPT_RISK,
        StepKind.SCOPE,
        StepKind.RECOVERY,
        StepKind.NOT_APPLICABLE,
    }
)
_LAST_DAY = date.max - timedelta(days=3)  # the day after it begins within the calendar in every zone
_BEFORE_FIX = frozenset(IssueState) - {IssueState.IMPLEMENTED, IssueState.VERIFYING, IssueState.CLOSED, IssueState.TRACKED}


def find_own_dates(case: Case, zone: str, warn_ratio: float) -> Iterator[Owed]:
    """Yield the next step and the actions that somebody promised on the case's issue, the earliest first."""
    return iter(sorted((*_next_step(case, zone, warn_ratio), *_actions(case, zone, warn_ratio)), key=lambda owed: (owed.due_at, owed.what)))


def _next_step(case: Case, zone: str, warn_ratio: float) -> Iterator[Owed]:
    assigned = case.latest(StepKind.ASSIGN)
    if assigned and not any(step.kind in _CARRIES_ON and step.seq > assigned.seq for step in case.steps):
        document = assigned.document
        yield _owed(document.next_step, assigned.at, document.due_on, document.owner, "next step of the assignment", zone, warn_ratio)


def _actions(case: Case, zone: str, warn_ratio: float) -> Iterator[Owed]:
    plan = case.latest(StepKind.PLAN)
    if plan and case.issue.state in _BEFORE_FIX:
        for action in plan.document.actions:
            basis = f"{action.kind} action {action.action} of the plan"
            yield _owed(action.what, plan.at, action.due_on, action.owner, basis, zone, warn_ratio)


def _owed(what: str, start_at: datetime, due_on: date, owner: str, basis: str, zone: str, warn_ratio: float) -> Owed:
    day_after = min(due_on, _LAST_DAY) + timedelta(days=1)
    due_at = start_of_day(day_after, zone) - timedelta(microseconds=1)  # so that pages show the day that was promised
    return Owed(what, min(start_at, due_at), due_at, warn_ratio, DutyKind.OWN_DATE, basis, owner)
