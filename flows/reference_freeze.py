"""Freeze a system's reference anew: later windows are compared with the days that the catalogue names now.

Put the order of freezing here: the sealed counts before the event that cites them. What it requires is ``checks/reference_freeze.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from prefect import flow

from checks.redaction import redaction_of
from checks.reference_freeze import find_freeze_refusals, freeze_event, judge_reference_freeze
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from registry.domain.profile import ReferenceProfile
from registry.domain.trigger_acts import ActDecision, ActKind, ActPlan, ActResult, ReferenceBefore, ReferenceFreeze
from tasks.engine import refused
from tasks.reference_freeze import (
    append_freeze,
    count_reference,
    draft_reference,
    find_arrived,
    publish_reference,
    read_reference_before,
)
from tasks.trigger_acts import act_refusal, acting, load_act_plan, show_act
from tasks.trigger_rendering import name_reference


@flow(name="reference-freeze", flow_run_name="freeze-{system_id}")
def reference_freeze(
    system_id: Annotated[str, titled("AI system", "fraud_filter")],
    by: Person,
    role: ActingAs,
    document: Annotated[ReferenceFreeze, titled("Freezing")],
    workspace: Folder = "",
) -> ActResult:
    """Count the reference anew from the days that the catalogue names, and compare later windows with it.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy table acts names.
        document: Why later windows are to be compared with other days.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_act_plan(workspace, ActKind.FREEZE, by, role, document, now(), system_id)
    with acting(plan, (), now):
        before = read_reference_before(plan, now)
        refusals = find_freeze_refusals(plan, find_arrived(plan), before)
        counted = None if refusals else count_reference(plan, redaction_of(plan.redacted_kinds))

        decision = judge_reference_freeze(plan, refusals, counted, before)

        result = ActResult(decision, 0) if counted is None or decision.refusals else _recorded(plan, decision, counted, before)
    show_act(result)
    return result if result.seq else refused(result, act_refusal(result))


def _recorded(plan: ActPlan, decision: ActDecision, counted: ReferenceProfile, before: ReferenceBefore | None) -> ActResult:
    """Record a reference that takes the place of ``before``: evidence before event, then the seal."""
    if decision.repeated:
        return ActResult(decision, decision.repeated, reference_digest=before.frozen.digest if before else "")
    draft = draft_reference(plan, counted)
    event = freeze_event(decision, counted, before, (draft.bundle_digest, name_reference(counted)))
    return publish_reference(append_freeze(replace(decision, event=event), counted, draft, now), now)
