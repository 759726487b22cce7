"""Small profiles, references and policies for tests of the retraining triggers: every number can be overridden, none is hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import Window, WindowKind
from registry.domain.policy_triggers import (
    DataQualityPolicy,
    DriftPolicy,
    PerformancePolicy,
    Persistence,
    ProfilePolicy,
    RequestPolicy,
    TriggerPolicies,
)
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ReferenceProfile, Segment, WindowProfile

JANUARY, FEBRUARY = Window(date(2026, 1, 1), date(2026, 2, 1)), Window(date(2026, 2, 1), date(2026, 3, 1))
POLICIES = TriggerPolicies(
    profile=ProfilePolicy(10, 50, 0.005, 100, 20.0, 30, 200, 500),
    drift=DriftPolicy(
        0.2,
        50,
        0.5,
        {WindowKind.DAY: Persistence(3, 5), WindowKind.WEEK: Persistence(2, 3), WindowKind.MONTH: Persistence(1, 1)},
        2,
        0.01,
    ),
    data_quality=DataQualityPolicy(0.01, 0.05, 0.5, 10.0, 0.01, 0.0, 0.5),
    performance=PerformancePolicy(0.8, 100, 10, 0.05, 0.1, 0.2, 0.05, 0.01),
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


def a_profile(*cells: CellCounts, window: Window = FEBRUARY, **changes: Any) -> WindowProfile:
    """Return the profile of a window whose segments are those of its cells."""
    sizes = {cell.segment: cell.row_count for cell in cells}
    made = WindowProfile(window, sizes.get(WHOLE, 0), tuple(sizes.items()), cells, observed_days=window.day_count)
    return replace(made, **changes)


def a_reference(columns: tuple[ColumnBins, ...], *cells: CellCounts, **changes: Any) -> ReferenceProfile:
    made = ReferenceProfile("credit_model", "UTC", datetime(2026, 2, 1, tzinfo=UTC), columns, a_profile(*cells, window=JANUARY))
    return replace(made, **changes)
