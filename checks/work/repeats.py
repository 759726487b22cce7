"""A document that is recorded already: whose is it, and is it answered as done before?

Put here what holds for a document handed in twice. When a document has been replaced, so that it is new again, is ``Case.taken``.

The rules:
 * Who recorded it, and may still act in the role they name, is told that it had been recorded: a retry adds nothing.
 * Anybody else is refused: a document is the work of one person, and approvals of it are of that work.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.work.actor import find_actor_refusals
from registry.domain.work import Case, Refusal, StepTaken, Submission
from registry.domain.work_run import StepPlan


def find_repeated(case: Case, plan: StepPlan, document_digest: str) -> StepTaken | None:
    """Return the step by which the same person recorded this document before; None where there is none, or they may not act."""
    submission, system_id = plan.submission, case.issue.system_id
    before = case.taken(document_digest)
    refused = find_actor_refusals(submission.by, submission.role, system_id, plan.system(system_id), plan.deputies)
    return before if before and before.by == submission.by and not any(refused) else None


def find_taken_by_another(case: Case, submission: Submission, document_digest: str) -> Iterator[Refusal]:
    """Yield that somebody else recorded this very document, which still stands."""
    before = case.taken(document_digest)
    if before and before.by != submission.by:
        yield Refusal(
            "recorded_by_another",
            f"expected a document of {submission.by}'s own, found the one that {before.by} recorded as event {before.seq}",
            "nothing is left to record; write what you have to add in a document of your own",
        )
