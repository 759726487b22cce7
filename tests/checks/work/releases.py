"""A plan of two actions, a change that carries one out, and its checklist, for tests of changes, releases and evidence.

Put a builder here when more than one of those tests needs it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from checks.work.coverage import find_rule
from registry.domain.issue import IssueState
from registry.domain.retention import ApprovalKind
from registry.domain.steps import ActionKind, ActionPlan, Answer, Artifact, PlannedAction, VerificationKind
from registry.domain.steps_change import ChangeLink, ControlAnswer, Implementation, VerificationEvidence
from registry.domain.work import ApprovalGiven, Case, StepKind, StepTaken
from tests.builders import an_issue
from tests.checks.work.cases import AS_OF, a_case, a_taken, an_approval, shipped_policies

APPROVED_AT = AS_OF - timedelta(days=3)


def an_action(**changes: Any) -> PlannedAction:
    base = PlannedAction(
        action="new-filter",
        kind=ActionKind.CORRECTIVE,
        what="Train a filter that knows the new terminals",
        owner="maker@bank.example",
        due_on=date(2020, 10, 30),
        closure_evidence="Share of blocked purchases, two weeks before and after",
        reopen_trigger="More than 2 in 100 blocked on a day",
    )
    return replace(base, **changes)


def a_plan(*actions: PlannedAction) -> ActionPlan:
    preventive = an_action(action="code-check", kind=ActionKind.PREVENTIVE, owner="ops@bank.example")
    return ActionPlan(actions=actions or (an_action(), preventive), verification="Replay of 40 complaints under both versions")


def answers(artifact: Artifact, **changed: ControlAnswer | None) -> tuple[ControlAnswer, ...]:
    """Return a yes to each control that the shipped checklist asks of ``artifact``; None leaves one out."""
    asked = [rule.control for rule in shipped_policies().controls if artifact in rule.artifacts]
    given = {name: ControlAnswer(control=name, answer=Answer.YES, evidence=f"CHG-2050, section {name}") for name in asked}
    return tuple(answer for answer in (given | changed).values() if answer)


def a_link(**changes: Any) -> ChangeLink:
    """Return a change of the system's recorded model, complete, with the whole checklist of its kind of artifact."""
    artifact = changes.get("artifact", Artifact.MODEL)
    base = ChangeLink(
        action="new-filter",
        artifact=artifact,
        name="card_fraud_filter",
        version="2.4.0",
        change_request="CHG-2050",
        approver="risk@bank.example",
        controls=answers(artifact),
    )
    return replace(base, **changes)


def an_implementation(**changes: Any) -> Implementation:
    base = Implementation(deployed_at=APPROVED_AT + timedelta(days=2), share_percent=100, rollback="serve 2.3.0 again: runbook RB-12")
    return replace(base, **changes)


def some_evidence(**changes: Any) -> VerificationEvidence:
    base = VerificationEvidence(
        kind=VerificationKind.REGRESSION_EVAL,
        summary="Share of blocked purchases on the locked set of terminals",
        before="33 in 100, version 2.3.0",
        after="1 in 100, version 2.4.0",
        pointers=("https://evaluations.bank.example/2.4.0",),
    )
    return replace(base, **changes)


def an_approved_case(*steps: StepTaken, plan: ActionPlan | None = None) -> Case:
    """Return an issue whose plan was approved three days ago, on which ``steps`` were taken since."""
    issue, planned = an_issue(state=IssueState.ACTION_APPROVED, state_since=APPROVED_AT), a_taken(plan or a_plan(), seq=5)
    rule = find_rule(shipped_policies(), StepKind.PLAN, issue.severity)
    approvals = tuple(_approved(planned, role.value) for role in (rule.roles if rule else ()))
    return a_case(planned, *steps, issue=issue, approvals=approvals)


def _approved(planned: StepTaken, role: str) -> ApprovalGiven:
    given = an_approval(planned.document_digest, seq=6, name=f"approving.{role}@bank.example", role=role, nonce=role, at=APPROVED_AT)
    return replace(given, kind=ApprovalKind.SIGNED, fingerprint=f"SHA256:{role}", signed_at=APPROVED_AT)
