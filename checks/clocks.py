"""Clocks: which answers are owed on the live issues, by when, and by whom.

Put a deadline's rule here; its hours are the policy table ``clocks``.

The rules, in the order the code applies them:
 * Only a live issue owes anything, and only what its severity's row sets hours for. A severity without a row is an error.
 * Three answers are owed in turn: the first response until a person has touched the issue (its state or severity set by one) or it
   left triage; containment until it left triage; the root cause until it left root-cause analysis.
 * Deadlines are instants: hours from opening, whatever the day is called. An issue that came back counts from its last move, since
   its opening lies before the closure.
 * At the deadline it is overdue; once ``at_risk_ratio`` of the time is used it is at risk.
 * Everything overdue or at risk is listed, and of the rest only the next one, so that a page is not filled with what can wait.
 * Overdue first, then at risk, then open; within each, the earliest deadline first. Nobody in charge is shown as ``unassigned``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from registry.domain.issue import Issue, IssueState
from registry.domain.policy import ClockRule
from registry.domain.signal import Severity
from registry.domain.triage import Duty, DutyStatus
from registry.errors import PolicyError

UNASSIGNED = "unassigned"
FIRST_RESPONSE, CONTAINMENT, ROOT_CAUSE = "first response", "containment", "root cause"

_IN_TRIAGE = frozenset({IssueState.NEW_SIGNAL, IssueState.TRIAGE})
_BEFORE_CAUSE = _IN_TRIAGE | {IssueState.CONTAINED, IssueState.RCA_IN_PROGRESS}
_URGENCY = {DutyStatus.OVERDUE: 0, DutyStatus.AT_RISK: 1, DutyStatus.OPEN: 2}


def judge_duties(issues: Iterable[Issue], clocks: tuple[ClockRule, ...], as_of: datetime) -> tuple[Duty, ...]:
    """Return what is owed on ``issues`` at ``as_of``, the most urgent first.

    Raises:
        PolicyError: an issue has a severity for which ``clocks`` has no row.
    """
    rules = {rule.severity: rule for rule in clocks}
    duties = [duty for issue in issues if issue.is_live for duty in _listed(issue, _rule(rules, issue), as_of)]
    return tuple(sorted(duties, key=lambda duty: (_URGENCY[duty.status], duty.due_at, duty.issue_id, duty.duty)))


def _rule(rules: Mapping[Severity, ClockRule], issue: Issue) -> ClockRule:
    if issue.severity not in rules:
        raise PolicyError([f"clocks: expected a row for {issue.severity} (issue {issue.issue_id}), found none; add one"])
    return rules[issue.severity]


def _listed(issue: Issue, rule: ClockRule, as_of: datetime) -> Iterator[Duty]:
    waiting = False
    for duty in (_duty(issue, name, hours, rule.at_risk_ratio, as_of) for name, hours in _owed(issue, rule)):
        if duty.status is not DutyStatus.OPEN or not waiting:
            yield duty
        waiting = waiting or duty.status is DutyStatus.OPEN


def _owed(issue: Issue, rule: ClockRule) -> Iterator[tuple[str, float]]:
    untouched = issue.state_by == "machine" and issue.severity_by == "machine"
    if rule.first_response_hours is not None and issue.state in _IN_TRIAGE and untouched:
        yield FIRST_RESPONSE, rule.first_response_hours
    if rule.contain_hours is not None and issue.state in _IN_TRIAGE:
        yield CONTAINMENT, rule.contain_hours
    if rule.rca_hours is not None and issue.state in _BEFORE_CAUSE:
        yield ROOT_CAUSE, rule.rca_hours


def _duty(issue: Issue, name: str, hours: float, at_risk_ratio: float, as_of: datetime) -> Duty:
    start = issue.opened_at if issue.occurrence == 1 else issue.state_since or issue.opened_at
    allowed = timedelta(hours=hours)
    status = _status(as_of - start, allowed, allowed * at_risk_ratio)
    return Duty(issue.issue_id, issue.system_id, issue.severity, name, start + allowed, status, issue.owner or UNASSIGNED)


def _status(used: timedelta, allowed: timedelta, warned: timedelta) -> DutyStatus:
    if used >= allowed:
        return DutyStatus.OVERDUE
    return DutyStatus.AT_RISK if used >= warned else DutyStatus.OPEN
