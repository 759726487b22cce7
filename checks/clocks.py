"""Clocks of severities: which answers are owed on a live issue, and by when.

Put a rule of these deadlines here; their hours are the policy table ``clocks``. How pressing they are is ``due.py``.

The rules, in the order the code applies them:
 * An issue owes what the rows of its severities set hours for: of the one it has, and of those a person's classification replaced or set
   since it was opened or came back. The fewest hours count, so that classifying anew shortens a deadline and never lengthens one. A
   severity without a row is an error.
 * Three answers are owed in turn: the first response until a person has touched the issue (its state or severity set by one) or it
   left triage; containment until it left triage; the root cause until it left root-cause analysis.
 * Deadlines are instants: hours from opening, whatever the day is called. An issue that came back counts from its return.
 * Once the ``at_risk_ratio`` of its present severity is used, a duty is at risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from checks.due import Owed
from registry.domain.issue import Issue, IssueState
from registry.domain.policy import ClockRule
from registry.domain.signal import Severity
from registry.domain.work import Case
from registry.errors import PolicyError

FIRST_RESPONSE, CONTAINMENT, ROOT_CAUSE = "first response", "containment", "root cause"

IN_TRIAGE = frozenset({IssueState.NEW_SIGNAL, IssueState.TRIAGE})
_BEFORE_CAUSE = IN_TRIAGE | {IssueState.CONTAINED, IssueState.RCA_IN_PROGRESS}


def find_severity_duties(case: Case, rules: Mapping[Severity, ClockRule]) -> Iterator[Owed]:
    """Yield the answers that are owed on the issue of ``case``, in the order they are given.

    Raises:
        PolicyError: the issue has, or had, a severity for which ``rules`` has no row.
    """
    issue = case.issue
    ruling = [_rule(rules, severity, issue) for severity in dict.fromkeys((issue.severity, *case.severities))]
    start_at = started_at(case)
    for what, given in _owed(issue, ruling):
        hours = min((one for one in given if one is not None), default=None)
        if hours is not None:
            yield Owed(what, start_at, start_at + timedelta(hours=hours), ruling[0].at_risk_ratio)


def started_at(case: Case) -> datetime:
    """Return when the present occurrence of the case's issue began."""
    issue = case.issue
    return issue.opened_at if issue.occurrence == 1 else case.reopened_at or issue.state_since or issue.opened_at


def _rule(rules: Mapping[Severity, ClockRule], severity: Severity, issue: Issue) -> ClockRule:
    if severity not in rules:
        raise PolicyError([f"clocks: expected a row for {severity} (issue {issue.issue_id}), found none; add one"])
    return rules[severity]


def _owed(issue: Issue, ruling: list[ClockRule]) -> Iterator[tuple[str, list[float | None]]]:
    untouched = issue.state_by == "machine" and issue.severity_by == "machine"
    if issue.state in IN_TRIAGE and untouched:
        yield FIRST_RESPONSE, [rule.first_response_hours for rule in ruling]
    if issue.state in IN_TRIAGE:
        yield CONTAINMENT, [rule.contain_hours for rule in ruling]
    if issue.state in _BEFORE_CAUSE:
        yield ROOT_CAUSE, [rule.rca_hours for rule in ruling]
