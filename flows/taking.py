"""What every step of a person has in common: gather, decide, record.

Put the order of a step here. Each kind of step is a flow of its own file, so that each has a form of its own in the Prefect page.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from checks.redaction import redaction_of
from checks.work.address import find_address_refusals, unaddressed_step
from checks.work.repeats import find_repeated
from checks.work.step import judge_step
from flows.clock import now, scheduled_start
from registry.domain.catalogue import OwnerRole
from registry.domain.work import StepKind, Submission
from registry.domain.work_run import StepPlan, StepReceipt, StepResult
from tasks.approvals import one_at_a_time
from tasks.engine import refused
from tasks.evidence import publish_pending
from tasks.lookups import look_up
from tasks.preservation import reserved_for_step, take_snapshot
from tasks.rendering import refusal_text, show_step
from tasks.steps import load_step_plan, read_case, read_openings, record_step


def take(kind: StepKind, issue_id: str, by: str, role: OwnerRole, document: Any, as_of: datetime | None, workspace: str) -> StepResult:
    """Take one step, or say everything that it still lacks. A refused step writes nothing, and its run ends as Refused."""
    plan = load_step_plan(workspace, Submission(kind, issue_id, by, role, document), as_of or scheduled_start(), now())
    if nowhere := find_address_refusals(plan, read_openings(plan, now)):
        return _ended(plan, StepResult(unaddressed_step(plan, nowhere)))
    # Always in this order: the system, then the issue. An approval takes the issue too, so that a plan and its approvals know each other.
    with reserved_for_step(plan, now), one_at_a_time(plan, read_case(plan, now), now):
        result = _taken(plan)
    if result.receipt and not result.repeated:
        result = replace(result, pending=(*result.pending, *publish_pending(plan, now)))
    return _ended(plan, result)


def _ended(plan: StepPlan, result: StepResult) -> StepResult:
    show_step(plan, result)
    return result if result.receipt else refused(result, refusal_text(result.decision.refusals))


def _taken(plan: StepPlan) -> StepResult:
    case = read_case(plan, now)
    known = look_up(plan, case, redaction_of(plan.policies.redacted_kinds), now)

    decision = judge_step(case, plan, known)

    if before := find_repeated(case, plan, decision.document_digest):
        receipt = StepReceipt(before.seq, before.bundle_digest, before.document_digest, case.issue.state.value)
        return StepResult(decision, receipt, repeated=True)
    if decision.is_accepted:
        preserved, missed = take_snapshot(plan, case, decision, now)
        receipt = record_step(plan, case, decision, known, now, preserved)
        return StepResult(decision, receipt, pending=missed)
    return StepResult(decision)
