"""One decision of the evaluation gate: which candidate, against which champion, on which cases, and what came of it.

Put values of the gate here. The judgement is ``checks/eval_gate.py``; what is evaluated is ``registry/domain/evaluation.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Decided, Finding, InputDigest
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, TrainingRead, VersionOutcomes
from registry.domain.paired import PairedCounts, PairedDifference
from registry.domain.policy_gate import GatePolicy
from registry.domain.segments import Segment

MODEL_FILES = "model files of "
"""How the input of a decision begins that names the files of a version that was scored here: its model and version follow."""


class GateAction(StrEnum):
    """What a decision asks for."""

    APPROVE = "approve"
    CANARY = "canary"
    HOLD = "hold"


class ComparisonState(StrEnum):
    """What one measure of one segment came to."""

    NOT_WORSE = "not_worse"  # within the margin, as shown
    WORSE = "worse"  # by more than the margin and more than chance
    OPEN = "open"  # neither is shown
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class PinnedVersion:
    """One version, pinned before anything is scored: the name it was asked for by, the version that was, and its digest.

    ``parts`` are name and value of what a bundle is made of; empty of what stands for itself.
    """

    asked: str
    version: str
    digest: str
    parts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # An event has them as lists: read back, it is the same version.
        object.__setattr__(self, "parts", tuple((name, value) for name, value in self.parts))

    def is_same(self, other: PinnedVersion) -> bool:
        """Return whether both are the same thing: by digest, or the same parts registered twice."""
        return self.digest == other.digest or (bool(self.parts) and self.parts == other.parts)


@dataclass(frozen=True, slots=True)
class ServingVersion:
    """A version that serves a share of the traffic, by the record."""

    version: str
    share_percent: int


@dataclass(frozen=True, slots=True)
class MovedAlias:
    """An alias of the model registry that says another version than the ledger last heard of it: empty where there is none."""

    alias: str
    known: str
    found: str


@dataclass(frozen=True, slots=True)
class ChangedOutcomes:
    """A version that has other outcomes on the set than a decision before counted: the decision's date, and the number of its event."""

    version: str
    decided_on: date
    event: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of one segment. ``difference`` is None where there were too few cases; ``counts`` where it is right or wrong.

    ``margin`` is how much worse is allowed; ``is_shown`` whether a loss is more than chance over all segments. ``cases_needed`` is how many
    cases like these would decide, None where no number is near.
    """

    metric: str
    segment: Segment
    state: ComparisonState
    margin: float
    n: int
    difference: PairedDifference | None = None
    counts: PairedCounts | None = None
    is_shown: bool = False
    power: float | None = None
    smallest_found: float | None = None
    cases_needed: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One case on which the versions differ: ``is_lost`` where the champion was right and the candidate is not."""

    case_id: str
    is_lost: bool
    label: str
    champion: str
    candidate: str


@dataclass(frozen=True, slots=True)
class GateInputs:
    """Everything one decision is judged from. Outcomes are None where they could not be had, with the finding that says why."""

    system: SystemEntry
    spec: EvaluationSpec
    policy: GatePolicy
    as_of: datetime
    business_date: date
    candidate: PinnedVersion
    champion: PinnedVersion
    cases: EvaluationSet | None
    candidate_outcomes: VersionOutcomes | None
    champion_outcomes: VersionOutcomes | None
    looks: int = 0
    """How often the locked set was looked at before, by decisions about other candidates or other outcomes of this one."""
    events: int = 0
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    reason: str = ""
    """Why the decision was asked for, in the words of who asked; only that there is one is judged."""
    in_force: tuple[ServingVersion, ...] = ()
    """What was in force at ``as_of`` by the record, whichever champion was named; empty where nobody recorded it."""
    changed: tuple[ChangedOutcomes, ...] = ()
    recorded_from: datetime | None = None
    """The instant at which the record of what is in force begins, where that is after ``as_of`` and nothing else says it."""
    moved: MovedAlias | None = None
    """The alias of what is in force, where it moved since it was recorded."""
    sources: tuple[InputDigest, ...] = ()
    """The files, or the query, that the outcomes stood in; of versions that were scored here also their own files, and who allowed them."""
    training: TrainingRead | None = None
    """What recorded training data has of the set; None where none is named, or it could not be read, with the finding that says why."""
    shared: TrainingRead | None = None
    """What the locked set has of the reserve's cases; None on the locked set itself, or where it could not be read, as its finding says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision(Decided):
    """Whether the candidate may replace the champion: PASS where it earned it."""

    action: GateAction
    candidate: PinnedVersion
    champion: PinnedVersion
    set_digest: str
    case_count: int
    comparisons: tuple[Comparison, ...]
    changes: tuple[Change, ...]
    looks: int
    on_reserve: bool = False
    """Whether it was made on the set that is kept for the last decision."""


def scored_files(inputs: Iterable[InputDigest], version: str) -> str:
    """Return the digest of a version's files as they were scored here; empty where they were not."""
    return next((one.digest for one in inputs if one.name.startswith(MODEL_FILES) and one.name.endswith(f" {version}")), "")
