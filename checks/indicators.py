"""Key risk indicators: five lights of each system, as of one day.

Put here the indicators that are read from issues and what is owed on them. Those that are read from counts are ``indicators_counts.py``.

The rules, in the order they are listed; an indicator that has nothing to look at is unknown, which is no green:
 * Repeat issue rate: green where no issue came back within its window, amber where one of low severity did, red where one is L2 or above or
   several came back. Without an issue that was ever fixed nothing could come back.
 * Evidence completeness, of live issues of L3 and above: red where a step that the state rests on is missing or not sealed, or a
   notice to a regulator is overdue; amber where anything else that is owed on one is late; green where all of it is there.
 * Overdue actions: green where nothing owed on live issues is overdue, amber at L2 and below, red above.
 * Unsupported claim rate and override spike: see ``indicators_counts.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from checks.duties import Worked, cases_on, judge_duties
from checks.indicators_counts import find_count_indicators
from registry.domain.issue import IssueState
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Indicator, IndicatorKind, Light
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity
from registry.domain.times import local_date
from registry.domain.triage import Duty, DutyKind, DutyStatus
from registry.domain.work import Case, StepKind

_FIRST_HARM, _FIRST_TO_CUSTOMERS = Severity.L3, Severity.L2
_S = IssueState
_CONTAINED = (StepKind.CONTAIN,)
_PLANNED = (*_CONTAINED, StepKind.ROOT_CAUSE, StepKind.PLAN)
_FIXED = (*_PLANNED, StepKind.LINK_CHANGE, StepKind.IMPLEMENT)
_ASKED = {
    _S.CONTAINED: _CONTAINED,
    _S.RCA_IN_PROGRESS: _CONTAINED,
    _S.ACTION_APPROVED: _PLANNED,
    _S.IMPLEMENTED: _FIXED,
    _S.VERIFYING: _FIXED,
}


def find_indicators(plan: RecurrencePlan, known: RecurrenceKnowledge) -> tuple[Indicator, ...]:
    """Return the five indicators of each system of the plan, in their order."""
    return tuple(indicator for system in plan.systems for indicator in _of_system(plan, known, system.system_id))


def _of_system(plan: RecurrencePlan, known: RecurrenceKnowledge, system_id: str) -> Iterator[Indicator]:
    issues = [issue for issue in known.history.issues if issue.system_id == system_id]
    cases = tuple(cases_on(issues, known.cases))
    worked = Worked(known.cases, plan.policies.work, plan.zone, plan.policies.review)
    duties = judge_duties(issues, plan.policies.clocks, plan.as_of, worked)
    yield _repeats(plan, system_id, cases)
    yield _completeness(system_id, [case for case in cases if case.issue.is_live and case.issue.severity.rank >= _FIRST_HARM.rank], duties)
    yield _overdue(system_id, any(issue.is_live for issue in issues), duties)
    yield from find_count_indicators(plan, known, system_id)


def _repeats(plan: RecurrencePlan, system_id: str, cases: Sequence[Case]) -> Indicator:
    kind = IndicatorKind.REPEAT_ISSUE_RATE
    fixed = [case for case in cases if case.issue.fix or case.issue.occurrence > 1 or case.issue.state is _S.CLOSED]
    if not fixed:
        return Indicator(kind, system_id, Light.UNKNOWN, "no issue was ever fixed, so none could come back")
    back = [case for case in fixed if _came_back(case, plan)]
    told = f"{len(back)} of {len(fixed)} issues that were fixed came back within their windows"
    if not back:
        return Indicator(kind, system_id, Light.GREEN, told, 0.0, n=len(fixed))
    worst = max((case.issue.severity for case in back), key=lambda severity: severity.rank)
    is_red = len(back) > 1 or worst.rank >= _FIRST_TO_CUSTOMERS.rank
    named = ", ".join(sorted(case.issue.issue_id for case in back))
    return Indicator(kind, system_id, Light.RED if is_red else Light.AMBER, f"{told}: {named}", len(back) / len(fixed), 0.0, len(fixed))


def _came_back(case: Case, plan: RecurrencePlan) -> bool:
    """Return whether the present occurrence began within the window of the issue's severity."""
    issue = case.issue
    at = case.reopened_at or issue.state_since
    if issue.occurrence < 2 or at is None:
        return False
    return local_date(at, plan.zone) >= plan.business_date - timedelta(days=window_of(issue.severity, plan.policy))


def window_of(severity: Severity, policy: RecurrencePolicy) -> int:
    """Return the days of a severity's window; the shortest there is where it has none."""
    return policy.window_days.get(severity) or min(filter(None, policy.window_days.values()), default=0)


def _completeness(system_id: str, cases: Sequence[Case], duties: Sequence[Duty]) -> Indicator:
    kind = IndicatorKind.EVIDENCE_COMPLETENESS
    if not cases:
        return Indicator(kind, system_id, Light.UNKNOWN, "no issue of L3 or above is live")
    asked = [(case, step) for case in cases for step in _ASKED.get(case.issue.state, ())]
    missing = [f"{case.issue.issue_id}: {step}" for case, step in asked if not _is_held(case, step)]
    ids = {case.issue.issue_id for case in cases}
    late = [duty for duty in duties if duty.issue_id in ids and duty.status is DutyStatus.OVERDUE]
    notices = [f"{duty.issue_id}: {duty.duty}" for duty in late if duty.kind is DutyKind.REGULATORY]
    value = 1 - len(missing) / len(asked) if asked else None
    if critical := missing + notices:
        return Indicator(kind, system_id, Light.RED, f"missing: {', '.join(sorted(critical))}", value, 1.0, len(cases))
    if late:
        named = ", ".join(sorted(f"{duty.issue_id}: {duty.duty}" for duty in late))
        return Indicator(kind, system_id, Light.AMBER, f"late: {named}", value, 1.0, len(cases))
    return Indicator(kind, system_id, Light.GREEN, f"everything that {len(cases)} live issues rest on is there", value, 1.0, len(cases))


def _is_held(case: Case, kind: StepKind) -> bool:
    """Return whether a step was ever taken and sealed: containment and cause stand when an issue comes back."""
    return any(step.kind is kind and step.bundle_digest for step in case.steps)


def _overdue(system_id: str, is_any_live: bool, duties: Sequence[Duty]) -> Indicator:
    kind = IndicatorKind.OVERDUE_ACTIONS
    if not is_any_live and not duties:
        return Indicator(kind, system_id, Light.UNKNOWN, "no issue is live, so nothing is owed")
    late = [duty for duty in duties if duty.status is DutyStatus.OVERDUE]
    if not late:
        return Indicator(kind, system_id, Light.GREEN, f"none of {len(duties)} duties is overdue", 0.0, 0.0, len(duties))
    worst = max((duty.severity for duty in late), key=lambda severity: severity.rank)
    light = Light.RED if worst.rank >= _FIRST_HARM.rank else Light.AMBER
    told = f"{len(late)} of {len(duties)} duties are overdue, the most severe on an issue of {worst}"
    return Indicator(kind, system_id, light, told, float(len(late)), 0.0, len(duties))
