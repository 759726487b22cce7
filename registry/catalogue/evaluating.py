"""The shape of ``evaluation`` in a system's file: the locked set, the outcomes of versions on it, and what they are measured by.

Put what one mapping can say by itself here. What compares keys with each other, and the values the flows need, is ``evaluated.py``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from registry.catalogue.columns import GLOB, Column, Source
from registry.catalogue.watching import Watched
from registry.domain.evaluation import EvaluationPreset, MetricKind
from registry.schemas import Flag, Number, Schema, Slug, Text, each_once, refusal, shown

_HEX = re.compile("[0-9a-fA-F]{64}")
_OF_A_COLUMN = frozenset({MetricKind.PASSED, MetricKind.AMOUNT})


def _digest(value: Any) -> str:
    # Some tools print capitals; a placeholder must not look like a lock.
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise refusal("64 hex digits", shown(value), "write what `sha256sum FILE` prints for the set's file")
    return value.lower()


def _one_file(source: Source) -> Source:
    if not source.path or GLOB.search(source.path):
        found = repr(source.path) if source.path else "a query"
        raise refusal("the path of one file, because its bytes are locked", found, "write the cases into one file")
    return source


Columns = Annotated[tuple[Watched, ...], each_once()]
Answers = Annotated[tuple[Text, ...], each_once()]


class LockedSet(Schema):
    """The cases that every version is evaluated on, in one file whose bytes are locked."""

    source: Annotated[Source, AfterValidator(_one_file)] = Field(description="The file with the cases: one row each.")
    sha256: Annotated[str, BeforeValidator(_digest, json_schema_input_type=str)] = Field(
        description="The SHA-256 of the file, as `sha256sum` prints it. Another byte, and nothing is judged."
    )
    case_id: Column = Field(description="What names a case, the same in the outcomes.")
    label: str = Field(default="", description="The right answer of a case; 0 or 1 where a score is measured.")
    content: Annotated[tuple[Column, ...], each_once()] = Field(
        default=(), description="What a case asks: with it, one case under several ids is found. Only its digest is kept."
    )


class OutcomeColumns(Schema):
    """Which column of the outcomes holds what; a key that is left out is not there."""

    version: Column = Field(description="Which version the row is of, as the candidate and the champion are named.")
    case_id: Column = Field(description="Which case of the set.")
    answer: str = Field(default="", description="What the version answered, compared with the label as text.")
    score: str = Field(default="", description="The probability of a label of 1.")
    error: str = Field(default="", description="What went wrong; empty where the version answered.")
    repeat: str = Field(default="", description="Which repeat, where a version was asked the same case several times.")


class Outcomes(Schema):
    """One row per version and case, made wherever evaluations run."""

    source: Source
    columns: OutcomeColumns


class Score(Schema):
    """The versions' model is loaded and asked here, apart from everything, where no outcomes are made elsewhere."""

    inputs: Annotated[Columns, Field(min_length=1)] = Field(description="Columns of the set that the model is given, by its signature.")
    answer: str = Field(default="", description="The column of the model's output that is the answer: a name, or a place from 0.")
    score: str = Field(default="", description="The column of the model's output that is the probability of a label of 1.")
    cases_at_once: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=1000, description="How many cases a question holds; 1 where the seconds of a single case are measured."
    )

    @model_validator(mode="after")
    def _has_an_answer(self) -> Self:
        if not self.answer and not self.score:
            raise refusal("which column of the model's output is the answer or the score", "neither", "add answer or score")
        return self

    @property
    def columns(self) -> OutcomeColumns:
        """The columns of the table that scoring writes."""
        answer, score = ("answer" if self.answer else ""), ("score" if self.score else "")
        return OutcomeColumns(version="version", case_id="case_id", answer=answer, score=score, error="error")


class Training(Schema):
    """Recorded training data, all of it and of any version: no case of the set may stand in it."""

    source: Source
    case_id: str = Field(default="", description="What names a row, where rows have the ids that cases of the set have.")
    content: Annotated[tuple[Column, ...], each_once()] = Field(
        default=(), description="What a row asks: the columns that hold what those of set.content hold, in their order."
    )

    @model_validator(mode="after")
    def _has_a_way_to_find_cases(self) -> Self:
        if not self.case_id and not self.content:
            raise refusal("case_id or content, by which a case is found", "neither", "add one of them, or both")
        return self


class ReservedSet(Schema):
    """The cases that are kept for the last decision, with the columns of the set."""

    source: Annotated[Source, AfterValidator(_one_file)] = Field(description="The file with the cases: one row each.")
    sha256: Annotated[str, BeforeValidator(_digest, json_schema_input_type=str)] = Field(
        description="The SHA-256 of the file, as `sha256sum` prints it."
    )


