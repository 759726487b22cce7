"""The shape of the decision table ``closure``: one pydantic model per row.

Put a row's keys, their ranges and the rules between them here; the numbers are ``closure.yaml``. Field names, and so the units in them, are
those of ``registry/domain/policy_closure.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from registry.domain.policy_work import Strength
from registry.domain.signal import CustomerImpact, Severity
from registry.schemas import Number, Schema, refusal

T = TypeVar("T")
Days = Annotated[int, Field(strict=True, ge=1, le=3_660)]
_ORDER = list(Strength)


def _once_each(items: tuple[T, ...]) -> tuple[T, ...]:
    again = next((item for index, item in enumerate(items) if item in items[:index]), None)
    if again is not None:
        raise refusal("each of them once", f"'{again}' again", "remove one of them")
    return items


def _is_harm(impacts: tuple[CustomerImpact, ...]) -> tuple[CustomerImpact, ...]:
    if CustomerImpact.NONE in impacts:
        raise refusal("impacts that are harm", "'none'", "remove it: no impact harms nobody")
    return impacts


Severities = Annotated[tuple[Severity, ...], AfterValidator(_once_each)]
Strengths = Annotated[tuple[Strength, ...], Field(min_length=1, max_length=10)]


class EvidenceRow(Schema):
    """What evidence of a fix a severity asks for, and how old it may be."""

    min_strengths: dict[Severity, Strengths]
    needs_production_kri: Severities
    max_evidence_age_days: Days

    @model_validator(mode="after")
    def _asks_no_less_of_what_is_worse(self) -> Self:
        if missing := [severity.value for severity in Severity if severity not in self.min_strengths]:
            raise refusal("min_strengths for every severity", f"none for {', '.join(missing)}", "add them")
        for less, more in pairwise(Severity):
            if not _is_as_much(self.min_strengths[more], self.min_strengths[less]):
                raise refusal(f"min_strengths of {more} at least those of {less}", "weaker or fewer ones", "change one")
        return self


class RecoveryRow(Schema):
    """What harm is, and how many of those who were affected may be left without somebody answering for it."""

    harmful_impacts: Annotated[tuple[CustomerImpact, ...], Field(min_length=1), AfterValidator(_once_each), AfterValidator(_is_harm)]
    harmful_severities: Severities
    max_residual_ratio: Annotated[Number, Field(ge=0, lt=1)]


class AgeRow(Schema):
    """How old what a closure rests on may be."""

    max_window_age_days: Days
    max_proposal_age_days: Days


class AdverseRow(Schema):
    """When another segment or system has become worse. A confidence below a half is more often wrong than right."""

    adverse_confidence: Annotated[Number, Field(ge=0.5, lt=1)]
    min_adverse_ratio: Annotated[Number, Field(ge=1, le=100)]


def _is_as_much(more: tuple[Strength, ...], less: tuple[Strength, ...]) -> bool:
    """Return whether each strength of ``less`` is met by one of its own of ``more``."""
    had, asked = (sorted(map(_ORDER.index, strengths), reverse=True) for strengths in (more, less))
    return len(had) >= len(asked) and all(one >= other for one, other in zip(had, asked, strict=False))


CLOSURE_ROWS: Mapping[str, type[Schema]] = {"evidence": EvidenceRow, "recovery": RecoveryRow, "age": AgeRow, "adverse": AdverseRow}
"""The rows of the table ``closure``: each is another thing."""
