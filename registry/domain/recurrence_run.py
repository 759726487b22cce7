"""What one run of the recurrence monitoring is about, reads, decides and writes, as values that cross tasks.

Put the two ends of that run here; how a window is judged belongs to ``checks/recurrence.py``, its values to ``recurrence.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from registry.domain.anchoring import Attempt
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Decided, Finding
from registry.domain.events import Event
from registry.domain.exposure import ExposureRead, FeedTerms, FeedWatch
from registry.domain.history import ObservedDay, Telling, TriageHistory
from registry.domain.issue import Issue, IssueState
from registry.domain.lease import Lease
from registry.domain.policy import TriagePolicies
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence import Indicator, Purpose, Seen, WindowDecision, WindowInputs
from registry.domain.rows_aside import RowsAside
from registry.domain.triage_write import Publication
from registry.domain.work import Case

_WATCHED = frozenset({IssueState.IMPLEMENTED, IssueState.VERIFYING, IssueState.CLOSED})


@dataclass(frozen=True, slots=True)
class RecurrencePlan:
    """What a run is about, settled before anything is read. ``policy_tables`` are the bytes that ``policy`` comes from.

    ``others`` are the systems of the catalogue that the run is not about, ``other_watches`` how their feeds are watched: a signal of the
    same cause may be of one of them, and is told by its own system.
    """

    workspace: str
    as_of: datetime
    observed_at: datetime
    business_date: date
    zone: str
    data_before: datetime
    systems: tuple[SystemEntry, ...]
    watches: tuple[FeedWatch, ...]
    policy: RecurrencePolicy
    policies: TriagePolicies
    policy_tables: bytes
    redacted_kinds: tuple[str, ...] = ()
    is_preview: bool = False
    others: tuple[SystemEntry, ...] = ()
    other_watches: tuple[FeedWatch, ...] = ()

    @property
    def system_ids(self) -> tuple[str, ...]:
        return tuple(system.system_id for system in self.systems)

    def terms_of(self, system_id: str, feeds: Collection[str]) -> tuple[FeedTerms, ...]:
        """Return what the catalogue says of those of ``feeds`` that it has."""
        ours = sorted((one for one in self.watches if one.system_id == system_id and one.feed in feeds), key=lambda one: one.feed)
        return tuple(one.terms for one in ours)

    def about(self, system_ids: Collection[str]) -> RecurrencePlan:
        """Return the plan of a run about ``system_ids`` alone; every other system stays known."""
        systems, watches = (*self.systems, *self.others), (*self.watches, *self.other_watches)
        return replace(
            self,
            systems=tuple(one for one in systems if one.system_id in system_ids),
            others=tuple(one for one in systems if one.system_id not in system_ids),
            watches=tuple(one for one in watches if one.system_id in system_ids),
            other_watches=tuple(one for one in watches if one.system_id not in system_ids),
        )


@dataclass(frozen=True, slots=True)
class RecurrenceKnowledge:
    """What the ledger knows when windows are judged, up to event ``events``: what people did, what was seen of each issue, which days were
    observed, and which indicators stood on which earlier day.

    ``seen`` holds versions as they were known when a signal came, and tells of none whether it is after the fix. ``began_on`` is the day on
    which an issue's first level began, where a rise opened it. ``reviewed_on`` is the newest date on which the window of a closed issue
    had an answer, ``systems_of`` the system of each issue that has the same cause as another. ``tellings`` say how a feed told symptoms, by
    system, feed and day; ``came_on`` by which system and feed, and on which days, the signals of an issue came. ``aside`` are rows that
    could not be read, by system, feed and day. ``began`` is the policy that an issue's window began with, and the terms of its feeds.
    """

    events: int
    cases: tuple[Case, ...]
    seen: Mapping[str, tuple[Seen, ...]]
    observed: tuple[ObservedDay, ...]
    lights: Mapping[tuple[str, date], tuple[Indicator, ...]]
    history: TriageHistory
    closed_at: Mapping[str, datetime]
    began_on: Mapping[str, date] = field(default_factory=dict)
    reviewed_on: Mapping[str, date] = field(default_factory=dict)
    systems_of: Mapping[str, str] = field(default_factory=dict)
    tellings: Mapping[tuple[str, str, date], Telling] = field(default_factory=dict)
    came_on: Mapping[str, frozenset[tuple[str, str, date]]] = field(default_factory=dict)
    aside: Mapping[tuple[str, str, date], RowsAside] = field(default_factory=dict)
    began: Mapping[str, BeganWith] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeedGroup:
    """Feeds of one symptom that are judged together, and how the first of them is watched."""

    feeds: tuple[str, ...]
    watch: FeedWatch


@dataclass(frozen=True, slots=True)
class DueWindow:
    """One window that a run looks at: of which issue and why, the feeds that carry its symptom, and those of them that are judged together.

    ``start_on`` is the first day of which decisions are counted. ``is_recorded``: whatever comes out is told; else only a return is.
    """

    case: Case
    purpose: Purpose
    feeds: tuple[str, ...]
    groups: tuple[FeedGroup, ...]
    lateness_days: int
    start_on: date
    began_on: date
    contained_at: datetime | None
    is_recorded: bool

    @property
    def issue(self) -> Issue:
        return self.case.issue


def is_watched(issue: Issue) -> bool:
    """Return whether the window of ``issue`` is looked at: it has a fix that was released, or is closed with one."""
    return issue.fix is not None and issue.state in _WATCHED


@dataclass(frozen=True, slots=True)
class WindowJudged:
    """One window with what it was judged from."""

    inputs: WindowInputs
    decision: WindowDecision

    @property
    def told(self) -> WindowInputs:
        """What the numbers of the decision come from, where feeds are judged apart."""
        return next((one for one in self.inputs.beside if one.feeds == self.decision.feeds), self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceDay(Decided):
    """One run over every window that is open, about to open, or asked about again; ``windows`` by severity, then issue."""

    business_date: date
    systems: tuple[str, ...]
    windows: tuple[WindowDecision, ...]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class RecurrenceWrite:
    """Everything one run writes: leases done, events in order, one package promised."""

    leases: tuple[Lease, ...]
    known_events: int
    events: tuple[Event, ...]
    publications: tuple[Publication, ...]
    result: bytes


@dataclass(frozen=True, slots=True)
class RecurrenceResult:
    """What a run hands back. ``exposures`` tell what could not be read."""

    decision: RecurrenceDay
    report_path: str
    seal: int
    bundle_digest: str
    repeated: bool = False
    attempt: Attempt | None = None
    copies: tuple[Finding, ...] = ()
    exposures: tuple[ExposureRead, ...] = ()
