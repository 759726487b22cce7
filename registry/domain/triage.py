"""The result of one day's triage: what is new, what came back, who must act by when, what could not be looked at.

Put types of the daily triage here. The rules that fill them are ``checks/triage.py`` and its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from registry.domain.decision import Decided, Finding
from registry.domain.feed import FeedStatus
from registry.domain.history import OpenDip
from registry.domain.issue import Issue
from registry.domain.signal import Severity


@dataclass(frozen=True, slots=True)
class SpikeEvidence:
    """The arithmetic of one rate test: enough to redo it by hand.

    ``count`` signals in the ``window_days`` days up to the business date, ``baseline_count`` in ``baseline_days`` observed days before;
    exposures are the same lengths weighted by day of week. ``dispersion_ratio`` is variance over mean of the baseline (1 = Poisson).
    """

    window_days: int
    count: int
    expected: float
    ratio: float
    baseline_days: int
    baseline_count: int
    window_exposure: float
    baseline_exposure: float
    dispersion_ratio: float
    p_value: float
    alpha: float


class ChangeKind(StrEnum):
    """What triage did to an issue."""

    OPENED = "opened"
    JOINED = "joined"
    ESCALATED = "escalated"
    REACTIVATED = "reactivated"
    LATE_EVIDENCE = "late_evidence"
    ACCEPTANCE_ENDED = "acceptance_ended"


@dataclass(frozen=True, slots=True)
class IssueChange:
    """One change of one issue: the issue as it is after the change, why, and how many new signals were involved."""

    kind: ChangeKind
    issue: Issue
    reason_code: str
    reason: str
    signal_count: int
    spike: SpikeEvidence | None = None


class DutyStatus(StrEnum):
    """How pressing a duty is, the most pressing first. ``ACCEPTED``: somebody answers for not doing it until then."""

    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    AT_RISK = "at_risk"
    OPEN = "open"
    ACCEPTED = "accepted"


class DutyKind(StrEnum):
    """Where a deadline comes from."""

    SEVERITY = "severity"  # the policy table ``clocks``
    INCIDENT = "incident"  # the policy table ``incidents``
    REGULATORY = "regulatory"  # the policy table ``deadlines``
    OWN_DATE = "own_date"  # a date that people set themselves
    ACCEPTED_RISK = "accepted_risk"
    REVIEW = "review"  # of a running window, or of a closed issue: the policy tables ``clocks`` and ``recurrence``


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a named person must have done by an instant.

    ``basis`` says what the deadline rests on where that is not its severity. ``alarm_percent`` is the highest share of its time that is
    used up and announced, 0 for none.
    """

    issue_id: str
    system_id: str
    severity: Severity
    duty: str
    due_at: datetime
    status: DutyStatus
    owner: str
    kind: DutyKind = DutyKind.SEVERITY
    basis: str = ""
    alarm_percent: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """A count with its denominator and the ids behind it (``ids`` may be cut; ``count`` never is)."""

    count: int
    of: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedDay:
    """One feed on one business date as the report and the ledger see it."""

    system_id: str
    feed: str
    source: str
    status: FeedStatus
    reason: str
    received_count: int
    new_count: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Many signals that arrived in one day through one channel of one stream: an arrival effect until shown otherwise."""

    stream: str
    channel: str
    on: date
    count: int
    day_count: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Daily counts of one fingerprint for a sparkline; ``marks`` are days on which a spike opened or escalated its issue."""

    system_id: str
    fingerprint: str
    title: str
    issue_id: str
    start_on: date
    counts: tuple[int, ...]
    marks: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageDay(Decided):
    """The day's triage over every system of the run.

    ``business_date`` is the local date of the run; its data are the days before it. ``new``, ``untouched``, ``reactivated`` and ``absent``
    count issues; ``suppressed``, ``quarantined``, ``unmatched`` and ``ambiguous`` count signals or rows.
    ``redactions`` has a count for each kind of structured personal data that was looked for, found or not; other kinds were not looked
    for, and nothing is called anonymous.
    """

    business_date: date
    systems: tuple[str, ...]
    changes: tuple[IssueChange, ...]
    new: Tally
    untouched: Tally
    reactivated: Tally
    absent: Tally
    suppressed: Tally
    quarantined: Tally
    unmatched: Tally
    ambiguous: Tally
    duties: tuple[Duty, ...]
    feeds: tuple[FeedDay, ...]
    batches: tuple[Batch, ...]
    trends: tuple[Trend, ...]
    signal_counts: dict[str, int]
    would_hide: tuple[Finding, ...] = ()
    dips: tuple[OpenDip, ...] = ()
    redactions: dict[str, int] = field(default_factory=dict)
