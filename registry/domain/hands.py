"""Hands: who made, linked, implemented, verified or restored something, or checked that, and so approves nothing about it.

Put here whose work an approval may not be their own of. How people's names are compared is ``approving.py``; what follows for one approval
is ``checks/work/duties.py``, for a closure ``checks/closure_duties.py``.
"""

from __future__ import annotations

from registry.domain.approving import person_key
from registry.domain.work import Case, StepKind, StepTaken

# Whoever took one of these steps made, linked, implemented or verified what an approval would be about.
HANDS = frozenset({StepKind.PLAN, StepKind.LINK_CHANGE, StepKind.IMPLEMENT, StepKind.ADD_EVIDENCE})
# A closure is about these too; whoever approved a plan may well see to its customers.
CLOSURE_HANDS = HANDS | {StepKind.RECOVERY, StepKind.NOT_APPLICABLE}


def find_hands(case: Case, step: StepTaken) -> dict[str, str]:
    """Return who had a hand in what ``step`` recorded, as what; none of them may approve it.

    A closure is about what its planned actions did too: their owners carried them out, whoever recorded it. It is also about what was done
    for the customers, which somebody named there checked: whoever verified a part of what is signed does not sign that it was verified.
    """
    taken = [other for kind in hands_of(step.kind) for other in case.current(kind)]
    hands = owners_of(case) | _checker_of(case) if step.kind is StepKind.CLOSE else {}
    return hands | {person_key(other.by): f"took the step `{other.kind}`" for other in (*taken, step)}


def owners_of(case: Case) -> dict[str, str]:
    """Return who owns the actions of the present plan, as what."""
    plan = case.latest(StepKind.PLAN)
    return {person_key(planned.owner): f"owns the action {planned.action}" for planned in (plan.document.actions if plan else ())}


def _checker_of(case: Case) -> dict[str, str]:
    """Return who checked the newest recovery, as what."""
    recovery = case.latest(StepKind.RECOVERY)
    return {person_key(recovery.document.checker): "checked what was done for the customers"} if recovery else {}


def hands_of(action: str) -> frozenset[StepKind]:
    """Return the steps whose takers do not approve ``action``."""
    return CLOSURE_HANDS if action == StepKind.CLOSE else HANDS
