"""The shape of the decision table ``release``: one pydantic model per row.

Put a row's keys, their ranges and the rules between them here; the numbers are ``release.yaml``. Field names, and so the units in them, are
those of ``registry/domain/policy_release.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from registry.domain.catalogue import OwnerRole
from registry.schemas import Number, Positive, Schema, Text, each_once, refusal

Once = each_once(ignoring_case=True)
Texts = Annotated[tuple[Text, ...], Field(min_length=1), Once]
Assessments = Annotated[tuple[Literal["dpia", "tra"], ...], Once]
Roles = Annotated[tuple[OwnerRole, ...], Field(min_length=1), Once]
# Nobody releases alone: whoever signs off is never the only one.
SeveralRoles = Annotated[tuple[OwnerRole, ...], Field(min_length=2), Once]
Minutes = Annotated[Number, Field(gt=0)]


class Sections(Schema):
    """The headings that each card must have."""

    model_card: Texts
    system_card: Texts


class CardsRow(Schema):
    """See ``CardPolicy``."""

    sections: Sections
    min_section_words_count: Positive
    placeholders: Texts


class RequiredByTier(Schema):
    """The assessments that each risk tier asks for; an empty list asks for none."""

    low: Assessments
    medium: Assessments
    high: Assessments


class ApprovingRoles(Schema):
    """Whose signature approves an assessment: one of these."""

    dpia: Roles
    tra: Roles


class ComplianceRow(Schema):
    """See ``CompliancePolicy``."""

    required: RequiredByTier
    roles: ApprovingRoles


class RollbackRow(Schema):
    """See ``RollbackPolicy``."""

    max_rollback_minutes: Minutes
    min_smoke_case_count: Positive
    max_rehearsal_age_days: Positive
    drill_roles: Roles


class SignOffRow(Schema):
    """See ``SignOffPolicy``."""

    roles: SeveralRoles
    max_valid_days: Positive
    min_override_signer_count: Annotated[int, Field(strict=True, ge=2)]
    max_override_valid_days: Positive
    max_decision_age_days: Positive

    @model_validator(mode="after")
    def _an_override_is_no_easier(self) -> Self:
        if self.max_override_valid_days > self.max_valid_days:
            found = f"{self.max_override_valid_days} > {self.max_valid_days}"
            raise refusal("max_override_valid_days at most max_valid_days", found, "change one")
        return self


class ErrorBudgetRow(Schema):
    """See ``ErrorBudgetPolicy``."""

    budget_minutes: Minutes
    window_days: Positive
    min_left_ratio: Annotated[Number, Field(ge=0, lt=1)]


class ReviewRow(Schema):
    """Days from the release to its impact review, by risk tier."""

    low: Positive
    medium: Positive
    high: Positive


class CanaryRow(Schema):
    """How much of the traffic a canary gets at most; all of it is no canary."""

    max_canary_share_percent: Annotated[int, Field(strict=True, ge=1, le=99)]


RELEASE_ROWS: Mapping[str, type[Schema]] = {
    "cards": CardsRow,
    "compliance": ComplianceRow,
    "rollback": RollbackRow,
    "sign_off": SignOffRow,
    "error_budget": ErrorBudgetRow,
    "review_after_days": ReviewRow,
    "canary": CanaryRow,
}
"""The rows of the table ``release``: the five gates in their order, then what holds for the release itself."""
