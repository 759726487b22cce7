"""Policy of the evaluation gate: how much worse a candidate may be, how sure that has to be, and what else it has to show.

Put the shape of the table here, its numbers in ``registry/policies/gate.yaml``. Ratios are in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from registry.domain.evaluation import EvaluationSpec, MetricKind, MetricSpec
from registry.domain.segments import WHOLE, Segment


class TooFewAction(StrEnum):
    """What a segment with too few cases does to the gate."""

    BLOCK = "block"
    CANARY = "canary"
    WAIVE = "waive"


@dataclass(frozen=True, slots=True)
class MarginPolicy:
    """Margins of one kind of measure: ``max_regression`` of all cases, ``max_segment_regression`` of one segment.

    An amount's are shares of the champion's mean, all others in the measure's own unit.
    """

    max_regression: float
    max_segment_regression: float


@dataclass(frozen=True, slots=True)
class GateStatistics:
    """How sure the gate has to be.

    ``false_pass_probability``: how often a candidate that is worse by exactly the margin may pass. ``false_alarm_probability``: how often
    any loss at all is called though there is none, over all cases and segments of one measure together (Holm). ``target_power`` is what a
    set should have. ``normal_from_count``: differences of amounts from which their mean counts as normal.
    """

    false_pass_probability: float
    false_alarm_probability: float
    target_power: float
    min_case_count: int
    min_segment_case_count: int
    normal_from_count: int
    calibration_bin_count: int

    def least(self, segment: Segment) -> int:
        """Return how many cases of ``segment`` there have to be, or nothing is said of it."""
        return self.min_case_count if segment == WHOLE else self.min_segment_case_count


@dataclass(frozen=True, slots=True)
class OutcomePolicy:
    """What outcomes have to be: ``max_error_ratio`` of the attempted cases may have ended in an error, ``max_off_contract_ratio`` of the
    answers may be none of those agreed; ``max_duplicate_ratio`` of the locked set may be cases that are there twice.
    """

    max_error_ratio: float
    max_off_contract_ratio: float
    max_duplicate_ratio: float


@dataclass(frozen=True, slots=True)
class FairnessPolicy:
    """How much further apart two groups may be under the candidate than they were under the champion.

    ``max_disparity_increase`` is in the rates' own unit of 0..1; a group with fewer than ``min_group_case_count`` cases of a rate has none.
    """

    max_disparity_increase: float
    min_group_case_count: int


@dataclass(frozen=True, slots=True)
class PresetPolicy:
    """Levels of ready-made measures, as shares of the cases: relevant, grounded (what is not is made up), harmful."""

    min_relevance_ratio: float = 0.75
    min_grounding_ratio: float = 0.92
    max_harmful_ratio: float = 0.005

    def held(self, metric: MetricSpec) -> MetricSpec:
        """Return a measure with the level of its name; one that has a level keeps it, and one that is no share has none."""
        least = {"relevance": self.min_relevance_ratio, "grounding": self.min_grounding_ratio}
        if metric.kind is not MetricKind.PASSED or metric.has_level:
            return metric
        if metric.is_less_better:
            return replace(metric, max_level=self.max_harmful_ratio) if metric.name == "harmful" else metric
        return replace(metric, min_level=least.get(metric.name))


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The whole table ``gate``; ``digest`` goes into every decision."""

    margins: dict[MetricKind, MarginPolicy]
    statistics: GateStatistics
    outcomes: OutcomePolicy
    fairness: FairnessPolicy
    max_looks_count: int
    too_few_segments: TooFewAction
    digest: str = ""
    max_final_looks_count: int = 3
    presets: PresetPolicy = PresetPolicy()

    def held(self, spec: EvaluationSpec) -> EvaluationSpec:
        """Return how candidates are evaluated, the measures of a preset held to their levels."""
        return replace(spec, metrics=tuple(map(self.presets.held, spec.metrics))) if spec.preset else spec

    def most_looks(self, *, on_reserve: bool) -> int:
        """Return how often a set may be looked at: the reserve, which is kept for last decisions, less often."""
        return self.max_final_looks_count if on_reserve else self.max_looks_count
