"""What one run of the daily triage is judged from, and what it hands on to be recorded.

Put the two ends of the triage judgement here; the decision itself is ``registry/domain/triage.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.anchoring import Attempt
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding
from registry.domain.events import Event
from registry.domain.feed import SourceDelivery
from registry.domain.history import TriageHistory
from registry.domain.policy import Suppression, TriagePolicies
from registry.domain.triage import TriageDay
from registry.domain.triage_write import IssueLink


@dataclass(frozen=True, slots=True)
class TriagePlan:
    """What one run of the daily triage is about, settled before anything is read.

    ``workspace`` is the folder of the workspace. ``business_date`` is the civil date of ``as_of`` in the workspace's ``zone``; the data
    are the days before it, and ``data_before`` is the instant at which it began. ``observed_at`` is when the run really started: rows dated
    later than that are wrong, rows dated later than the business date merely are not its business. ``policy_tables`` are the bytes of the
    tables that ``policies`` come from, whose digest decisions carry. A preview writes nothing.
    """

    workspace: str
    as_of: datetime
    observed_at: datetime
    business_date: date
    zone: str
    data_before: datetime
    systems: tuple[SystemEntry, ...]
    policies: TriagePolicies
    suppressions: tuple[Suppression, ...]
    policy_tables: bytes
    is_preview: bool = False

    @property
    def system_ids(self) -> tuple[str, ...]:
        return tuple(system.system_id for system in self.systems)


@dataclass(frozen=True, slots=True)
class TriageResult:
    """What a run hands back: the decision, where its page and package are, and whether the day had been decided before.

    ``seal`` is 0 and ``report_path`` lies in the spool for a dry run, which seals nothing. ``attempt`` is what became of the head's anchor;
    an anchor that failed takes nothing from the decision. ``copies``: what is wrong with the archive's copies after the run.
    """

    decision: TriageDay
    report_path: str
    seal: int
    bundle_digest: str
    repeated: bool = False
    attempt: Attempt | None = None
    copies: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TriageInputs:
    """Everything the day is judged from.

    ``data_before`` is the instant before which data were read; ``findings`` are what was noticed on the way, before judging. ``zone`` is
    that of the business date; days sealed before people's work was judged have none.
    """

    as_of: datetime
    business_date: date
    systems: tuple[SystemEntry, ...]
    deliveries: tuple[SourceDelivery, ...]
    history: TriageHistory
    policies: TriagePolicies
    suppressions: tuple[Suppression, ...]
    data_before: datetime
    findings: tuple[Finding, ...] = ()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class TriageOutcome:
    """The day's decision and what the ledger must append for it, in order."""

    day: TriageDay
    events: tuple[Event, ...]
    links: tuple[IssueLink, ...]
