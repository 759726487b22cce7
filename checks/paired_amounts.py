"""An amount for each case (a score, seconds, cost): how much better or worse is the candidate's mean on the same cases?

Put arithmetic on paired amounts here. Right or wrong is ``checks/paired.py``.

The rules:
 * Each case is its own control: only the difference of its two amounts counts, turned so that more is better.
 * An amount that is not a finite number compares with nothing and is refused: it would make every bound say nothing, quietly.
 * Mean and bounds are Student's on the differences where there are enough of them for their mean to be normal (``normal_from``); fewer are
   resampled, and the bounds are those of the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12),
   which follows a skew that Student's does not know. Resampling is seeded by the caller: the same cases give the same answer.
 * A bound that resampling cannot find, because too many draws have no spread, is the worst (or best) difference of any case.
 * Differences that are all alike, but for rounding, have no spread, and chance plays no part: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_RESAMPLES = 10_000
_AT_ONCE = 2_000_000
"""Drawn differences in memory together."""
_ROUNDING = 1e-13
"""Of the largest amount: a spread below is that of its last digits."""


def compare_amounts(
    champion: Sequence[float] | Floats,
    candidate: Sequence[float] | Floats,
    level: float,
    *,
    more_is_better: bool,
    normal_from: int,
    seed: int,
) -> PairedDifference:
    """Return how a candidate's mean compares; both sequences hold one finite amount for each case, in the same order.

    Raises:
        ValueError: fewer than two cases, whose spread nobody knows, not as many on both sides, or an amount that is no finite number.

    >>> one = compare_amounts([1.0, 2.0, 3.0], [1.5, 2.5, 3.5], 0.05, more_is_better=False, normal_from=30, seed=1)
    >>> one.difference, one.low, one.high, one.harm_p
    (-0.5, -0.5, -0.5, 0.0)
    """
    import numpy as np  # costs a fifth of a second: not at import

    if len(champion) < 2 or len(champion) != len(candidate):
        raise ValueError(f"expected two amounts or more of each version, found {len(champion)} and {len(candidate)}")
    before, now = np.asarray(champion, dtype=float), np.asarray(candidate, dtype=float)
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        raise ValueError("expected finite amounts, found some that are not; leave out or repair their cases")
    gains = (now - before) if more_is_better else (before - now)
    mean, error = float(gains.mean()), _error(gains)
    if error <= _ROUNDING * max(float(np.abs(before).max()), float(np.abs(now).max())):
        low, high, harm, method = mean, mean, float(mean >= 0), "no spread"
    elif len(gains) >= normal_from:
        low, high, harm, method = *_student(mean, error, len(gains), level), "paired t"
    else:
        low, high, harm, method = *_resampled(gains, mean, error, level, seed), "paired bootstrap-t"
    return PairedDifference(len(gains), float(before.mean()), float(now.mean()), mean, low, high, harm, method)


def _error(gains: Floats) -> float:
    return float(gains.std(ddof=1)) / math.sqrt(len(gains))


def _student(mean: float, error: float, n: int, level: float) -> tuple[float, float, float]:
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(n - 1, 1 - level)) * error
    return mean - reach, mean + reach, float(stdtr(n - 1, mean / error))


def _resampled(gains: Floats, mean: float, error: float, level: float, seed: int) -> tuple[float, float, float]:
    import numpy as np

    far = _studentized(gains, mean, seed)
    ends = np.quantile(far, [1 - level, level], method="closest_observation")
    low, high = (float(mean - end * error) for end in ends)
    low, high = (one if math.isfinite(one) else float(end) for one, end in ((low, gains.min()), (high, gains.max())))
    return low, high, (1 + float((far <= mean / error).sum())) / (1 + _RESAMPLES)


def _studentized(gains: Floats, mean: float, seed: int) -> Floats:
    """Return how far off the mean of each draw is, in its own standard errors; infinitely far where it has none."""
    import numpy as np

    # the old generator, because its stream is frozen: a decision is redone years later with another numpy
    chance, found, n = np.random.RandomState(seed), [], len(gains)
    rows = max(1, min(_RESAMPLES, _AT_ONCE // n))
    for start in range(0, _RESAMPLES, rows):
        drawn = gains[chance.randint(0, n, (min(rows, _RESAMPLES - start), n))]
        off, spread = drawn.mean(axis=1) - mean, drawn.std(axis=1, ddof=1) / math.sqrt(n)
        found.append(np.divide(off, spread, out=np.copysign(np.inf, off), where=spread > 0))
    return np.concatenate(found)
