"""Calibration error on the same cases: are the candidate's scores as near to what happens as the champion's?

Put the comparison of expected calibration errors here. The error of each case by itself (Brier) is ``checks/paired_amounts.py``.

The rules:
 * The error is the distance of events from the sum of scores in each of ``bins`` equal bins, over all cases; lower is better.
 * Chance makes every distance larger: a champion without any error shows some, and a candidate that is off by a point hides behind it. So
   each bound takes the side that chance flatters less what chance adds to it (the excess of a normal number's mean distance from zero over
   its mean's, as large as it may be within two standard errors).
 * The spread around that is that of the cases: each adds how far it is off to the distance of its bin, on the side on which the bin is,
   once for either version, and what both add alike cancels. On which side a bin is has to be sure for that (three standard errors):
   otherwise both count in full. Normal, from the cases one by one.
 * Two errors lie no further apart than the scores do in a mean case, or than both are from the label where a case changes its bin. Where
   that says more, it bounds: scores that hardly changed are shown to be as good by few cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.paired import normal_quantile
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bins = NDArray[np.intp]

_NEARER = 2.0
"""Standard errors by which a distance may be nearer to zero than it was seen."""
_SURE = 3.0
"""Standard errors from zero at which a bin's side is sure."""


@dataclass(frozen=True, slots=True, eq=False)
class _Version:
    """A version's calibration error, what chance adds to it at most, and what each case adds: where the side is sure, and elsewhere."""

    error: float
    by_chance: float
    sure: Floats
    unsure: Floats


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
    was, is_ = (_version(events - one, at, bins) for one, at in zip(scores, places, strict=True))
    difference, error = was.error - is_.error, _standard_error(was, is_)
    best, worst = difference + is_.by_chance, difference - was.by_chance
    reach, apart = normal_quantile(1 - level) * error, _apart(events, scores, places, level)
    harm = 0.5 * math.erfc(-best / error / math.sqrt(2)) if error else float(best >= 0)
    low, high = max(worst - reach, -apart), min(best + reach, apart)
    return PairedDifference(len(events), was.error, is_.error, difference, low, high, harm, "distances by bin, less what chance adds")


def _version(off: Floats, places: Bins, bins: int) -> _Version:
    import numpy as np
    from scipy.special import ndtr

    n = len(off)
    gaps = np.bincount(places, off, bins) / n
    errors = np.sqrt(np.maximum(0.0, np.bincount(places, off * off, bins) / n - gaps * gaps) / n)
    nearest = np.maximum(0.0, np.abs(gaps) - _NEARER * errors)
    far = np.divide(nearest, errors, out=np.zeros(bins), where=errors > 0)
    excess = errors * math.sqrt(2 / math.pi) * np.exp(-far * far / 2) - 2 * nearest * ndtr(-far)
    side, is_sure = np.sign(gaps)[places], (np.abs(gaps) > _SURE * errors)[places]
    return _Version(float(np.abs(gaps).sum()), float(excess.sum()), side * is_sure * off, side * ~is_sure * off)


def _standard_error(was: _Version, is_: _Version) -> float:
    together = float((was.sure - is_.sure).std(ddof=1))
    apart = float(was.unsure.std(ddof=1) + is_.unsure.std(ddof=1))
    return math.hypot(together, apart) / math.sqrt(len(was.sure))


def _apart(events: Floats, scores: Floats, places: Bins, level: float) -> float:
    """Return how far apart the two errors may be, whatever the labels say: a bound from each case by itself."""
    import numpy as np

    champion, candidate = scores
    changed = np.abs(events - champion) + np.abs(events - candidate)
    each = np.where(places[0] == places[1], np.abs(champion - candidate), changed)
    return float(each.mean()) + normal_quantile(1 - level) * float(each.std(ddof=1)) / math.sqrt(len(each))
