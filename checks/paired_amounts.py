"""An amount for each case (a score, seconds, cost): how much better or worse is the candidate's mean on the same cases?

Put arithmetic on paired amounts here. Right or wrong is ``checks/paired.py``.

The rules:
 * Each case is its own control: only the difference of its two amounts counts, turned so that more is better.
 * An amount that is not a finite number compares with nothing and is refused: it would make every bound say nothing, quietly.
 * A margin that is a share of the champion's mean (``allowed_ratio``) is as uncertain as that mean, and rises where chance made the
   champion look bad. So bounds are as wide as those of the differences with that share of the champion's amount added, case by case.
 * Mean and bounds are Student's on the differences where there are enough of them for their mean to be normal (``normal_from``); fewer are
   resampled as well, by the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12), which follows a skew
   that Student's does not know. Of the two the wider end counts: in simulations of a long tail the bootstrap-t alone passed 6 in 100 of
   candidates worse by the margin. Resampling is seeded by the caller: the same cases give the same answer.
 * Harm of few is how often a draw is as far below its own mean, and never less than exchanging the versions case by case comes to
   (``checks/paired_swaps.py``): where few cases differ at all, draws make too much of them. What no draw reaches is not called 1 in 10,001,
   or no segment of 500 could ever be worse: it is told by Student's tail of a third of the cases, which a skew does not outgrow in
   simulations, widened where the draws reach further than it does at 1 in 1,000. A draw that misses the few cases which are not lost has
   hardly any spread; it counts with half of the cases' own, or 25 lost of 30 would never be more than 1 in 240.
 * A bound that resampling cannot find, because too many draws have no spread, is the worst (or best) difference of any case.
 * Differences that are all alike, but for rounding, have no spread, and chance plays no part: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from checks.paired_swaps import RESAMPLES, chance_of_swaps, in_turns
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDING = 1e-13
"""Of the largest amount: a spread below is that of its last digits."""
_FAR = 10
"""The draw, counted from the furthest, by which Student's tail is widened."""
_OF_CASES = 1 / 3
"""Degrees of freedom of that tail."""
_NARROWEST = 0.5  # of the cases' own error: what a draw counts with at least


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
    least, most = _bounds(gains, level)
    low, high = low if math.isfinite(low) else float(gains.min()), high if math.isfinite(high) else float(gains.max())
    return min(low, least), max(high, most)


def _resampled_harm(gains: Floats, seed: int) -> float:
    import numpy as np

    n, mean, error = len(gains), float(gains.mean()), _error(gains)
    seen, far = mean / error, _studentized(gains, mean, seed, _NARROWEST * error)
    reached = int((far <= seen).sum())
    counted = (1 + reached) / (1 + RESAMPLES)
    if mean >= 0:
        return counted
    return max(counted if reached else min(counted, _beyond(far, seen, n)), chance_of_swaps(gains, np.ones(n, dtype=np.intp), seed))


def _beyond(far: Floats, seen: float, n: int) -> float:
    """Return how often Student's tail, as wide as the draws have it, lies below what none of them reached."""
    import numpy as np
    from scipy.special import stdtr, stdtrit

    freedom = _OF_CASES * (n - 1)
    wider = float(np.partition(far, _FAR - 1)[_FAR - 1]) / float(stdtrit(freedom, _FAR / RESAMPLES))
    return float(stdtr(freedom, seen / max(1.0, wider)))


def _studentized(gains: Floats, mean: float, seed: int, narrowest: float = 0.0) -> Floats:
    """Return how far off the mean of each draw is, in its own standard errors; infinitely far where it has none."""
    import numpy as np

    # the old generator, because its stream is frozen: a decision is redone years later with another numpy
    chance, found, n = np.random.RandomState(seed), [], len(gains)
    alike = _ROUNDING * float(np.abs(gains).max())
    for rows in in_turns(n):
        drawn = gains[chance.randint(0, n, (rows, n))]
        off, spread = drawn.mean(axis=1) - mean, np.maximum(narrowest, drawn.std(axis=1, ddof=1) / math.sqrt(n))
        found.append(np.divide(off, spread, out=np.copysign(np.inf, off), where=spread > alike))
    return np.concatenate(found)
