"""The documents that people handed in for the closures of tests, and who did: everybody is somebody else.

Put documents here; the story they are told in is ``tests/closure_builders.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from registry.domain.signal import Severity
from registry.domain.steps import (
    ActionKind,
    ActionPlan,
    Artifact,
    Assignment,
    CauseFamily,
    Classification,
    Containment,
    ContainmentPattern,
    PlannedAction,
    RootCause,
    VerificationKind,
)
from registry.domain.steps_change import ChangeLink, Implementation, RiskAcceptance, VerificationEvidence
from registry.domain.steps_closure import ClosureGate, NotApplicable, Recovery, Scope
from registry.domain.work import StepKind
from tests.recurrence_builders import FIX_AT

LEAD, ENGINEER, EVALUATOR, AUDITOR = "lead@bank.example", "engineer@bank.example", "evalops@bank.example", "auditor@bank.example"
BOARD, DESK = "change.board@bank.example", "desk@bank.example"
People = {
    "product_owner": "owner@bank.example",
    "operations_lead": "operations@bank.example",
    "risk_compliance": "risk@bank.example",
    "model_risk": "model.risk@bank.example",
    "business_process_owner": "process@bank.example",
}
LIST_SHA256 = "5" * 64


@dataclass(frozen=True)
class Taken:
    """Who takes a step as what, and what its event says beside the document."""

    by: str
    role: str
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def taken_by(self) -> tuple[str, str]:
        return self.by, self.role


DOCUMENTS = {
    StepKind.ASSIGN: Taken(LEAD, "operations_lead"),
    StepKind.CLASSIFY: Taken(LEAD, "operations_lead"),
    StepKind.CONTAIN: Taken(LEAD, "operations_lead", {"move": ("triage", "contained")}),
    StepKind.ROOT_CAUSE: Taken(ENGINEER, "model_owner", {"move": ("contained", "rca_in_progress")}),
    StepKind.PLAN: Taken(ENGINEER, "model_owner"),
    StepKind.LINK_CHANGE: Taken(ENGINEER, "model_owner"),
    StepKind.IMPLEMENT: Taken(
        ENGINEER, "model_owner", {"move": ("action_approved", "implemented"), "effective_at": FIX_AT, "versions": {"model": "8"}}
    ),
    StepKind.SCOPE: Taken(LEAD, "operations_lead"),
    StepKind.ADD_EVIDENCE: Taken(EVALUATOR, "evalops_owner"),
    StepKind.RECOVERY: Taken(DESK, "operations_lead"),
}


def documents_of(severity: Severity) -> dict[StepKind, tuple[Any, ...]]:
    """Return what was handed in for each kind of step, in order."""
    return {
        StepKind.ASSIGN: (Assignment(owner=LEAD, next_step="Find which fees were explained wrongly.", due_on=date(2020, 12, 20)),),
        StepKind.CLASSIFY: (Classification(severity=severity, reason="Customers were told a fee that they did not owe."),),
        StepKind.CONTAIN: (a_containment(),),
        StepKind.ROOT_CAUSE: (a_root_cause(),),
        StepKind.PLAN: (a_plan(),),
        StepKind.LINK_CHANGE: (a_link(), a_link(action="code-check", artifact=Artifact.WORKFLOW, name="schema-check", version="7")),
        StepKind.IMPLEMENT: (Implementation(deployed_at=FIX_AT, share_percent=100, rollback="Serve model 7 again: runbook RB-12."),),
        StepKind.SCOPE: (a_scope(),),
        StepKind.ADD_EVIDENCE: (an_evidence(), an_evidence(VerificationKind.HUMAN_QA_SAMPLE)),
    }


def a_containment(**changes: Any) -> Containment:
    base = Containment(
        pattern=ContainmentPattern.RAISE_HUMAN_GATE,
        measure="Every explanation of a fee goes to the card desk.",
        in_force_at=FIX_AT - timedelta(days=80),
        approver=People["product_owner"],
        evidence=("https://changes.bank.example/CHG-2041",),
    )
    return replace(base, **changes)


def a_root_cause(**changes: Any) -> RootCause:
    base = RootCause(
        confirmed_failure="From October to December 2020, 12 of 9,000 explanations named a fee that was withdrawn.",
        direct_cause="The retriever ranked the price list of 2019 above the one in force.",
        contributing_causes=("The old price list was not marked as superseded.",),
        control_failure="The freshness check reads the date of the upload, not the date from which a list holds.",
        family=CauseFamily.RAG_KNOWLEDGE,
        evidence=("https://analyses.bank.example/fees-by-source",),
        corrective_action="Rank by the day from which a list holds.",
        preventive_action="Refuse a list without that day.",
        five_whys=tuple(f"Why number {number}? The list of 2019 stood first because nobody dated it." for number in range(1, 6)),
    )
    return replace(base, **changes)


def an_action(**changes: Any) -> PlannedAction:
    base = PlannedAction(
        action="new-filter",
        kind=ActionKind.CORRECTIVE,
        what="Release a model that ranks by the day from which a list holds.",
        owner=ENGINEER,
        due_on=date(2021, 1, 5),
        closure_evidence="Share of explanations that cite a withdrawn list, before and after.",
        reopen_trigger="One explanation that cites a withdrawn list.",
    )
    return replace(base, **changes)


def a_plan(**changes: Any) -> ActionPlan:
    preventive = an_action(action="code-check", kind=ActionKind.PREVENTIVE, what="Refuse lists without a date.")
    base = ActionPlan(actions=(an_action(), preventive), verification="Withdrawn fees cited, 60 days before and after.")
    return replace(base, **changes)


def a_link(**changes: Any) -> ChangeLink:
    base = ChangeLink(
        action="new-filter",
        artifact=Artifact.MODEL,
        name="card_fraud_filter",
        version="8",
        change_request="CHG-2050",
        approver=BOARD,
    )
    return replace(base, **changes)


def a_scope(**changes: Any) -> Scope:
    base = Scope(
        customers="Holders of a prepaid card who asked about a fee.",
        segments=("Prepaid card", "Web"),
        journeys=("card use",),
        versions=("model 7",),
        from_at=FIX_AT - timedelta(days=95),
        until_at=FIX_AT,
        evidence=("https://analyses.bank.example/fees-by-source",),
    )
    return replace(base, **changes)


def an_evidence(kind: VerificationKind = VerificationKind.PRODUCTION_KRI, **changes: Any) -> VerificationEvidence:
    base = VerificationEvidence(
        kind=kind,
        summary=f"Explanations that cite a withdrawn list, by {kind.replace('_', ' ')}.",
        before="12 in 9,000, December to February",
        after="0 in 4,500, March to 14 April",
        pointers=(f"https://analyses.bank.example/{kind}",),
    )
    return replace(base, **changes)


def a_recovery(**changes: Any) -> Recovery:
    base = Recovery(
        query="select case_ref from explanations where source = 'price-list-2019'",
        counted_at=FIX_AT + timedelta(days=1),
        identified_count=40,
        list_path="recovery/fees.csv",
        list_sha256=LIST_SHA256,
        checker=AUDITOR,
        check="20 of 40 cases compared with the account: all refunded, or never charged.",
        evidence=("https://refunds.bank.example/batch-77",),
    )
    return replace(base, **changes)


def a_risk(**changes: Any) -> RiskAcceptance:
    base = RiskAcceptance(
        owner=People["business_process_owner"],
        reason="Too few explanations a month to tell silence from chance, each read by the desk.",
        proof=("https://risk.bank.example/register/R-77",),
        expires_on=date(2021, 9, 1),
    )
    return replace(base, **changes)


def a_not_applicable(**changes: Any) -> NotApplicable:
    base = NotApplicable(
        gate=ClosureGate.CUSTOMER_RECOVERY,
        reason="No customer paid: the fee was named, and never charged.",
        evidence=("https://analyses.bank.example/fees-charged",),
    )
    return replace(base, **changes)
