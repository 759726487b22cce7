"""Duties: everything that is owed on the issues of a day, the most pressing first.

Put here what is listed and in which order; each kind of deadline is a check of its own.

The rules:
 * A live issue owes; one that is closed or tracked owes only the regulatory reports that nobody made, which closing it did not meet, and
   the review of whether its fix held.
 * What severity and incident clocks ask comes first, unless the risk of the issue is accepted; then regulatory deadlines, then people's own
   dates; last the reviews of its window.
 * An issue that came back today owes what its return owes; steps taken before it are of an earlier occurrence.
 * Overdue first, then due today, at risk, open and accepted; within each, regulatory deadlines, then the earliest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from checks.acceptances import accepted_duty, find_in_force
from checks.clocks import find_severity_duties
from checks.deadlines import find_regulatory_duties
from checks.due import Now, judged, listed
from checks.incident_clocks import find_incident_duties
from checks.own_dates import find_own_dates
from checks.review_dates import find_effectiveness_review, find_window_reviews
from registry.domain.decision import Finding, Verdict
from registry.domain.issue import Issue, IssueState
from registry.domain.policy import ClockRule
from registry.domain.policy_recurrence import ReviewPolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.signal import Severity
from registry.domain.times import local_date
from registry.domain.triage import Duty, DutyKind, DutyStatus
from registry.domain.work import Case

_CODES = {DutyKind.REGULATORY: "regulatory_deadline"}  # told apart among the day's reasons
_URGENCY = {status: rank for rank, status in enumerate(DutyStatus)}


@dataclass(frozen=True, slots=True)
class Worked:
    """What people's steps add to a day: the cases, the policies they are judged by, and the zone of the day. Nothing by default.

    ``review`` is None for days that were sealed before windows were reviewed.
    """

    cases: tuple[Case, ...] = ()
    policies: WorkPolicies | None = None
    zone: str = ""
    review: ReviewPolicy | None = None


def judge_duties(issues: Iterable[Issue], clocks: tuple[ClockRule, ...], as_of: datetime, worked: Worked = Worked()) -> tuple[Duty, ...]:
    """Return what is owed on ``issues`` at ``as_of``, the most pressing first.

    Raises:
        PolicyError: an issue has a severity for which ``clocks`` has no row.
    """
    rules = {rule.severity: rule for rule in clocks}
    alarms = worked.policies.limits.alarm_ratios if worked.policies else ()
    now = Now(as_of, worked.zone, alarms)
    cases = tuple(cases_on(issues, worked.cases))
    duties = [duty for case in cases for duty in (*_duties(case, rules, worked.policies, now), *_reviews(case, rules, worked.review, now))]
    return tuple(sorted(duties, key=_order))


def _order(duty: Duty) -> tuple[int, bool, datetime, str, str, str]:
    return _URGENCY[duty.status], duty.kind is not DutyKind.REGULATORY, duty.due_at, duty.issue_id, duty.duty, duty.owner


def find_overdue(duties: Sequence[Duty]) -> tuple[Finding, ...]:
    """Return one finding for each duty whose deadline has passed."""
    return tuple(
        Finding("duty", duty.issue_id, Verdict.FAIL, f"{_CODES.get(duty.kind, 'duty')}_overdue", _overdue(duty))
        for duty in duties
        if duty.status is DutyStatus.OVERDUE
    )


def cases_on(issues: Iterable[Issue], cases: Iterable[Case]) -> Iterator[Case]:
    """Yield each issue as it stands with what people did on it; nothing was done on one that came back since."""
    known = {case.issue.issue_id: case for case in cases}
    for issue in issues:
        case = known.get(issue.issue_id) or Case(issue)
        if case.issue.occurrence != issue.occurrence:
            last = max((step.seq for step in case.steps), default=0)
            case = replace(case, reopened_seq=last, reopened_at=issue.state_since, severities=())
        yield replace(case, issue=issue)


def _duties(case: Case, rules: Mapping[Severity, ClockRule], work: WorkPolicies | None, now: Now) -> Iterator[Duty]:
    issue, zone = case.issue, now.zone or "UTC"
    if not issue.is_live:
        yield from _left_behind(case, work, now)
        return
    accepted = find_in_force(case, work, local_date(now.as_of, zone)) if work else None
    if accepted and work:
        yield accepted_duty(case, accepted, work, local_date(now.as_of, zone), zone)
    else:
        yield from listed(issue, find_severity_duties(case, rules), now)
    if work:
        if not accepted:
            yield from listed(issue, find_incident_duties(case, work), now)
        yield from (judged(issue, owed, now) for owed in find_regulatory_duties(case, work))
        yield from listed(issue, find_own_dates(case, zone, max(work.limits.alarm_ratios)), now)


def _reviews(case: Case, rules: Mapping[Severity, ClockRule], review: ReviewPolicy | None, now: Now) -> Iterator[Duty]:
    """Yield the reviews that a running window, or a closed issue, waits for."""
    zone, warn_ratio = now.zone or "UTC", rules[case.issue.severity].at_risk_ratio if case.issue.severity in rules else 1.0
    if review is not None:
        found = (*find_window_reviews(case, rules, zone), *find_effectiveness_review(case, review, zone, now.as_of, warn_ratio))
        yield from (judged(case.issue, owed, now) for owed in found)


def _left_behind(case: Case, work: WorkPolicies | None, now: Now) -> Iterator[Duty]:
    """Yield the reports that are still owed on an issue that nobody works on any more, each with how one is told of."""
    issue = case.issue
    how = "reopen it, then classify it with the report" if issue.state is IssueState.CLOSED else "nobody works on it"
    for owed in find_regulatory_duties(case, work) if work else ():
        yield judged(issue, replace(owed, basis=f"{owed.basis}; the issue is {issue.state.value}: {how}"), now)


def _overdue(duty: Duty) -> str:
    basis = f"; {duty.basis}" if duty.basis else ""
    return f"{duty.duty} was due {duty.due_at:%Y-%m-%d %H:%M} UTC ({duty.owner}){basis}"
