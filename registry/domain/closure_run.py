"""What one run of the closure verification is about, and what it hands back, as values that cross tasks.

Put the two ends of that run here; how a closure is judged belongs to ``checks/closure.py``, its values to ``closure.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from registry.domain.anchoring import Attempt
from registry.domain.catalogue import SystemEntry, VersionInForce
from registry.domain.closure import ClosureDecision, ClosureInputs, Portfolio
from registry.domain.decision import Decided, Finding, Verdict
from registry.domain.events import Event
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.issue import Fix
from registry.domain.lease import Lease
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.recurrence import WindowDecision
from registry.domain.recurrence_sealed import SealedWindow
from registry.domain.triage_write import Publication
from registry.domain.work import Case


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """What a run is about. ``issues`` are those that were asked for; empty: every issue in verification.

    ``recurrence`` is what windows are judged by, and whose verification is overdue.
    """

    workspace: str
    as_of: datetime
    observed_at: datetime
    business_date: date
    zone: str
    data_before: datetime
    systems: tuple[SystemEntry, ...]
    issues: tuple[str, ...]
    work: WorkPolicies
    policy: ClosurePolicy
    policy_tables: bytes
    recurrence: RecurrencePolicy
    is_preview: bool = False

    @property
    def system_ids(self) -> tuple[str, ...]:
        return tuple(system.system_id for system in self.systems)

    @property
    def is_of_date(self) -> bool:
        """Whether it is the run of its date over everything, which is made once."""
        return not self.issues


@dataclass(frozen=True, slots=True)
class RecordedJudgement:
    """What the ledger holds of an issue's closure as it was judged last in the present occurrence; ``document_digest`` where it passed."""

    seq: int
    at: datetime
    verdict: Verdict
    substance: str
    document_digest: str


@dataclass(frozen=True, slots=True)
class WindowRef:
    """Where one judgement of a window lies: its event, its body as it was recorded, the package and record that it cites."""

    seq: int
    body: bytes
    bundle_digest: str
    record: str
    record_digest: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class ClosureKnown:
    """What the ledger and the archive tell of one issue whose closure is judged.

    ``cited`` are the packages that its events cite, each with what the event is.
    ``windows`` are the judgements of the present occurrence that earn a closure, by their dates; ``window`` is the last one, read back
    from its package (None: there is none, or it is not what the event cites). ``fixes`` are every fix that was released, by event.
    ``last`` is the newest judgement of its closure; one for a date that was over is compared with such alone.
    ``closed_seq`` is the event that closed it last before the present occurrence (0: none did). ``newest_on`` is the newest business date
    that there is a run for.
    """

    case: Case
    graph: EvidenceGraph
    cited: tuple[tuple[str, str], ...]
    windows: tuple[WindowRef, ...]
    window: WindowDecision | None
    fixes: tuple[tuple[int, Fix], ...]
    last: RecordedJudgement | None
    closed_seq: int = 0
    newest_on: date | None = None


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """One package of the archive as it was verified: what is wrong with it (empty: nothing), and the events that cite it."""

    seal: int
    problem: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ArchiveRead:
    """The archive as a run verified it, once for all of its issues."""

    verdict: Verdict
    reason: str
    head: str
    packages: Mapping[str, SealedPackage]


@dataclass(frozen=True, slots=True)
class WindowToRedo:
    """One judged window with what it is judged again from; ``reason`` says why it cannot be (then there is nothing else).

    ``fix`` and ``versions`` are what the events tell up to those that the window knew; ``program`` is what judges again, with versions.
    """

    ref: WindowRef
    sealed: SealedWindow | None = None
    policy: RecurrencePolicy | None = None
    record: bytes = b""
    fix: Fix | None = None
    versions: tuple[VersionInForce, ...] = ()
    reason: str = ""
    program: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClosureWrite:
    """Everything one run writes: events in order, packages promised; leases done where it is the run of a date (``result``)."""

    leases: tuple[Lease, ...]
    known_events: int
    systems: tuple[str, ...]
    events: tuple[Event, ...]
    publications: tuple[Publication, ...]
    result: bytes


@dataclass(frozen=True, slots=True)
class ClosureJudged:
    """One closure with what it was judged from, and its package (empty: nothing was sealed, because nothing is news)."""

    inputs: ClosureInputs
    decision: ClosureDecision
    bundle_digest: str = ""
    report_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureDay(Decided):
    """One run over every issue in verification, or those that were asked for; the portfolio beside it."""

    business_date: date
    closures: tuple[ClosureDecision, ...]
    portfolio: Portfolio


@dataclass(frozen=True, slots=True)
class ClosureResult:
    """What a run hands back: the day, each closure with its page, and the page of the portfolio."""

    decision: ClosureDay
    judged: tuple[ClosureJudged, ...]
    report_path: str
    seal: int
    bundle_digest: str
    repeated: bool = False
    attempt: Attempt | None = None
    copies: tuple[Finding, ...] = ()
