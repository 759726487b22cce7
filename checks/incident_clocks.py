"""Clocks of production incidents: what is owed on an issue that a person called an incident, and by when.

Put a rule of these deadlines here; their minutes, hours and days are the policy table ``incidents``.

The rules, in the order the code applies them:
 * They count from the earliest awareness, or the earliest classification as an incident, of the present occurrence.
 * Of several classes, and of the severities since then, the shortest time counts: classifying anew never makes one later.
 * Triage is owed until somebody is assigned; mitigation until the issue is contained; the post-mortem until a root cause is recorded;
   prevention until the fix is released.
 * Verification is owed from the first control on, until a person takes another step after it: a note of what was seen will do.
 * Each is at risk once the first alarm is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.clocks import IN_TRIAGE
from checks.due import Owed
from registry.domain.issue import IssueState
from registry.domain.policy_work import IncidentRule, WorkPolicies
from registry.domain.signal import Severity
from registry.domain.triage import DutyKind
from registry.domain.work import Case, StepKind, StepTaken

TRIAGE, MITIGATION, VERIFICATION = "incident triage", "incident mitigation", "incident verification"
POST_MORTEM, PREVENTION = "incident post-mortem", "incident prevention and runbook"

_SEVERE = frozenset({Severity.L3, Severity.L4})
_FIXED = frozenset({IssueState.IMPLEMENTED, IssueState.VERIFYING, IssueState.CLOSED})


def find_incident_duties(case: Case, work: WorkPolicies) -> Iterator[Owed]:
    """Yield what is owed on the case's issue as an incident, in the order it is done; nothing where nobody called it one."""
    called = [step for step in case.current(StepKind.CLASSIFY) if step.document.incident is not None]
    classes = {step.document.incident for step in called}
    rules = [rule for rule in work.incidents if rule.incident in classes]
    if not rules:
        return
    basis = ", ".join(sorted(classes))
    start_at = min(min(step.at, step.document.aware_at or step.at) for step in called)
    for what, after in _owed(case, rules):
        began_at = start_at
        if what == VERIFICATION:
            began_at = min(step.document.in_force_at for step in case.current(StepKind.CONTAIN))
        yield Owed(what, began_at, began_at + after, min(work.limits.alarm_ratios), DutyKind.INCIDENT, basis)


def _owed(case: Case, rules: list[IncidentRule]) -> Iterator[tuple[str, timedelta]]:
    state, contained = case.issue.state, next(case.current(StepKind.CONTAIN), None)
    if case.latest(StepKind.ASSIGN) is None:
        yield TRIAGE, timedelta(minutes=min(rule.triage_minutes for rule in rules))
    if state in IN_TRIAGE:
        yield MITIGATION, timedelta(minutes=min(_mitigate_minutes(rule, case) for rule in rules))
    if contained and not _is_looked_at(case, contained):
        yield VERIFICATION, timedelta(minutes=min(rule.verify_minutes for rule in rules))
    if case.latest(StepKind.ROOT_CAUSE) is None:
        yield POST_MORTEM, timedelta(hours=min(rule.post_mortem_hours for rule in rules))
    if state not in _FIXED:
        yield PREVENTION, timedelta(days=min(rule.prevent_days for rule in rules))


def _mitigate_minutes(rule: IncidentRule, case: Case) -> float:
    is_severe = not _SEVERE.isdisjoint({case.issue.severity, *case.severities})
    return rule.severe_mitigate_minutes if is_severe else rule.mitigate_minutes


def _is_looked_at(case: Case, contained: StepTaken) -> bool:
    first = min((step.seq for step in case.current(StepKind.CONTAIN)), default=contained.seq)
    return any(step.seq > first for step in case.steps)
