"""Policy of the retraining triggers: when a column has drifted, when data are broken, when a model got worse, and what is asked for then.

Put the shape of the table here, its numbers in ``registry/policies/triggers.yaml``. Ratios are in 0..1 unless they compare two rates.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.domain.monitoring import WindowKind


@dataclass(frozen=True, slots=True)
class Persistence:
    """How many of the last so many judged windows must be over the threshold."""

    min_windows: int
    of_windows: int


@dataclass(frozen=True, slots=True)
class ProfilePolicy:
    """How a reference is frozen.

    ``bin_count`` quantile bins a number; a level with less than ``min_level_ratio`` of the rows is rare, as is what exceeds ``max_levels``.
    A number with at most ``max_grid_values`` distinct values, each met ``min_grid_repeats`` times on average, lies on a grid.
    Refused: a column with fewer than ``min_column_values`` values, or where more than ``max_unreadable_ratio`` of what stands there is no
    number; more than ``max_undated_ratio`` rows without a readable time; rows in fewer than ``min_observed_window_ratio`` of the windows;
    more than ``max_duplicate_ratio`` of the rows with the id of another.
    """

    bin_count: int
    max_levels: int
    min_level_ratio: float
    max_grid_values: int
    min_grid_repeats: float
    max_segments: int
    min_segment_rows: int
    min_reference_rows: int
    min_column_values: int
    max_unreadable_ratio: float
    max_undated_ratio: float
    min_observed_window_ratio: float
    max_duplicate_ratio: float


@dataclass(frozen=True, slots=True)
class DriftPolicy:
    """When a column of a segment has drifted: PSI above both ``min_psi`` and what chance alone gives, for as long as ``persistence`` says.

    Above ``sudden_psi``, and above what chance gives in a single window, one window is enough.
    ``max_false_alarms_per_year`` is the budget of one system over all its columns and segments; the null quantile's level follows from it.
    A condition is over after ``clear_windows`` judged windows below.
    """

    min_psi: float
    sudden_psi: float
    min_rows: int
    max_false_alarms_per_year: float
    persistence: dict[WindowKind, Persistence]
    clear_windows: int
    reference_error_probability: float
    """How often, over the life of one reference, its own sampling error may be larger than the thresholds allow for."""


@dataclass(frozen=True, slots=True)
class DataQualityPolicy:
    """When data are broken or recoded rather than different customers.

    ``max_unseen_ratio``: unseen levels; ``max_missing_rise_ratio``: the share of missing values above the reference's;
    ``max_off_grid_ratio``: values off the reference's grid; ``max_range_factor``: how many times the reference's range a value may lie
    outside of it; ``max_vanished_ratio``: the share that a level had in the reference when the window has none of it. All differences
    must also be more than chance gives at the drift budget. ``min_day_ratio``: observed days of a window.
    ``min_volume_ratio``: its rows, against as many as the reference has in as many days.
    ``max_unreadable_rise_ratio``: what stands in a column of numbers and is none, above the reference's share.
    ``max_duplicate_ratio``: rows with the id of another row of the window; with more, nothing is concluded about drift or performance.
    ``max_other_version_ratio``: rows that a version decided which the reference does not know, or none; with more, no window passes.
    """

    max_unseen_ratio: float
    max_missing_rise_ratio: float
    max_off_grid_ratio: float
    max_range_factor: float
    max_vanished_ratio: float
    max_infinite_ratio: float
    min_day_ratio: float
    min_volume_ratio: float
    max_unreadable_rise_ratio: float
    max_duplicate_ratio: float
    max_other_version_ratio: float


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """When a model is worse than in its reference, on outcomes known by then.

    ``min_known_ratio``: how much of a window's predictions must have an outcome before it is judged; ``min_known_count`` outcomes and
    ``min_event_count`` events and non-events a segment. ``max_accuracy_drop_ratio`` and ``max_quality_drop_ratio`` compare with the
    reference; ``max_calibration_error_ratio`` is how far the observed may be from the predicted total, as a share of the predicted; each
    must also be more than chance gives at ``false_alarm_probability`` over the segments of a window (Holm).

    ``max_label_delay_factor``: an outcome is overdue after so many times what it took in the reference; ``max_days_without_outcome``: how
    old a reference may be of which no outcome at all is known; ``max_early_outcome_ratio``: outcomes known before their prediction.
    """

    min_known_ratio: float
    min_known_count: int
    min_event_count: int
    max_accuracy_drop_ratio: float
    max_quality_drop_ratio: float
    max_calibration_error_ratio: float
    max_estimated_accuracy_drop_ratio: float
    false_alarm_probability: float
    max_label_delay_factor: float
    max_days_without_outcome: int
    max_early_outcome_ratio: float


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """When findings become requests: edge-triggered, one in flight, none during ``cooldown_days`` after the last, a maximum in 30 days.

    ``min_new_labels``, ``max_incidents_in_30_days``: two of the triggers. ``allowed_lateness_days``: how long a window waits for its rows.
    ``catch_up_windows``: how many earlier windows a run may judge that no run has judged.
    """

    cooldown_days: int
    max_in_30_days: int
    min_new_labels: int
    max_incidents_in_30_days: int
    allowed_lateness_days: int
    catch_up_windows: int
    max_in_flight_days: int


@dataclass(frozen=True, slots=True)
class TriggerPolicies:
    """The whole table ``triggers``; ``digest`` goes into every decision."""

    profile: ProfilePolicy
    drift: DriftPolicy
    data_quality: DataQualityPolicy
    performance: PerformancePolicy
    requests: RequestPolicy
    actions: dict[str, str] = field(default_factory=dict)
    """What each kind of trigger asks for: ``retrain``, ``investigate``, ``review_dataset``, ``rca_review``, ``reassess_controls``."""
    digest: str = ""
