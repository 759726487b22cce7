"""What one window, and the indicators of a run, were judged from, in the form that is sealed: enough to judge them again, and nothing else.

Put here which inputs are sealed and how they become values again. The policy is the package's table, named by digest. Signals, days and
versions are sealed as they were read, so that one package can be judged by itself; that versions and fix are what the events before tell is
for ``deployments/recompute_recurrence.py`` to say. Of indicators only the catalogue and the tables are sealed: issues, observed days and
daily counts are what the events and packages before tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from registry.domain.catalogue import SystemEntry, VersionInForce
from registry.domain.exposure import NONE_IN_PART, CellCount, EffectSpec, FeedsInPart, FeedTerms, FeedWatch
from registry.domain.history import TriageHistory
from registry.domain.issue import Fix, IssueState
from registry.domain.policy import TriagePolicies
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence import Purpose, Seen, WatchDay, WindowInputs
from registry.domain.recurrence_run import RecurrenceDay, RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity

KIND, SCHEMA_VERSION = "window_inputs", 1
INDICATORS_KIND, INDICATORS_VERSION = "indicator_inputs", 1


@dataclass(frozen=True, slots=True)
class CellColumn:
    """The decisions of one value of a segment, one number for each of the days, in their order; None on a day that carries none.

    A window has a year of days and may have a hundred values: told day by day, with every name on each, it would be megabytes.
    """

    name: str
    value: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class SealedPart:
    """What is judged apart in a window: the inputs of feeds whose effect is another; everything else is the window's."""

    feeds: tuple[str, ...]
    effect: EffectSpec
    unit: str
    days: tuple[WatchDay, ...]
    seen: tuple[Seen, ...]
    exposure_digests: tuple[str, ...]
    exposure_reason: str
    in_part: FeedsInPart = NONE_IN_PART
    cells: tuple[CellColumn, ...] = ()

    def __post_init__(self) -> None:
        _refuse_odd(self.days, self.cells)


@dataclass(frozen=True, slots=True)
class SealedWindow:
    """One window's inputs. ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    issue_id: str
    system_id: str
    title: str
    severity: Severity
    state: IssueState
    zone: str
    as_of: datetime
    business_date: date
    purpose: Purpose
    fix: Fix
    share_percent: int
    versions: tuple[VersionInForce, ...]
    effect: EffectSpec
    unit: str
    days: tuple[WatchDay, ...]
    seen: tuple[Seen, ...]
    began_on: date
    contained_at: datetime | None
    window_days: int
    lateness_days: int
    events: int
    data_before: datetime
    exposure_digests: tuple[str, ...]
    exposure_reason: str
    feeds: tuple[str, ...]
    beside: tuple[SealedPart, ...]
    program: dict[str, str]
    began: BeganWith | None = None
    terms: tuple[FeedTerms, ...] = ()
    in_part: FeedsInPart = NONE_IN_PART
    closed_at: datetime | None = None
    cells: tuple[CellColumn, ...] = ()

    def __post_init__(self) -> None:
        _refuse_odd(self.days, self.cells)

    def judged_with(self, policy: RecurrencePolicy) -> WindowInputs:
        """Return what the window is judged from, given the policy that is kept beside these inputs."""
        ours = {field.name for field in fields(WindowInputs)} - {"policy", "beside", "days"}
        named = {name: getattr(self, name) for name in ours}
        whole = WindowInputs(policy=policy, days=_with_cells(self.days, self.cells), **named)
        return replace(whole, beside=tuple(_apart(whole, part) for part in self.beside))


def sealed_window(inputs: WindowInputs, program: Mapping[str, str]) -> SealedWindow:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name not in {"policy", "beside", "days"}}
    apart = tuple(SealedPart(days=_without_cells(one.days), cells=_columns(one.days), **_named(one)) for one in inputs.beside)
    days, cells = _without_cells(inputs.days), _columns(inputs.days)
    return SealedWindow(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), beside=apart, days=days, cells=cells, **judged)


def _apart(whole: WindowInputs, part: SealedPart) -> WindowInputs:
    return replace(whole, days=_with_cells(part.days, part.cells), **_named(part))


def _named(value: SealedPart | WindowInputs) -> dict[str, Any]:
    """Return what feeds that are judged apart have of their own, but for their days."""
    return {name: getattr(value, name) for name in _APART}


_APART = frozenset(field.name for field in fields(SealedPart)) - {"days", "cells"}


def _refuse_odd(days: Sequence[WatchDay], cells: Sequence[CellColumn]) -> None:
    if any(len(column.counts) != len(days) for column in cells):
        raise ValueError("decisions of a segment that are not one number for each day")


def _columns(days: Sequence[WatchDay]) -> tuple[CellColumn, ...]:
    counts = [{(cell.name, cell.value): cell.count for cell in day.cells} for day in days]
    return tuple(CellColumn(*cell, tuple(one.get(cell) for one in counts)) for cell in sorted({cell for one in counts for cell in one}))


def _without_cells(days: Sequence[WatchDay]) -> tuple[WatchDay, ...]:
    return tuple(replace(day, cells=()) for day in days)


def _with_cells(days: Sequence[WatchDay], columns: Sequence[CellColumn]) -> tuple[WatchDay, ...]:
    cells: list[list[CellCount]] = [[] for _ in days]
    for column in columns:
        for told, count in zip(cells, column.counts, strict=True):
            if count is not None:
                told.append(CellCount(column.name, column.value, count))
    return tuple(replace(day, cells=tuple(told)) for day, told in zip(days, cells, strict=True))


@dataclass(frozen=True, slots=True)
class SealedIndicators:
    """What the indicators of a run were read by. ``zone`` is that of its days; ``claim_feeds`` are the (system, feed) whose signals are
    claims that no source supports. ``program`` names what judged, with versions.
    """

    kind: str
    schema_version: int
    zone: str
    systems: tuple[SystemEntry, ...]
    claim_feeds: tuple[tuple[str, str], ...]
    policies: TriagePolicies
    program: dict[str, str]

    @property
    def system_ids(self) -> tuple[str, ...]:
        return tuple(system.system_id for system in self.systems)

    def plan_of(self, day: RecurrenceDay, policy: RecurrencePolicy) -> RecurrencePlan:
        """Return the plan of the run ``day`` as far as indicators are read by it."""
        claims = (FeedWatch(system_id, feed, EffectSpec(), None, None, True) for system_id, feed in self.claim_feeds)
        return RecurrencePlan(
            workspace="",
            as_of=day.as_of,
            observed_at=day.as_of,
            business_date=day.business_date,
            zone=self.zone,
            data_before=day.knowledge_cut.data_before,
            systems=self.systems,
            watches=tuple(claims),
            policy=policy,
            policies=self.policies,
            policy_tables=b"",
        )


def sealed_indicators(plan: RecurrencePlan, program: Mapping[str, str]) -> SealedIndicators:
    """Return what is sealed of the plan of a run."""
    claims = tuple((watch.system_id, watch.feed) for watch in plan.watches if watch.counts_unsupported_claims)
    return SealedIndicators(
        kind=INDICATORS_KIND,
        schema_version=INDICATORS_VERSION,
        zone=plan.zone,
        systems=plan.systems,
        claim_feeds=claims,
        policies=plan.policies,
        program=dict(program),
    )


def known_from(history: TriageHistory) -> RecurrenceKnowledge:
    """Return what indicators are read from: nothing of a window is in it."""
    return RecurrenceKnowledge(history.events, history.cases, {}, history.observed, {}, history, {})
