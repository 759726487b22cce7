"""A recurrence window: what was seen after a fix, on how many observed days, against how many decisions, and what that shows.

Put values of windows here. How one is judged is ``checks/recurrence.py``; what a run reads and writes is ``recurrence_run.py``.
Civil days are those of the system's zone. CLEAN alone is a PASS, RECURRED alone a FAIL, every other outcome INCONCLUSIVE.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Decided
from registry.domain.exposure import NONE_IN_PART, CellCount, EffectKind, EffectSpec, FeedsInPart, FeedTerms
from registry.domain.issue import EffectiveFix, Fix, IssueState
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence_levels import BoundDay, Holder
from registry.domain.rows_aside import RowsAside
from registry.domain.signal import CustomerImpact, Severity


class Outcome(StrEnum):
    """How a window stands."""

    NOT_OPEN = "not_open"  # some traffic is not served by the fix yet, or again not
    WATCHING = "watching"
    SUSPENDED = "suspended"  # nobody is looking: a feed is dead, or the watch does not run
    CLEAN = "clean"
    RECURRED = "recurred"
    ELAPSED_UNEVIDENCED = "elapsed_unevidenced"  # the days are over, and the silence proves nothing


class Purpose(StrEnum):
    """Why a window is looked at: to earn a closure, or to ask a closed issue again whether its fix held."""

    CLOSURE = "closure"
    EFFECTIVENESS = "effectiveness"


class IndicatorKind(StrEnum):
    """The key risk indicators."""

    REPEAT_ISSUE_RATE = "repeat_issue_rate"
    EVIDENCE_COMPLETENESS = "evidence_completeness"
    OVERDUE_ACTIONS = "overdue_actions"
    UNSUPPORTED_CLAIM_RATE = "unsupported_claim_rate"
    OVERRIDE_SPIKE = "override_spike"


class Light(StrEnum):
    """What an indicator shows. ``UNKNOWN`` is no green: nothing was there to look at."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One key risk indicator of one system on one day; ``is_missing``: unknown, as what it is read from was not there."""

    kind: IndicatorKind
    system_id: str
    light: Light
    reason: str
    value: float | None = None
    limit: float | None = None
    n: int | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One signal of the issue's symptom, or of one with the same cause: when its decision was made, by what, and when it was reported.

    ``is_after_fix`` is by versions as known now, ``same_cause_issue`` another issue that it came through, ``decision_ref`` its decision.
    ``impact`` is what it did to the customer; ``known_seq`` the event with which the ledger took it in.
    """

    key: str
    signal_id: str
    feed: str
    decided_at: datetime
    reported_at: datetime
    versions: dict[str, str]
    is_after_fix: bool
    severity: Severity
    impact: CustomerImpact
    segment: dict[str, str]
    known_seq: int
    same_cause_issue: str = ""
    journey_step: str = ""
    decision_ref: str = ""


@dataclass(frozen=True, slots=True)
class WatchDay:
    """One civil day as the watch knows it: the feeds that carry the symptom were read well, and how many decisions were made.

    ``exposure_count`` is None where nothing counts decisions, ``cells`` are those of segments. ``extending`` are indicators that were amber
    or red on it, ``unread`` had no evidence, or nobody read them, since the fix; ``aside`` are rows. ``reason``: why it is not observed.
    """

    on: date
    exposure_count: int | None
    reason: str = ""
    extending: tuple[IndicatorKind, ...] = ()
    unread: tuple[IndicatorKind, ...] = ()
    aside: tuple[RowsAside, ...] = ()
    cells: tuple[CellCount, ...] = ()

    @property
    def is_observed(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class WindowInputs:
    """Everything one window is judged from. ``days`` reach from the first day of the normal level to the day before ``business_date``.

    ``fix`` is the newest of the present occurrence, ``share_percent`` what it served at its release, ``versions`` what served when.
    ``contained_at`` is when the first control came into force: the rate before ends there. ``closed_at`` is when a closed issue was closed,
    ``began_on`` the day at which its own level begins. ``unit`` empty: observed days. ``window_days`` is the floor, the longest of its
    severities, ``lateness_days`` that of its slowest feed. ``exposure_reason`` says what puts the count of decisions in doubt, ``beside``
    feeds judged apart, ``in_part`` feeds not there all the time, ``terms`` what the catalogue says of feeds, ``began`` what it began with.
    """

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
    policy: RecurrencePolicy
    exposure_digests: tuple[str, ...] = ()
    exposure_reason: str = ""
    feeds: tuple[str, ...] = ()
    beside: tuple[WindowInputs, ...] = ()
    began: BeganWith | None = None
    terms: tuple[FeedTerms, ...] = ()
    in_part: FeedsInPart = NONE_IN_PART
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """Occurrences against decisions over some days: a rate, and its confidence bounds (None: no exposure, so none)."""

    occurrence_count: int
    exposure_count: int
    day_count: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One signal as it counts: after the fix, or a late report about an older version, which resets nothing."""

    key: str
    signal_id: str
    decided_at: datetime
    reported_at: datetime
    reason_code: str  # post_fix | pre_fix_late | same_cause | fix_taken_back
    reason: str
    segment: dict[str, str]


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """The same segment before and after the fix, with the interval of the ratio of its rates; None where it cannot be told.

    ``is_counted``: its rates are of its own decisions, else of all of them.
    """

    name: str
    value: str
    before: Level
    after: Level
    rate_ratio: float | None
    interval: tuple[float, float] | None
    is_counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDecision(Decided):
    """How one window stands. Days and exposure count observed days alone; ``limit`` is the rate that the effect may not pass.

    ``floor_on`` is the day on which the floor of observed days was reached, ``closes_on`` that and the allowed lateness; None before.
    ``missing`` is what is lacking; numbers are of ``feeds``, the worst judged apart; ``rate_feeds`` are rates beside. Where there is a
    ``holder``, exposure and levels are of its decisions alone.
    """

    issue_id: str
    title: str
    severity: Severity
    purpose: Purpose
    outcome: Outcome
    zone: str
    business_date: date
    effective: EffectiveFix
    observed_days: int
    elapsed_days: int
    required_days: int
    extended_days: int
    coverage_ratio: float | None
    exposure: int
    required_exposure: float | None
    unit: str
    effect: EffectSpec
    limit: float | None
    before: Level
    after: Level
    normal: Level | None
    occurrences: tuple[Occurrence, ...]
    late: tuple[Occurrence, ...]
    bound: tuple[BoundDay, ...]
    segments: tuple[SegmentChange, ...]
    floor_on: date | None
    closes_on: date | None
    missing: tuple[str, ...]
    severity_after: Severity
    feeds: tuple[str, ...] = ()
    rate_feeds: tuple[str, ...] = ()
    holder: Holder | None = None

    def is_rate_of(self, feed: str) -> bool:
        """Return whether signals through ``feed`` are weighed as a share, so that one more does not say that the problem is back."""
        return feed in self.rate_feeds if self.rate_feeds else self.effect.kind is EffectKind.RATE
