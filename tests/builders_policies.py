"""Builders of policy tables for tests: complete tables like the shipped ones, keyword arguments override.

Put a builder of a policy value here. What is judged by them is ``tests/builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.policy import (
    BatchPolicy,
    ClockRule,
    DipPolicy,
    EscalationPolicy,
    Fact,
    FeedPolicy,
    GradeRule,
    SeverityRule,
    SpikePolicy,
    Suppression,
    SuppressionMode,
    TriagePolicies,
    UsageRule,
)
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory
from tests.builders import DIGEST, FEED, SYSTEM, TODAY


def a_suppression(**changes: Any) -> Suppression:
    base = Suppression(
        suppression_id="known_outage",
        owner="owner@bank.example",
        reason="vendor outage under repair",
        expires_on=TODAY + timedelta(days=30),
        mode=SuppressionMode.ENFORCE,
        system_id=SYSTEM,
        feed=FEED,
        match={"Issue": "Problem using the card"},
    )
    return replace(base, **changes)


def a_clock(severity: Severity = Severity.L3, **changes: Any) -> ClockRule:
    return replace(ClockRule(severity, 1.0, 4.0, 24.0, 0.75, 60, 3), **changes)


def some_clocks() -> tuple[ClockRule, ...]:
    """Return a complete clock table; L0 asks for nothing."""
    return (
        ClockRule(Severity.L0, None, None, None, 0.75, None, None),
        ClockRule(Severity.L1, 24.0, None, 240.0, 0.75, 14, 7),
        ClockRule(Severity.L2, 4.0, 24.0, 120.0, 0.75, 30, 7),
        ClockRule(Severity.L3, 1.0, 4.0, 24.0, 0.75, 60, 3),
        ClockRule(Severity.L4, 0.25, 1.0, 24.0, 0.75, 90, 1),
    )


def some_severity_rules() -> tuple[SeverityRule, ...]:
    harm = (CustomerImpact.ACCESS, CustomerImpact.FUNDS, CustomerImpact.PRIVACY, CustomerImpact.FAIRNESS)
    inconvenience = (CustomerImpact.EXPLANATION, CustomerImpact.DELAY, CustomerImpact.REPEAT_EFFORT)
    internal = (SignalCategory.EXPERT_REVIEW, SignalCategory.EVAL_FAILURE, SignalCategory.DRIFT_ALERT, SignalCategory.AUDIT_FINDING)
    return (
        SeverityRule("material_harm", (), harm, Severity.L3),
        SeverityRule("customer_inconvenience", (), inconvenience, Severity.L2),
        SeverityRule("control_weakness", internal, (), Severity.L1),
        SeverityRule("learning_signal", (), (), Severity.L0),
    )


def some_grade_rules() -> tuple[GradeRule, ...]:
    return (
        GradeRule("actionable", (Fact.IMPACT, Fact.VERSION, Fact.EVIDENCE, Fact.REPRODUCIBLE, Fact.OWNER), Grade.A),
        GradeRule("strong_indicator", (Fact.IMPACT, Fact.EVIDENCE), Grade.B),
        GradeRule("weak_indicator", (), Grade.C),
    )


def some_usage_rules() -> tuple[UsageRule, ...]:
    return tuple(UsageRule(category, "no", "yes", "yes", "yes") for category in SignalCategory)


def some_policies(**changes: Any) -> TriagePolicies:
    """Return complete triage tables with defaults like the shipped ones."""
    base = TriagePolicies(
        spike=SpikePolicy((7, 28), 364, 56, 5, 2.0, 1.0, 1.5, 8),
        batch=BatchPolicy(364, 56, 10, 5.0, 2.0, 1.0),
        dip=DipPolicy((7, 28), 364, 56, 0.5, 0.8, 1.0),
        feed=FeedPolicy(max_stale_days=7, min_history_days=28, max_empty_day_probability=0.01, allowed_lateness_days=15),
        escalation=EscalationPolicy(1, Severity.L3),
        each_min_severity=Severity.L3,
        severity=some_severity_rules(),
        grade=some_grade_rules(),
        usage=some_usage_rules(),
        clocks=some_clocks(),
        redacted_kinds=("email", "phone", "card", "iban", "ssn", "ip"),
        digest=DIGEST,
    )
    return replace(base, **changes)
