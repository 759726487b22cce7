"""The shape of the decision table ``recurrence``: one pydantic model per row.

Put a row's keys, their ranges and the rules between them here; the numbers are ``recurrence.yaml``. Field names, and so the units in them,
are those of ``registry/domain/policy_recurrence.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from registry.domain.recurrence import IndicatorKind
from registry.domain.signal import Severity
from registry.schemas import Count, Number, Positive, Schema, refusal

Share = Annotated[Number, Field(gt=0, lt=1)]
# A bound that is more often wrong than right is none.
Confidence = Annotated[Number, Field(ge=0.5, lt=1)]
Days = Annotated[int, Field(strict=True, ge=1, le=3_660)]
Factor = Annotated[Number, Field(ge=1)]


def _once_each(kinds: tuple[IndicatorKind, ...]) -> tuple[IndicatorKind, ...]:
    again = next((kind for index, kind in enumerate(kinds) if kind in kinds[:index]), None)
    if again:
        raise refusal("each indicator once", f"{again.value!r} again", "remove one of them")
    return kinds


class SilenceRow(Schema):
    """See ``SilencePolicy``."""

    baseline_days: Days
    min_pre_fix_occurrence_count: Positive
    pre_fix_rate_confidence: Confidence
    silence_confidence: Confidence
    concentrated_ratio: Annotated[Number, Field(gt=0.5, le=1)]


class RateRow(Schema):
    """See ``RatePolicy``."""

    normal_days: Days
    min_normal_exposure_count: Positive
    max_ratio_to_normal: Factor
    max_excess_ratio: Annotated[Number, Field(ge=0, lt=1)]
    confidence: Confidence


class WatchRow(Schema):
    """See ``WatchPolicy``."""

    min_coverage_ratio: Annotated[Number, Field(gt=0, le=1)]
    suspend_after_unobserved_days: Positive
    unevidenced_after_floors: Positive
    report_delay_ratio: Confidence
    max_older_decision_count: Count
    max_set_aside_ratio: Annotated[Number, Field(ge=0, lt=1)]


class ReturnRow(Schema):
    """See ``ReturnPolicy``."""

    raise_levels: Annotated[int, Field(strict=True, ge=0, le=4)]
    max_severity: Severity


class ReviewRow(Schema):
    """See ``ReviewPolicy``."""

    effectiveness_after_days: Days
    effectiveness_due_days: Count


class IndicatorsRow(Schema):
    """See ``IndicatorPolicy``."""

    claims_amber_ratio: Factor
    claims_red_ratio: Factor
    claims_window_days: Days
    claims_min_count: Positive
    override_amber_days: Days
    override_red_days: Days
    amber_extends: Annotated[tuple[IndicatorKind, ...], AfterValidator(_once_each)]

    @model_validator(mode="after")
    def _red_is_more_than_amber(self) -> Self:
        if self.claims_amber_ratio > self.claims_red_ratio:
            raise refusal(
                "claims_amber_ratio at most claims_red_ratio", f"{self.claims_amber_ratio} > {self.claims_red_ratio}", "change one"
            )
        return self


RECURRENCE_ROWS: Mapping[str, type[Schema]] = {
    "silence": SilenceRow,
    "rate": RateRow,
    "watch": WatchRow,
    "on_return": ReturnRow,
    "review": ReviewRow,
    "indicators": IndicatorsRow,
}
"""The rows of the table ``recurrence``: each is another thing."""
