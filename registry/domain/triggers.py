"""The decision about one window of one system: what drifted, what is broken, what got worse, what is asked for, and why not.

Put the shape of a trigger decision and of what it is judged from here. The rules are ``checks/drift.py``, ``data_quality.py``,
``performance.py`` and ``retraining.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.decision import Decided, Finding, NotEvaluated
from registry.domain.monitoring import MonitoredSystem, Window, WindowKind
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ColumnRole, ReferenceProfile, Segment, WindowProfile
from registry.domain.trigger_memory import NO_MEMORY, TriggerMemory


class TriggerKind(StrEnum):
    """The seven triggers; the first is of inputs and of predictions, the second measured or, marked so, estimated."""

    DATA_DRIFT = "data_drift"
    PERFORMANCE_DROP = "performance_drop"
    QUALITY_DROP = "quality_drop"
    NEW_LABELS = "new_labels"
    SCHEDULE = "schedule"
    INCIDENTS = "incidents"
    POLICY_CHANGE = "policy_change"


class TriggerAction(StrEnum):
    """What is asked of people. Nothing is ever promoted by a trigger."""

    RETRAIN = "retrain"
    INVESTIGATE = "investigate"
    REVIEW_DATASET = "review_dataset"
    RCA_REVIEW = "rca_review"
    REASSESS_CONTROLS = "reassess_controls"


class DriftKind(StrEnum):
    """Which of the three drifts: inputs moved, predictions moved, or the relation of inputs and outcome."""

    DATA = "data"
    PREDICTION = "prediction"
    CONCEPT = "concept"


class CellState(StrEnum):
    """What a column of a segment came to in one window."""

    QUIET = "quiet"
    OVER = "over"  # above its threshold in this window
    DRIFTED = "drifted"  # over for as long as the policy's persistence asks
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class DriftCell:
    """One column in one segment of one window. ``threshold`` is what ``psi`` was held against: the larger of policy and ``null_quantile``.

    ``because`` is the reason code where it was not evaluated, where data quality explains the difference, or ``clearing`` where a drift
    that stood is below its threshold again but not yet for long enough: DRIFTED with a small ``psi``.
    """

    column: str
    role: ColumnRole
    segment: Segment
    state: CellState
    row_count: int
    psi: float | None = None
    threshold: float | None = None
    null_quantile: float | None = None
    jensen_shannon: float | None = None
    kolmogorov_smirnov: float | None = None
    chi_square_p: float | None = None
    because: str = ""
    is_sudden: bool = False
    """So far above its threshold that one window is enough."""

    @property
    def key(self) -> str:
        """Return the name that the ledger knows the cell by.

        >>> DriftCell("score", ColumnRole.SCORE, Segment("term", "60"), CellState.QUIET, 9).key
        'score|term=60'
        """
        return f"{self.column}|{self.segment.name}"

    @property
    def is_over(self) -> bool:
        """Return whether it was judged and above its threshold in this window, whatever it came to."""
        judged = self.state is not CellState.NOT_EVALUATED and self.psi is not None and self.threshold is not None
        return judged and (self.psi or 0.0) > (self.threshold or 0.0)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One of the seven, looked at: ``fired`` or not, and why. ``subjects`` name cells, segments, issues or dates.

    ``estimated``: rests on an estimate before outcomes are known. ``not_evaluated``: it could not be told; never read as quiet.
    """

    kind: TriggerKind
    action: TriggerAction
    fired: bool
    reason_code: str
    reason: str
    subjects: tuple[str, ...] = ()
    drift: DriftKind | None = None
    estimated: bool = False
    not_evaluated: bool = False


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """What is asked for by this decision. ``request_id`` is the digest of system, window and action: the same day gives the same one.

    ``data_from``/``data_to`` are the days of data that the work should use; it is a request, never a promotion.
    """

    request_id: str
    action: TriggerAction
    triggers: tuple[TriggerKind, ...]
    reason: str
    data_from: date
    data_to: date


