"""How far apart two frozen histograms are: four measures of the same bins, from two count vectors alone.

Put a measure of two count vectors here. When one of them is large enough to matter is ``checks/drift_by_chance.py``.

The rules:
 * Without a row on either side there is nothing to compare: None, never 0.0. A bin that both sides left empty takes no part.
 * PSI is on shares with half a count added to every bin that takes part, so that one empty bin cannot make it infinite.
 * Jensen-Shannon, Kolmogorov-Smirnov and chi-square are on the counts as they are.
 * The order of the bins matters to Kolmogorov-Smirnov alone; it is of ordered bins, so leave the missing values out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SMOOTHING = 0.5
"""Added to every bin that takes part: half a count, the prior of Jeffreys (Proc. R. Soc. A 186, 1946)."""


def population_stability_index(reference: Sequence[int], window: Sequence[int]) -> float | None:
    """Return the sum over bins of (q - p) ln(q / p), in nats: 0 for the same shares, without an upper end.

    p = (r + 0.5) / (R + 0.5 K) and q = (c + 0.5) / (C + 0.5 K) of the K bins that either side filled. It is the divergence J of Kullback
    and Leibler (Ann. Math. Stat. 22, 1951), named PSI in credit scoring (Siddiqi, Credit Risk Scorecards, 2006). One bin alone gives 0.0.
    The half count pulls shares together, so that the same shares in unequal totals come to a little more than 0 when a total is small.

    >>> round(population_stability_index((1, 3), (3, 1)), 6)  # p = 0.3, q = 0.7: 2 * 0.4 * ln(7/3)
    0.677838
    """
    pairs = _filled(reference, window)
    if not pairs:
        return None
    before, now = (math.fsum(side) + SMOOTHING * len(pairs) for side in zip(*pairs, strict=True))
    shares = (((one + SMOOTHING) / before, (other + SMOOTHING) / now) for one, other in pairs)
    return math.fsum((q - p) * math.log(q / p) for p, q in shares)


def farthest_psi(reference: Sequence[int], rows: int) -> float:
    """Return the PSI of a window of which every row fell into one bin: that which the reference filled least, or never where it filled one.

    >>> round(farthest_psi((30, 10), 30), 6) == round(population_stability_index((30, 10), (0, 30)) or 0, 6)
    True
    """
    least = min(range(len(reference)), key=lambda place: (not reference[place], reference[place]))
    if sum(map(bool, reference)) == 1 < len(reference):
        least = reference.index(0)
    return population_stability_index(reference, [rows * (place == least) for place in range(len(reference))]) or 0.0


def jensen_shannon_distance(reference: Sequence[int], window: Sequence[int]) -> float | None:
    """Return the square root of the Jensen-Shannon divergence in bits: a metric, 0 for the same shares, 1 where no bin is shared.

    sqrt(KL(p, m) / 2 + KL(q, m) / 2) with m = (p + q) / 2 and 0 log 0 = 0 (Lin, IEEE Trans. Inf. Theory 37, 1991; Endres and
    Schindelin, ibid. 49, 2003, for the root being a metric).

    >>> jensen_shannon_distance((5, 0), (0, 3))
    1.0
    """
    pairs = _filled(reference, window)
    if not pairs:
        return None
    before, now = (sum(side) for side in zip(*pairs, strict=True))
    # shares are compared as integers over one denominator, so that equal shares give exactly 0
    scaled = [(one * now, other * before) for one, other in pairs]
    parts = (part * math.log2(2 * part / (one + other)) for one, other in scaled for part in (one, other) if part)
    return math.sqrt(min(1.0, max(0.0, math.fsum(parts) / (2 * before * now))))


def kolmogorov_smirnov(reference: Sequence[int], window: Sequence[int]) -> float | None:
    """Return the largest difference of the two cumulative shares at the bins' upper edges, in 0..1.

    The statistic of Smirnov (Ann. Math. Stat. 19, 1948), seen only at the edges: never more than that of the values themselves.

    >>> kolmogorov_smirnov((1, 1, 2), (2, 1, 1))
    0.25
    """
    if not _filled(reference, window):
        return None
    before, now = sum(reference), sum(window)
    largest = behind = ahead = 0
    for one, other in zip(reference, window, strict=True):
        behind, ahead = behind + one, ahead + other
        largest = max(largest, abs(behind * now - ahead * before))
    return largest / (before * now)


def chi_square_p(reference: Sequence[int], window: Sequence[int]) -> float | None:
    """Return the p-value of Pearson's test that both samples have one distribution: two rows, K bins, K - 1 degrees of freedom.

    The sum over both rows of (count - expected)^2 / expected with the pooled shares (Pearson, Biometrika 8, 1911), which is
    sum (r C - c R)^2 / (r + c) / (R C). Approximate below about five expected a bin; shown beside PSI, never judged on. One bin alone
    cannot differ: 1.0.

    >>> round(chi_square_p((10, 20), (20, 10)), 6)
    0.009823
    """
    from scipy.special import chdtrc  # costs a tenth of a second: not at import

    pairs = _filled(reference, window)
    if not pairs:
        return None
    if len(pairs) == 1:
        return 1.0
    before, now = (sum(side) for side in zip(*pairs, strict=True))
    statistic = math.fsum((one * now - other * before) ** 2 / (one + other) for one, other in pairs) / (before * now)
    return float(chdtrc(len(pairs) - 1, statistic))


def _filled(reference: Sequence[int], window: Sequence[int]) -> list[tuple[int, int]]:
    """Return the bins that either side filled; none where a side has no row at all."""
    if len(reference) != len(window) or min((*reference, *window), default=0) < 0:
        raise ValueError(f"expected two vectors of counts >= 0 of one length, found {tuple(reference)} and {tuple(window)}")
    if not sum(reference) or not sum(window):
        return []
    return [pair for pair in zip(reference, window, strict=True) if any(pair)]
