"""A share of decisions that is never zero: is it back to where it may be, and how sure is that on every day at once?

Put arithmetic on effects that are rates here. Effects that should be absent are ``recurrence_silence.py``.

The rules:
 * The limit is the target of the system, or else the level before the issue began times the policy's ratio, or plus its excess, whichever
   is more. A level from too few decisions is none, and without a limit nothing is shown.
 * Each decision is an occurrence or not. The confidence sequence of the share is the beta-binomial mixture of Robbins (Ann. Math. Stat. 41,
   1970; Howard, Ramdas, McAuliffe and Sekhon, Ann. Stat. 49, 2021): the shares against which the mixture's likelihood ratio is below 1
   over the error. It holds at every look at once, by Ville's inequality. The mixture's mean is the limit, which the share is held against.
 * It takes decisions as independent of each other given the share: a batch of occurrences of one cause makes it too sure.
 * The upper bound counts every occurrence of mature days, and decisions of those alone that were observed; the lower bound counts the
   decisions of every day. What nobody looked at makes neither of them better.
"""

from __future__ import annotations

import math

from registry.domain.exposure import EffectSpec
from registry.domain.policy_recurrence import RatePolicy
from registry.domain.recurrence import Level

_MIN_LIMIT = 1e-9
_HALVINGS = 40


def find_limit(effect: EffectSpec, normal: Level | None, policy: RatePolicy) -> float | None:
    """Return the share that the effect may not pass; None where nothing tells it.

    >>> find_limit(EffectSpec(max_ratio=0.01), None, RatePolicy(180, 1000, 1.25, 0.0005, 0.95))
    0.01
    """
    if effect.max_ratio is not None:
        return effect.max_ratio
    if normal is None or normal.ratio is None or normal.exposure_count < policy.min_normal_exposure_count:
        return None
    return max(normal.ratio * policy.max_ratio_to_normal, normal.ratio + policy.max_excess_ratio)


def share_bounds(occurrences: int, decisions: int, limit: float, confidence: float) -> tuple[float, float]:
    """Return the shares between which the true one lies, at every look at once.

    >>> [round(end, 4) for end in share_bounds(90, 10_000, 0.0021, 0.95)]
    [0.0059, 0.013]
    >>> share_bounds(0, 0, 0.0021, 0.95)
    (0.0, 1.0)
    """
    return share_low(occurrences, decisions, limit, confidence), share_high(occurrences, decisions, limit, confidence)


def share_low(occurrences: int, decisions: int, limit: float, confidence: float) -> float:
    """Return the lower end of ``share_bounds``."""
    if occurrences <= 0:
        return 0.0
    return _end(occurrences, max(occurrences, decisions), limit, confidence, outside=0.0)


def share_high(occurrences: int, decisions: int, limit: float, confidence: float) -> float:
    """Return the upper end of ``share_bounds``."""
    if occurrences >= decisions:
        return 1.0
    return _end(occurrences, decisions, limit, confidence, outside=1.0)


def _end(occurrences: int, decisions: int, limit: float, confidence: float, outside: float) -> float:
    """Return where, between the share that was seen and ``outside``, the evidence against a share reaches 1 over the error.

    The end that is returned lies outside or on it, so that rounding never makes the interval too narrow.
    """
    a, b = 1.0, max(1.0, (1 - limit) / max(limit, _MIN_LIMIT))
    mixture = _log_beta(a + occurrences, b + decisions - occurrences) - _log_beta(a, b)
    needed = -math.log(1 - confidence)
    inside = occurrences / decisions
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if mixture - _log_likelihood(occurrences, decisions, middle) >= needed:
            outside = middle
        else:
            inside = middle
    return outside


def _log_likelihood(occurrences: int, decisions: int, share: float) -> float:
    if not 0 < share < 1:
        return -math.inf
    return occurrences * math.log(share) + (decisions - occurrences) * math.log1p(-share)


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)
