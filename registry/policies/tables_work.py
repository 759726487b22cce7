"""The shape of the decision tables for people's work on issues: one pydantic model per kind of row.

Put rows here that judge steps, approvals and deadlines; those of triage and evidence are ``tables.py``. Field names are those of
``registry/domain/policy_work.py``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from registry.domain.catalogue import OwnerRole
from registry.domain.issue import IssueState, Role
from registry.domain.policy_work import CountsFrom
from registry.domain.signal import Severity
from registry.domain.steps import Artifact
from registry.domain.work import StepKind
from registry.schemas import Flag, Number, Positive, Schema, Text, refusal

Share = Annotated[Number, Field(gt=0, lt=1)]


class ControlRow(Schema):
    """See ``ControlRule``."""

    artifacts: Annotated[tuple[Artifact, ...], Field(min_length=1)]
    asks: Text
    may_be_not_applicable: Flag


class ApprovalRow(Schema):
    """See ``ApprovalRule``."""

    action: StepKind
    severities: Annotated[tuple[Severity, ...], Field(min_length=1)]
    roles: Annotated[tuple[OwnerRole, ...], Field(min_length=1)]
    needs_signature: Flag


class DeadlineRow(Schema):
    """See ``DeadlineRule``."""

    counts_from: CountsFrom
    hours: Annotated[Number, Field(gt=0)]
    what: Text
    basis: Text
    cited_on: date


class AcceptanceRow(Schema):
    """How long a risk may be accepted, and when its end is announced."""

    max_risk_acceptance_days: Positive
    warn_before_expiry_days: Positive

    @model_validator(mode="after")
    def _warns_within_the_time(self) -> Self:
        if self.warn_before_expiry_days >= self.max_risk_acceptance_days:
            found = f"{self.warn_before_expiry_days} >= {self.max_risk_acceptance_days}"
            raise refusal("warn_before_expiry_days less than max_risk_acceptance_days", found, "change one")
        return self


class SuppressionRow(Schema):
    """How long a symptom may be hidden."""

    max_suppression_days: Positive


class ApprovalLimitsRow(Schema):
    """How long an approval may be valid, and how many people break the glass."""

    max_approval_valid_days: Positive
    min_break_glass_approvers: Annotated[int, Field(strict=True, ge=2)]


class AlarmsRow(Schema):
    """At which shares of a deadline it is announced."""

    alarm_ratios: Annotated[tuple[Share, ...], Field(min_length=1)]


class DepthRow(Schema):
    """When a root cause is too shallow."""

    min_cause_words: Positive
    max_cause_overlap_ratio: Share


class MoveRow(Schema):
    """One legal jump of an issue and who may make it."""

    from_state: Annotated[IssueState, Field(alias="from")]
    to_state: Annotated[IssueState, Field(alias="to")]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    needs_approval: Flag
