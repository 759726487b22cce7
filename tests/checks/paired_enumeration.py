"""Every outcome that a set of cases can have, with its chance: what a paired test does is counted, not simulated.

Put exact probabilities of paired tests here; what they must come to is said where they are tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from scipy.stats import binom

from checks.paired import compare_counts
from registry.domain.paired import PairedCounts

_NEGLIGIBLE = 1e-9


def chance_of(is_so: Callable[[PairedCounts], bool], cases: int, lost_share: float, won_share: float) -> float:
    """Return how often ``is_so`` holds of ``cases`` cases, each lost or won with these chances."""
    return sum(chance for counts, chance in _outcomes(cases, lost_share, won_share) if is_so(counts))


def passes(margin: float, level: float) -> Callable[[PairedCounts], bool]:
    """Return whether counts are shown to be within the margin, each looked at once."""

    @cache
    def is_within(counts: PairedCounts) -> bool:
        return compare_counts(counts, level).low > -margin

    return is_within


def _outcomes(cases: int, lost_share: float, won_share: float) -> Iterator[tuple[PairedCounts, float]]:
    losses = binom.pmf(range(cases + 1), cases, lost_share)
    for lost in (lost for lost in range(cases + 1) if losses[lost] > _NEGLIGIBLE):
        wins = binom.pmf(range(cases - lost + 1), cases - lost, min(1.0, won_share / (1 - lost_share)))
        for won in (won for won in range(cases - lost + 1) if losses[lost] * wins[won] > _NEGLIGIBLE):
            yield PairedCounts(cases - lost - won, lost, won, 0), float(losses[lost] * wins[won])
