"""The shape of every decision table: one pydantic model per kind of row.

Put a row's keys and the rules between them here; the numbers are the YAML files beside this module, their merging is ``loader.py``.
Field names, and so the units in them, are those of ``registry/domain/policy.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from registry.domain.catalogue import OwnerRole
from registry.domain.policy import Fact
from registry.domain.release import ReleaseAct
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory
from registry.domain.steps import VerificationKind
from registry.domain.trigger_acts import ActKind
from registry.policies.tables_closure import CLOSURE_ROWS
from registry.policies.tables_gate import GATE_ROWS
from registry.policies.tables_recurrence import RECURRENCE_ROWS
from registry.policies.tables_release import RELEASE_ROWS
from registry.policies.tables_retention import RETENTION_ROWS
from registry.policies.tables_triggers import TRIGGER_ROWS
from registry.policies.tables_work import (
    WORK_ROWS,
    ApprovalRow,
    ControlRow,
    DeadlineRow,
    EvidenceRow,
    HoldRow,
    IncidentRow,
    MoveRow,
)
from registry.schemas import Count, Flag, Number, Positive, Schema, refusal

Rate = Annotated[Number, Field(gt=0)]
Ratio = Annotated[Number, Field(ge=0, le=1)]
Factor = Annotated[Number, Field(gt=1)]
Dispersion = Annotated[Number, Field(ge=1)]
Hours = Annotated[Number, Field(gt=0)]
Days = Annotated[Number, Field(gt=0)]
Use = Annotated[str, StringConstraints(pattern=r"^(yes|no|review)(: .+)?$")]
Windows = Annotated[tuple[Positive, ...], Field(min_length=1)]


class _Baseline(Schema):
    """Rows that compare recent days with a trailing baseline."""

    baseline_max_days: Positive
    baseline_min_days: Positive

    @model_validator(mode="after")
    def _baseline_is_a_range(self) -> Self:
        if self.baseline_min_days > self.baseline_max_days:
            raise refusal(
                "baseline_min_days at most baseline_max_days", f"{self.baseline_min_days} > {self.baseline_max_days}", "change one"
            )
        return self


class _Windowed(_Baseline):
    window_days: Windows

    @model_validator(mode="after")
    def _windows_ascend(self) -> Self:
        if list(self.window_days) != sorted(set(self.window_days)):
            raise refusal("window_days in ascending order, each once", str(list(self.window_days)), "sort them")
        return self


class SpikeRow(_Windowed):
    """See ``SpikePolicy``."""

    min_count: Positive
    min_ratio: Factor
    max_false_alarms_per_year: Rate
    default_dispersion_ratio: Dispersion
    min_dispersion_blocks: Annotated[int, Field(strict=True, ge=2)]


class BatchRow(_Baseline):
    """See ``BatchPolicy``."""

    min_count: Positive
    min_ratio: Factor
    min_share_ratio: Ratio
    max_false_alarms_per_year: Rate
    max_days_in_7: Positive
    default_dispersion_ratio: Dispersion


class DipRow(_Windowed):
    """See ``DipPolicy``."""

    max_ratio: Annotated[Number, Field(gt=0, lt=1)]
    recovered_ratio: Annotated[Number, Field(gt=0, le=1)]
    max_false_alarms_per_year: Rate
    default_dispersion_ratio: Dispersion

    @model_validator(mode="after")
    def _recovery_is_above_the_dip(self) -> Self:
        if self.recovered_ratio < self.max_ratio:
            raise refusal("recovered_ratio at least max_ratio", f"{self.recovered_ratio} < {self.max_ratio}", "change one")
        return self


class FeedRow(Schema):
    """See ``FeedPolicy``."""

    max_stale_days: Positive
    min_history_days: Positive
    max_empty_day_probability: Annotated[Number, Field(gt=0, lt=1)]
    allowed_lateness_days: Count


class SealingRow(Schema):
    """See ``SealingPolicy``."""

    warn_after_hours: Hours


class AnchorRow(Schema):
    """See ``AnchorPolicy``."""

    warn_after_days: Days
    breach_after_days: Days

    @model_validator(mode="after")
    def _warns_before_it_is_too_old(self) -> Self:
        if self.breach_after_days < self.warn_after_days:
            found = f"{self.breach_after_days} < {self.warn_after_days}"
            raise refusal("breach_after_days at least warn_after_days", found, "change one")
        return self


class EscalationRow(Schema):
    """See ``EscalationPolicy``."""

    raise_levels: Count
    max_severity: Severity


class EachRow(Schema):
    """The severity from which a feed with ``opens_issue: each`` opens one."""

    min_severity: Severity


class SeverityRow(Schema):
    """See ``SeverityRule``."""

    categories: tuple[SignalCategory, ...]
    impacts: tuple[CustomerImpact, ...]
    severity: Severity


class GradeRow(Schema):
    """See ``GradeRule``."""

    requires: tuple[Fact, ...]
    grade: Grade


class UsageRow(Schema):
    """See ``UsageRule``."""

    train: Use
    eval: Use
    rca: Use
    audit: Use


class ClockRow(Schema):
    """See ``ClockRule``."""

    first_response_hours: Hours | None
    contain_hours: Hours | None
    rca_hours: Hours | None
    at_risk_ratio: Ratio
    recurrence_window_days: Positive | None
    review_every_days: Positive | None


class OwnersRow(Schema):
    """The roles a risk tier requires."""

    required: tuple[OwnerRole, ...]


class RedactionRow(Schema):
    """Whether one kind of structured personal data is removed."""

    redact: Flag


# A table whose rows are alike has one model; a table whose rows are different things names one for each.
TABLES: Mapping[str, type[Schema] | Mapping[str, type[Schema]]] = {
    "triage": {"spike": SpikeRow, "batch": BatchRow, "dip": DipRow, "feed": FeedRow, "escalation": EscalationRow, "each": EachRow},
    "evidence": {"sealing": SealingRow, "anchor": AnchorRow},
    "severity": SeverityRow,
    "grade": GradeRow,
    "usage": UsageRow,
    "clocks": ClockRow,
    "owners": OwnersRow,
    "redaction": RedactionRow,
    "retention": RETENTION_ROWS,
    "moves": MoveRow,
    "controls": ControlRow,
    "verification": dict.fromkeys(map(str, VerificationKind), EvidenceRow),
    "approvals": ApprovalRow,
    "deadlines": DeadlineRow,
    "incidents": IncidentRow,
    "holds": {"set": HoldRow, "release": HoldRow},
    "work": WORK_ROWS,
    "triggers": TRIGGER_ROWS,
    "acts": dict.fromkeys([*map(str, ActKind), *map(str, ReleaseAct)], HoldRow),
    "gate": GATE_ROWS,
    "release": RELEASE_ROWS,
    "recurrence": RECURRENCE_ROWS,
    "closure": CLOSURE_ROWS,
}


def row_model(table: str, row: str) -> type[Schema]:
    """Return the model of ``row`` in ``table``."""
    model = TABLES[table]
    return model[row] if isinstance(model, Mapping) else model
