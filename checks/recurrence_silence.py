"""Silence as evidence: how much exposure without an occurrence it takes to tell a fix from good luck.

Put arithmetic on effects that should be absent here. Effects that are never zero are ``recurrence_rate.py``.

The rules:
 * A count of occurrences against exposure is Poisson; its rate has Garwood's exact bounds (Biometrika 28, 1936). The lower bound of the
   rate before the fix counts, so that an estimate by luck asks for more exposure and not for less.
 * While nothing occurs, exp(rate x exposure) is an e-process against every rate of at least that much: the likelihood ratio of rate 0. By
   Ville's inequality (Etude critique de la notion de collectif, 1939) it ever reaches 20 with a chance of at most 1 in 20, however often
   and whenever one looks; so do Howard, Ramdas, McAuliffe and Sekhon (Ann. Stat. 49, 2021) and Ramdas, Gruenwald, Vovk and Shafer
   (Stat. Sci. 38, 2023). The exposure that silence needs, and the bound on the rate on each day, are that inequality solved.
 * Fewer occurrences before the fix than the policy asks for tell no rate, and silence then shows nothing.
"""

from __future__ import annotations

import math

from registry.domain.policy_recurrence import SilencePolicy
from registry.domain.recurrence import Level


def level_of(occurrences: int, exposure: int, days: int, confidence: float) -> Level:
    """Return the rate of ``occurrences`` with its two one-sided bounds; without exposure there is none.

    >>> level = level_of(3, 90, 90, 0.8)
    >>> round(level.low, 5), round(level.high, 5)
    (0.01706, 0.06128)
    >>> level_of(0, 90, 90, 0.8).low, level_of(3, 0, 0, 0.8).ratio
    (0.0, None)
    """
    if exposure <= 0:
        return Level(occurrences, exposure, days)
    from scipy.special import gammaincinv  # costs a tenth of a second: not at import

    low = float(gammaincinv(occurrences, 1 - confidence)) / exposure if occurrences else 0.0
    high = float(gammaincinv(occurrences + 1, confidence)) / exposure
    return Level(occurrences, exposure, days, occurrences / exposure, low, high)


def required_exposure(before: Level, policy: SilencePolicy) -> float | None:
    """Return the exposure that must stay silent; None where too few occurrences tell the rate before the fix.

    >>> policy = SilencePolicy(90, 3, 0.8, 0.95, 0.95)
    >>> round(required_exposure(level_of(3, 90, 90, 0.8), policy), 1)  # three in 90 days ask for half a year of silence
    175.6
    """
    if before.occurrence_count < policy.min_pre_fix_occurrence_count or not before.low:
        return None
    return -math.log(1 - policy.silence_confidence) / before.low


def silent_bound(exposure: int, confidence: float) -> float | None:
    """Return the rate that silence over ``exposure`` excludes at every look at once; None without exposure.

    >>> round(silent_bound(60, 0.95), 4), silent_bound(0, 0.95)
    (0.0499, None)
    """
    return -math.log(1 - confidence) / exposure if exposure > 0 else None
