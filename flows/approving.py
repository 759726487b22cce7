"""What every approval has in common: gather, decide, record.

Put the order of an approval here; its form in the Prefect page is ``issue_approve.py``, what it needs ``checks/work/approvals.py``.
"""

from __future__ import annotations

from checks.work.address import find_address_refusals, unaddressed_approval
from checks.work.approvals import judge_approval
from flows.clock import now, scheduled_start
from registry.domain.approving import ApprovalEntry, ApprovalResult
from registry.domain.catalogue import OwnerRole
from registry.domain.work import Submission
from registry.domain.work_run import StepPlan
from tasks.approval_papers import read_papers
from tasks.approvals import is_repeated, look_up_approval, one_at_a_time, record_approval, show_approval
from tasks.engine import refused
from tasks.evidence import publish_pending
from tasks.rendering import refusal_text
from tasks.steps import load_step_plan, read_case, read_openings


def approve(issue_id: str, by: str, role: OwnerRole, entry: ApprovalEntry, workspace: str) -> ApprovalResult:
    """Record one approval, or say everything that it lacks. It counts from now: nobody approves in the past."""
    plan = load_step_plan(workspace, Submission(entry.action, issue_id, by, role, entry), scheduled_start(), now())
    if nowhere := find_address_refusals(plan, read_openings(plan, now)):
        return _ended(plan, ApprovalResult(unaddressed_approval(plan, nowhere)))
    with one_at_a_time(plan, read_case(plan, now), now):
        case = read_case(plan, now)
        papers = read_papers(plan, case, entry)
        known = look_up_approval(plan, papers, now)

        decision = judge_approval(case, plan, papers, known)

        receipt = is_repeated(case, papers, known)
        result = ApprovalResult(decision, receipt, repeated=receipt is not None)
        if receipt is None and decision.is_accepted:
            result = ApprovalResult(decision, record_approval(plan, case, papers, decision, known, now))
    if result.receipt:
        result = ApprovalResult(decision, result.receipt, result.repeated, publish_pending(plan, now))
    return _ended(plan, result)


def _ended(plan: StepPlan, result: ApprovalResult) -> ApprovalResult:
    show_approval(plan, result)
    return result if result.receipt else refused(result, refusal_text(result.decision.refusals))
