"""Spikes: has the rate of one symptom risen against its own past, by enough to matter and by more than chance?

Put the spike rule here. Counting belongs in ``registry/sources``; opening or escalating an issue in ``checks/triage.py``.

The rules, cheapest first; all must hold for one window length:
 * At least ``min_count`` signals in the window.
 * At least ``baseline_min_days`` observed days before the window (for a live issue: as many as the window its level was set by).
 * At least ``min_ratio`` times the expected count.
 * An exact one-sided p-value below the level: the yearly budget of false alarms, shared by every day, window length and fingerprint tested.

A live issue is compared with its own level: its baseline starts with the window that last opened or escalated it, so that one continuing
spike stays one issue and a further step up is seen as a step.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from checks.series import Comparison, Series, compare
from registry.domain.canonical import decimal_text
from registry.domain.decision import NotEvaluated
from registry.domain.issue import Issue
from registry.domain.policy import SpikePolicy
from registry.domain.triage import SpikeEvidence

DAYS_PER_YEAR = 365.25


def spike_level(policy: SpikePolicy, fingerprints_tested: int) -> float:
    """Return the p-value below which one test of one day is called a spike (Bonferroni over the year's tests)."""
    tests_per_day = max(1, fingerprints_tested) * len(policy.window_days)
    return policy.max_false_alarms_per_year / (DAYS_PER_YEAR * tests_per_day)


def find_spike(series: Series, before: date, issue: Issue | None, policy: SpikePolicy, alpha: float) -> SpikeEvidence | NotEvaluated | None:
    """Return the evidence of a spike in the days before ``before``, None if there is none, or why it could not be judged.

    ``issue`` is the live issue of this fingerprint, if there is one.
    """
    too_short: NotEvaluated | None = None
    for length_days in policy.window_days:
        start_on = before - timedelta(days=length_days)
        if series.total(series.days(start_on, before)) < policy.min_count:
            continue
        judged = _judge_window(series, before, length_days, issue, policy, alpha)
        if isinstance(judged, SpikeEvidence):
            return judged
        too_short = judged or too_short
    return too_short


def describe_spike(spike: SpikeEvidence | None) -> str:
    """Return the arithmetic of a spike as one sentence."""
    if spike is None:
        return "no spike"
    return (
        f"{spike.count} signals in {spike.window_days} days against {spike.expected:.1f} expected from the {spike.baseline_days} observed "
        f"days before ({spike.ratio:.1f} times; p {spike.p_value:.1e}, level {spike.alpha:.1e})"
    )


def spike_record(spike: SpikeEvidence) -> dict[str, Any]:
    """Return the evidence with decimals as text, as ledger bodies carry it."""
    names = ("expected", "ratio", "window_exposure", "baseline_exposure", "dispersion_ratio", "p_value", "alpha")
    counts = {"window_days": spike.window_days, "count": spike.count}
    counts |= {"baseline_days": spike.baseline_days, "baseline_count": spike.baseline_count}
    return counts | {name: decimal_text(getattr(spike, name)) for name in names}


def _judge_window(
    series: Series, before: date, length_days: int, issue: Issue | None, policy: SpikePolicy, alpha: float
) -> SpikeEvidence | NotEvaluated | None:
    start_on = before - timedelta(days=length_days)
    baseline_from, min_days = _baseline(start_on, issue, policy)
    if start_on <= baseline_from:
        compared = None
    else:
        compared = compare(
            series, (start_on, before), (baseline_from, start_on), policy.default_dispersion_ratio, policy.min_dispersion_blocks
        )
    if compared is None or compared.baseline_days < min_days:
        return None if issue and issue.level_since_on else _too_short(series, baseline_from, start_on, min_days)
    if compared.ratio < policy.min_ratio:
        return None
    p_value = compared.p_more()
    return _evidence(compared, length_days, p_value, alpha) if p_value < alpha else None


def _baseline(start_on: date, issue: Issue | None, policy: SpikePolicy) -> tuple[date, int]:
    """Return the first day of the baseline and how many observed days it needs."""
    oldest = start_on - timedelta(days=policy.baseline_max_days)
    if issue is None or issue.level_since_on is None:
        return oldest, policy.baseline_min_days
    level_from = issue.level_since_on - timedelta(days=issue.level_window_days)
    return max(oldest, level_from), issue.level_window_days


def _too_short(series: Series, baseline_from: date, start_on: date, min_days: int) -> NotEvaluated:
    found = len(series.days(baseline_from, start_on))
    return NotEvaluated("", "baseline_too_short", f"{found} observed days before the window, {min_days} are needed to judge a spike")


def _evidence(compared: Comparison, length_days: int, p_value: float, alpha: float) -> SpikeEvidence:
    return SpikeEvidence(
        window_days=length_days,
        count=compared.count,
        expected=compared.expected,
        ratio=compared.ratio,
        baseline_days=compared.baseline_days,
        baseline_count=compared.baseline_count,
        window_exposure=compared.exposure,
        baseline_exposure=compared.baseline_exposure,
        dispersion_ratio=compared.dispersion_ratio,
        p_value=p_value,
        alpha=alpha,
    )
