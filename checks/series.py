"""Daily counts arranged for the rate tests: which days were observed, what they brought, what is set aside.

Put arranging of counts here; tests of them are ``checks/rates.py``, judgements ``checks/spikes.py``, ``checks/batches.py`` and
``checks/volume.py``.

The rules:
 * A day counts only if its feed was observed; counts of an unobserved day are kept out of both sides of a test.
 * Signals of a named batch are set aside: the day stays observed.
 * The windows and the baseline never overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from checks.rates import dispersion_ratio, exposure_of, lower_tail, ratio_to_baseline, upper_tail


@dataclass(frozen=True, slots=True)
class Series:
    """Daily counts of one subject on its observed days, with the weekday weights of the feed it comes from."""

    counts: Mapping[date, int]
    observed: frozenset[date]
    weights: tuple[float, ...]

    def days(self, start_on: date, end_on: date) -> tuple[date, ...]:
        """Return the observed days of ``[start_on, end_on)`` in order."""
        span = (start_on + timedelta(days=offset) for offset in range((end_on - start_on).days))
        return tuple(day for day in span if day in self.observed)

    def total(self, days: Iterable[date]) -> int:
        return sum(self.counts.get(day, 0) for day in days)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window against its baseline: both counts, both exposures, and the baseline's own over-dispersion."""

    count: int
    exposure: float
    baseline_count: int
    baseline_exposure: float
    baseline_days: int
    dispersion_ratio: float

    @property
    def expected(self) -> float:
        return self.baseline_count / self.baseline_exposure * self.exposure

    @property
    def ratio(self) -> float:
        return ratio_to_baseline(self.count, self.expected, self.exposure, self.baseline_exposure)

    def p_more(self) -> float:
        """Return the probability of at least this count at the baseline's rate."""
        return upper_tail(self.count, self.baseline_count, self.exposure, self.baseline_exposure, self.dispersion_ratio)

    def p_fewer(self) -> float:
        """Return the probability of at most this count at the baseline's rate."""
        return lower_tail(self.count, self.baseline_count, self.exposure, self.baseline_exposure, self.dispersion_ratio)


def compare(
    series: Series, window: tuple[date, date], baseline: tuple[date, date], default_dispersion: float, min_blocks: int
) -> Comparison | None:
    """Return the comparison of two half-open spans of days, or None when either has no observed day."""
    window_days, baseline_days = series.days(*window), series.days(*baseline)
    if not window_days or not baseline_days:
        return None
    return Comparison(
        count=series.total(window_days),
        exposure=exposure_of(window_days, series.weights),
        baseline_count=series.total(baseline_days),
        baseline_exposure=exposure_of(baseline_days, series.weights),
        baseline_days=len(baseline_days),
        dispersion_ratio=dispersion_ratio(_weekly_blocks(series, baseline_days), default_dispersion, min_blocks),
    )


def _weekly_blocks(series: Series, days: tuple[date, ...]) -> list[int]:
    """Return counts of consecutive runs of seven observed days, newest last; an incomplete oldest block is left out."""
    first = len(days) % 7
    return [series.total(days[start : start + 7]) for start in range(first, len(days), 7)]