@dataclass(frozen=True, slots=True)
class Withheld:
    """A request that was due and was not made, with the rule that held it back: cooldown, in flight, maximum, hold, immature labels."""

    action: TriggerAction
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PastWindow:
    """What the ledger keeps of an earlier decision: cells over and drifted, cells judged at all, open conditions, requests.

    ``over`` (every cell with ``is_over``, drifted ones included), ``drifted`` (those that stood as DRIFTED, also while clearing) and
    ``not_evaluated`` hold cell keys; every other cell of the reference ``reference_digest`` was quiet.
    ``conditions`` are those that stood, by key: of drift (``drift|term``), data quality and performance. ``settled``: it was judged with
    all its rows there, or has too few as usual, as far as can be told; otherwise it is read again. A window of another length than the
    system's is now is not ``judged``, and holds nothing of its cells.
    """

    window: Window
    decided_at: datetime
    reference_digest: str
    judged: bool
    over: frozenset[str] = frozenset()
    drifted: frozenset[str] = frozenset()
    not_evaluated: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    requests: tuple[TriggerRequest, ...] = ()
    memory: TriggerMemory = NO_MEMORY
    settled: bool = False


@dataclass(frozen=True, slots=True)
class TriggerHistory:
    """What a decision knows of before: its own earlier ones, newest last, and what people did with the requests.

    ``closed_requests``: when each request that people closed (retrained, refused) was closed. ``label_count_at_training``: labels that the
    version in force was trained with, None where nobody recorded it. ``incidents_at``: when issues of category incident were opened.
    ``policy_changes_on``: dates on which a policy or law took effect for the system. ``trained_on``: when the version in force came.
    ``held``: a preservation hold is in force.
    """

    events: int
    windows: tuple[PastWindow, ...] = ()
    closed_requests: Mapping[str, datetime] | None = None
    incidents_at: tuple[datetime, ...] = ()
    policy_changes_on: tuple[tuple[date, str], ...] = ()
    trained_on: date | None = None
    label_count_at_training: int | None = None
    held: str = ""


@dataclass(frozen=True, slots=True)
class TriggerInputs:
    """Everything one decision is judged from.

    ``reference`` and ``profile`` are None where they could not be had, with the finding that says why among ``findings``. ``outcomes`` are
    those of the reference first, then of windows old enough, oldest first. ``label_count``: outcomes known by now.
    """

    system: MonitoredSystem
    as_of: datetime
    business_date: date
    window: Window
    window_kind: WindowKind
    policies: TriggerPolicies
    history: TriggerHistory
    reference: ReferenceProfile | None
    profile: WindowProfile | None
    reference_outcomes: WindowOutcomes | None = None
    outcomes: tuple[WindowOutcomes, ...] = ()
    label_count: int | None = None
    data_before: datetime | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerDecision(Decided):
    """One window of one system, judged: PASS where nothing is asked for and everything was looked at, FAIL where something is.

    ``conditions`` are those of drift, data quality and performance that stand; ``opened`` and ``cleared`` those that are new or over now;
    ``superseded`` ended with the reference that they were met against: a person froze another, and nobody saw them end.
    ``reference_digest`` is the reference's ``counts_digest``: its file, which holds outcomes too once they are known, is among ``inputs``.
    ``expected_false_alarms_per_month`` is computed for this policy and these volumes.
    """

    window: Window
    window_kind: WindowKind
    reference_digest: str
    row_count: int
    cells: tuple[DriftCell, ...]
    triggers: tuple[Trigger, ...]
    requests: tuple[TriggerRequest, ...]
    withheld: tuple[Withheld, ...]
    conditions: tuple[str, ...]
    opened: tuple[str, ...]
    cleared: tuple[str, ...]
    data_quality: tuple[Finding, ...]
    performance: tuple[Finding, ...]
    performance_not_evaluated: tuple[NotEvaluated, ...]
    expected_false_alarms_per_month: float | None
    memory: TriggerMemory = NO_MEMORY
    superseded: tuple[str, ...] = ()
