"""Every outcome that a set of cases can have, with its chance: what a paired test does is counted, not simulated.

Put exact probabilities of paired tests here; what they must come to is said where they are tested.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache

from scipy.stats import binom

from checks.paired import compare_counts
from registry.domain.paired import PairedCounts

_NEGLIGIBLE = 1e-9


def chance_of_passing(margin: float, level: float, cases: int, lost_share: float, won_share: float) -> float:
    """Return how often ``cases`` cases, each lost or won with these chances, show a candidate to be within the margin.

    One case more that is won never takes that away, so the fewest that are enough say it for all.
    """

    def passes(lost: int, won: int) -> bool:
        return _low(cases, lost, won, level) > -margin

    def chance(lost: int) -> float:
        fewest = bisect_left(range(cases - lost + 1), True, key=lambda won: passes(lost, won))
        return float(binom.sf(fewest - 1, cases - lost, won_share / (1 - lost_share)))

    return _over_losses(chance, cases, lost_share)


def chance_of_harm(is_shown: Callable[[PairedCounts], bool], cases: int, lost_share: float, won_share: float) -> float:
    """Return how often a loss is shown; one case more that is won may take that away."""

    def chance(lost: int) -> float:
        most = bisect_left(range(cases - lost + 1), True, key=lambda won: not is_shown(PairedCounts(cases - lost - won, lost, won, 0)))
        return float(binom.cdf(most - 1, cases - lost, won_share / (1 - lost_share)))

    return _over_losses(chance, cases, lost_share)


def _over_losses(chance: Callable[[int], float], cases: int, lost_share: float) -> float:
    losses = binom.pmf(range(cases + 1), cases, lost_share)
    return sum(float(losses[lost]) * chance(lost) for lost in range(cases + 1) if losses[lost] > _NEGLIGIBLE)


@cache
def _low(cases: int, lost: int, won: int, level: float) -> float:
    """Return the lower bound; what is asked about another margin or share asks for many of the same."""
    return compare_counts(PairedCounts(cases - lost - won, lost, won, 0), level).low
