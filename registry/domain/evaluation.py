"""What is evaluated: the locked set, the outcomes of one version on it, and the measures that a system is held to.

Put values of evaluation here. The YAML of ``evaluation`` is ``registry/catalogue``, reading is ``registry/sources``, arithmetic is
``checks/paired*.py``, the decision is ``registry/domain/gate.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from registry.domain.catalogue import SourceSpec, SystemEntry
from registry.domain.decision import Finding, InputDigest


class MetricKind(StrEnum):
    """What a measure is made of. All but the amounts are judged in their own unit of 0..1."""

    ACCURACY = "accuracy"  # the answer is the label
    PASSED = "passed"  # a column says whether the case passed: relevance, grounding, refusal, format, as the team's own scorer found
    AMOUNT = "amount"  # the mean of a column: seconds, cost, a grade
    AUC = "auc"
    F1 = "f1"
    BRIER = "brier"
    CALIBRATION = "calibration"  # expected calibration error


class EvaluationPreset(StrEnum):
    """Which ready-made measures answers are judged by."""

    LLM = "llm"
    RAG = "rag"  # those of answers, and whether they rest on what was found


_ERRORS = frozenset({MetricKind.BRIER, MetricKind.CALIBRATION})


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One measure. ``column`` is that of the outcomes (empty: the answer or score); ``max_regression`` the policy's where None.

    An amount's regression is a share of the champion's mean, every other one is in the measure's own unit. ``min_level`` is what a version
    has to reach by itself, ``max_level`` what it must stay below where less is better.
    """

    name: str
    kind: MetricKind
    column: str = ""
    more_is_better: bool = True
    max_regression: float | None = None
    min_level: float | None = None
    max_level: float | None = None

    @property
    def has_level(self) -> bool:
        """Return whether a version is held to a level by itself."""
        return self.min_level is not None or self.max_level is not None

    @property
    def is_less_better(self) -> bool:
        """Return whether less of it is better: of errors always, of an amount or a share of cases where the catalogue says so."""
        return self.kind in _ERRORS or not self.more_is_better


@dataclass(frozen=True, slots=True)
class FairnessSpec:
    """Columns of the set whose groups are compared, and the answer that is to a customer's advantage."""

    columns: tuple[str, ...] = ()
    favourable: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """Which column of the outcomes holds what; an empty name is not there. ``repeat`` tells several answers to one case apart."""

    version: str
    case_id: str
    answer: str = ""
    score: str = ""
    error: str = ""
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """What of the set the versions' model is given here, which columns of its output are the answer and the score, and how many at once."""

    inputs: tuple[str, ...]
    answer: str = ""
    score: str = ""
    cases_at_once: int = 1000


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """Recorded training data: an empty ``case_id`` names none; ``content`` are the columns of what a row asks, in the set's order."""

    source: SourceSpec
    case_id: str = ""
    content: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReserveSpec:
    """The set that is kept for the last decision, locked as the other is, and the outcomes on it; its columns are those of the other."""

    cases: SourceSpec
    set_digest: str
    outcomes: SourceSpec


@dataclass(frozen=True, slots=True)
class EvaluationSpec:
    """How candidates for ``artifact`` of a system are evaluated.

    ``set_digest`` locks the set: its file's sha256 as the catalogue names it. ``answers`` are the output contract (empty: any text),
    ``refusals`` the answers that decline. ``critical`` is a column of the set that is true where no version may be wrong.
    """

    artifact: str
    cases: SourceSpec
    set_digest: str
    case_id: str
    outcomes: SourceSpec
    columns: OutcomeColumns
    metrics: tuple[MetricSpec, ...]
    label: str = ""
    content: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    critical: str = ""
    fairness: FairnessSpec = FairnessSpec()
    training: TrainingSpec | None = None
    preset: EvaluationPreset | None = None
    reserve: ReserveSpec | None = None
    on_reserve: bool = False
    """Whether the set and the outcomes here are those of the reserve."""
    score: ScoreSpec | None = None
    """Where versions are scored here: then ``outcomes`` is no source, and ``columns`` are those of the table that scoring writes."""

    def of_reserve(self, reserve: ReserveSpec) -> EvaluationSpec:
        """Return how candidates are evaluated for the last time: on the reserve, in every other respect alike."""
        return replace(self, cases=reserve.cases, set_digest=reserve.set_digest, outcomes=reserve.outcomes, on_reserve=True)


@dataclass(frozen=True, slots=True)
class EvaluatedSystem:
    """A system whose candidates are evaluated, and how."""

    entry: SystemEntry
    evaluation: EvaluationSpec


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """The locked set as it was read: one entry a case in every tuple, in the order of the file.

    ``contents`` are digests of what a case asks, so that one case under two ids is seen; empty without content columns.
    """

    digest: str
    case_ids: tuple[str, ...]
    labels: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    segments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    critical: tuple[bool, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainingRead:
    """What recorded training data has of the locked set: the ids of its cases that stand there, by their id and by what they ask.

    ``inputs`` are the files or the query; of their rows nothing else is kept.
    """

    row_count: int
    unreadable_count: int = 0
    by_id: tuple[str, ...] = ()
    by_content: tuple[str, ...] = ()
    inputs: tuple[InputDigest, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionOutcomes:
    """What one version made of the set, in the order of its cases.

    ``answers`` are None where there is none, ``errors`` empty where none was met, ``scores`` and ``amounts`` None where there is none.
    ``strangers`` counts rows of cases that the set does not have, ``repeats`` the further answers to a case, case by case:
    None where one ended in an error.
    ``digest`` names exactly these outcomes, whatever order the rows had.
    """

    version: str
    digest: str
    answers: tuple[str | None, ...]
    errors: tuple[str, ...]
    scores: tuple[float | None, ...] = ()
    amounts: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    passed: Mapping[str, tuple[bool | None, ...]] = field(default_factory=dict)
    repeats: tuple[tuple[str | None, ...], ...] = ()
    strangers: int = 0

    def answer_of(self, place: int) -> str | None:
        """Return the answer to a case; None where it ended in an error, whatever stands beside that."""
        return None if self.errors[place] else self.answers[place]


@dataclass(frozen=True, slots=True)
class OutcomesRead:
    """What a table of outcomes has of the versions that were asked for, by version, with everything that was wrong with it.

    A version that cannot be judged is not in ``outcomes``, and a blocking finding says why. ``inputs`` are the files or the query.
    """

    outcomes: Mapping[str, VersionOutcomes]
    findings: tuple[Finding, ...] = ()
    inputs: tuple[InputDigest, ...] = ()
