"""Volume dips: less than usual is a question about completeness, never an improvement.

Put the dip rule here. A feed that is missing, stale or empty is ``checks/feeds.py``.

The rules:
 * A subject (a stream or a feed) whose window holds at most ``max_ratio`` of its expected count, with an exact lower p-value below the
   yearly budget of false alarms shared by days, subjects and windows, has dipped.
 * A dip opens only while its shortest window is still below ``recovered_ratio``: days of a dip that is over do not open a second one.
 * While a dip is open its baseline stays the days before it began: a long dip must not become its own normal.
 * It has recovered when the window that found it is back at ``recovered_ratio``, or when its baseline has aged out. A window without an
   observed day shows no recovery.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from checks.series import Comparison, Series, compare
from checks.spikes import DAYS_PER_YEAR
from registry.domain.history import OpenDip
from registry.domain.policy import DipPolicy

_MIN_DISPERSION_BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Dip:
    """A dip that is open on the day judged: new (``is_new``) or still there."""

    state: OpenDip
    count: int
    expected: float
    ratio: float
    p_value: float
    is_new: bool


def dip_level(policy: DipPolicy, subjects: int) -> float:
    """Return the p-value below which one test of one day is called a dip."""
    return policy.max_false_alarms_per_year / (DAYS_PER_YEAR * max(1, subjects) * len(policy.window_days))


def find_dip(subject: str, series: Series, before: date, known: OpenDip | None, policy: DipPolicy, alpha: float) -> Dip | None:
    """Return the dip of ``subject`` in the days before ``before``, or None if its volume is usual or too young to judge."""
    if known is not None:
        return _still_low(series, before, known, policy)
    for length_days in sorted(policy.window_days, reverse=True):
        start_on = before - timedelta(days=length_days)
        compared = _compare(series, start_on, before, start_on, policy)
        if compared is None or compared.baseline_days < policy.baseline_min_days or compared.ratio > policy.max_ratio:
            continue
        p_value = compared.p_fewer()
        if p_value < alpha and _is_low_now(series, before, start_on, policy):
            return Dip(OpenDip(subject, start_on, length_days), compared.count, compared.expected, compared.ratio, p_value, is_new=True)
    return None


def _is_low_now(series: Series, before: date, baseline_end: date, policy: DipPolicy) -> bool:
    """Return whether the shortest window is below recovery, compared with the same baseline."""
    latest = _compare(series, before - timedelta(days=min(policy.window_days)), before, baseline_end, policy)
    return latest is None or latest.ratio < policy.recovered_ratio


def _still_low(series: Series, before: date, known: OpenDip, policy: DipPolicy) -> Dip | None:
    if before - known.since_on > timedelta(days=policy.baseline_max_days):
        return None
    start_on = before - timedelta(days=known.window_days)
    compared = _compare(series, start_on, before, known.since_on, policy)
    if compared is None:
        return Dip(known, 0, 0.0, 0.0, 1.0, is_new=False) if not series.days(start_on, before) else None
    if compared.ratio >= policy.recovered_ratio:
        return None
    return Dip(known, compared.count, compared.expected, compared.ratio, compared.p_fewer(), is_new=False)


def _compare(series: Series, start_on: date, before: date, baseline_end: date, policy: DipPolicy) -> Comparison | None:
    baseline = (baseline_end - timedelta(days=policy.baseline_max_days), baseline_end)
    return compare(series, (start_on, before), baseline, policy.default_dispersion_ratio, _MIN_DISPERSION_BLOCKS)
