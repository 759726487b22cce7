"""Accepted risk: somebody answers for living with the issue, for a reason, with proof, until a day.

Put here what an acceptance must say. Which approvals it needs is ``coverage.py``; what it suspends while it is in force, and what comes
back when it ends, is ``checks/acceptances.py``.

The rules:
 * The owner of the risk is named, and is not the person who asks for it to be accepted.
 * The reason says something, and so does the proof: at least one link, none a placeholder.
 * It ends: after today, and within the days that the policy allows.
 * An acceptance that is in force is renewed with another document, which ends later: a repeat would only hide when it was decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.acceptances import find_in_force
from checks.work.answers import Asked, find_unsaid, is_placeholder, quoted
from checks.work.days import AskedDay, find_bad_end
from registry.domain.approving import person_key
from registry.domain.steps_change import RiskAcceptance
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_REASON = Asked("reason", "say why the risk is acceptable", "affects two internal users, who check every answer against the source")
_END = ("from today", "choose an earlier day; it can be renewed then, with new proof")


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's acceptance from counting."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *_find_owner(document, plan),
        *find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders),
        *_find_proof(document, plan),
        *find_bad_end(AskedDay("expires_on", limits.max_risk_acceptance_days, *_END), document.expires_on, plan.business_date),
        *_find_renewal(document, case, plan),
    )


def _find_owner(document: RiskAcceptance, plan: StepPlan) -> Iterator[Refusal]:
    by, placeholders = plan.submission.by, plan.policies.limits.placeholders
    if not document.owner or is_placeholder(document.owner, placeholders):
        yield Refusal("no_risk_owner", f"owner: expected who answers for the risk, found {document.owner!r}", "name a person")
    elif person_key(document.owner) == person_key(by):
        reason = f"owner: expected somebody other than {by}, who asks for the risk to be accepted, found the same person"
        yield Refusal("own_risk", reason, "have the owner of the risk name themselves, or let somebody else ask")


def _find_proof(document: RiskAcceptance, plan: StepPlan) -> Iterator[Refusal]:
    remedy = "link the analysis that shows what can happen, how often, and what limits it"
    if not document.proof:
        yield Refusal("no_proof", "proof: expected what shows that the risk is understood and bounded, found nothing", remedy)
    for index, link in enumerate(document.proof):
        if not link or is_placeholder(link, plan.policies.limits.placeholders):
            yield Refusal("no_proof", f"proof[{index}]: expected a link, found {quoted(link)}", remedy)


def _find_renewal(document: RiskAcceptance, case: Case, plan: StepPlan) -> Iterator[Refusal]:
    running = find_in_force(case, plan.policies, plan.business_date)
    if running and running.document != document and document.expires_on <= running.document.expires_on:
        reason = f"expires_on: expected a day after {running.document.expires_on}, until which the risk is accepted already"
        yield Refusal("not_longer", f"{reason}, found {document.expires_on}", "wait for its end, or renew it until a later day")
