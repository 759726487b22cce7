"""A simulated system of twenty features whose true distributions are known: its frozen reference, and its windows one after another.

Put here how windows are drawn and walked; what must come of them is ``tests/proof/triggers.py``. A window goes the whole way: counts, the
decision, its event as the ledger would keep it, and what the next window's decision knows of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

from checks.retraining import judge_triggers
from checks.trigger_events import evaluated_event
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind, window_of
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ReferenceProfile, WindowProfile
from registry.domain.trigger_folding import past_window, with_window
from registry.domain.triggers import TriggerDecision, TriggerHistory, TriggerInputs
from tests.builders import a_system

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST_DAY = date(2025, 1, 1)
NORMAL = NormalDist()
_REMEMBERED = 100  # windows: of days, as long as a request can be in flight
_MISSING = (0.0,) * 9 + (0.01,) * 3 + (0.2, 0.001)
_LEVELS = (
    (0.5, 0.5),
    (0.97, 0.03),
    (0.4, 0.3, 0.2, 0.1),
    (0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02),
    (0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.015625),
    (0.05,) * 20,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: the mean of a normal number with some values missing, or the shares of a category's levels."""

    name: str
    missing: float = 0.0
    levels: tuple[float, ...] = ()


FEATURES = (
    *(Feature(f"number_{place:02}", missing) for place, missing in enumerate(_MISSING, start=1)),
    *(Feature(f"category_{place}", levels=levels) for place, levels in enumerate(_LEVELS, start=1)),
)
SHIFTED = FEATURES[0].name


@dataclass(frozen=True, slots=True)
class Simulated:
    """One system under watch with the reference that was drawn for it."""

    system: MonitoredSystem
    reference: ReferenceProfile
    policies: TriggerPolicies


def simulate(policies: TriggerPolicies, reference_rows: int, random: np.random.Generator, kind: WindowKind = WindowKind.DAY) -> Simulated:
    """Return a system whose reference is one sample of ``reference_rows`` rows, its bins cut at that sample's own quantiles."""
    bins = tuple(_bins(feature, policies.profile.bin_count, reference_rows, random) for feature in FEATURES)
    window = Window(FIRST_DAY - timedelta(days=90), FIRST_DAY)
    columns = tuple(one for one, _ in bins)
    cells = tuple(CellCounts(one.name, WHOLE, counts, low=one.low, high=one.high) for one, counts in bins)
    profile = WindowProfile(window, reference_rows, ((WHOLE, reference_rows),), cells, day_rows=(reference_rows // 90,) * 90)
    frozen_at = datetime.combine(FIRST_DAY, time(), UTC)
    names = {kind: tuple(one.name for one in columns if one.kind is kind) for kind in ColumnKind}
    predictions = PredictionSpec(
        SourceSpec("predictions", "rows.parquet"),
        TimeField("at"),
        numeric=names[ColumnKind.NUMBER],
        categorical=names[ColumnKind.CATEGORY],
    )
    system = MonitoredSystem(a_system(timezone="UTC"), predictions, MonitoringSpec(window.start_on, window.end_on, kind))
    return Simulated(system, ReferenceProfile(system.entry.system_id, "UTC", frozen_at, columns, profile), policies)


def windows(
    simulated: Simulated, rows: int, count: int, random: np.random.Generator, shift: float = 0.0, times: int = 1
) -> Iterator[list[TriggerDecision]]:
    """Yield the decisions about each window, as many as ``times`` it is judged; the shifted number's mean lies ``shift`` sd away."""
    shares = [_shares(bins, feature, shift) for bins, feature in zip(simulated.reference.columns, FEATURES, strict=True)]
    history = TriggerHistory(events=0)
    kind, start = simulated.system.monitoring.window, FIRST_DAY
    for _ in range(count):
        window = window_of(start, kind)
        start = window.end_on
        profile = _profile(simulated.reference, window, rows, [random.multinomial(rows, share) for share in shares])
        decisions = []
        for turn in range(times):
            decisions.append(judge_triggers(_inputs(simulated, profile, history, hours=11 + turn)))
            history = _remembered(history, decisions[-1])
        yield decisions


def _bins(feature: Feature, bin_count: int, rows: int, random: np.random.Generator) -> tuple[ColumnBins, tuple[int, ...]]:
    import numpy as np

    if feature.levels:
        levels = tuple(f"level {place:02}" for place in range(len(feature.levels)))
        counts = random.multinomial(rows, feature.levels)
        return ColumnBins(feature.name, ColumnKind.CATEGORY, levels=levels), (*map(int, counts), 0, 0, 0)
    missing = int(random.binomial(rows, feature.missing))
    values = random.standard_normal(rows - missing)
    edges = np.quantile(values, np.arange(1, bin_count) / bin_count)
    counts = np.bincount(np.searchsorted(edges, values), minlength=bin_count)
    bins = ColumnBins(feature.name, ColumnKind.NUMBER, edges=tuple(map(float, edges)), low=float(values.min()), high=float(values.max()))
    return bins, (*map(int, counts), missing)


def _shares(bins: ColumnBins, feature: Feature, shift: float) -> NDArray[np.float64]:
    """Return the true share of each bin."""
    import numpy as np

    if feature.levels:
        return np.array([*feature.levels, 0.0, 0.0, 0.0])
    below = [0.0, *(NORMAL.cdf(edge - (shift if feature.name == SHIFTED else 0.0)) for edge in bins.edges), 1.0]
    return np.array([*np.diff(below) * (1 - feature.missing), feature.missing])


def _profile(reference: ReferenceProfile, window: Window, rows: int, counts: list[NDArray[np.int64]]) -> WindowProfile:
    cells = tuple(
        CellCounts(bins.name, WHOLE, tuple(map(int, found)), low=bins.low, high=bins.high)
        for bins, found in zip(reference.columns, counts, strict=True)
    )
    return WindowProfile(window, rows, ((WHOLE, rows),), cells, day_rows=(rows // window.day_count,) * window.day_count)


def _inputs(simulated: Simulated, profile: WindowProfile, history: TriggerHistory, hours: int) -> TriggerInputs:
    today = profile.window.end_on
    return TriggerInputs(
        system=simulated.system,
        as_of=datetime.combine(today, time(hours), UTC),
        business_date=today,
        window=profile.window,
        window_kind=simulated.system.monitoring.window,
        policies=simulated.policies,
        history=history,
        reference=simulated.reference,
        profile=profile,
    )


def _remembered(history: TriggerHistory, decision: TriggerDecision) -> TriggerHistory:
    """Return what is known after a decision, by way of the bytes that the ledger would keep: of one window, the first that judged it."""
    if any(past.window == decision.window for past in history.windows):
        return history
    event = evaluated_event(decision, "", "", "decision.json")
    past = past_window(json.loads(event.canonical_body()))
    return with_window(replace(history, windows=history.windows[-_REMEMBERED:]), past)
