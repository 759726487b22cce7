"""Runs of the retraining triggers for tests: a summary and a plan that are valid and say nothing, with anything changed.

Put builders of whole runs here; profiles and policies are ``tests/trigger_builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.decision import KnowledgeCut, Verdict
from registry.domain.trigger_run import TriggersDay

AT = datetime(2026, 3, 1, 11, tzinfo=UTC)


def a_triggers_day(**changes: Any) -> TriggersDay:
    """Return the summary of a run in a workspace that watches nothing."""
    made = TriggersDay(
        kind="triggers_day",
        system="*",
        as_of=AT,
        verdict=Verdict.INCONCLUSIVE,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest="sha256:" + "0" * 64,
        knowledge_cut=KnowledgeCut(0, AT),
        business_date=date(2026, 3, 1),
        systems=(),
        days=(),
        frozen=(),
    )
    return replace(made, **changes)
