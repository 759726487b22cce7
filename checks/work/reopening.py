"""Reopening: what came back, and what shows it?

Put here what a reopening must say. Where it leads and who may do so is ``states.py``.

The rules:
 * It says what was seen: an issue that comes back without a reason cannot be worked on.
 * It shows where that can be seen; evidence that an earlier reopening rested on is no new sight of the problem.
 * ``rca_in_progress`` is for a cause that came back, so there is one: without a root cause on record the issue starts in ``triage``.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.work.answers import is_placeholder, quoted
from registry.domain.steps import ReopenTo
from registry.domain.steps_change import Reopening
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's reopening counts."""
    return tuple(_find(case, plan.submission.document, plan.policies.limits.placeholders))


def _find(case: Case, document: Reopening, placeholders: tuple[str, ...]) -> Iterator[Refusal]:
    if is_placeholder(document.reason, placeholders):
        reason = f"reason: expected what was seen, found {quoted(document.reason) if document.reason.strip() else 'nothing'}"
        yield Refusal("no_reason", reason, "say what came back, where and since when, with `--reason`")
    shown = {pointer.strip() for pointer in document.evidence if not is_placeholder(pointer, placeholders)}
    if not shown:
        reason = "evidence: expected where it can be seen, found nothing"
        yield Refusal("no_evidence", reason, "add a link to the signal, case or log with `--evidence`")
    elif earlier := _rested_on(case, shown):
        reason = f"evidence: expected something that was seen since, found only what the reopening in event {earlier} rested on"
        yield Refusal("old_evidence", reason, "add what was seen this time with `--evidence`")
    if document.to is ReopenTo.RCA_IN_PROGRESS and not any(step.kind is StepKind.ROOT_CAUSE for step in case.steps):
        reason = "to: expected triage, since no root cause was recorded that could have come back, found rca_in_progress"
        yield Refusal("no_known_cause", reason, "reopen it with `--to triage`")


def _rested_on(case: Case, shown: set[str]) -> int | None:
    """Return the event of the newest reopening that already showed all of ``shown``."""
    reopened = (step for step in reversed(case.steps) if step.kind is StepKind.REOPEN)
    return next((step.seq for step in reopened if shown <= {pointer.strip() for pointer in step.document.evidence}), None)
