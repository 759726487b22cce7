"""Policy of releases: which documents are asked for, who signs off, how long things stay valid, and what freezes a release.

Put the shape of the table here, its numbers in ``registry/policies/release.yaml``. Ratios are in 0..1; a risk tier is low, medium or high.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.domain.catalogue import OwnerRole
from registry.domain.release import CardKind, RecordKind


@dataclass(frozen=True, slots=True)
class CardPolicy:
    """What the two cards must say: ``sections`` are headings, ``min_section_words_count`` what a section holds at least."""

    sections: Mapping[CardKind, tuple[str, ...]]
    min_section_words_count: int
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompliancePolicy:
    """Which assessments a risk tier asks for, and whose signature approves one."""

    required: Mapping[str, tuple[RecordKind, ...]]
    roles: Mapping[RecordKind, tuple[OwnerRole, ...]]


@dataclass(frozen=True, slots=True)
class RollbackPolicy:
    """How fast the way back has to be, how many cases a version must answer, and how long a rehearsal counts."""

    max_rollback_minutes: float
    min_smoke_case_count: int
    max_rehearsal_age_days: int
    drill_roles: tuple[OwnerRole, ...]


@dataclass(frozen=True, slots=True)
class SignOffPolicy:
    """Who signs a release off, all different, none of whom made it; and what an override asks instead."""

    roles: tuple[OwnerRole, ...]
    max_valid_days: int
    min_override_signer_count: int
    max_override_valid_days: int
    max_decision_age_days: int


@dataclass(frozen=True, slots=True)
class ErrorBudgetPolicy:
    """The error budget: minutes a window of days, and how much of it must be left for a release that is no critical fix."""

    budget_minutes: float
    window_days: int
    min_left_ratio: float


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """The whole table ``release``; ``digest`` goes into every release decision. ``review_after_days`` is by risk tier."""

    cards: CardPolicy
    compliance: CompliancePolicy
    rollback: RollbackPolicy
    sign_off: SignOffPolicy
    error_budget: ErrorBudgetPolicy
    review_after_days: Mapping[str, int]
    max_canary_share_percent: int
    digest: str = ""
