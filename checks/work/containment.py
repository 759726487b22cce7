"""Containment: is somebody protected now, or did somebody else agree that nobody has to be?

Put here what a containment must say.

The rules:
 * An owner is assigned before an issue is contained: a control that nobody watches protects nobody.
 * ``not_needed`` and ``risk_acceptance`` name an approver who is not the person who records them.
 * Every other pattern shows where the control can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.steps import Containment, ContainmentPattern
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

_WITHOUT_CONTROL = frozenset({ContainmentPattern.NOT_NEEDED, ContainmentPattern.RISK_ACCEPTANCE})


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's containment counts."""
    return tuple(_find(case, plan, plan.submission.document))


def _find(case: Case, plan: StepPlan, document: Containment) -> Iterator[Refusal]:
    if case.latest(StepKind.ASSIGN) is None:
        yield Refusal("unassigned", "expected an owner of the issue, found nobody assigned", "take the step `assign` first")
    if not document.measure:
        yield Refusal("no_measure", "measure: expected what was done, found nothing", "say what was done, where, and what it covers")
    if document.pattern in _WITHOUT_CONTROL:
        if not document.approver or document.approver == plan.submission.by:
            found = "nobody" if not document.approver else "the person who records it"
            yield Refusal(
                "no_approver",
                f"approver: expected somebody other than {plan.submission.by} to agree to {document.pattern}, found {found}",
                "name who agreed",
            )
    elif not document.evidence:
        reason = f"evidence: expected where {document.pattern} can be seen, found nothing"
        yield Refusal("no_evidence", reason, "add a link to the ticket, configuration or log")
