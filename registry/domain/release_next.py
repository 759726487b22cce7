"""What comes next for a release that was proposed: whether its gates hold it, whom it waits for, or that it can be put in force.

Put values here that lead a release from its proposal to its switch. The switch itself is ``release_switch.py``, who signed is
``release_acts.py``; which step is next is judged by ``checks/release_next.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SwitchDecision, SwitchPlan


class NextStep(StrEnum):
    """What happens to a release next."""

    HELD = "held"
    WAIT = "wait"
    PROMOTE = "promote"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MissingSigner:
    """A role that has still to sign, and everybody who holds it and may; ``people`` is empty where nobody is left."""

    role: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseNext:
    """What comes next, and why: ``decision`` is what a switch would come to now, with everything that keeps it from being made.

    ``release`` is None where none was proposed; ``signed`` are those whose sign-offs count now, ``until`` the last instant at which the
    sealed decision may still be carried out.
    """

    decision: SwitchDecision
    step: NextStep
    release: KnownRelease | None = None
    missing: tuple[MissingSigner, ...] = ()
    signed: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def plan(self) -> SwitchPlan:
        return self.decision.plan
