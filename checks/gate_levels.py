"""Is the candidate good enough by itself? Levels that a measure has to reach, whatever the champion does.

Put here what is judged of the candidate alone, over all cases. What is judged against the champion is ``checks/gate_comparisons.py``.

The rules, for each measure of which the catalogue or its preset names a level:
 * Shares: of all cases of the set; one that ended in an error, or has no value, is not passed, and counts as harmful where that is asked.
   Their bounds are exact (Clopper and Pearson, Biometrika 26, 1934). Amounts: of the cases that have one; Student's t, from
   ``min_case_count`` of them on, fewer are INCONCLUSIVE.
 * Each bound is one-sided at ``false_pass_probability``: so often a candidate that is not good enough by a hair may pass.
 * Shown: the bound on the bad side reaches the level. PASS.
 * Missed: the bound on the good side does not. FAIL: a champion that is as bad excuses nobody.
 * Open: neither. INCONCLUSIVE, with the number of cases like these that would show it; none where the observed does not reach the level.
 * Every level has to be shown, so that no correction for their number is due: another one makes it harder to pass, never easier.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from checks.gate_cases import is_right_or_wrong, values_alone
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, MetricSpec, VersionOutcomes
from registry.domain.gate import GateInputs

CHECK = "level"
_MOST_CASES = 100_000_000
_Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Observed:
    """What was observed of the candidate, and which bounds it would have on any number of cases like these."""

    value: float
    n: int
    bounds_of: Callable[[int], _Bounds]


def find_levels(
    inputs: GateInputs, cases: EvaluationSet, candidate: VersionOutcomes, left_out: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return whether the candidate reaches each level; of measures that are ``left_out`` nothing is known, and that is told elsewhere."""
    asked = (one for one in inputs.spec.metrics if one.has_level and one.name not in left_out)
    return tuple(_judged(one, inputs, cases, candidate) for one in asked)


def share_bounds(right: int, n: int, level: float) -> _Bounds:
    """Return the least and the most that a share can be, each exact and one-sided at ``level``.

    >>> [round(end, 4) for end in share_bounds(0, 598, 0.05)], [round(end, 3) for end in share_bounds(59, 59, 0.05)]
    ([0.0, 0.005], [0.95, 1.0])
    """
    from scipy.special import betaincinv  # costs a tenth of a second: not at import

    low = float(betaincinv(right, n - right + 1, level)) if right else 0.0
    high = float(betaincinv(right + 1, n - right, 1 - level)) if right < n else 1.0
    return low, high


def mean_bounds(mean: float, deviation: float, n: int, level: float) -> _Bounds:
    """Return the least and the most that a mean can be, by Student's t, each one-sided at ``level``."""
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 1 - level)) * deviation / math.sqrt(n)
    return mean - reach, mean + reach


def _judged(metric: MetricSpec, inputs: GateInputs, cases: EvaluationSet, candidate: VersionOutcomes) -> Finding:
    statistics, values = inputs.policy.statistics, values_alone(metric, cases, candidate)
    n, least = len(values), 1 if is_right_or_wrong(metric) else max(2, statistics.min_case_count)
    limit = _limit(metric)
    if n < least:
        text = f"{metric.name}: expected at least {least:,} cases with a value, found {n:,}; evaluate on more"
        return Finding(CHECK, metric.name, Verdict.INCONCLUSIVE, "too_few", text, limit=limit, n=n)
    seen = _observed(metric, values, statistics.false_pass_probability)
    low, high = seen.bounds_of(n)
    sign = -1.0 if metric.is_less_better else 1.0
    bad_end, good_end = (high, low) if metric.is_less_better else (low, high)
    bound = f"{metric.name} {seen.value:.4g} over {n:,} cases, truly between {low:.4g} and {high:.4g}"
    told = f"{bound}; expected {'at most' if metric.is_less_better else 'at least'} {limit:g}"
    code, verdict = "level_open", Verdict.INCONCLUSIVE
    if sign * bad_end >= sign * limit:
        code, verdict = "level_shown", Verdict.PASS
    elif sign * good_end < sign * limit:
        code, verdict, told = "level_missed", Verdict.FAIL, f"{told}, whatever the champion does"
    elif needed := _needed(seen, limit, is_less_better=metric.is_less_better):
        told += f", which is not shown; about {needed:,} cases like these would show it"
    else:
        code, told = "level_at_limit", f"{told}, which no number of cases like these would show"
    return Finding(CHECK, metric.name, verdict, code, told, value=seen.value, limit=limit, interval=(low, high), n=n)


def _limit(metric: MetricSpec) -> float:
    limit = metric.max_level if metric.is_less_better else metric.min_level
    return math.nan if limit is None else limit


def _observed(metric: MetricSpec, values: list[float], level: float) -> _Observed:
    n, mean = len(values), math.fsum(values) / len(values)
    if is_right_or_wrong(metric):
        right = round(math.fsum(values))
        # Of more cases like these the share is rounded to the bad side.
        rounded = math.ceil if metric.is_less_better else math.floor
        return _Observed(mean, n, lambda many: share_bounds(right if many == n else rounded(right * many / n), many, level))
    deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (n - 1))
    return _Observed(mean, n, lambda many: mean_bounds(mean, deviation, many, level))


def _needed(seen: _Observed, limit: float, *, is_less_better: bool) -> int | None:
    """Return how many cases like these would show the level; None where the observed does not reach it, or no number is near."""

    def is_shown(many: int) -> bool:
        low, high = seen.bounds_of(many)
        return high <= limit if is_less_better else low >= limit

    few, many = seen.n, seen.n
    while not is_shown(many):
        few, many = many, 2 * many
        if many > _MOST_CASES:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if is_shown(middle) else (middle, many)
    return many
