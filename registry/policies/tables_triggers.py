"""The shape of the decision table ``triggers``: one pydantic model per row.

Put a row's keys, their ranges and the rules between them here; the numbers are ``triggers.yaml``. Field names, and so the units in them,
are those of ``registry/domain/policy_triggers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from registry.domain.monitoring import WindowKind
from registry.domain.triggers import TriggerAction
from registry.schemas import Count, Number, Positive, Schema, refusal

Ratio = Annotated[Number, Field(ge=0, le=1)]
Share = Annotated[Number, Field(gt=0, lt=1)]
Rate = Annotated[Number, Field(gt=0)]
Distance = Annotated[Number, Field(gt=0)]
Factor = Annotated[Number, Field(ge=1)]


class ProfileRow(Schema):
    """See ``ProfilePolicy``."""

    bin_count: Annotated[int, Field(strict=True, ge=2, le=1_000)]
    max_levels: Annotated[int, Field(strict=True, ge=2, le=10_000)]
    min_level_ratio: Annotated[Number, Field(ge=0, lt=1)]
    max_grid_values: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    min_grid_repeats: Factor
    max_segments: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    min_segment_rows: Positive
    min_reference_rows: Positive
    min_column_values: Positive
    max_unreadable_ratio: Ratio
    max_undated_ratio: Ratio
    min_observed_window_ratio: Ratio
    max_duplicate_ratio: Ratio

    @model_validator(mode="after")
    def _a_segment_is_part_of_a_reference(self) -> Self:
        if self.min_segment_rows > self.min_reference_rows:
            found = f"{self.min_segment_rows} > {self.min_reference_rows}"
            raise refusal("min_segment_rows at most min_reference_rows", found, "change one")
        return self


class PersistenceRow(Schema):
    """See ``Persistence``."""

    min_windows: Positive
    of_windows: Annotated[int, Field(strict=True, ge=1, le=366)]

    @model_validator(mode="after")
    def _some_of_as_many(self) -> Self:
        if self.min_windows > self.of_windows:
            raise refusal("min_windows at most of_windows", f"{self.min_windows} > {self.of_windows}", "change one")
        return self


class DriftRow(Schema):
    """See ``DriftPolicy``."""

    min_psi: Distance
    sudden_psi: Distance
    min_rows: Positive
    max_false_alarms_per_year: Rate
    persistence: dict[WindowKind, PersistenceRow]
    clear_windows: Annotated[int, Field(strict=True, ge=1, le=366)]
    reference_error_probability: Share

    @model_validator(mode="after")
    def _names_every_window(self) -> Self:
        if self.sudden_psi < self.min_psi:
            raise refusal("sudden_psi at least min_psi", f"{self.sudden_psi} < {self.min_psi}", "change one")
        if missing := [kind.value for kind in WindowKind if kind not in self.persistence]:
            raise refusal("persistence for every kind of window", f"none for {', '.join(missing)}", "add them")
        return self


class DataQualityRow(Schema):
    """See ``DataQualityPolicy``."""

    max_unseen_ratio: Ratio
    max_missing_rise_ratio: Ratio
    max_off_grid_ratio: Ratio
    max_range_factor: Factor
    max_vanished_ratio: Ratio
    max_infinite_ratio: Ratio
    min_day_ratio: Ratio
    min_volume_ratio: Ratio
    max_unreadable_rise_ratio: Ratio
    max_duplicate_ratio: Ratio
    max_other_version_ratio: Ratio


class PerformanceRow(Schema):
    """See ``PerformancePolicy``."""

    min_known_ratio: Annotated[Number, Field(gt=0, le=1)]
    min_known_count: Positive
    min_event_count: Positive
    max_accuracy_drop_ratio: Share
    max_quality_drop_ratio: Share
    max_calibration_error_ratio: Distance
    max_estimated_accuracy_drop_ratio: Share
    false_alarm_probability: Share
    max_label_delay_factor: Factor
    max_days_without_outcome: Positive
    max_early_outcome_ratio: Ratio

    @model_validator(mode="after")
    def _events_are_outcomes(self) -> Self:
        if self.min_event_count > self.min_known_count:
            found = f"{self.min_event_count} > {self.min_known_count}"
            raise refusal("min_event_count at most min_known_count", found, "change one")
        return self


class RequestsRow(Schema):
    """See ``RequestPolicy``."""

    cooldown_days: Count
    max_in_30_days: Positive
    max_in_flight_days: Positive
    min_new_labels: Positive
    max_incidents_in_30_days: Count
    allowed_lateness_days: Annotated[int, Field(strict=True, ge=0, le=366)]
    catch_up_windows: Annotated[int, Field(strict=True, ge=0, le=1_000)]

    @model_validator(mode="after")
    def _cools_down_within_the_flight(self) -> Self:
        """A request that nobody closes ends by itself; ending before its cooldown, it would hold back nothing."""
        if self.cooldown_days > self.max_in_flight_days:
            raise refusal("cooldown_days at most max_in_flight_days", f"{self.cooldown_days} > {self.max_in_flight_days}", "change one")
        return self


class ActionsRow(Schema):
    """What each trigger asks for."""

    data_drift: TriggerAction
    data_drift_with_loss: TriggerAction
    performance_drop: TriggerAction
    quality_drop: TriggerAction
    new_labels: TriggerAction
    schedule: TriggerAction
    incidents: TriggerAction
    policy_change: TriggerAction


TRIGGER_ROWS: Mapping[str, type[Schema]] = {
    "profile": ProfileRow,
    "drift": DriftRow,
    "data_quality": DataQualityRow,
    "performance": PerformanceRow,
    "requests": RequestsRow,
    "actions": ActionsRow,
}
"""The rows of the table ``triggers``: each is another thing."""
