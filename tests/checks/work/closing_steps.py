"""Documents of the steps towards a closure, and what is known when they are handed in.

Put a builder here when more than one test of those steps needs it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.population import PopulationRead
from registry.domain.reported import Reported
from registry.domain.signal import CustomerImpact
from registry.domain.steps_closure import ClosureGate, NotApplicable, Recovery, ReviewConclusion, SameCause, Scope, WindowReview
from registry.domain.work_run import OtherIssue, StepKnowledge
from tests.checks.work.cases import AS_OF

BEGAN_AT, ENDED_AT = AS_OF - timedelta(days=20), AS_OF - timedelta(days=5)
OTHER_ID = "ISS-fedcba9876543210-1"


def a_scope(**changes: Any) -> Scope:
    base = Scope(
        customers="Holders of benefit cards whose purchase was refused: 312 in the decision log",
        segments=("Government benefit card", "all states"),
        journeys=("card use",),
        versions=("model 7",),
        from_at=BEGAN_AT,
        until_at=ENDED_AT,
        evidence=("https://analyses.bank.example/refused",),
    )
    return replace(base, **changes)


def a_recovery(**changes: Any) -> Recovery:
    base = Recovery(
        query="select distinct case_ref from decisions where outcome = 'refused'",
        counted_at=AS_OF - timedelta(days=1),
        identified_count=312,
        list_path="recovery/refused.csv",
        list_sha256="0123456789abcdef" * 4,
        checker="data.owner@bank.example",
        check="30 of 312 cases against the card ledger: all refunded",
        evidence=("https://recovery.bank.example/letters",),
    )
    return replace(base, **changes)


def a_gate_left_out(**changes: Any) -> NotApplicable:
    base = NotApplicable(
        gate=ClosureGate.CUSTOMER_RECOVERY,
        reason="All 312 refused purchases were looked up: each was paid another way",
        evidence=("https://analyses.bank.example/nothing-to-restore",),
    )
    return replace(base, **changes)


def a_same_cause(**changes: Any) -> SameCause:
    base = SameCause(
        issue=OTHER_ID, reason="These refusals carry the unknown terminal code too", evidence=("https://analyses.bank.example/by-terminal",)
    )
    return replace(base, **changes)


def a_review(**changes: Any) -> WindowReview:
    base = WindowReview(
        forum="weekly operations review",
        conclusion=ReviewConclusion.CARRY_ON,
        observed="21 of 60 days observed and none of 18,400 purchases refused",
    )
    return replace(base, **changes)


def a_report(**changes: Any) -> Reported:
    """Return what signals report: decisions of model 7 about card use over three days, in two states, two of them about access."""
    base = Reported(
        first_at=BEGAN_AT + timedelta(days=1),
        last_at=BEGAN_AT + timedelta(days=4),
        journeys=("card use",),
        segments=(("product", "Government benefit card"), ("state", "NY"), ("state", "TX")),
        versions=(("model", "7"),),
        impacts=((CustomerImpact.ACCESS, 2), (CustomerImpact.EXPLANATION, 1)),
    )
    return replace(base, **changes)


def a_population(**changes: Any) -> PopulationRead:
    """Return the list of the recovery above as it was counted: everybody was settled."""
    base = PopulationRead("recovery/refused.csv", "0123456789abcdef" * 4, row_count=312, distinct_count=312, remediated_count=312)
    return replace(base, **changes)


def knowing(**changes: Any) -> StepKnowledge:
    """Return what is looked up for these steps: the report and the list above, and another issue with its cause."""
    other = OtherIssue(OTHER_ID, "fraud_filter", "The filter does not know the code U2")
    known = StepKnowledge(reported=a_report(), other=other, population=a_population())
    return replace(known, **changes)
