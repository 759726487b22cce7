"""A closure: seven gates over everything that is known of an issue, and what each of them still lacks.

Put values of closures here. How a gate is judged is ``checks/closure_*.py``; what people hand in for it is ``steps_closure.py``; what a run
reads and writes is ``closure_run.py``.

 * Every gate is PASS, FAIL or INCONCLUSIVE; a gate that does not apply is a PASS that somebody approved, and says so.
 * Recovery, recurrence and evidence are computed from a counted list, a judged window and digests made again: nobody types them.
 * A closure that passes is a proposal: people sign it, then the ledger closes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.approving import Coverage
from registry.domain.decision import Decided, Verdict
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.recurrence import Seen, SegmentChange, WindowDecision
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import Case

KNOWN_LATER = "known_later"
"""The code of what lacks where a closure is judged for a date before the newest that the ledger has a run for."""


class GateStanding(StrEnum):
    """How a gate came to its verdict."""

    EARNED = "earned"
    NOT_APPLICABLE = "not_applicable"
    RISK_ACCEPTED = "risk_accepted"
    LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Lack:
    """One item that a gate asks for and does not find: a stable ``code``, what is missing, and how to supply it."""

    code: str
    missing: str
    remedy: str
    verdict: Verdict = Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class GateJudgement:
    """One gate: its verdict, on which nodes of the evidence graph it rests (their ids), and what it lacks."""

    gate: ClosureGate
    verdict: Verdict
    standing: GateStanding
    summary: str
    evidence: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class CitedPackage:
    """One sealed package that the closure rests on, as it was checked again: ``problem`` is empty where its digests are what was sealed.

    ``recomputed`` is PASS where its arithmetic gave the same record, INCONCLUSIVE where there is none to redo, FAIL where it differs.
    """

    bundle_digest: str
    seal: int
    kind: str
    events: tuple[int, ...]
    problem: str = ""
    recomputed: Verdict = Verdict.INCONCLUSIVE
    recomputed_reason: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveCheck:
    """The archive as it was verified for a closure: its seals, the ledger beside it, and every package that is cited."""

    verdict: Verdict
    reason: str
    head: str
    packages: tuple[CitedPackage, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedEffect:
    """What a fix did to another system that runs the same artifact: its occurrences before and after, as one segment.

    ``began_with_it``: all that is known of the system begins with that version, so that there is no before. ``left_out`` are feeds that
    were there on a part of the compared days, whose signals do not count.
    """

    system_id: str
    artifact: str
    version: str
    change: SegmentChange
    began_with_it: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosureInputs:
    """Everything a closure is judged from. ``window`` is the newest decision of the recurrence flow, with the event that recorded it.

    ``window_policy`` is the digest of the policy by which windows are judged now.
    ``severity`` is the highest of the present occurrence. ``signals`` are those of that occurrence, of its symptom and of the same cause:
    the scope has to cover those about decisions before the fix, and none may be about one after it.
    ``newest_on`` is the newest business date that the ledger has a run for (None: for none).
    """

    case: Case
    graph: EvidenceGraph
    severity: Severity
    as_of: datetime
    business_date: date
    zone: str
    window: WindowDecision | None
    window_event: int
    window_bundle: str
    window_policy: str
    population: PopulationRead | None
    archive: ArchiveCheck
    shared: tuple[SharedEffect, ...]
    work: WorkPolicies
    policy: ClosurePolicy
    events: int
    data_before: datetime
    signals: tuple[Seen, ...] = ()
    newest_on: date | None = None

    @property
    def is_overtaken(self) -> bool:
        """Whether the date that is judged for is over for the ledger: what came since is not asked about."""
        return self.newest_on is not None and self.newest_on > self.business_date

    @property
    def impacts(self) -> tuple[CustomerImpact, ...]:
        """What ``signals`` report, each once, in order."""
        return tuple(sorted({seen.impact for seen in self.signals}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureDecision(Decided):
    """Whether an issue may be proposed for closure: seven gates in their order, and who would have to sign.

    ``before_after`` are the segments of the window, the whole first; ``asked`` are the roles that sign, ``needs_signature`` whether a typed
    name is too little. ``residual`` says what remains and who accepted it.
    """

    issue_id: str
    title: str
    severity: Severity
    occurrence: int
    business_date: date
    gates: tuple[GateJudgement, ...]
    before_after: tuple[SegmentChange, ...]
    shared: tuple[SharedEffect, ...]
    asked: tuple[str, ...]
    needs_signature: bool
    residual: str
    population: PopulationRead | None = None

    @property
    def is_overtaken(self) -> bool:
        """Whether it was judged for a date that was over for the ledger: it proposes nothing, and takes no proposal back."""
        return any(lack.code == KNOWN_LATER for gate in self.gates for lack in gate.lacks)


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the page of a closure shows: the decision, what it rests on, and who signed so far (None: not proposed yet)."""

    decision: ClosureDecision
    case: Case
    graph: EvidenceGraph
    window: WindowDecision | None
    archive: ArchiveCheck
    coverage: Coverage | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """One system, or all of them, as executives read it. Days are means over what was contained, or closed, in the period."""

    system_id: str
    open_by_severity: Mapping[Severity, int]
    oldest_open_days: Mapping[Severity, int]
    overdue_verification_count: int
    closed_count: int
    reopened_count: int
    accepted_risk_count: int
    mean_days_to_contain: float | None
    mean_days_to_close: float | None


@dataclass(frozen=True, slots=True)
class PortfolioMonth:
    """One calendar month of all systems, for trends; ``repeat_ratio`` is reopened over closed before (None: nothing was closed)."""

    month: date
    opened_count: int
    closed_count: int
    reopened_count: int
    open_at_end_count: int
    repeat_ratio: float | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Every issue of the workspace in one view, at one instant. The first row is all systems together."""

    as_of: datetime
    business_date: date
    rows: tuple[PortfolioRow, ...]
    months: tuple[PortfolioMonth, ...]
    overdue: tuple[tuple[str, str, str], ...] = ()
    """Issue, title and what is overdue about its verification."""
