"""Policy values of closing an issue, after loading.

Put the shape of the table ``closure`` here, its numbers in ``registry/policies/closure.yaml``. Who signs a closure is the table
``approvals``, how strong a kind of evidence is the table ``verification``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.domain.policy_work import Strength
from registry.domain.signal import CustomerImpact, Severity


@dataclass(frozen=True, slots=True)
class ClosurePolicy:
    """What the seven gates ask.

    ``min_evidence`` are the strengths that a severity asks of evidence that the fix works, each met by a piece of its own.
    ``needs_production_kri``: severities of which one piece is a production KRI. ``needs_recovery``: impacts that are harm, and severities
    that are harm whatever the impact. ``max_*_age_days`` are how old the window's decision, and a proposal, may be when it closes.
    """

    min_evidence: Mapping[Severity, tuple[Strength, ...]]
    needs_production_kri: tuple[Severity, ...]
    harmful_impacts: tuple[CustomerImpact, ...]
    harmful_severities: tuple[Severity, ...]
    max_evidence_age_days: int
    max_window_age_days: int
    max_proposal_age_days: int
    max_residual_ratio: float
    adverse_confidence: float
    min_adverse_ratio: float
    digest: str
