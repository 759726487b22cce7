"""Four eyes on a closure: did one person, or one key, stand in two of the roles that have to be different people?

Put here who was who in the whole life of an issue. Whether one approval may be given is ``checks/work/duties.py``; that everybody who signs
the closure made nothing of it is asked there when they sign.

The rules:
 * Whoever approved the plan had no hand in it, nor in linking, releasing or verifying it, and approved it in one role.
 * Whoever approved a change neither linked nor released it, nor is the owner of the action that it carries out.
 * Whoever approved an accepted risk, or that a gate does not apply, had no hand in it either; it is asked of those that a gate rests on.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_gate import fixed_by
from registry.domain.approving import name_of, person_key
from registry.domain.closure import ClosureInputs, Lack
from registry.domain.decision import Verdict
from registry.domain.hands import find_hands
from registry.domain.work import ApprovalGiven, Case, StepKind, StepTaken

_REMEDY = "reopen the issue, and let two people do it"


def find_same_people(inputs: ClosureInputs) -> Iterator[Lack]:
    """Yield each person who stands in two roles that two people have to hold."""
    plan = inputs.case.latest(StepKind.PLAN)
    yield from find_own_approvals(inputs.case, plan) if plan else ()
    yield from _find_change_approvers(inputs)


def find_own_approvals(case: Case, step: StepTaken) -> Iterator[Lack]:
    """Yield each person who approved what they had a hand in, or approved it in two roles."""
    hands = find_hands(case, step)
    given = [found for found in case.approvals_of(step.document_digest) if found.seq > step.seq]
    for found in given:
        if did := hands.get(person_key(found.name)):
            yield _lack("own_work", found.name, f"approved the {name_of(step.kind)}, and {did}")
    for place, found in enumerate(given):
        if other := next((one for one in given[:place] if one.role != found.role and _is_same(one, found)), None):
            yield _lack("two_roles", found.name, f"approved the {name_of(step.kind)} as {found.role}, and as {other.role} by {other.name}")


def _find_change_approvers(inputs: ClosureInputs) -> Iterator[Lack]:
    plan, release = inputs.case.latest(StepKind.PLAN), fixed_by(inputs)
    owners = {planned.action: planned.owner for planned in plan.document.actions} if plan else {}
    for action, link in inputs.case.links().items():
        makers = {link.by, owners.get(action, ""), release.by if release else ""}
        if person_key(link.document.approver) in {person_key(maker) for maker in makers - {""}}:
            yield _lack("own_change", link.document.approver, f"approved the change for {action}, and made it")


def _is_same(one: ApprovalGiven, other: ApprovalGiven) -> bool:
    return person_key(one.name) == person_key(other.name) or (one.fingerprint != "" and one.fingerprint == other.fingerprint)


def _lack(code: str, name: str, did: str) -> Lack:
    return Lack(code, f"expected another person in each role, found that {name} {did}", _REMEDY, Verdict.FAIL)
