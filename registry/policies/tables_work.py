"""The shape of the decision tables for people's work on issues: one pydantic model per kind of row.

Put rows here that judge steps, approvals and deadlines; those of triage and evidence are ``tables.py``. Field names are those of
``registry/domain/policy_work.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from registry.domain.approving import LEADS
from registry.domain.catalogue import OwnerRole
from registry.domain.issue import IssueState, Role, movers
from registry.domain.policy_work import CountsFrom, Shows, Strength
from registry.domain.signal import Severity
from registry.domain.steps import Artifact
from registry.domain.work import StepKind
from registry.schemas import Flag, Number, Positive, Schema, Text, refusal

Share = Annotated[Number, Field(gt=0, lt=1)]


class ControlRow(Schema):
    """See ``ControlRule``."""

    artifacts: Annotated[tuple[Artifact, ...], Field(min_length=1)]
    asks: Text
    otherwise: Text
    may_be_not_applicable: Flag


class EvidenceRow(Schema):
    """See ``EvidenceRule``."""

    strength: Strength
    shows: Shows
    needs_release: Flag


class ApprovalRow(Schema):
    """See ``ApprovalRule``."""

    action: StepKind
    severities: Annotated[tuple[Severity, ...], Field(min_length=1)]
    roles: Annotated[tuple[OwnerRole, ...], Field(min_length=1)]
    needs_signature: Flag

    @model_validator(mode="after")
    def _may_complete_it(self) -> Self:
        """Whoever approves last moves the issue, so each of them must be allowed to."""
        if self.action not in LEADS:
            return self
        able = [role.value for role in movers(*LEADS[self.action])]
        unable = [role.value for role in self.roles if role.value not in able]
        if unable:
            what = f"choose roles that the table moves lets approve a {self.action}"
            raise refusal(f"roles among {', '.join(able)}", ", ".join(unable), what)
        return self

    @model_validator(mode="after")
    def _closes_by_signature(self) -> Self:
        if self.action is StepKind.CLOSE and not self.needs_signature:
            raise refusal("needs_signature: true for a closure", "false", "leave it as it is: a typed name closes nothing")
        return self


class DeadlineRow(Schema):
    """See ``DeadlineRule``."""

    counts_from: CountsFrom
    hours: Annotated[Number, Field(gt=0)]
    what: Text
    basis: Text
    cited_on: date


class IncidentRow(Schema):
    """See ``IncidentRule``."""

    triage_minutes: Annotated[Number, Field(gt=0)]
    mitigate_minutes: Annotated[Number, Field(gt=0)]
    severe_mitigate_minutes: Annotated[Number, Field(gt=0)]
    verify_minutes: Annotated[Number, Field(gt=0)]
    post_mortem_hours: Annotated[Number, Field(gt=0)]
    prevent_days: Annotated[Number, Field(gt=0)]

    @model_validator(mode="after")
    def _severe_ones_do_not_take_longer(self) -> Self:
        if self.severe_mitigate_minutes > self.mitigate_minutes:
            found = f"{self.severe_mitigate_minutes} > {self.mitigate_minutes}"
            raise refusal("severe_mitigate_minutes at most mitigate_minutes", found, "change one")
        return self


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
    min_answer_words: Positive
    min_why_words: Positive
    min_own_words: Positive
    min_direct_own_words: Positive
    max_cause_overlap_ratio: Share


class StartsRow(Schema):
    """How long before an issue was opened a classification's instants may lie."""

    max_start_before_opening_days: Positive


class PlanRow(Schema):
    """How long after it was planned an action, or the next step of an assignment, may be due, for every severity."""

    max_action_days: dict[Severity, Positive]

    @model_validator(mode="after")
    def _names_every_severity(self) -> Self:
        if missing := [severity.value for severity in Severity if severity not in self.max_action_days]:
            raise refusal("max_action_days for every severity", f"none for {', '.join(missing)}", "add them")
        return self


class WordingRow(Schema):
    """Which texts say nothing; a list of an override replaces the shipped one."""

    placeholders: Annotated[tuple[Text, ...], Field(min_length=1)]
    vague_words: Annotated[tuple[Text, ...], Field(min_length=1)]
    activity_words: Annotated[tuple[Text, ...], Field(min_length=1)]


WORK_ROWS: Mapping[str, type[Schema]] = {
    "risk_acceptance": AcceptanceRow,
    "suppression": SuppressionRow,
    "approval": ApprovalLimitsRow,
    "alarms": AlarmsRow,
    "root_cause": DepthRow,
    "classification": StartsRow,
    "plan": PlanRow,
    "wording": WordingRow,
}
"""The rows of the table ``work``: each is another thing."""


class HoldRow(Schema):
    """Who may set preservation holds, or release them; or act on what watching predictions found, or on a release."""

    roles: Annotated[tuple[OwnerRole, ...], Field(min_length=1)]


class MoveRow(Schema):
    """One legal jump of an issue and who may make it."""

    from_state: Annotated[IssueState, Field(alias="from")]
    to_state: Annotated[IssueState, Field(alias="to")]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    needs_approval: Flag
