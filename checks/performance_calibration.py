"""Calibration: do as many events happen, or amounts come, as the scores of the same cases said?

Put here how observed and predicted are compared. Accuracy, ranking and errors are ``checks/performance_measures.py``.

The rules:
 * Outcomes that are known early are not typical ones, so none of them stands for an unknown one: events are off only where they are so
   with every unknown outcome as it would suit best (Manski, Partial Identification of Probability Distributions, 2003). Where those known
   are off and the unknown could still make up for it, the answer is open: INCONCLUSIVE.
 * Off: observed further from predicted than ``max_calibration_error_ratio`` of the predicted, for events (calibration) and amounts (bias).
 * A score whose reference was off by more than that, and by more than chance, is no probability: it is held to the reference's own ratio.
 * Events against probabilities are the exact binomial tail; a mean amount has the standard error of its own residuals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from checks.performance_pool import Pool
from checks.performance_statistics import around, events_p, rate_interval, two_sided
from registry.domain.monitoring import LabelKind
from registry.domain.policy_triggers import PerformancePolicy


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one pool: ``matters`` by policy; ``p_value`` says how often chance does this.

    ``is_open``: those known are off, and others are unknown: no PASS, whatever the bound says. ``is_young``: the slow ones among them
    cannot be known yet.
    """

    measure: str
    pool: Pool
    value: float
    baseline: float
    limit: float
    interval: tuple[float, float]
    p_value: float
    matters: bool
    text: str
    blocking: bool = True
    is_open: bool = False
    is_young: bool = False


def judge_calibration(pool: Pool, ratio: float, policy: PerformancePolicy) -> Measured:
    """Return how the observed rate of events compares with ``ratio`` times the predicted, whatever the unknown outcomes turn out to be."""
    observed, expected = pool.labels / pool.rows, ratio * pool.scores / pool.rows
    interval, p_value, is_off = rate_interval(round(pool.labels), pool.rows), calibration_p(pool, ratio), _is_off(pool, ratio, policy)
    limit = expected * (1 + math.copysign(policy.max_calibration_error_ratio, observed - expected))
    corrected = f" (score times {ratio:.2f}, as in the reference)" if ratio != 1 else ""
    text = f"{percent_of(observed)} observed ({percent_of(interval[0])} to {percent_of(interval[1])}) against {percent_of(expected)} "
    text += f"predicted{corrected}, expected {'at most' if observed > expected else 'at least'} {percent_of(limit)} (p {p_value:.1e}"
    text += f", with the {pool.unknown:,} unknown outcomes as they would suit best)" if pool.unknown else ")"
    all_known = replace(pool, scored_count=pool.rows)
    is_off_so_far = _is_off(all_known, ratio, policy) and calibration_p(all_known, ratio) < policy.false_alarm_probability
    is_open = pool.unknown > 0 and is_off_so_far
    return Measured("calibration", pool, observed, expected, limit, interval, p_value, is_off, text, is_open=is_open)


def judge_bias(pool: Pool, ratio: float, policy: PerformancePolicy) -> Measured:
    """Return how the mean amount compares with ``ratio`` times the predicted."""
    observed, expected, p_value = pool.labels / pool.rows, ratio * pool.scores / pool.rows, calibration_p(pool, ratio)
    limit = expected + math.copysign(policy.max_calibration_error_ratio * abs(expected), observed - expected)
    text = f"mean {observed:.4g} observed against {expected:.4g} predicted, expected within {limit:.4g} (p {p_value:.1e})"
    interval = around(observed, _residual_error(pool))
    return Measured("bias", pool, observed, expected, limit, interval, p_value, _is_off(pool, ratio, policy), text)


def known_ratio(reference: Pool, policy: PerformancePolicy) -> float:
    """Return observed over predicted of the reference where it was not calibrated, otherwise 1."""
    off = is_miscalibrated(reference, policy)
    return reference.labels / reference.scores if off and reference.scores and reference.labels else 1.0


def is_miscalibrated(reference: Pool, policy: PerformancePolicy) -> bool:
    """Return whether a reference's scores were off by more than the policy allows, and by more than chance."""
    return _is_off(reference, 1.0, policy) and calibration_p(reference) < policy.false_alarm_probability


def calibration_p(pool: Pool, ratio: float = 1.0) -> float:
    """Return how often chance alone puts the observed this far from ``ratio`` times the predicted, at best for the unknown."""
    if pool.kind is LabelKind.BINARY:
        rows, expected = pool.rows + pool.unknown, ratio * pool.predicted
        if pool.unknown and pool.labels <= expected <= pool.labels + pool.unknown:
            return 1.0
        return events_p(round(_best_case(pool, expected)), rows, min(1.0, expected / rows))
    error = _residual_error(pool)
    return two_sided((pool.labels - ratio * pool.scores) / pool.rows / error) if error else float(pool.labels == ratio * pool.scores)


def _is_off(pool: Pool, ratio: float, policy: PerformancePolicy) -> bool:
    if pool.kind is LabelKind.NUMBER:  # an amount that is not known yet has no bound
        return abs(pool.labels - ratio * pool.scores) > policy.max_calibration_error_ratio * abs(ratio * pool.scores)
    expected = ratio * pool.predicted
    return abs(_best_case(pool, expected) - expected) > policy.max_calibration_error_ratio * expected


def _best_case(pool: Pool, expected: float) -> float:
    """Return the number of events nearest to the expected that the unknown outcomes still allow."""
    return min(max(expected, pool.labels), pool.labels + pool.unknown)


def _residual_error(pool: Pool) -> float:
    mean = (pool.labels - pool.scores) / pool.rows
    return math.sqrt(max(0.0, pool.squared_errors / pool.rows - mean * mean) / pool.rows)


def percent_of(share: float) -> str:
    """
    >>> percent_of(0.232)
    '23.2 %'
    """
    return f"{100 * share:.1f} %"
