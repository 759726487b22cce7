"""Right or wrong on the same cases: is the candidate worse than the champion, and by how much could it be?

Put arithmetic on paired counts here. Amounts (scores, seconds, cost) are ``checks/paired_amounts.py``, AUC, F1 and calibration
``checks/paired_ranking.py``, ``paired_cells.py`` and ``paired_calibration.py``; what a difference means for a release is
``checks/gate_comparisons.py``.

The rules:
 * Only cases on which the versions differ say anything about a difference: cases lost against cases won.
 * Harm: the exact binomial tail of the cases lost among those that differ (McNemar, Psychometrika 12, 1947), one-sided. Exact, so that
   7 lost and 0 won is what it is: 1 in 128.
 * Each bound inverts Tango's score test (Stat. Med. 17, 1998): with the share of cases lost at its likeliest under that difference. It
   stays sound with no case lost at all, where an interval around the observed (Wald's) has no width.
 * Where nearly all that differ are lost, the score test passes up to 6.5 % of candidates that are worse by the margin, at 5 % asked for. So
   no bound is narrower than the exact one (Clopper and Pearson, Biometrika 26, 1934) of as many cases lost, net, and none won.
 * Non-inferiority is the lower bound above minus the margin: the same test at the same level.
"""

from __future__ import annotations

import math

from registry.domain.paired import PairedCounts, PairedDifference

_STEPS = 52
"""Halvings of an interval of length 2: to the last digit of a float."""


def compare_counts(counts: PairedCounts, level: float) -> PairedDifference:
    """Return how a candidate compares; ``level`` is the chance that the truth lies below ``low`` (and above ``high``), such as 0.05.

    Raises:
        ValueError: no case, which compares with nothing.

    >>> one = compare_counts(PairedCounts(43, 0, 1, 0), 0.025)
    >>> round(one.difference, 4), round(one.low, 4), round(one.high, 4)
    (0.0227, -0.0594, 0.1202)
    """
    if counts.n == 0:
        raise ValueError("expected at least one case that both versions answered, found none")
    z, net = normal_quantile(1 - level), counts.lost - counts.won
    return PairedDifference(
        n=counts.n,
        champion=counts.champion,
        candidate=counts.candidate,
        difference=counts.difference,
        low=min(_bound(counts, -1.0, z), -_most(net, counts.n, level)),
        high=max(_bound(counts, 1.0, z), _most(-net, counts.n, level)),
        harm_p=harm_p(counts),
        method="exact McNemar, Tango's score interval",
    )


def harm_p(counts: PairedCounts) -> float:
    """Return how often chance alone loses so many of the cases that differ, where losing and winning are equally likely.

    >>> harm_p(PairedCounts(100, 7, 0, 5)), harm_p(PairedCounts(5, 0, 0, 5))
    (0.0078125, 1.0)
    """
    differ = counts.lost + counts.won
    if counts.lost == 0:
        return 1.0
    from scipy.special import betainc  # costs a tenth of a second: not at import

    return float(betainc(counts.lost, differ - counts.lost + 1, 0.5))


def score_z(counts: PairedCounts, difference: float) -> float:
    """Return Tango's score statistic for a true ``difference``: positive where the observed lies above it."""
    n, lost, won = counts.n, counts.lost, counts.won
    lost_share = likeliest_loss(n, lost, won, difference)
    variance = n * (2 * lost_share + difference * (1 - difference))
    distance = won - lost - n * difference
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def normal_quantile(probability: float) -> float:
    """
    >>> round(normal_quantile(0.95), 4)
    1.6449
    """
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def likeliest_loss(n: float, lost: float, won: float, difference: float) -> float:
    """Return the share of cases lost that makes the counts likeliest where won minus lost is ``difference`` in truth."""
    square, linear = 2.0 * n, -lost - won + (2 * n - won + lost) * difference
    constant = -lost * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear * linear - 4 * square * constant))
    return max(0.0, -difference, (root - linear) / (2 * square))


def _bound(counts: PairedCounts, end: float, wanted: float) -> float:
    """Return the difference between the observed and ``end`` whose score statistic is ``wanted``, by halving: it falls as that rises."""
    inside, outside = counts.difference, end
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if abs(score_z(counts, middle)) <= wanted:
            inside = middle
        else:
            outside = middle
    return (inside + outside) / 2


def _most(net: int, n: int, level: float) -> float:
    """Return what share may be lost in truth where ``net`` of ``n`` are and none is won: the exact upper bound; no bound below none."""
    if net < 0:
        return -1.0
    from scipy.special import betaincinv

    return 1.0 if net == n else float(betaincinv(net + 1, n - net, 1 - level))
