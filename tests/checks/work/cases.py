"""Cases, plans and steps for tests of the requirements of people's steps.

Put a builder here when more than one test of ``checks/work`` needs it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.catalogue import OwnerRole
from registry.domain.policy_work import WorkPolicies
from registry.domain.retention import ApprovalKind
from registry.domain.work import STEPS, ApprovalGiven, Case, StepKind, StepTaken, Submission
from registry.domain.work_run import StepKnowledge, StepPlan
from registry.policies.loader import load_work_policies
from tests.builders import SYSTEM, ZONE, a_system, an_issue

AS_OF = datetime(2020, 10, 15, 16, tzinfo=UTC)
OWNER = "owner@bank.example"
_KINDS = {rule.document: kind for kind, rule in STEPS.items()}


@cache
def shipped_policies() -> WorkPolicies:
    return load_work_policies(None)


def a_step_plan(document: Any, **changes: Any) -> StepPlan:
    """Return the plan of a step that the product owner hands in on the shipped policies."""
    base = StepPlan(
        workspace="",
        as_of=AS_OF,
        business_date=date(2020, 10, 15),
        zone=ZONE,
        submission=Submission(_KINDS[type(document)], "ISS-0123456789abcdef-1", OWNER, OwnerRole.PRODUCT_OWNER, document),
        systems=(a_system(),),
        policies=shipped_policies(),
        deputies={},
    )
    return replace(base, **changes)


def a_taken(document: Any, seq: int = 10, **changes: Any) -> StepTaken:
    """Return a step as the ledger holds it."""
    digest = digest_of(plain(document))
    base = StepTaken(seq, _KINDS[type(document)], OWNER, "product_owner", AS_OF - timedelta(days=1), document, digest, digest)
    return replace(base, **changes)


def a_case(*steps: StepTaken, **changes: Any) -> Case:
    """Return an issue of the system on which ``steps`` were taken."""
    return replace(Case(an_issue(system_id=SYSTEM), steps), **changes)


def an_approval(document_digest: str, **changes: Any) -> ApprovalGiven:
    """Return the product owner's asserted approval of a plan, as the ledger holds it."""
    base = ApprovalGiven(
        seq=20,
        action=StepKind.PLAN,
        document_digest=document_digest,
        name=OWNER,
        role="product_owner",
        kind=ApprovalKind.ASSERTED,
        fingerprint="",
        nonce="n1",
        meaning="approved",
        signed_at=AS_OF,
        expires_at=AS_OF + timedelta(days=7),
        is_break_glass=False,
        at=AS_OF,
        bundle_digest=document_digest,
    )
    return replace(base, **changes)


def known_nothing() -> StepKnowledge:
    return StepKnowledge()
