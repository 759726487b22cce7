"""The shape of the decision table ``gate``: one pydantic model per row.

Put a row's keys, their ranges and the rules between them here; the numbers are ``gate.yaml``. Field names, and so the units in them, are
those of ``registry/domain/policy_gate.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from registry.domain.evaluation import MetricKind
from registry.domain.policy_gate import TooFewAction
from registry.schemas import Number, Positive, Schema, refusal

# A margin of zero asks for no loss at all. One of 1, or a share of all cases, would let everything pass.
Margin = Annotated[Number, Field(ge=0, lt=1)]
AmountMargin = Annotated[Number, Field(ge=0, le=10)]
Share = Annotated[Number, Field(ge=0, lt=1)]
Level = Annotated[Number, Field(gt=0, lt=1)]
# From a half on, a bound lies on the wrong side of what was observed.
Error = Annotated[Number, Field(gt=0, lt=0.5)]
Cases = Annotated[int, Field(strict=True, ge=2)]


class MarginRow(Schema):
    """See ``MarginPolicy``."""

    max_regression: Margin
    max_segment_regression: Margin


class AmountMarginRow(Schema):
    """See ``MarginPolicy``; shares of the champion's mean, which may more than double."""

    max_regression: AmountMargin
    max_segment_regression: AmountMargin


class StatisticsRow(Schema):
    """See ``GateStatistics``."""

    false_pass_probability: Error
    false_alarm_probability: Error
    target_power: Annotated[Number, Field(ge=0.5, lt=1)]
    min_case_count: Cases
    min_segment_case_count: Cases
    normal_from_count: Annotated[int, Field(strict=True, ge=30)]
    calibration_bin_count: Annotated[int, Field(strict=True, ge=2, le=1_000)]

    @model_validator(mode="after")
    def _a_segment_is_part_of_all(self) -> Self:
        if self.min_segment_case_count > self.min_case_count:
            found = f"{self.min_segment_case_count} > {self.min_case_count}"
            raise refusal("min_segment_case_count at most min_case_count", found, "change one")
        return self


class OutcomesRow(Schema):
    """See ``OutcomePolicy``."""

    max_error_ratio: Share
    max_off_contract_ratio: Share
    max_duplicate_ratio: Share


class FairnessRow(Schema):
    """See ``FairnessPolicy``."""

    max_disparity_increase: Margin
    min_group_case_count: Cases


class LooksRow(Schema):
    """How often candidates may be judged on one locked set."""

    max_looks_count: Positive
    max_final_looks_count: Positive

    @model_validator(mode="after")
    def _last_decisions_are_fewer(self) -> Self:
        if self.max_final_looks_count > self.max_looks_count:
            found = f"{self.max_final_looks_count} > {self.max_looks_count}"
            raise refusal("max_final_looks_count at most max_looks_count", found, "change one")
        return self


class PresetsRow(Schema):
    """See ``PresetPolicy``; of no share all cases or none can be shown."""

    min_relevance_ratio: Level
    min_grounding_ratio: Level
    max_harmful_ratio: Level


class SegmentsRow(Schema):
    """What a segment with too few cases does to the gate."""

    too_few: TooFewAction


GATE_ROWS: Mapping[str, type[Schema]] = {
    **{kind.value: AmountMarginRow if kind is MetricKind.AMOUNT else MarginRow for kind in MetricKind},
    "statistics": StatisticsRow,
    "outcomes": OutcomesRow,
    "fairness": FairnessRow,
    "looks": LooksRow,
    "segments": SegmentsRow,
    "presets": PresetsRow,
}
"""The rows of the table ``gate``: the margins of each kind of measure, then what holds for all of them."""
