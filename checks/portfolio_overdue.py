"""Overdue verification: whose fix should have been shown to work by now?

Put a rule here when it says that the verification of one issue is late. How late ones are counted is ``portfolio.py``; duties with owners
and dates are those of the daily triage.

The rules, the first that holds told of each issue:
 * A fix is in force, and its window is not open after as many days as it should have lasted.
 * A window should have been over, with the allowed lateness, and the issue is neither proposed for closure nor accepted.
 * A proposal waits for its signatures for longer than one may be old.
 * A running window was not reviewed for longer than the policy asks at its severity.
 * A closed issue was not asked again, at the time when it should have been, whether its fix held.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from registry.domain.issue import IssueState
from registry.domain.portfolio import PortfolioInputs
from registry.domain.times import local_date
from registry.domain.work import Case, StepKind


def find_overdue(inputs: PortfolioInputs) -> Iterator[tuple[str, str, str]]:
    """Yield issue, title and what is overdue, by issue."""
    for case in sorted(inputs.cases, key=lambda case: case.issue.issue_id):
        if what := next(_find(inputs, case), ""):
            yield case.issue.issue_id, case.issue.title, what


def _find(inputs: PortfolioInputs, case: Case) -> Iterator[str]:
    issue = case.issue
    if issue.fix and issue.state in (IssueState.IMPLEMENTED, IssueState.VERIFYING):
        fixed_on = local_date(issue.fix.effective_at, inputs.zone)
        yield from _find_window(inputs, case, fixed_on)
        yield from _find_review(inputs, case, fixed_on)
    elif issue.fix and issue.state is IssueState.CLOSED and issue.state_since:
        review = inputs.recurrence.review
        asked_on = local_date(issue.state_since, inputs.zone) + timedelta(days=review.effectiveness_after_days)
        reviewed = any(local_date(step.at, inputs.zone) >= asked_on for step in case.steps if step.kind is StepKind.REVIEW)
        if not reviewed and asked_on + timedelta(days=review.effectiveness_due_days) < inputs.business_date:
            yield f"its fix was to be reviewed from {asked_on} on, and was not"


def _find_window(inputs: PortfolioInputs, case: Case, fixed_on: date) -> Iterator[str]:
    issue, policy = case.issue, inputs.recurrence
    over_on = fixed_on + timedelta(days=1 + (policy.window_days[issue.severity] or 0) + policy.allowed_lateness_days)
    proposed = case.latest(StepKind.CLOSE)
    if issue.state is IssueState.IMPLEMENTED and over_on < inputs.business_date:
        yield f"in force since {fixed_on}, and its window is not open"
    elif issue.closure and proposed:
        until_on = local_date(proposed.at, inputs.zone) + timedelta(days=inputs.max_proposal_age_days)
        if until_on < inputs.business_date:
            yield f"proposed for closure on {local_date(proposed.at, inputs.zone)}, and not signed"
    elif over_on < inputs.business_date:
        yield f"its window could have been over on {over_on}: {issue.window.replace('_', ' ') or 'not judged'}"


def _find_review(inputs: PortfolioInputs, case: Case, fixed_on: date) -> Iterator[str]:
    every = inputs.recurrence.review_every_days[case.issue.severity]
    reviewed = case.latest(StepKind.REVIEW)
    last_on = max(fixed_on, local_date(reviewed.at, inputs.zone)) if reviewed else fixed_on
    if every and last_on + timedelta(days=every) < inputs.business_date:
        yield f"to be reviewed every {every} days, last on {last_on}" if reviewed else f"to be reviewed every {every} days since {fixed_on}"
