"""Builders of recurrence windows for tests: a fix, the days around it, what was seen, and how that was judged; keyword arguments override.

Put a builder here when more than one test file needs a value of a window. By default an inconvenience (L2, 30 days) of which there were 12
in 90 days, 100 decisions a day, was fixed on 1 March 2021, and has been quiet until 1 May: a window that is clean.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.catalogue import TimeField, VersionInForce
from registry.domain.decision import KnowledgeCut, Verdict
from registry.domain.exposure import DayExposure, EffectKind, EffectSpec, ExposureRead, ExposureSpec, FeedWatch
from registry.domain.issue import EffectiveFix, Fix, IssueState
from registry.domain.policy_recurrence import (
    IndicatorPolicy,
    RatePolicy,
    RecurrencePolicy,
    ReturnPolicy,
    ReviewPolicy,
    SilencePolicy,
    WatchPolicy,
)
from registry.domain.recurrence import (
    Indicator,
    IndicatorKind,
    Level,
    Light,
    Occurrence,
    Outcome,
    Purpose,
    Seen,
    SegmentChange,
    WatchDay,
    WindowDecision,
    WindowInputs,
)
from registry.domain.recurrence_levels import BoundDay
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.times import local_date, start_of_day
from tests.builders import DIGEST, FEED, SYSTEM, ZONE, a_source

ISSUE = "ISS-0123456789abcdef-1"
FIX_AT = datetime(2021, 3, 1, 15, tzinfo=UTC)
FIRST_DAY = date(2021, 3, 2)
JUDGED_ON = date(2021, 5, 1)
DAYS_BEFORE, PER_DAY, LATENESS = 90, 100, 7


def a_recurrence_policy(**changes: Any) -> RecurrencePolicy:
    """Return a policy with the shipped numbers."""
    base = RecurrencePolicy(
        silence=SilencePolicy(90, 3, 0.8, 0.95, 0.95),
        rate=RatePolicy(180, 3000, 1.25, 0.0005, 0.95),
        watch=WatchPolicy(0.8, 3, 3, 0.9, 2, 0.001),
        on_return=ReturnPolicy(1, Severity.L3),
        review=ReviewPolicy(90, 14),
        indicators=IndicatorPolicy(1.5, 2.0, 28, 5, 14, 7, ("repeat_issue_rate", "unsupported_claim_rate", "override_spike")),
        window_days={Severity.L0: None, Severity.L1: 14, Severity.L2: 30, Severity.L3: 60, Severity.L4: 90},
        review_every_days={Severity.L0: None, Severity.L1: 7, Severity.L2: 7, Severity.L3: 3, Severity.L4: 1},
        allowed_lateness_days=3,
        digest=DIGEST,
    )
    return replace(base, **changes)


def a_watch_day(on: date, **changes: Any) -> WatchDay:
    """Return a day that was observed, with the usual number of decisions."""
    return replace(WatchDay(on, PER_DAY), **changes)


def some_watch_days(
    first: date, end: date, per_day: int | None = PER_DAY, dead: Collection[date] = (), amber: Collection[date] = ()
) -> tuple[WatchDay, ...]:
    """Return every day of ``[first, end)``; on ``dead`` ones nobody read the feed, on ``amber`` ones an indicator stood."""
    days = [first + timedelta(days=offset) for offset in range((end - first).days)]
    lights = (IndicatorKind.OVERRIDE_SPIKE,)
    return tuple(
        WatchDay(day, per_day, "the feed complaints was not read" if day in dead else "", lights if day in amber else ()) for day in days
    )


def a_seen(number: int = 1, **changes: Any) -> Seen:
    """Return a signal about a decision of the old version, made and reported before the fix."""
    base = Seen(
        key=f"sha256:{number:064x}",
        signal_id=f"{3_900_000 + number}",
        feed=FEED,
        decided_at=FIX_AT - timedelta(days=20),
        reported_at=FIX_AT - timedelta(days=18),
        versions={"model": "7"},
        is_after_fix=False,
        severity=Severity.L2,
        impact=CustomerImpact.NONE,
        segment={"product": "Prepaid card", "channel": "Web"},
        known_seq=1,
    )
    return replace(base, **changes)


def a_return(number: int = 900, **changes: Any) -> Seen:
    """Return a signal about a decision of the fixed version, twenty days after the fix."""
    decided_at = FIX_AT + timedelta(days=20)
    base = a_seen(number, decided_at=decided_at, reported_at=decided_at + timedelta(days=2), versions={"model": "8"}, is_after_fix=True)
    return replace(base, **changes)


def seen_before(count: int, end: date = FIRST_DAY - timedelta(days=1), days: int = DAYS_BEFORE, zone: str = ZONE) -> tuple[Seen, ...]:
    """Return ``count`` signals spread evenly over the ``days`` before ``end``, each reported two days after its decision."""
    start = end - timedelta(days=days)
    ons = [start + timedelta(days=(2 * number + 1) * days // (2 * count)) for number in range(count)]
    decided = [start_of_day(on, zone) + timedelta(hours=10) for on in ons]
    return tuple(a_seen(number, decided_at=at, reported_at=at + timedelta(days=2)) for number, at in enumerate(decided))


def some_versions(fix_at: datetime = FIX_AT, system_id: str = SYSTEM) -> tuple[VersionInForce, ...]:
    """Return model 7 for a year, then model 8 with all traffic."""
    return (
        VersionInForce(system_id, "model", "7", fix_at - timedelta(days=365), "mlflow"),
        VersionInForce(system_id, "model", "8", fix_at, "mlflow"),
    )


def some_window_inputs(**changes: Any) -> WindowInputs:
    """Return a window that is clean; ``days`` follow ``business_date`` and ``zone`` unless they are given."""
    fix = changes.get("fix", Fix(FIX_AT, {"model": "8"}))
    zone, today = changes.get("zone", ZONE), changes.get("business_date", JUDGED_ON)
    fixed_on = local_date(fix.effective_at, zone)
    first = fixed_on - timedelta(days=DAYS_BEFORE)
    base = WindowInputs(
        issue_id=ISSUE,
        system_id=SYSTEM,
        title="Wrong explanation of a fee",
        severity=Severity.L2,
        state=IssueState.VERIFYING,
        zone=zone,
        as_of=start_of_day(today, zone) + timedelta(hours=7),
        business_date=today,
        purpose=Purpose.CLOSURE,
        fix=fix,
        share_percent=100,
        versions=some_versions(fix.effective_at),
        effect=EffectSpec(),
        unit="decision",
        days=some_watch_days(first, today),
        seen=seen_before(12, fixed_on, zone=zone),
        began_on=first,
        contained_at=None,
        window_days=30,
        lateness_days=LATENESS,
        events=100,
        data_before=start_of_day(today, zone),
        policy=a_recurrence_policy(),
    )
    return replace(base, **changes)


def a_level(**changes: Any) -> Level:
    return replace(Level(12, 9_000, 90, 12 / 9_000, 0.001, 0.0018), **changes)


def an_occurrence(**changes: Any) -> Occurrence:
    seen = a_return()
    base = Occurrence(
        seen.key, seen.signal_id, seen.decided_at, seen.reported_at, "post_fix", "decided by model 8, at or after the fix", seen.segment
    )
    return replace(base, **changes)


def a_segment_change(**changes: Any) -> SegmentChange:
    base = SegmentChange("", "", a_level(), a_level(occurrence_count=0, exposure_count=6_000, day_count=60, ratio=0.0, low=0.0), 0.0, None)
    return replace(base, **changes)


def a_window_decision(**changes: Any) -> WindowDecision:
    """Return the decision that the default window is clean, written by hand: for those who read one, not for those who judge."""
    base = WindowDecision(
        kind="recurrence_window",
        system=SYSTEM,
        as_of=start_of_day(JUDGED_ON, ZONE) + timedelta(hours=7),
        verdict=Verdict.PASS,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=DIGEST,
        knowledge_cut=KnowledgeCut(100, start_of_day(JUDGED_ON, ZONE)),
        issue_id=ISSUE,
        title="Wrong explanation of a fee",
        severity=Severity.L2,
        purpose=Purpose.CLOSURE,
        outcome=Outcome.CLEAN,
        zone=ZONE,
        business_date=JUDGED_ON,
        effective=EffectiveFix(FIX_AT, FIRST_DAY, "model 8 serves all traffic"),
        observed_days=60,
        elapsed_days=60,
        required_days=30,
        extended_days=0,
        coverage_ratio=1.0,
        exposure=5_300,
        required_exposure=2_986.4,
        unit="decision",
        effect=EffectSpec(),
        limit=0.001,
        before=a_level(),
        after=a_level(occurrence_count=0, exposure_count=6_000, day_count=60, ratio=0.0, low=0.0, high=0.0005),
        normal=None,
        occurrences=(),
        late=(),
        bound=(BoundDay(date(2021, 3, 31), 3_000, 0, 0.001), BoundDay(date(2021, 4, 30), 6_000, 0, 0.0005)),
        segments=(a_segment_change(),),
        floor_on=date(2021, 3, 31),
        closes_on=date(2021, 4, 8),
        missing=(),
        severity_after=Severity.L2,
    )
    return replace(base, **changes)


def an_indicator(**changes: Any) -> Indicator:
    return replace(Indicator(IndicatorKind.REPEAT_ISSUE_RATE, SYSTEM, Light.GREEN, "no issue came back"), **changes)


def an_exposure_spec(**changes: Any) -> ExposureSpec:
    return replace(
        ExposureSpec(a_source(source_id="decisions_csv", path="data/decisions.csv"), TimeField("Decided"), "decision"), **changes
    )


def a_feed_watch(**changes: Any) -> FeedWatch:
    return replace(FeedWatch(SYSTEM, FEED, EffectSpec(EffectKind.ABSENCE), an_exposure_spec(), LATENESS), **changes)


def an_exposure_read(start: date, end: date, per_day: int = PER_DAY, **changes: Any) -> ExposureRead:
    """Return the same number of decisions on each day of ``[start, end)``."""
    days = tuple(DayExposure(start + timedelta(days=offset), "", "", per_day) for offset in range((end - start).days))
    return replace(ExposureRead(SYSTEM, FEED, "decision", start, end, days, (DIGEST,)), **changes)
