"""How much could these cases show at all, and how many would decide it?

Put questions about numbers of cases here. What the cases there are show is ``checks/paired.py``.

The rules:
 * Power of non-inferiority: how often a candidate as good as the champion is shown to be within the margin, given how often the two differ
   (the score test's variance at the margin, beside that at no difference: Liu, Hsueh, Hsieh and Chen, Stat. Med. 21, 2002).
 * Smallest regression that is found: the loss that the exact test of harm finds with the power asked for, given how often they differ. That
   test takes a fewest number of cases lost, which has to be met.
 * Cases that would decide: the same shares of cases lost and won, in more cases, until a bound lies on one side of the margin.
   Where the observed difference is the margin itself no number decides.
"""

from __future__ import annotations

import math

from checks.paired import compare_counts, likeliest_loss, normal_quantile
from registry.domain.paired import PairedCounts

_MOST_TIMES = 1_000


def power_of_non_inferiority(cases: int, discordant_ratio: float, margin: float, level: float) -> float:
    """Return the share of equally good candidates that ``cases`` cases show to be within ``margin``.

    >>> round(power_of_non_inferiority(1000, 0.1, 0.025, 0.05), 2), power_of_non_inferiority(100, 0.0, 0.02, 0.05)
    (0.79, 0.0)
    """
    each = discordant_ratio / 2
    at_margin = 2 * likeliest_loss(1.0, each, each, -margin) - margin * (1 + margin)
    reach = math.sqrt(cases) * margin - normal_quantile(1 - level) * math.sqrt(at_margin)
    if discordant_ratio <= 0:
        return float(reach > 0)
    return 0.5 * math.erfc(-reach / math.sqrt(2 * discordant_ratio))


def smallest_regression_found(cases: int, discordant_ratio: float, level: float, power: float) -> float:
    """Return the loss in -1..0 that a test of harm at ``level`` finds with ``power``; no more can be lost than differs.

    >>> round(smallest_regression_found(1000, 0.1, 0.05, 0.8), 4), round(smallest_regression_found(1000, 0.0, 0.05, 0.8), 4)
    (-0.0249, -0.0067)
    """
    if cases == 0:
        return -1.0
    from scipy.special import gammaincinv  # costs a tenth of a second: not at import

    reach = (normal_quantile(1 - level) + normal_quantile(power)) * math.sqrt(discordant_ratio / cases)
    return -min(1.0, max(reach, float(gammaincinv(_fewest_lost(level), power)) / cases))


def cases_that_decide(counts: PairedCounts, margin: float, level: float) -> int | None:
    """Return how many cases like these would show the candidate within or beyond ``margin``; None where no such number is near.

    >>> cases_that_decide(PairedCounts(70, 8, 8, 14), 0.02, 0.05)
    1097
    >>> cases_that_decide(PairedCounts(70, 10, 8, 12), 0.02, 0.05) is None  # as far off as the margin
    True
    """
    if not _decides(counts, _MOST_TIMES, margin, level):
        return None
    few, many = counts.n, counts.n * _MOST_TIMES
    while few < many:
        middle = (few + many) // 2
        few, many = (few, middle) if _decides(counts, middle / counts.n, margin, level) else (middle + 1, many)
    return few


def _decides(counts: PairedCounts, times: float, margin: float, level: float) -> bool:
    n, lost, won = (round(times * one) for one in (counts.n, counts.lost, counts.won))
    found = compare_counts(PairedCounts(max(0, n - lost - won), lost, won, 0), level)
    return found.low > -margin or found.high < -margin


def _fewest_lost(level: float) -> int:
    """Return how many cases lost, and none won, are more than chance."""
    return math.ceil(math.log(level) / math.log(0.5))
