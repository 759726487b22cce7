"""What an accepted risk must say: who answers for it, why, with what proof, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.work.risk import find_refusals
from registry.domain.signal import Severity
from registry.domain.steps_change import RiskAcceptance
from registry.domain.work import Case, StepKind
from tests.checks.work.cases import OWNER, a_case, a_step_plan, a_taken, an_approval, known_nothing

TODAY = date(2020, 10, 15)


def an_acceptance(**changes: Any) -> RiskAcceptance:
    base = RiskAcceptance(
        owner="cfo@bank.example",
        reason="two internal users see it, and check every answer",
        proof=("https://risk.bank.example/R-7",),
        expires_on=TODAY + timedelta(days=30),
    )
    return replace(base, **changes)


def refused(document: RiskAcceptance, case: Case | None = None) -> set[str]:
    return {found.code for found in find_refusals(case or a_case(), a_step_plan(document), known_nothing())}


def test_an_acceptance_with_owner_reason_proof_and_end_may_be_handed_in() -> None:
    assert refused(an_acceptance()) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"owner": ""}, "no_risk_owner"),
        ({"owner": "tbd"}, "no_risk_owner"),
        ({"owner": OWNER}, "own_risk"),
        ({"owner": f"  {OWNER.upper()}"}, "own_risk"),
        ({"reason": "n/a"}, "placeholder"),
        ({"reason": "it is fine"}, "too_short"),
        ({"proof": ()}, "no_proof"),
        ({"proof": ("R-7", "-")}, "no_proof"),
        ({"expires_on": TODAY}, "already_ended"),
        ({"expires_on": TODAY + timedelta(days=181)}, "too_long"),
    ],
)
def test_an_acceptance_that_lacks_one_of_them_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(an_acceptance(**changes)) == {code}


def test_an_acceptance_may_last_as_long_as_the_policy_allows() -> None:
    assert refused(an_acceptance(expires_on=TODAY + timedelta(days=180))) == set()


def test_a_renewal_ends_later_than_what_is_in_force() -> None:
    step = a_taken(an_acceptance(), issue_severity=Severity.L2)
    yes = an_approval(step.document_digest, action=StepKind.ACCEPT_RISK, role="risk_compliance")
    running = a_case(step, approvals=(yes,))
    assert refused(an_acceptance(reason="it is used by two internal users only"), running) == {"not_longer"}
    assert refused(an_acceptance(expires_on=TODAY + timedelta(days=31)), running) == set()
    assert refused(an_acceptance(reason="it is used by two internal users only"), a_case(step)) == set()
