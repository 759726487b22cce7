"""Approvals for the page: one signed for a plan, and one with given texts wherever a text can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.approving import (
    ApprovalDecision,
    ApprovalKnowledge,
    ApprovalPapers,
    ApprovalRequest,
    Coverage,
    SignatureAnswer,
    SignatureVerdict,
    meaning_of,
)
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.catalogue import OwnerRole
from registry.domain.policy_work import ApprovalRule
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps import ActionKind, ActionPlan, PlannedAction
from registry.domain.work import ApprovalGiven, Case, StepKind, StepTaken
from reports.approval_page import render_approval
from tests.checks.work.cases import a_step_plan
from tests.reports import samples

AT = datetime(2020, 10, 16, 10, tzinfo=UTC)
RISK = "risk@bank.example"
FINGERPRINT = "SHA256:kjDA3DAU914L4qwOTJ5Gej8xecXpyRT/ZUimKXWrUB8"


def an_action(number: int, text: str) -> PlannedAction:
    return PlannedAction(
        action=f"action-{number}",
        kind=ActionKind.CORRECTIVE,
        what=text,
        owner=text,
        due_on=date(2020, 11, 1),
        closure_evidence=text,
        reopen_trigger=text,
    )


def a_given(name: str, role: str = "product_owner", **changes: Any) -> ApprovalGiven:
    base = ApprovalGiven(
        12,
        StepKind.PLAN,
        samples.digest("d"),
        name,
        role,
        ApprovalKind.SIGNED,
        FINGERPRINT,
        "n",
        "m",
        AT,
        AT,
        False,
        AT,
        samples.digest("p"),
    )
    return replace(base, **changes)


def an_approval_page(
    texts: Sequence[str] = ("Version 2.4.0 joins payments.",),
    name: str = RISK,
    *,
    signed: bool = True,
    glass: bool = False,
    moves: bool = True,
) -> bytes:
    """Return the page of one approval of a plan whose actions say the texts."""
    issue = samples.an_issue(issue_id="ISS-20201016-0a1b2c3d", title=texts[0], system_id=texts[0])
    plan = ActionPlan(actions=tuple(an_action(number, text) for number, text in enumerate(texts, 1)), verification=texts[-1])
    document = b"{}"
    step = StepTaken(9, StepKind.PLAN, texts[0], "model_owner", AT - timedelta(days=1), plan, digest_bytes(document), samples.digest("b"))
    role = OwnerRole.RISK_COMPLIANCE
    meaning = meaning_of(issue, step, role, is_break_glass=glass)
    request = ApprovalRequest(
        action=StepKind.PLAN,
        issue=issue.issue_id,
        evidence_digest=step.document_digest,
        bundle_digest=step.bundle_digest,
        head=samples.digest("9"),
        meaning=meaning,
        printed_name=name,
        role=role,
        nonce="0" * 32,
        signed_at=AT,
        expires=AT + timedelta(days=14),
        break_glass=glass,
    )
    content = record_json(request)
    papers = ApprovalPapers(request, content.decode(), digest_bytes(content), "signature" if signed else "")
    answer = SignatureAnswer(SignatureVerdict.GOOD, FINGERPRINT, "ED25519")
    rule = ApprovalRule("plan_L3", "plan", (Severity.L3,), (OwnerRole.PRODUCT_OWNER, role), True)
    counted = tuple(a_given(text) for text in texts[:1])
    broken = tuple(a_given(text, is_break_glass=True) for text in texts) if glass else ()
    coverage = Coverage(rule, counted, (role,), broken, 2)
    kind = ApprovalKind.SIGNED if signed else ApprovalKind.ASSERTED
    decision = ApprovalDecision(request, (), kind, {"to": "action_approved"} if moves else {}, coverage)
    knowledge = ApprovalKnowledge(signature=answer if signed else SignatureAnswer(), revoked_keys=b"x")
    return render_approval(a_step_plan(plan), Case(issue), step, papers, decision, knowledge, document)
