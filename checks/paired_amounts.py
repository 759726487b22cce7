"""An amount for each case (a score, seconds, cost): how much better or worse is the candidate's mean on the same cases?

Put arithmetic on paired amounts here. Right or wrong is ``checks/paired.py``.

The rules:
 * Each case is its own control: only the difference of its two amounts counts, turned so that more is better.
 * Mean and bounds are Student's on the differences where there are enough of them for their mean to be normal (``normal_from``); fewer are
   resampled, and the bounds are those of the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12),
   which follows a skew that Student's does not know. Resampling is seeded by the caller: the same cases give the same answer.
 * Differences that are all alike have no spread, and chance plays no part: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from registry.domain.paired import PairedDifference

_RESAMPLES = 10_000


def compare_amounts(
    champion: Sequence[float], candidate: Sequence[float], level: float, *, more_is_better: bool, normal_from: int, seed: int
) -> PairedDifference:
    """Return how a candidate's mean compares; both sequences hold one finite amount for each case, in the same order.

    Raises:
        ValueError: fewer than two cases, whose spread nobody knows, or not as many on both sides.

    >>> one = compare_amounts([1.0, 2.0, 3.0], [1.5, 2.5, 3.5], 0.05, more_is_better=False, normal_from=30, seed=1)
    >>> one.difference, one.low, one.high, one.harm_p
    (-0.5, -0.5, -0.5, 0.0)
    """
    import numpy as np  # costs a fifth of a second: not at import

    if len(champion) < 2 or len(champion) != len(candidate):
        raise ValueError(f"expected two amounts or more of each version, found {len(champion)} and {len(candidate)}")
    sign = 1.0 if more_is_better else -1.0
    before, now = np.asarray(champion, dtype=float), np.asarray(candidate, dtype=float)
    gains = sign * (now - before)
    mean, error = float(gains.mean()), _error(gains)
    if error == 0.0:
        low, high, harm, method = mean, mean, float(mean >= 0), "no spread"
    elif len(gains) >= normal_from:
        low, high, harm, method = *_student(mean, error, len(gains), level), "paired t"
    else:
        low, high, harm, method = *_resampled(gains, mean, error, level, seed), "paired bootstrap-t"
    return PairedDifference(len(gains), float(before.mean()), float(now.mean()), mean, low, high, harm, method)


def _error(gains) -> float:  # type: ignore[no-untyped-def]
    return float(gains.std(ddof=1)) / math.sqrt(len(gains))


def _student(mean: float, error: float, n: int, level: float) -> tuple[float, float, float]:
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(n - 1, 1 - level)) * error
    return mean - reach, mean + reach, float(stdtr(n - 1, mean / error))


def _resampled(gains, mean: float, error: float, level: float, seed: int) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    import numpy as np

    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = gains[chance.integers(0, len(gains), (_RESAMPLES, len(gains)))]
    spread = drawn.std(axis=1, ddof=1) / math.sqrt(len(gains))
    far = np.divide(drawn.mean(axis=1) - mean, spread, out=np.full(_RESAMPLES, math.inf), where=spread > 0)
    low, high = mean - float(np.quantile(far, 1 - level)) * error, mean - float(np.quantile(far, level)) * error
    return low, high, (1 + float((far <= mean / error).sum())) / (1 + _RESAMPLES)
