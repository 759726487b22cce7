"""Accepted risks in the day: which is in force, which ends soon, and which has ended.

Put a rule here about what an accepted risk does to the day. What an acceptance must say is ``checks/work/risk.py``; which approvals it
needs is ``checks/work/coverage.py``.

The rules:
 * An acceptance is in force from the moment its approvals were complete until the day it ends on; an approval that expires later, or is
   asked of a higher severity later, does not end it. Of several the newest counts, and only those of the present occurrence.
 * While one is in force, what severity and incident clocks ask of the issue is not owed; it is listed as accepted, with its owner and day.
   Regulatory deadlines and people's own dates run on.
 * A machine never ends one early. It asks for another look where the issue has become more severe than what was accepted.
 * Its end is announced before. On its last day the issue is owed again in the state it had; that is recorded and shown once.
 * An acceptance that waits for approvals suspends nothing, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from checks.due import UNASSIGNED
from checks.issue_events import Change
from checks.work.coverage import is_approved
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.policy_work import WorkPolicies
from registry.domain.times import start_of_day
from registry.domain.triage import ChangeKind, Duty, DutyKind, DutyStatus
from registry.domain.work import Case, StepKind, StepTaken

ACCEPTED = "accepted risk ends"


def find_in_force(case: Case, work: WorkPolicies, on: date) -> StepTaken | None:
    """Return the accepted risk that holds on ``on``; None where none does."""
    return next((step for step in _approved(case, work) if on < step.document.expires_on), None)


def find_newest(case: Case, work: WorkPolicies) -> StepTaken | None:
    """Return the newest risk of the present occurrence that was accepted, whether it still holds or not; None where none was."""
    return next(_approved(case, work), None)


def accepted_duty(case: Case, step: StepTaken, work: WorkPolicies, on: date, zone: str) -> Duty:
    """Return what is listed in place of what an accepted risk suspends."""
    issue, document = case.issue, step.document
    status = DutyStatus.AT_RISK if ends_soon(document.expires_on, work, on) else DutyStatus.ACCEPTED
    due_at, kind, basis = start_of_day(document.expires_on, zone), DutyKind.ACCEPTED_RISK, f"asked for by {step.by}: {document.reason}"
    return Duty(issue.issue_id, issue.system_id, issue.severity, ACCEPTED, due_at, status, document.owner or UNASSIGNED, kind, basis)


def find_ended(case: Case, work: WorkPolicies, as_of: datetime, on: date) -> Change | None:
    """Return the end of an accepted risk that nothing recorded yet; None where one is in force, or none ended."""
    ended = find_newest(case, work)
    if ended is None or on < ended.document.expires_on or ended.document_digest in case.ended or find_in_force(case, work, on):
        return None
    issue, document = case.issue, ended.document
    until = f"the risk that {document.owner} answers for was accepted until {document.expires_on}"
    reason = f"{until}; the issue is owed again, in {issue.state.replace('_', ' ')}"
    body = {"document_digest": ended.document_digest, "expires_on": document.expires_on, "owner": document.owner, "reason": reason}
    subject = f"{issue.issue_id}:{ended.document_digest}"
    event = Event(EventKind.RISK_ACCEPTANCE_ENDED, issue.system_id, subject, as_of, on, _texts(body), issue.issue_id)
    return Change(ChangeKind.ACCEPTANCE_ENDED, "", issue.issue_id, "acceptance_ended", reason, 0, (event,))


def find_acceptance_notes(case: Case, work: WorkPolicies, on: date) -> Iterator[Finding]:
    """Yield what somebody should know of the issue's accepted risk: its end, a higher severity, approvals that it waits for."""
    issue, step = case.issue, find_in_force(case, work, on)
    if step is None:
        waiting = next(case.current(StepKind.ACCEPT_RISK), None)
        if waiting and on < waiting.document.expires_on:
            reason = "an accepted risk waits for its approvals and suspends nothing; see `proofloop approve list`"
            yield _note(issue.issue_id, "acceptance_unapproved", reason)
        return
    ends_on, owner = step.document.expires_on, step.document.owner
    if ends_soon(ends_on, work, on):
        reason = f"the risk that {owner} answers for is accepted until {ends_on}; renew it with proof, or the issue is owed again then"
        yield _note(issue.issue_id, "acceptance_expiring", reason)
    accepted = step.issue_severity or issue.severity
    if issue.severity.rank > accepted.rank:
        reason = f"the risk was accepted at {accepted}, and the issue is {issue.severity} now: look again whether it is still acceptable"
        yield _note(issue.issue_id, "acceptance_outgrown", reason, blocking=True)


def _approved(case: Case, work: WorkPolicies) -> Iterator[StepTaken]:
    """Yield the acceptances of the present occurrence whose approvals were complete at some time, newest first."""
    return (step for step in case.current(StepKind.ACCEPT_RISK) if _was_complete(case, step, work))


def _was_complete(case: Case, step: StepTaken, work: WorkPolicies) -> bool:
    """Return whether what is asked of the severity of that time was there at some time until the last approval of ``step``."""
    then = replace(case, issue=replace(case.issue, severity=step.issue_severity or case.issue.severity), severities=())
    last_at = max((approval.at for approval in case.approvals_of(step.document_digest)), default=step.at)
    return is_approved(then, step, work, last_at)


def ends_soon(ends_on: date, work: WorkPolicies, on: date) -> bool:
    """Return whether an end is near enough to be announced."""
    return ends_on - timedelta(days=work.limits.warn_before_expiry_days) <= on


def _note(issue_id: str, code: str, reason: str, *, blocking: bool = False) -> Finding:
    return Finding("acceptance", issue_id, Verdict.INCONCLUSIVE, code, reason, blocking=blocking)


def _texts(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in body.items()}
