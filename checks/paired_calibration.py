"""Calibration error on the same cases: are the candidate's scores as near to what happens as the champion's?

Put the comparison of expected calibration errors here. The error of each case by itself (Brier) is ``checks/paired_amounts.py``.

The rules:
 * The error is the distance of events from the sum of scores in each of ``bins`` equal bins, over all cases; lower is better.
 * Chance makes every distance larger: a champion without any error shows some, and a candidate that is off by a point hides behind it. So
   each bound takes the side that chance flatters less what chance adds to it (the excess of a normal number's mean distance from zero over
   its mean's, as large as it may be within two standard errors).
 * The spread around that is that of the cases: each adds how far it is off to the distance of its bin, on the side on which the bin is,
   once for either version; what both add alike cancels. Normal, from the differences case by case.
 * Two errors lie no further apart than the scores do in a mean case, or than both are from the label where a case changes its bin. Where
   that says more, it bounds: scores that hardly changed are shown to be as good by few cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.paired import normal_quantile
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bins = NDArray[np.intp]

_SURE = 2.0
"""Standard errors by which a distance may be nearer to zero than it was seen."""


def compare_calibration(
    labels: Sequence[int], champion: Sequence[float] | Floats, candidate: Sequence[float] | Floats, level: float, *, bins: int
) -> PairedDifference:
    """Return how a candidate's expected calibration error compares; a positive ``difference`` is a smaller error.

    Raises:
        ValueError: fewer than two cases, or a score that is no finite number.

    >>> one = compare_calibration([0, 1] * 10, [0.5] * 20, [0.9] * 20, 0.05, bins=10)
    >>> one.champion, round(one.candidate, 4), round(one.difference, 4)
    (0.0, 0.4, -0.4)
    """
    import numpy as np  # costs a fifth of a second: not at import

    events, scores = np.asarray(labels, dtype=float), np.asarray([champion, candidate], dtype=float)
    if len(events) < 2:
        raise ValueError(f"expected two cases or more, found {len(events)}")
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, found some that are not; leave out or repair their cases")
    places = np.clip((scores * bins).astype(int), 0, bins - 1)
    (before, by_chance_before, was), (now, by_chance_now, is_) = (
        _error(events - one, at, bins) for one, at in zip(scores, places, strict=True)
    )
    difference, error = before - now, float((was - is_).std(ddof=1)) / math.sqrt(len(events))
    reach, apart = normal_quantile(1 - level) * error, _apart(events, scores, places, level)
    low, high = max(difference - by_chance_before - reach, -apart), min(difference + by_chance_now + reach, apart)
    best = difference + by_chance_now
    harm = 0.5 * math.erfc(-best / error / math.sqrt(2)) if error else float(best >= 0)
    return PairedDifference(len(events), before, now, difference, low, high, harm, "distances by bin, less what chance adds")


def _error(off: Floats, places: Bins, bins: int) -> tuple[float, float, Floats]:
    """Return the calibration error, what chance adds to it at most, and what each case adds to it."""
    import numpy as np
    from scipy.special import ndtr

    n = len(off)
    gaps = np.bincount(places, off, bins) / n
    errors = np.sqrt(np.maximum(0.0, np.bincount(places, off * off, bins) / n - gaps * gaps) / n)
    nearest = np.maximum(0.0, np.abs(gaps) - _SURE * errors)
    far = np.divide(nearest, errors, out=np.zeros(bins), where=errors > 0)
    excess = errors * math.sqrt(2 / math.pi) * np.exp(-far * far / 2) - 2 * nearest * ndtr(-far)
    return float(np.abs(gaps).sum()), float(excess.sum()), np.sign(gaps)[places] * off


def _apart(events: Floats, scores: Floats, places: Bins, level: float) -> float:
    """Return how far apart the two errors may be, whatever the labels say: a bound from each case by itself."""
    import numpy as np

    champion, candidate = scores
    changed = np.abs(events - champion) + np.abs(events - candidate)
    each = np.where(places[0] == places[1], np.abs(champion - candidate), changed)
    return float(each.mean()) + normal_quantile(1 - level) * float(each.std(ddof=1)) / math.sqrt(len(each))
