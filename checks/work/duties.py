"""Separation of duties: who made a thing does not approve it, and who approved it does not make it.

Put rules here about one person doing two things on one issue. Names are compared as people write them (case, width and blanks aside).

The rules:
 * Who recorded a document, or planned, linked, implemented or verified in the present occurrence, approves nothing about it.
 * Who approved the present plan neither links nor implements its changes, nor adds evidence that they work.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.approving import HANDS, find_hands, person_key
from registry.domain.work import Case, Refusal, StepKind, StepTaken, Submission


def find_own_work(case: Case, step: StepTaken, name: str) -> Iterator[Refusal]:
    """Yield why ``name`` may not approve ``step``."""
    did = find_hands(case, step).get(person_key(name))
    if did:
        reason = f"expected an approver who made nothing of what is approved, found {name}, who {did}"
        yield Refusal("own_work", reason, "ask somebody else who holds the role")


def find_own_approval(case: Case, submission: Submission) -> tuple[Refusal, ...]:
    """Return why the person who takes a step may not, because they approved what it carries out."""
    plan = case.latest(StepKind.PLAN)
    if plan is None or submission.kind not in HANDS - {StepKind.PLAN}:
        return ()
    approved = [found for found in case.approvals_of(plan.document_digest) if found.seq > plan.seq]
    if person_key(submission.by) not in {person_key(found.name) for found in approved}:
        return ()
    reason = f"expected somebody who did not approve the plan to take the step `{submission.kind}`, found {submission.by}, who did"
    return (Refusal("approved_it", reason, "let somebody else take the step, or plan again and have it approved by others"),)
