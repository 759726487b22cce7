"""Suppression of an issue's symptom: for a reason, and until a day.

Put here what a suppression must say. What it hides, and what it never hides, is ``checks/suppression.py`` and ``checks/symptoms.py``.

The rules:
 * The reason says something.
 * It ends: after today, and within the days that the policy allows.
"""

from __future__ import annotations

from checks.work.answers import Asked, find_unsaid
from checks.work.days import AskedDay, find_bad_end
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_REASON = Asked("reason", "say why showing them helps nobody", "the vendor repairs the terminal; every call repeats the same outage")
_END = ("from today", "choose an earlier day; it can be suppressed again then, with a reason")


def find_refusals(_case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's suppression from counting."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders),
        *find_bad_end(AskedDay("until_on", limits.max_suppression_days, *_END), document.until_on, plan.business_date),
    )
