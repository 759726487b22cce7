"""Rates of counts: exact tests of a recent window against its own baseline.

Put arithmetic on counts and exposures here; what a policy makes of a p-value is ``checks/spikes.py`` and its neighbours.

The rules:
 * Two Poisson counts are compared conditionally on their sum, which is binomial (Przyborowski and Wilenski, Biometrika 31, 1940):
   exact, and it carries the uncertainty of a short baseline.
 * Over-dispersed counts (variance = dispersion_ratio x mean) are negative binomial with a common scale; conditional on the sum they are
   beta-binomial, which becomes the binomial as the ratio goes to 1.
 * Exposure is days weighted by day of week, over observed days alone: a day without a feed is not a day without complaints.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

_NEGLIGIBLE = 1e-17


def upper_tail(count: int, baseline_count: int, exposure: float, baseline_exposure: float, dispersion_ratio: float = 1.0) -> float:
    """Return P(window count >= ``count`` | sum of both counts) if both had one rate.

    >>> round(upper_tail(3, 1, 1.0, 1.0), 4)  # 5 of 16 ways to put four signals into two equal halves
    0.3125

    Raises:
        ValueError: an exposure that is not positive, a negative count, or a dispersion ratio below 1.
    """
    return _tail(count, baseline_count, exposure, baseline_exposure, dispersion_ratio, step=1)


def lower_tail(count: int, baseline_count: int, exposure: float, baseline_exposure: float, dispersion_ratio: float = 1.0) -> float:
    """Return P(window count <= ``count`` | sum of both counts) if both had one rate; arguments and errors as ``upper_tail``.

    >>> round(lower_tail(1, 3, 1.0, 1.0), 4)
    0.3125
    """
    return _tail(count, baseline_count, exposure, baseline_exposure, dispersion_ratio, step=-1)


def dispersion_ratio(blocks: Sequence[int], default: float, min_blocks: int) -> float:
    """Return variance over mean of equal-length block counts, at least 1; ``default`` when there are fewer than ``min_blocks``."""
    if len(blocks) < min_blocks:
        return default
    mean = sum(blocks) / len(blocks)
    if mean == 0:
        return 1.0
    variance = sum((block - mean) ** 2 for block in blocks) / (len(blocks) - 1)
    return max(1.0, variance / mean)


def day_weights(counts: Mapping[date, int], days: Iterable[date]) -> tuple[float, ...]:
    """Return seven weights (Monday first) of mean 1 over ``days``: how much of a usual day's volume each weekday brings.

    Each weekday is shrunk towards 1 by one average day, so that a short history cannot make a weekday impossible.
    """
    totals, seen = [0] * 7, [0] * 7
    for day in days:
        totals[day.weekday()] += counts.get(day, 0)
        seen[day.weekday()] += 1
    if sum(totals) == 0:
        return (1.0,) * 7
    mean = sum(totals) / sum(seen)
    return tuple((total + mean) / ((number + 1) * mean) for total, number in zip(totals, seen, strict=True))


def exposure_of(days: Iterable[date], weights: Sequence[float]) -> float:
    """Return the sum of the weights of ``days``: their length in usual days."""
    return sum(weights[day.weekday()] for day in days)


def ratio_to_baseline(count: int, expected: float, exposure: float, baseline_exposure: float) -> float:
    """Return count over expected; a baseline without a signal counts as half a signal, so that the ratio stays finite."""
    return count / (expected or 0.5 * exposure / baseline_exposure)


def _tail(count: int, other: int, exposure: float, other_exposure: float, dispersion: float, step: int) -> float:
    if exposure <= 0 or other_exposure <= 0 or count < 0 or other < 0 or dispersion < 1:
        raise ValueError(
            f"expected positive exposures, counts >= 0 and a dispersion ratio >= 1, "
            f"found {exposure}, {other_exposure}, {count}, {other}, {dispersion}"
        )
    total = count + other
    if total == 0 or (step > 0 and count == 0) or (step < 0 and other == 0):
        return 1.0
    share = exposure / (exposure + other_exposure)
    size = total / (exposure + other_exposure) / (dispersion - 1) if dispersion > 1 + 1e-9 else math.inf
    term = math.exp(_log_probability(count, total, share, size * exposure, size * other_exposure))
    tail, number = 0.0, count
    while 0 <= number <= total:
        tail += term
        following = term * _next_over_this(number, total, share, size * exposure, size * other_exposure, step)
        if following < term and following <= tail * _NEGLIGIBLE:
            break
        term, number = following, number + step
    return min(1.0, tail)


def _log_probability(number: int, total: int, share: float, alpha: float, beta: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(number + 1) - math.lgamma(total - number + 1)
    if math.isinf(alpha):
        return ways + number * math.log(share) + (total - number) * math.log1p(-share)
    return ways + _log_beta(number + alpha, total - number + beta) - _log_beta(alpha, beta)


def _next_over_this(number: int, total: int, share: float, alpha: float, beta: float, step: int) -> float:
    if step < 0:
        previous = number - 1
        return 0.0 if previous < 0 else 1 / _next_over_this(previous, total, share, alpha, beta, 1)
    if number >= total:
        return 0.0
    odds = share / (1 - share) if math.isinf(alpha) else (number + alpha) / (total - number - 1 + beta)
    return (total - number) / (number + 1) * odds


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)
