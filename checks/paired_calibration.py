"""Calibration error on the same cases: are the candidate's scores as near to what happens as the champion's?

Put the comparison of expected calibration errors here. The error of each case by itself (Brier) is ``checks/paired_amounts.py``.

The rules:
 * The error is the distance of events from the sum of scores in each of ``bins`` equal bins, over all cases; lower is better.
 * Chance makes every distance larger: a champion without any error shows some, and a candidate that is off by a point hides behind it. So
   each bound takes the side that chance flatters less what chance adds to it (the excess of a normal number's mean distance from zero over
   its mean's, as large as it may be within two standard errors).
 * The spread around that is that of 10,000 draws of the cases, seeded by the caller: cases in the same bins with the same label are one
   cell, and a draw is one of the cells' counts. Within a cell its mean scores stand for its cases.
 * Two errors lie no further apart than the scores do in a mean case, or than both are from the label where a case changes its bin. Where
   that says more, it bounds: scores that hardly changed are shown to be as good by few cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.paired import normal_quantile
from checks.paired_cells import resampled_gains, share_at_most
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bins = NDArray[np.intp]

_SURE = 2.0
"""Standard errors by which a distance may be nearer to zero than it was seen."""


def compare_calibration(
    labels: Sequence[int], champion: Sequence[float] | Floats, candidate: Sequence[float] | Floats, level: float, *, bins: int, seed: int
) -> PairedDifference:
    """Return how a candidate's expected calibration error compares; a positive ``difference`` is a smaller error.

    Raises:
        ValueError: fewer than two cases, or a score that is no finite number.

    >>> one = compare_calibration([0, 1] * 10, [0.5] * 20, [0.9] * 20, 0.05, bins=10, seed=1)
    >>> one.champion, round(one.candidate, 4), round(one.difference, 4)
    (0.0, 0.4, -0.4)
    """
    import numpy as np  # costs a fifth of a second: not at import

    events, scores = np.asarray(labels, dtype=float), np.asarray([champion, candidate], dtype=float)
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, found some that are not; leave out or repair their cases")
    places = np.clip((scores * bins).astype(int), 0, bins - 1)
    gains = -_resampled(events, scores, places, bins, seed)
    (before, by_chance_before), (now, by_chance_now) = (_error(events - one, at, bins) for one, at in zip(scores, places, strict=True))
    difference, spread, apart = before - now, gains - gains.mean(), _apart(events, scores, places, level)
    low = difference - by_chance_before + float(np.quantile(spread, level))
    high = difference + by_chance_now + float(np.quantile(spread, 1 - level))
    harm = share_at_most(gains, difference + by_chance_now)
    return PairedDifference(len(events), before, now, difference, max(low, -apart), min(high, apart), harm, "multinomial bootstrap of bins")


def _error(off: Floats, places: Bins, bins: int) -> tuple[float, float]:
    """Return the calibration error, and what chance adds to it at most."""
    import numpy as np
    from scipy.special import ndtr

    n = len(off)
    gaps = np.bincount(places, off, bins) / n
    errors = np.sqrt(np.maximum(0.0, np.bincount(places, off * off, bins) / n - gaps * gaps) / n)
    nearest = np.maximum(0.0, np.abs(gaps) - _SURE * errors)
    far = np.divide(nearest, errors, out=np.zeros(bins), where=errors > 0)
    excess = errors * math.sqrt(2 / math.pi) * np.exp(-far * far / 2) - 2 * nearest * ndtr(-far)
    return float(np.abs(gaps).sum()), float(excess.sum())


def _resampled(events: Floats, scores: Floats, places: Bins, bins: int, seed: int) -> Floats:
    """Return the candidate's error less the champion's in each draw."""
    import numpy as np

    codes, cell_of, counts = np.unique((places[0] * bins + places[1]) * 2 + (events > 0), return_inverse=True, return_counts=True)
    by_bin = [np.zeros((len(codes), bins)) for _ in scores]
    for table, score, bin_of in zip(by_bin, scores, (codes // 2 // bins, codes // 2 % bins), strict=True):
        table[np.arange(len(codes)), bin_of] = np.bincount(cell_of, events - score) / counts

    def errors(drawn: Floats) -> tuple[Floats, Floats]:
        before, now = (np.abs(drawn @ table).sum(axis=1) / len(events) for table in by_bin)
        return before, now

    return resampled_gains(counts, errors, seed)


def _apart(events: Floats, scores: Floats, places: Bins, level: float) -> float:
    """Return how far apart the two errors may be, whatever the labels say: a bound from each case by itself."""
    import numpy as np

    champion, candidate = scores
    changed = np.abs(events - champion) + np.abs(events - candidate)
    each = np.where(places[0] == places[1], np.abs(champion - candidate), changed)
    return float(each.mean()) + normal_quantile(1 - level) * float(each.std(ddof=1)) / math.sqrt(len(each))
