"""Small profiles, references and policies for tests of the retraining triggers: every number can be overridden, none is hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.decision import Finding, Verdict
from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind
from registry.domain.policy_triggers import (
    DataQualityPolicy,
    DriftPolicy,
    PerformancePolicy,
    Persistence,
    ProfilePolicy,
    RequestPolicy,
    TriggerPolicies,
)
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ColumnRole, ReferenceProfile, Segment, WindowProfile
from registry.domain.triggers import CellState, DriftCell, TriggerHistory, TriggerInputs
from tests.builders import a_system

JANUARY, FEBRUARY = Window(date(2026, 1, 1), date(2026, 2, 1)), Window(date(2026, 2, 1), date(2026, 3, 1))
POLICIES = TriggerPolicies(
    profile=ProfilePolicy(10, 50, 0.005, 100, 20.0, 30, 200, 500, 50, 0.01, 0.01, 0.5, 0.01),
    drift=DriftPolicy(
        0.2,
        0.5,
        50,
        0.5,
        {WindowKind.DAY: Persistence(3, 5), WindowKind.WEEK: Persistence(2, 3), WindowKind.MONTH: Persistence(2, 3)},
        2,
        0.01,
    ),
    data_quality=DataQualityPolicy(0.01, 0.05, 0.5, 10.0, 0.01, 0.0, 0.5, 0.2, 0.01, 0.01, 0.01),
    performance=PerformancePolicy(0.8, 100, 10, 0.05, 0.1, 0.2, 0.05, 0.01, 2.0, 184, 0.01),
    requests=RequestPolicy(
        cooldown_days=14,
        max_in_30_days=2,
        min_new_labels=10_000,
        max_incidents_in_30_days=3,
        allowed_lateness_days=0,
        catch_up_windows=31,
        max_in_flight_days=90,
    ),
    actions={
        "data_drift": "investigate",
        "data_drift_with_loss": "retrain",
        "performance_drop": "retrain",
        "quality_drop": "review_dataset",
        "new_labels": "retrain",
        "schedule": "retrain",
        "incidents": "rca_review",
        "policy_change": "reassess_controls",
    },
    digest="sha256:" + "0" * 64,
)


def a_number(name: str = "age", edges: tuple[float, ...] = (10.0, 20.0, 30.0), **changes: Any) -> ColumnBins:
    """Return the bins of a number, four and missing unless told otherwise."""
    return replace(ColumnBins(name, ColumnKind.NUMBER, edges=edges, low=0.0, high=40.0), **changes)


def a_category(name: str = "purpose", levels: tuple[str, ...] = ("car", "house"), **changes: Any) -> ColumnBins:
    """Return the bins of a category: its levels, rare, unseen and missing."""
    return replace(ColumnBins(name, ColumnKind.CATEGORY, levels=levels), **changes)


def a_cell(column: str, counts: tuple[int, ...], segment: Segment = WHOLE, **changes: Any) -> CellCounts:
    return replace(CellCounts(column, segment, counts), **changes)


def a_profile(*cells: CellCounts, window: Window = FEBRUARY, observed_days: int | None = None, **changes: Any) -> WindowProfile:
    """Return the profile of a window whose segments are those of its cells, its rows on ``observed_days`` days, the last one of them."""
    sizes = {cell.segment: cell.row_count for cell in cells}
    rows = sizes.get(WHOLE, 0)
    days = spread(rows, window.day_count, window.day_count if observed_days is None else observed_days)
    return replace(WindowProfile(window, rows, tuple(sizes.items()), cells, day_rows=days), **changes)


def spread(rows: int, days: int, observed_days: int) -> tuple[int, ...]:
    """Return the rows of each day where they are spread evenly over some days, counted back from the last.

    >>> spread(60, 4, 2)
    (0, 30, 0, 30)
    """
    observed = {days - 1 - number * days // observed_days for number in range(observed_days)} if rows else set()
    return tuple(max(1, rows // observed_days) if day in observed else 0 for day in range(days))


def a_reference(columns: tuple[ColumnBins, ...], *cells: CellCounts, **changes: Any) -> ReferenceProfile:
    made = ReferenceProfile("credit_model", "UTC", datetime(2026, 2, 1, tzinfo=UTC), columns, a_profile(*cells, window=JANUARY))
    return replace(made, **changes)


def a_watched_system(window: WindowKind = WindowKind.MONTH, label: str = "defaulted", **changes: Any) -> MonitoredSystem:
    """Return the credit model, watched against January; ``changes`` are of its monitoring."""
    monitoring = replace(MonitoringSpec(JANUARY.start_on, JANUARY.end_on, window, retrain_on_new_labels=True), **changes)
    predictions = PredictionSpec(SourceSpec("loans"), TimeField("issued_at"), score="score", label=label, numeric=("age",))
    return MonitoredSystem(a_system(system_id="credit_model", timezone="UTC"), predictions, monitoring)


def trigger_inputs(window: Window = FEBRUARY, **changes: Any) -> TriggerInputs:
    """Return what one window is judged from, on the morning after it: as many of every age as in the reference, and no history."""
    even = a_cell("age", (1000, 1000, 1000, 1000, 0))
    base = TriggerInputs(
        system=a_watched_system(),
        as_of=datetime(window.end_on.year, window.end_on.month, window.end_on.day, 8, tzinfo=UTC),
        business_date=window.end_on,
        window=window,
        window_kind=WindowKind.MONTH,
        policies=POLICIES,
        history=TriggerHistory(0),
        reference=a_reference((a_number(),), even),
        profile=a_profile(even, window=window),
    )
    return replace(base, **changes)


def a_judged_cell(state: CellState = CellState.QUIET, column: str = "age", segment: Segment = WHOLE, **changes: Any) -> DriftCell:
    """Return a cell as ``checks/drift.py`` judges it: far above its threshold where it is over or drifted, else far below."""
    psi = {CellState.QUIET: 0.01, CellState.NOT_EVALUATED: None}.get(state, 0.5)
    threshold = None if state is CellState.NOT_EVALUATED else 0.2
    because = "too_few" if state is CellState.NOT_EVALUATED else ""
    return replace(DriftCell(column, ColumnRole.FEATURE, segment, state, 4000, psi, threshold, because=because), **changes)


def a_loss(measure: str = "accuracy", segment: str = "all rows", verdict: Verdict = Verdict.FAIL) -> Finding:
    """Return a measure of performance that is worse on known outcomes."""
    return Finding("performance", segment, verdict, measure, f"{segment}: {measure} fell", value=0.7, baseline=0.9, limit=0.85, n=500)


def an_estimate(verdict: Verdict = Verdict.FAIL) -> Finding:
    """Return an estimate of performance from scores alone, which never blocks."""
    return replace(a_loss("estimated_accuracy", verdict=verdict), blocking=False)
