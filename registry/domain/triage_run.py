"""What one run of the daily triage is judged from, and what it hands on to be recorded.

Put the two ends of the triage judgement here; the decision itself is ``registry/domain/triage.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.catalogue import SystemEntry
from registry.domain.events import Event
from registry.domain.feed import SourceDelivery
from registry.domain.history import TriageHistory
from registry.domain.policy import Suppression, TriagePolicies
from registry.domain.triage import TriageDay
from registry.domain.triage_write import IssueLink


@dataclass(frozen=True, slots=True)
class TriageInputs:
    """Everything the day is judged from. ``data_before`` is the instant before which data were read."""

    as_of: datetime
    business_date: date
    systems: tuple[SystemEntry, ...]
    deliveries: tuple[SourceDelivery, ...]
    history: TriageHistory
    policies: TriagePolicies
    suppressions: tuple[Suppression, ...]
    data_before: datetime


@dataclass(frozen=True, slots=True)
class TriageOutcome:
    """The day's decision and what the ledger must append for it, in order."""

    day: TriageDay
    events: tuple[Event, ...]
    links: tuple[IssueLink, ...]
