"""Separation of duties: who made a thing does not approve it, and who approved it does not make it.

Put rules here about one person doing two things on one issue. Names are compared as people write them (case, width and blanks aside).

The rules:
 * Who recorded a document, or planned, linked, implemented or verified in the present occurrence, approves nothing about it.
 * Who approved the present plan neither links nor implements its changes, nor adds evidence that they work; nor does whoever has the key
   that approved it, by whatever name: the file may give it to a second person after the approval (``approvals.py`` refuses it before).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from registry.domain.approving import person_key
from registry.domain.hands import HANDS, find_hands
from registry.domain.work import ApprovalGiven, Case, Refusal, StepKind, StepTaken, Submission


def find_own_work(case: Case, step: StepTaken, name: str) -> Iterator[Refusal]:
    """Yield why ``name`` may not approve ``step``."""
    if did := find_hands(case, step).get(person_key(name)):
        reason = f"expected an approver who made nothing of what is approved, found {name}, who {did}"
        yield Refusal("own_work", reason, "ask somebody else who holds the role")


def find_given_before(given: Iterable[ApprovalGiven], name: str) -> Iterator[Refusal]:
    """Yield that ``name`` gave one of these approvals."""
    if person_key(name) in {person_key(found.name) for found in given}:
        reason = f"expected somebody who has not approved it yet, found {name}, who has"
        yield Refusal("approved_before", reason, "ask somebody else: every approver is another person")


def find_own_approval(case: Case, submission: Submission, shared_keys: Mapping[str, tuple[str, ...]]) -> tuple[Refusal, ...]:
    """Return why the person who takes a step may not, because they approved what it carries out, by whatever name their key has."""
    plan = case.latest(StepKind.PLAN)
    if plan is None or submission.kind not in HANDS - {StepKind.PLAN}:
        return ()
    approved = [found for found in case.approvals_of(plan.document_digest) if found.seq > plan.seq]
    names = {found.name: (found.name, *shared_keys.get(found.fingerprint, ())) for found in approved}
    own = next((name for name, known in names.items() if person_key(submission.by) in map(person_key, known)), None)
    if own is None:
        return ()
    reason = f"expected somebody who did not approve the plan to take the step `{submission.kind}`, found {submission.by}, who did"
    if person_key(own) != person_key(submission.by):
        reason += f" as {own}: allowed_signers gives both one key"
    return (Refusal("approved_it", reason, "let somebody else take the step"),)
