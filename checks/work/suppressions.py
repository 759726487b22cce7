"""Suppression of an issue's symptom: for a reason, and until a day.

Put here what a suppression must say. What it hides, and what it never hides, is ``checks/suppression.py`` and ``checks/symptoms.py``.

The rules:
 * The reason says something.
 * It ends: after today, and within the days that the policy allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.work.answers import Asked, find_unsaid
from registry.domain.steps_change import IssueSuppression
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_REASON = Asked("reason", "say why showing them helps nobody", "the vendor repairs the terminal; every call repeats the same outage")


def find_refusals(_case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's suppression from counting."""
    document, limits = plan.submission.document, plan.policies.limits
    return (*find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders), *_find_end(document, plan))


def _find_end(document: IssueSuppression, plan: StepPlan) -> Iterator[Refusal]:
    days = plan.policies.limits.max_suppression_days
    last_on = plan.business_date + timedelta(days=days)
    if document.until_on <= plan.business_date:
        reason = f"until_on: expected a day after {plan.business_date}, found {document.until_on}"
        yield Refusal("already_ended", reason, f"choose a day up to {last_on}")
    elif document.until_on > last_on:
        reason = f"until_on: expected {last_on} at the latest, {days} days from today, found {document.until_on}"
        yield Refusal("too_long", reason, "choose an earlier day; it can be suppressed again then, with a reason")
