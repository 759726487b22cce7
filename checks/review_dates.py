"""Reviews of fixes: when somebody has to look at a running window, and at a closed issue again.

Put a rule here about the reviews that follow a fix. How often each severity asks for one is the policy table ``clocks``, when a closed
issue is looked at again the table ``recurrence``; what a review says is the step ``review``.

The rules:
 * While its window runs, an issue is reviewed every so many days of its severity, counted from the opening of the window or from the last
   review since. A severity that asks for none owes none.
 * A closed issue with a fix is reviewed once, from so many days after its closure on: before, no review of it counts. It is owed until
   somebody took it and the monitoring, asked since, had an answer: a window that nobody watches tells neither that the fix held nor that it
   did not. It is not told before that day: it only has to wait.
 * A date holds through its civil day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from checks.due import Owed
from registry.domain.issue import IssueState
from registry.domain.policy import ClockRule
from registry.domain.policy_recurrence import ReviewPolicy
from registry.domain.signal import Severity
from registry.domain.times import local_date, start_of_day
from registry.domain.triage import DutyKind
from registry.domain.work import Case, StepKind

WINDOW_REVIEW, EFFECTIVENESS_REVIEW = "review of the window", "review whether the fix held"


def find_window_reviews(case: Case, rules: Mapping[Severity, ClockRule], zone: str) -> Iterator[Owed]:
    """Yield the next review of a running window."""
    issue, rule = case.issue, rules.get(case.issue.severity)
    if issue.state is not IssueState.VERIFYING or issue.state_since is None or rule is None or rule.review_every_days is None:
        return
    since = max([issue.state_since, *(step.at for step in case.current(StepKind.REVIEW))])
    due_at = _end_of(local_date(since, zone) + timedelta(days=rule.review_every_days), zone)
    basis = f"every {rule.review_every_days} days while the window of a {issue.severity} runs; take the step review"
    yield Owed(WINDOW_REVIEW, since, due_at, rule.at_risk_ratio, DutyKind.REVIEW, basis)


def find_effectiveness_review(case: Case, policy: ReviewPolicy, zone: str, as_of: datetime, warn_ratio: float) -> Iterator[Owed]:
    """Yield the review of a closed issue, from its day on."""
    issue = case.issue
    if issue.state is not IssueState.CLOSED or issue.fix is None or issue.state_since is None:
        return
    review_on = local_date(issue.state_since, zone) + timedelta(days=policy.effectiveness_after_days)
    start_at = start_of_day(review_on, zone)
    is_answered = case.answered_at is not None and case.answered_at >= start_at
    if as_of < start_at or (is_answered and any(step.at >= start_at for step in case.current(StepKind.REVIEW))):
        return
    due_at = _end_of(review_on + timedelta(days=policy.effectiveness_due_days), zone)
    basis = f"{policy.effectiveness_after_days} days after the closure of {local_date(issue.state_since, zone)}; take the step review"
    basis += "" if is_answered else "; the monitoring has no answer yet"
    yield Owed(EFFECTIVENESS_REVIEW, start_at, due_at, warn_ratio, DutyKind.REVIEW, basis)


def _end_of(day: date, zone: str) -> datetime:
    """Return the last instant of a civil day."""
    return start_of_day(day + timedelta(days=1), zone) - timedelta(microseconds=1)
