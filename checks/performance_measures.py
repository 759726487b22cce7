"""What is measured on mature outcomes: accuracy, ranking, squared and absolute error, each against its reference.

Put a measure here, with its limit, its interval and the p-value that chance alone gave it. Observed against predicted is
``checks/performance_calibration.py``; what the measures come to together, ``checks/performance.py``.

The rules:
 * Accuracy at 0.5: below the reference's by more than ``max_accuracy_drop_ratio`` of it even if every unknown outcome turned out as
   decided; if only those known are, the answer is open.
 * AUC by score bins: below the reference's by more than that ratio of it. It compares events with non-events, so which of the two become
   known first does not move it.
 * Brier score: above the reference's by more than ``max_quality_drop_ratio`` of it. It rises with the event's frequency too, so it is shown
   and never alarms. Its variance is not in the sums; that of a value in 0..1 with this mean is at most m (1 - m).
 * An amount's mean absolute error: above the reference's by more than ``max_accuracy_drop_ratio`` of it, with the variance that the sums of
   squares give. Its root mean squared error is told without an interval: that would need fourth powers.
 * Quality: accuracy and AUC (or the absolute error) of a quarter worse than the quarter before by more than ``max_quality_drop_ratio``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from checks.performance_calibration import Measured, judge_bias, judge_calibration, known_ratio, percent_of
from checks.performance_pool import Pool
from checks.performance_statistics import around, auc_error, drop_of_rates, grouped_auc, rate_interval, upper_normal_tail
from registry.domain.monitoring import LabelKind
from registry.domain.policy_triggers import PerformancePolicy


def measure(pool: Pool, reference: Pool | None, whole: Pool, policy: PerformancePolicy) -> Iterator[Measured]:
    """Yield the measures of a pool; those against its reference only where it has one, ``whole`` is that of all rows."""
    ratio = known_ratio(reference or whole, policy)
    if pool.kind is LabelKind.NUMBER:
        yield judge_bias(pool, ratio, policy)
        if reference is not None:
            yield _error("error", pool, reference, policy.max_accuracy_drop_ratio, "the reference's")
        return
    yield judge_calibration(pool, ratio, policy)
    if reference is not None:
        yield _accuracy("accuracy", pool, reference, policy.max_accuracy_drop_ratio, policy.false_alarm_probability, "the reference's")
        if pool.has_both(policy) and reference.has_both(policy):
            yield _auc("auc", pool, reference, policy.max_accuracy_drop_ratio, "the reference's")
        yield _brier(pool, reference, policy)


def measure_early(pool: Pool, reference: Pool | None, whole: Pool, policy: PerformancePolicy) -> Iterator[Measured]:
    """Yield what can be told of outcomes that are mostly unknown: the measures that hold whatever those turn out to be."""
    if pool.kind is LabelKind.BINARY:
        yield judge_calibration(pool, known_ratio(reference or whole, policy), policy)
        if reference is not None:
            yield _accuracy("accuracy", pool, reference, policy.max_accuracy_drop_ratio, policy.false_alarm_probability, "the reference's")


def measure_quality(quarter: Pool, before: Pool, policy: PerformancePolicy) -> Iterator[Measured]:
    """Yield how a quarter compares with the one before."""
    limit, earlier = policy.max_quality_drop_ratio, before.windows
    whose = f"that of the quarter before ({earlier[0].start_on} until {earlier[-1].end_on})"
    if quarter.kind is LabelKind.NUMBER:
        yield _error("quality_error", quarter, before, limit, whose)
        return
    yield _accuracy("quality_accuracy", quarter, before, limit, policy.false_alarm_probability, whose)
    if quarter.has_both(policy) and before.has_both(policy):
        yield _auc("quality_auc", quarter, before, limit, whose)


def _accuracy(name: str, pool: Pool, reference: Pool, max_drop: float, level: float, whose: str) -> Measured:
    now, before = pool.correct / pool.rows, reference.correct / reference.rows
    best, rows = (pool.correct + pool.unknown) / (pool.rows + pool.unknown), pool.rows + pool.unknown
    (p_value, _), (p_known, fall) = (drop_of_rates(before, reference.rows, *seen) for seen in ((best, rows), (now, pool.rows)))
    limit = before * (1 - max_drop)
    text = f"accuracy {percent_of(now)} against {whose} {percent_of(before)} (lower by {100 * fall[0]:.1f} to {100 * fall[1]:.1f} points), "
    text += f"expected at least {percent_of(limit)} (p {p_value:.1e}"
    text += f", with the {pool.unknown:,} unknown outcomes as they would suit best)" if pool.unknown else ")"
    is_open = pool.unknown > 0 and now < limit and p_known < level
    return Measured(name, pool, now, before, limit, rate_interval(pool.correct, pool.rows), p_value, best < limit, text, is_open=is_open)


def _auc(name: str, pool: Pool, reference: Pool, max_drop: float, whose: str) -> Measured:
    (now, error), (before, error_before) = _auc_of(pool), _auc_of(reference)
    both = math.hypot(error, error_before)
    p_value = upper_normal_tail((before - now) / both) if both else 1.0
    limit = before * (1 - max_drop)
    text = f"AUC by score bins {now:.3f} against {whose} {before:.3f}, expected at least {limit:.3f} (p {p_value:.1e})"
    return Measured(name, pool, now, before, limit, around(now, error), p_value, now < limit, text)


def _brier(pool: Pool, reference: Pool, policy: PerformancePolicy) -> Measured:
    now, before = pool.squared_errors / pool.rows, reference.squared_errors / reference.rows
    error = math.sqrt(max(0.0, now * (1 - now)) / pool.rows)
    both = math.hypot(error, math.sqrt(max(0.0, before * (1 - before)) / reference.rows))
    p_value = upper_normal_tail((now - before) / both) if both else 1.0
    limit = before * (1 + policy.max_quality_drop_ratio)
    text = f"Brier score {now:.4f} against the reference's {before:.4f}, at most {limit:.4f} would be usual (p {p_value:.1e})"
    return Measured("brier", pool, now, before, limit, around(now, error), p_value, now > limit, text, blocking=False)


def _auc_of(pool: Pool) -> tuple[float, float]:
    auc = grouped_auc(pool.bins)
    return auc, auc_error(auc, pool.labels, pool.rows - pool.labels)


def _error(name: str, pool: Pool, reference: Pool, max_rise: float, whose: str) -> Measured:
    (now, error), (before, error_before) = _mean_error(pool), _mean_error(reference)
    both = math.hypot(error, error_before)
    p_value = upper_normal_tail((now - before) / both) if both else float(now <= before)
    limit = before * (1 + max_rise)
    root, root_before = math.sqrt(pool.squared_errors / pool.rows), math.sqrt(reference.squared_errors / reference.rows)
    text = f"mean absolute error {now:.4g} against {whose} {before:.4g}, expected at most {limit:.4g} (p {p_value:.1e}); "
    text += f"root mean squared error {root:.4g} against {root_before:.4g}"
    return Measured(name, pool, now, before, limit, around(now, error), p_value, now > limit, text)


def _mean_error(pool: Pool) -> tuple[float, float]:
    mean = pool.absolute_errors / pool.rows
    return mean, math.sqrt(max(0.0, pool.squared_errors / pool.rows - mean * mean) / pool.rows)
