"""What the signals of an issue report: when the decisions were made, about what, by which versions, and what it did to customers.

Put here what a step about the whole issue is held against; a signal itself is ``signal.py``, what a step must say ``checks/work``.

 * Only the present occurrence counts: decisions made before the fix of the occurrence before it are not its.
 * Signals are those that its closure is judged from: of its symptom, whether they hang on it or not, and of the same cause. These others
   tell what happened to customers; what was to be fixed here is told by its own alone.
 * Decisions made once the present fix served say nothing of what was to be fixed; what they did to customers counts all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.recurrence import Seen
from registry.domain.signal import CustomerImpact
from registry.domain.work import Case, StepKind


@dataclass(frozen=True, slots=True)
class Reported:
    """The signals of the present occurrence, in short. ``first_at`` to ``last_at`` are the decisions before its fix (None: there is none).

    ``segments`` are pairs of name and value, ``versions`` pairs of artifact and version, ``impacts`` counts by what happened to customers.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    journeys: tuple[str, ...] = ()
    segments: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    impacts: tuple[tuple[CustomerImpact, int], ...] = ()

    def count_of(self, impacts: Iterable[CustomerImpact]) -> int:
        """Return how many signals report one of ``impacts``."""
        wanted = frozenset(impacts)
        return sum(count for impact, count in self.impacts if impact in wanted)


def report_of(case: Case, signals: Iterable[Seen]) -> Reported:
    """Return what ``signals`` report of the present occurrence of ``case``."""
    since, until = _fixed_at(case, is_present=False), _fixed_at(case, is_present=True)
    present = [seen for seen in signals if since is None or seen.decided_at >= since]
    before = [seen for seen in present if not seen.same_cause_issue and (until is None or seen.decided_at < until)]
    decided = [seen.decided_at for seen in before]
    return Reported(
        first_at=min(decided, default=None),
        last_at=max(decided, default=None),
        journeys=tuple(sorted({seen.journey_step for seen in before} - {""})),
        segments=_pairs(seen.segment for seen in before),
        versions=_pairs(seen.versions for seen in before),
        impacts=tuple(sorted(Counter(seen.impact for seen in present).items())),
    )


def _fixed_at(case: Case, *, is_present: bool) -> datetime | None:
    """Return since when the newest fix of the present occurrence serves, or that of an earlier one."""
    fixes = (step for step in reversed(case.steps) if step.kind is StepKind.IMPLEMENT)
    return next((step.document.deployed_at for step in fixes if (step.seq > case.reopened_seq) is is_present), None)


def _pairs(told: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(name, value) for pairs in told for name, value in pairs.items() if value}))
