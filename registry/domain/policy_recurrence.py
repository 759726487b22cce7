"""Policy values of recurrence windows and key risk indicators, after loading.

Put the shape of the table ``recurrence`` here, its numbers in ``registry/policies/recurrence.yaml``. Units are in the names. How long a
window is, and how often it is reviewed, are rows of the table ``clocks``; this belongs to how silence, and rates, become evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.domain.exposure import FeedTerms
from registry.domain.signal import Severity


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """When silence after a fix is evidence: against the rate before it, of which the lower confidence bound counts.

    ``baseline_days`` are the observed days before the fix, or the containment, that the rate is counted on. Where one value of a counted
    segment has ``concentrated_ratio`` of these occurrences or more, its decisions alone are exposure.
    """

    baseline_days: int
    min_pre_fix_occurrence_count: int
    pre_fix_rate_confidence: float
    silence_confidence: float
    concentrated_ratio: float


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """When a rate that is never zero is back to normal: non-inferior to a target, or to the level before the issue began.

    ``normal_days`` are the observed days before the issue that the normal level is counted on. The limit is the normal level times
    ``max_ratio_to_normal``, or plus ``max_excess_ratio``, whichever is more. ``confidence`` is that of the confidence sequence.
    """

    normal_days: int
    min_normal_exposure_count: int
    max_ratio_to_normal: float
    max_excess_ratio: float
    confidence: float


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """How a window is watched: what share of its days must have been observed, and after how many unobserved days it is suspended.

    A window that could still show something waits for it ``unevidenced_after_floors`` times its floor; then its days are over. A day on
    which more than ``max_set_aside_ratio`` of a feed's new rows could not be read is not observed. Reports are waited for as long as
    ``report_delay_ratio`` of those before the fix took; ``max_older_decision_count`` decisions of an older version change nothing.
    """

    min_coverage_ratio: float
    suspend_after_unobserved_days: int
    unevidenced_after_floors: int
    report_delay_ratio: float
    max_older_decision_count: int
    max_set_aside_ratio: float


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """What a recurrence does to a severity that a machine set."""

    raise_levels: int
    max_severity: Severity


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """When a closed issue is asked again whether its fix held, and how many days that question may wait."""

    effectiveness_after_days: int
    effectiveness_due_days: int


@dataclass(frozen=True, slots=True)
class IndicatorPolicy:
    """Thresholds of the key risk indicators; ``amber_extends`` are the indicators whose amber days do not count towards a window."""

    claims_amber_ratio: float
    claims_red_ratio: float
    claims_window_days: int
    claims_min_count: int
    override_amber_days: int
    override_red_days: int
    amber_extends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecurrencePolicy:
    """The table ``recurrence``, with the windows and reviews of the table ``clocks`` in days by severity (None: no window, no review)."""

    silence: SilencePolicy
    rate: RatePolicy
    watch: WatchPolicy
    on_return: ReturnPolicy
    review: ReviewPolicy
    indicators: IndicatorPolicy
    window_days: Mapping[Severity, int | None]
    review_every_days: Mapping[Severity, int | None]
    allowed_lateness_days: int
    digest: str


@dataclass(frozen=True, slots=True)
class BeganWith:
    """The policy, and the terms of each feed, by which a window was judged first.

    ``policy`` None: it is today's, as the ``digest`` says, or what was sealed then cannot be read any more. ``terms`` None: not known.
    """

    digest: str
    policy: RecurrencePolicy | None
    terms: tuple[FeedTerms, ...] | None = None
