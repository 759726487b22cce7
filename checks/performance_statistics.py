"""Statistics of outcomes from sums alone: rates, their differences, calibration, ranking, and many tests at once.

Put arithmetic on outcome counts here. When a difference matters is ``checks/performance_measures.py``.

The rules:
 * A rate's interval is Clopper and Pearson's (Biometrika 26, 1934); a difference of two rates has Newcombe's hybrid of Wilson's intervals
   (Stat. Med. 17, 1998, method 10) and the pooled score test.
 * Events against predicted probabilities: their sum is Poisson-binomial, whose tails away from the mean are at most those of the binomial
   with the mean probability (Hoeffding, Ann. Math. Stat. 27, 1956). So the binomial tail is never too small. It asks what
   Spiegelhalter's z (Stat. Med. 5, 1986) asks of the mean, without its normal approximation and without sums of p(1-p) over the known.
 * AUC is grouped by score bins, a tie within a bin counting half (Hanley and McNeil, Radiology 143, 1982, with their standard error). It
   cannot see order inside a bin, so it lies nearer to 0.5 than that of the rows; both sides of a comparison are grouped alike.
 * Many tests at once: Holm (Scand. J. Stat. 6, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from registry.domain.outcomes import ScoreBin

_Z95 = 1.959963984540054
_TAIL95 = 0.025


def upper_normal_tail(z: float) -> float:
    """Return P(Z > z).

    >>> round(upper_normal_tail(1.959963984540054), 6)
    0.025
    """
    return 0.5 * math.erfc(z / math.sqrt(2))


def two_sided(z: float) -> float:
    """Return P(abs(Z) > abs(z))."""
    return math.erfc(abs(z) / math.sqrt(2))


def events_p(events: int, rows: int, probability: float) -> float:
    """Return the two-sided p-value of ``events`` among ``rows`` whose mean predicted probability is ``probability``.

    >>> events_p(0, 1, 0.5), round(events_p(5, 5, 0.5), 4)  # 2 * (1/2) ** 5
    (1.0, 0.0625)
    """
    from scipy.special import betainc  # costs a tenth of a second: not at import

    if not 0 < probability < 1:
        return 1.0 if events == probability * rows else 0.0
    at_least = 1.0 if events == 0 else float(betainc(events, rows - events + 1, probability))
    at_most = 1.0 if events == rows else float(betainc(rows - events, events + 1, 1 - probability))
    return min(1.0, 2 * min(at_least, at_most))


def rate_interval(events: int, rows: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate, never too narrow.

    >>> [round(end, 4) for end in rate_interval(0, 10)]  # 1 - 0.025 ** (1/10)
    [0.0, 0.3085]
    """
    from scipy.special import betaincinv

    low = 0.0 if events == 0 else float(betaincinv(events, rows - events + 1, _TAIL95))
    return low, 1.0 if events == rows else float(betaincinv(events + 1, rows - events, 1 - _TAIL95))


def drop_of_rates(before: float, rows_before: int, now: float, rows: int) -> tuple[float, tuple[float, float]]:
    """Return the one-sided p-value that a rate fell from ``before`` to ``now``, and the 95 % interval of the fall."""
    pooled = (before * rows_before + now * rows) / (rows_before + rows)
    error = math.sqrt(pooled * (1 - pooled) * (1 / rows_before + 1 / rows))
    fall, (low_before, high_before), (low, high) = before - now, _wilson(before, rows_before), _wilson(now, rows)
    interval = fall - math.hypot(before - low_before, high - now), fall + math.hypot(high_before - before, now - low)
    return (upper_normal_tail(fall / error) if error else 1.0), interval


def grouped_auc(bins: Sequence[ScoreBin]) -> float:
    """Return the chance that an event has a higher score than a non-event, by bins in rising order of score; both must be there."""
    below = pairs = 0.0
    for one in bins:
        others = one.row_count - one.label_total
        pairs += one.label_total * (below + others / 2)
        below += others
    return pairs / (below * math.fsum(one.label_total for one in bins))


def auc_error(auc: float, events: float, others: float) -> float:
    """Return the standard error of an AUC (Hanley and McNeil)."""
    one, two = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    variance = auc * (1 - auc) + (events - 1) * (one - auc * auc) + (others - 1) * (two - auc * auc)
    return math.sqrt(max(0.0, variance) / (events * others))


def around(value: float, error: float) -> tuple[float, float]:
    """Return the 95 % interval of a value with a normal error."""
    return value - _Z95 * error, value + _Z95 * error


def holm(p_values: Sequence[float], level: float) -> tuple[bool, ...]:
    """Return which of the tests hold at ``level`` over all of them.

    >>> holm((0.04, 0.001, 0.02), 0.05), holm((), 0.05)
    ((True, True, True), ())
    >>> holm((0.04, 0.001, 0.03), 0.05)
    (False, True, False)
    """
    held = [False] * len(p_values)
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        if not p_values[index] <= level / (len(p_values) - rank):  # NaN holds nothing
            break
        held[index] = True
    return tuple(held)


def _wilson(rate: float, rows: int) -> tuple[float, float]:
    centre = (rate + _Z95**2 / (2 * rows)) / (1 + _Z95**2 / rows)
    half = _Z95 * math.sqrt(rate * (1 - rate) / rows + _Z95**2 / (4 * rows * rows)) / (1 + _Z95**2 / rows)
    return centre - half, centre + half
