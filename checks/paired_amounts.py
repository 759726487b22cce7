"""An amount for each case (a score, seconds, cost): how much better or worse is the candidate's mean on the same cases?

Put arithmetic on paired amounts here. Right or wrong is ``checks/paired.py``.

The rules:
 * Each case is its own control: only the difference of its two amounts counts, turned so that more is better.
 * An amount that is not a finite number compares with nothing and is refused: it would make every bound say nothing, quietly.
 * A margin that is a share of the champion's mean (``allowed_ratio``) is as uncertain as that mean, and rises where chance made the
   champion look bad. So bounds are as wide as those of the differences with that share of the champion's amount added, case by case.
 * Mean and bounds are Student's on the differences where there are enough of them for their mean to be normal (``normal_from``); fewer are
   resampled, and the bounds are those of the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12),
   which follows a skew that Student's does not know. Resampling is seeded by the caller: the same cases give the same answer.
 * A bound that resampling cannot find, because too many draws have no spread, is the worst (or best) difference of any case.
 * Differences that are all alike, but for rounding, have no spread, and chance plays no part: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
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
    allowed_ratio: float = 0.0,
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
    against_margin = gains + allowed_ratio * before
    mean, largest = float(gains.mean()), max(float(np.abs(before).max()), float(np.abs(now).max()))
    bounds, harm, method = _bounds, _harm, "paired t"
    if len(gains) < normal_from:
        bounds, harm, method = partial(_resampled_bounds, seed=seed), partial(_resampled_harm, seed=seed), "paired bootstrap-t"
    is_spread = [_error(one) > _ROUNDING * largest for one in (against_margin, gains)]
    off = float(against_margin.mean()) - mean
    low, high = (end - off for end in bounds(against_margin, level)) if is_spread[0] else (mean, mean)
    harm_p = harm(gains) if is_spread[1] else float(mean >= 0)
    return PairedDifference(
        len(gains), float(before.mean()), float(now.mean()), mean, low, high, harm_p, method if any(is_spread) else "no spread"
    )


def _error(gains: Floats) -> float:
    return float(gains.std(ddof=1)) / math.sqrt(len(gains))


def _bounds(gains: Floats, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    mean, reach = float(gains.mean()), float(stdtrit(len(gains) - 1, 1 - level)) * _error(gains)
    return mean - reach, mean + reach


def _harm(gains: Floats) -> float:
    from scipy.special import stdtr

    return float(stdtr(len(gains) - 1, float(gains.mean()) / _error(gains)))


def _resampled_bounds(gains: Floats, level: float, seed: int) -> tuple[float, float]:
    import numpy as np

    mean, error = float(gains.mean()), _error(gains)
    ends = np.quantile(_studentized(gains, mean, seed), [1 - level, level], method="closest_observation")
    low, high = (float(mean - end * error) for end in ends)
    return low if math.isfinite(low) else float(gains.min()), high if math.isfinite(high) else float(gains.max())


def _resampled_harm(gains: Floats, seed: int) -> float:
    mean = float(gains.mean())
    return (1 + float((_studentized(gains, mean, seed) <= mean / _error(gains)).sum())) / (1 + _RESAMPLES)


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
