"""One run over the watched systems: what it is about, what it found for each, and what it writes.

Put the two ends of a run of the retraining triggers here; one window's decision is ``registry/domain/triggers.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from registry.domain.anchoring import Attempt
from registry.domain.decision import Decided, Finding, Verdict
from registry.domain.events import Event
from registry.domain.lease import Lease
from registry.domain.monitoring import MonitoredSystem, Window
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile
from registry.domain.triage_write import Publication
from registry.domain.triggers import TriggerDecision, TriggerHistory, TriggerInputs, TriggerRequest


@dataclass(frozen=True, slots=True)
class TriggerPlan:
    """What one run is about, settled before anything is read.

    ``business_date`` is the civil date of ``as_of`` in the workspace's ``zone``; which window has ended is told in each system's own.
    ``policy_tables`` are the bytes of the tables that ``policies`` come from. A preview writes nothing.
    """

    workspace: str
    as_of: datetime
    observed_at: datetime
    business_date: date
    zone: str
    systems: tuple[MonitoredSystem, ...]
    policies: TriggerPolicies
    policy_tables: bytes
    is_preview: bool = False
    redacted_kinds: tuple[str, ...] = ()
    """The kinds of personal data that are taken out of what is kept of a text."""

    @property
    def system_ids(self) -> tuple[str, ...]:
        return tuple(system.entry.system_id for system in self.systems)


@dataclass(frozen=True, slots=True)
class FrozenReference:
    """A reference as the ledger knows it: the days it is of, and the package and file that hold it.

    ``labels_from`` is the first day of the system's first reference: outcomes are counted from it, whatever has replaced it.
    """

    system_id: str
    digest: str
    bundle_digest: str
    record: str
    reference_from: date
    reference_to: date
    event: int
    labels_from: date | None = None
    described: str = ""
    """Digest of how the catalogue described the predictions then (``checks/reference_description.py``)."""
    counts_digest: str = ""
    """What its decisions cite: the same after outcomes of its days were added."""


@dataclass(frozen=True, slots=True)
class SystemKnown:
    """What the ledger knows of a system before it is read: its reference, and the history it is judged with.

    ``standing`` is what the newest decision said. ``met`` are windows that earlier runs left unsettled.
    """

    system: MonitoredSystem
    history: TriggerHistory
    frozen: FrozenReference | None = None
    standing: SystemDay | None = None

    @property
    def met(self) -> frozenset[Window]:
        return frozenset(past.window for past in self.history.windows if not past.settled)


@dataclass(frozen=True, slots=True)
class ReferenceRead:
    """The reference of one system for this run, or the findings that say why there is none. ``is_new``: this run freezes it.

    ``outcomes`` are those of its days as the source tells them now, as long as any of them is not frozen.
    """

    reference: ReferenceProfile | None = None
    is_new: bool = False
    findings: tuple[Finding, ...] = ()
    outcomes: WindowOutcomes | None = None


@dataclass(frozen=True, slots=True)
class WindowRead:
    """What a source held for one window; ``profile`` is None where it could not be read, with the finding that says why."""

    window: Window
    profile: WindowProfile | None
    reference_outcomes: WindowOutcomes | None = None
    outcomes: tuple[WindowOutcomes, ...] = ()
    label_count: int | None = None
    findings: tuple[Finding, ...] = ()
    is_again: bool = False
    """An earlier run met the window and left it unsettled: told again only where more can be said now."""


@dataclass(frozen=True, slots=True)
class SystemRead:
    """One system as this run read it: its reference and its windows, oldest first.

    ``data_before_on`` is the civil day of its zone before which every row has arrived. ``skipped`` are windows that no run judges any more.
    """

    system: MonitoredSystem
    data_before_on: date
    reference: ReferenceRead
    windows: tuple[WindowRead, ...]
    skipped: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One window with what it was judged from, under the number that its files in the package have."""

    number: int
    inputs: TriggerInputs
    decision: TriggerDecision


@dataclass(frozen=True, slots=True)
class SystemDay:
    """One system in the run's summary: the newest window it speaks of and its verdict.

    ``record`` names the decision's file in the package, empty where this run made none: then ``reason`` says what stands or is missing.
    ``left_out`` says which windows were not judged that should have been.
    """

    system: str
    verdict: Verdict
    window: Window | None
    record: str
    reason: str
    requests: tuple[TriggerRequest, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggersDay(Decided):
    """A run's summary over its systems. ``frozen`` are the systems whose reference this run froze."""

    business_date: date
    systems: tuple[str, ...]
    days: tuple[SystemDay, ...]
    frozen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriggersResult:
    """What a run hands back, as ``TriageResult`` does; ``decisions`` are those of its windows, by system and oldest first."""

    decision: TriggersDay
    decisions: tuple[TriggerDecision, ...]
    report_path: str
    seal: int
    bundle_digest: str
    repeated: bool = False
    attempt: Attempt | None = None
    copies: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerWrite:
    """Everything one run writes into the ledger, all of it or nothing, as ``TriageWrite`` is for a day of triage.

    ``knowledge`` holds, for each shard, the head of the ledger that its decisions rest on, and its systems.
    """

    leases: tuple[Lease, ...]
    knowledge: tuple[tuple[int, tuple[str, ...]], ...]
    events: tuple[Event, ...]
    publications: tuple[Publication, ...]
    result: bytes


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Files of a run in its spool, by their names in the package, and the digest of each decision's record by its number."""

    files: dict[str, Path]
    digests: dict[int, str]


@dataclass(frozen=True, slots=True)
class ShardDay:
    """What one shard came to: ``head`` is the newest event that its decisions know.

    ``replaced`` are the digests of the references, by system, whose place the ``references`` take.
    """

    head: int
    days: tuple[SystemDay, ...]
    judged: tuple[Judged, ...]
    references: tuple[ReferenceProfile, ...]
    files: RunFiles
    replaced: Mapping[str, str]


def of_watched(plan: TriggerPlan, system_ids: Collection[str]) -> TriggerPlan:
    """Return the plan for some of its systems alone."""
    return replace(plan, systems=tuple(system for system in plan.systems if system.entry.system_id in system_ids))


def shards_of(systems: tuple[MonitoredSystem, ...], size: int) -> tuple[tuple[MonitoredSystem, ...], ...]:
    """Return the systems in shards of at most ``size``: the unit of work of a run, whose data are in memory together.

    >>> shards_of((), 2)
    ()
    """
    return tuple(systems[start : start + size] for start in range(0, len(systems), size))


def frozen_of(seq: int, envelope: Mapping[str, Any]) -> FrozenReference:
    """Return the reference that an event of ``REFERENCE_FROZEN`` tells of, given its stored envelope."""
    data = envelope["data"]
    from_on, to_on = (date.fromisoformat(data["reference"][name]) for name in ("from", "to"))
    told = data["reference_digest"], data["bundle_digest"], data["record"]
    described, counts = data.get("described", ""), data.get("counts_digest", "")
    return FrozenReference(envelope["system"], *told, from_on, to_on, seq, described=described, counts_digest=counts)


def standing_of(envelope: Mapping[str, Any]) -> SystemDay:
    """Return what an event of ``TRIGGERS_EVALUATED`` leaves standing, given its stored envelope."""
    data = envelope["data"]
    window = Window(*(date.fromisoformat(data["window"][name]) for name in ("start_on", "end_on")))
    reason = f"decided {envelope['as_of'][:10]} about {window.start_on} to {window.end_on}, see {data['record']} of {data['bundle_digest']}"
    return SystemDay(envelope["system"], Verdict(data["verdict"]), window, "", reason)
