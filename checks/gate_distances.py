"""How far apart are two groups of customers, how far were they, and is that more than chance?

Put the arithmetic of one pair of groups here. Which pairs are judged, and against what, is ``checks/gate_fairness.py``.

The rules:
 * A distance has a side: it is that of the group behind under the candidate. Where that group was behind before, what counts is by how much
   the distance grew. Where it was ahead, it is behind now and was not: the whole distance counts, however far ahead it had been.
 * Chance, of a change: cases of two groups are others, so the variances of their changes add up; each is that of lost and won, with half a
   case more in each of the four cells (Agresti and Min, Stat. Med. 24, 2005), so that a group in which nothing changed is not certain
   never to.
 * Chance, of a changed side: the distance itself is more than chance, of two shares with a case more of either kind, and so is the change;
   or it is larger than the one before by more than chance. Otherwise a candidate that puts groups level fails by the side it ends on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from checks.gate_groups import Group, GroupRate
from checks.performance_statistics import upper_normal_tail
from registry.domain.paired import PairedCounts

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Distance:
    """Two groups of a rate: ``before`` is below zero where the group now behind was ahead; errors are of the change and of ``now``."""

    column: str
    rate: str
    behind: Group
    ahead: Group
    before: float
    now: float
    change_error: float
    error: float

    @property
    def has_changed_sides(self) -> bool:
        return self.before < -_ROUNDING

    @property
    def growth(self) -> float:
        """Return by how much further the group behind is behind."""
        return self.now - max(self.before, 0.0)

    @property
    def p(self) -> float:
        larger = upper_normal_tail((self.now - abs(self.before)) / self.change_error)
        if not self.has_changed_sides:
            return larger
        changed = upper_normal_tail((self.now - self.before) / self.change_error)
        return min(larger, max(changed, upper_normal_tail(self.now / self.error)))

    def bounds(self, errors: float) -> tuple[float, float]:
        """Return the growth with so many standard errors off and on."""
        if not self.has_changed_sides:
            return self.growth - errors * self.change_error, self.growth + errors * self.change_error
        larger = self.now - abs(self.before) - errors * self.change_error
        return max(larger, self.now - errors * self.error), self.now + errors * self.error


def distance_of(rate: GroupRate, one: Group, other: Group) -> Distance:
    """Return how far apart two groups with cases are; of two that are level now, the one that was behind counts as behind."""
    behind, ahead = sorted((one, other), key=lambda group: (group.counts.candidate, group.counts.champion, group.name))
    now, before = ahead.counts.candidate - behind.counts.candidate, ahead.counts.champion - behind.counts.champion
    change_error = math.sqrt(_variance_of_change(one.counts) + _variance_of_change(other.counts))
    error = math.sqrt(_variance(one.counts) + _variance(other.counts))
    return Distance(rate.column, rate.rate, behind, ahead, before, now, change_error, error)


def _variance_of_change(counts: PairedCounts) -> float:
    n, lost, won = counts.n + 2.0, counts.lost + 0.5, counts.won + 0.5
    return (lost + won - (won - lost) ** 2 / n) / n**2


def _variance(counts: PairedCounts) -> float:
    n = counts.n + 2.0
    share = (counts.both_right + counts.won + 1.0) / n
    return share * (1.0 - share) / n
