"""Builders of the day's result for tests: a quiet day by default, keyword arguments override.

Put a builder of a triage result here. What a triage reads is ``tests/builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registry.domain.decision import KnowledgeCut, Verdict
from registry.domain.feed import FeedStatus
from registry.domain.signal import Severity
from registry.domain.triage import Batch, ChangeKind, Duty, DutyStatus, FeedDay, IssueChange, SpikeEvidence, Tally, TriageDay
from tests.builders import DIGEST, FEED, NOON, SYSTEM, TODAY, YESTERDAY, a_finding, an_issue


def a_spike(**changes: Any) -> SpikeEvidence:
    return replace(SpikeEvidence(7, 30, 6.0, 5.0, 364, 312, 7.0, 364.0, 1.2, 1e-9, 1e-6), **changes)


def a_change(kind: ChangeKind = ChangeKind.OPENED, **changes: Any) -> IssueChange:
    return replace(IssueChange(kind, an_issue(), "spike", "30 signals in 7 days where 6.0 were expected", 30, a_spike()), **changes)


def a_duty(**changes: Any) -> Duty:
    base = Duty("ISS-0123456789abcdef-1", SYSTEM, Severity.L3, "contain", NOON, DutyStatus.OPEN, "owner@bank.example")
    return replace(base, **changes)


def a_feed_day(**changes: Any) -> FeedDay:
    return replace(FeedDay(SYSTEM, FEED, "complaints_csv", FeedStatus.OK, "", 1, 1), **changes)


def a_batch(**changes: Any) -> Batch:
    return replace(Batch(f"{SYSTEM}/{FEED}", "Web", YESTERDAY, 80, 82, 4.0, 1e-9), **changes)


def a_triage_day(**changes: Any) -> TriageDay:
    """Return a quiet day over one system: nothing changed, everything was looked at."""
    none = Tally(0, 0)
    base = TriageDay(
        kind="triage_decision",
        system="*",
        as_of=NOON,
        verdict=Verdict.PASS,
        reasons=(),
        findings=(a_finding(),),
        not_evaluated=(),
        inputs=(),
        policy_digest=DIGEST,
        knowledge_cut=KnowledgeCut(0, NOON),
        business_date=TODAY,
        systems=(SYSTEM,),
        changes=(),
        new=none,
        untouched=none,
        reactivated=none,
        absent=none,
        suppressed=none,
        quarantined=none,
        unmatched=none,
        ambiguous=none,
        duties=(),
        feeds=(a_feed_day(),),
        batches=(),
        trends=(),
        signal_counts={SYSTEM: 1},
    )
    return replace(base, **changes)