class ReservedOutcomes(Schema):
    """Outcomes on the reserve, with the columns of the others."""

    source: Source


class Reserve(Schema):
    """A second locked set that nobody works with, for the last decision about a candidate."""

    locked_set: ReservedSet = Field(alias="set")
    outcomes: ReservedOutcomes | None = Field(default=None, description="One row per version and case; left out where versions are scored.")


class Metric(Schema):
    """One measure."""

    name: Slug = Field(description="What pages call it.")
    kind: MetricKind = Field(description="What is counted: right answers, cases that passed, an amount, or a measure of scores.")
    column: str = Field(default="", description="The column of the outcomes for passed (true or false) and amount (a number).")
    more_is_better: Flag | None = Field(
        default=None, description="For an amount: false for seconds and cost, true for a grade. For passed: false for harmful output."
    )
    max_regression: Annotated[Number, Field(ge=0, le=10)] | None = Field(
        default=None,
        description="How much worse all cases together may be; the policy's where left out. Of an amount a share of the champion's mean.",
    )
    min_level: Number | None = Field(default=None, description="What a candidate has to be shown to reach by itself, more being better.")
    max_level: Number | None = Field(default=None, description="What a candidate has to be shown to stay within, less being better.")

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind in _OF_A_COLUMN and not self.column:
            raise refusal(f"a column of the outcomes for {self.kind.value}", "none", "add column")
        if self.kind not in _OF_A_COLUMN and self.column:
            raise refusal(f"no column for {self.kind.value}, which is of the answer or score", repr(self.column), "remove column")
        if self.kind is MetricKind.AMOUNT and self.more_is_better is None:
            raise refusal("more_is_better for an amount", "none", "write false for seconds or cost, true for a grade")
        if self.kind not in _OF_A_COLUMN and self.more_is_better is not None:
            raise refusal(f"no more_is_better for {self.kind.value}, whose better side is known", "one", "remove it")
        if self.kind is not MetricKind.AMOUNT and self.max_regression is not None and self.max_regression >= 1:
            raise refusal("max_regression of less than 1 (0.02 for two points)", f"{self.max_regression:g}", "correct it")
        return self


class Fairness(Schema):
    """Groups of customers that are compared with each other."""

    columns: Annotated[Columns, Field(min_length=1)] = Field(description="Columns of the set whose values are the groups.")
    favourable: Text = Field(description="The answer that is to a customer's advantage.")


class Evaluation(Schema):
    """How candidates for one artifact of the system are evaluated before they may replace what is in force."""

    artifact: Text = Field(description="Which of the system's versions is replaced.")
    bundle: Annotated[tuple[Slug, ...], each_once()] = Field(
        default=(), description="What a version stands for together: every version has a tag bundle.<part> for each of these."
    )
    locked_set: LockedSet = Field(alias="set")
    outcomes: Outcomes | None = None
    score: Score | None = None
    answers: Answers = Field(default=(), description="The output contract: every answer there may be. Left out: any text.")
    refusals: Answers = Field(default=(), description="Answers that decline; they are counted by themselves.")
    preset: EvaluationPreset | None = Field(
        default=None, description="Ready-made measures of answers, of columns of their names; metrics are beside them or in their place."
    )
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)] = ()
    segments: Columns = Field(default=(), description="Columns of the set: each of their values is compared beside all cases.")
    critical: str = Field(default="", description="A column of the set: where it is true, no version may be wrong in any repeat.")
    fairness: Fairness | None = None
    training: Training | None = Field(default=None, description="Recorded training data that no case of the set may stand in.")
    reserve: Reserve | None = Field(default=None, description="A set that is kept for last decisions (`gate --final`).")

    @model_validator(mode="after")
    def _has_one_way_to_outcomes(self) -> Self:
        if (self.outcomes is None) == (self.score is None):
            found = "neither" if self.outcomes is None else "both"
            raise refusal("either outcomes, made elsewhere, or score, made here", found, "write one of them")
        return self

    @model_validator(mode="after")
    def _has_measures(self) -> Self:
        if not self.metrics and self.preset is None:
            raise refusal("metrics, or a preset that names some", "neither", "add what versions are compared by")
        return self

    @property
    def columns(self) -> OutcomeColumns:
        """Which column of the outcomes holds what, wherever they are made."""
        given = self.outcomes or self.score
        return given.columns if given else OutcomeColumns(version="version", case_id="case_id")

    @property
    def columns_key(self) -> str:
        """Where that is written."""
        return "outcomes.columns" if self.outcomes else "score"
