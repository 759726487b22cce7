"""Separation of duties: who made a thing does not approve it, and who approved it does not make it.

Put rules here about one person doing two things on one issue. Names are compared as people write them (case, width and blanks aside).

The rules:
 * Who recorded a document, or planned, linked, implemented or verified in the present occurrence, approves nothing about it.
 * A key that `allowed_signers` gives two names is one person: what either of them made or approved, the other does not approve with it.
 * Who approved the present plan neither links nor implements its changes, nor adds evidence that they work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from registry.domain.approving import HANDS, find_hands, person_key
from registry.domain.work import ApprovalGiven, Case, Refusal, StepKind, StepTaken, Submission


def find_own_work(case: Case, step: StepTaken, name: str, also: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield why ``name`` may not approve ``step``; ``also`` are the other names of the key that signs."""
    hands = find_hands(case, step)
    for each in (name, *also):
        if did := hands.get(person_key(each)):
            who = name if each == name else f"{name}, whose key allowed_signers also gives {each}"
            reason = f"expected an approver who made nothing of what is approved, found {who}, who {did}"
            yield Refusal("own_work", reason, "ask somebody else who holds the role")


def find_given_before(given: Iterable[ApprovalGiven], name: str, also: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield that ``name``, or somebody else with the same key, gave one of these approvals."""
    names = {person_key(each) for each in (name, *also)}
    before = {person_key(found.name): found.name for found in given if person_key(found.name) in names}
    if before:
        whose = "" if person_key(name) in before else f", whose key allowed_signers also gives {min(before.values())}"
        reason = f"expected somebody who has not approved it yet, found {name}{whose}, who has"
        yield Refusal("approved_before", reason, "ask somebody else: every approver is another person")


def find_own_approval(case: Case, submission: Submission) -> tuple[Refusal, ...]:
    """Return why the person who takes a step may not, because they approved what it carries out."""
    plan = case.latest(StepKind.PLAN)
    if plan is None or submission.kind not in HANDS - {StepKind.PLAN}:
        return ()
    approved = [found for found in case.approvals_of(plan.document_digest) if found.seq > plan.seq]
    if person_key(submission.by) not in {person_key(found.name) for found in approved}:
        return ()
    reason = f"expected somebody who did not approve the plan to take the step `{submission.kind}`, found {submission.by}, who did"
    return (Refusal("approved_it", reason, "let somebody else take the step"),)
