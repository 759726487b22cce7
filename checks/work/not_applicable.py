"""A closure gate that does not apply: may this one be left out, and does the reason bear it?

Put here what such a document must say. It counts once it is approved (``coverage.py``): the approver decides, not the form.

The rules:
 * Recovery of customers is the only gate that may not apply.
 * The reason says something, and evidence shows it.
 * Where harm is known (``harm.py``) the reason says how much was looked at: nobody agrees
   that there was nothing to restore for people whom nobody looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid, quoted
from checks.work.harm import find_harm
from checks.work.scope import find_bad_list
from registry.domain.steps_closure import ClosureGate, NotApplicable
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_FIGURE = re.compile(r"\d")
_REASON = Asked(
    "reason",
    "write what was looked at, how much of it, and what was not found",
    "all 312 blocked purchases were looked up in the card ledger: each was paid another way within a minute, none cost a fee",
)
_EVIDENCE = Asked("evidence", "write where it can be seen", "https://analyses.bank.example/nothing-to-restore")


def find_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's document from being put to an approver."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *_find_gate(document),
        *find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders),
        *_find_unlooked(case, plan, known),
        *find_bad_list(_EVIDENCE, document.evidence, limits),
    )


def _find_gate(document: NotApplicable) -> Iterator[Refusal]:
    if document.gate is not ClosureGate.CUSTOMER_RECOVERY:
        reason = f"gate: expected {ClosureGate.CUSTOMER_RECOVERY}, the only one that may not apply, found {document.gate}"
        yield Refusal("gate_applies", reason, f"supply what the gate {document.gate} asks for: `proofloop closure` says what")


def _find_unlooked(case: Case, plan: StepPlan, known: StepKnowledge) -> Iterator[Refusal]:
    text = plan.submission.document.reason
    harm = " and ".join(find_harm(case, known.reported, plan.harmful_impacts, plan.harmful_severities))
    if harm and text.strip() and not _FIGURE.search(text):
        yield _REASON.refuse("harm_reported", f"how much was looked at, since {harm}", f"no figure in {quoted(text)}")
