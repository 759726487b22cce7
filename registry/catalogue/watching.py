"""The shape of ``predictions`` and ``monitoring`` in a system's file: which rows are watched, and against which days.

Put what one mapping can say by itself here. What compares keys with each other, and the values the flows need, is ``monitored.py``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from registry.catalogue.columns import Column, Source, TimeColumn
from registry.domain.monitoring import LabelKind, WindowKind
from registry.schemas import Count, Positive, Schema, refusal, shown


def _written_day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refusal("a date like 2026-01-31", shown(value), "write it as year-month-day") from None


def _plain(name: str) -> str:
    # The ledger knows a cell as "column|segment": a bar in a name would make two cells one.
    if "|" in name:
        raise refusal("a column name without |", repr(name), "rename the column in the query or export")
    return name


Day = Annotated[date, BeforeValidator(_written_day, json_schema_input_type=date)]
Watched = Annotated[Column, AfterValidator(_plain)]
Deployment = Annotated[str, StringConstraints(pattern="^[^/]+/[^/]+$")]


class PredictionColumns(Schema):
    """Which column holds what; a key that is left out is not there."""

    time: TimeColumn = Field(description="When the prediction was made: a date or an instant. It decides the window of the row.")
    id: str = Field(default="", description="What names a row, so that rows that are there twice are found.")
    version: str = Field(default="", description="Which version of the model made the prediction.")
    score: Annotated[str, AfterValidator(_plain)] = Field(
        default="", description="What the model said: a probability for a binary label, the predicted amount for a number."
    )
    label: str = Field(default="", description="The outcome: 0 or 1 (true or false), or an amount; empty while it is not known.")
    label_known_on: TimeColumn | None = Field(
        default=None, description="When the outcome became known; without it a label counts as known as soon as it is there."
    )


class WatchedFeatures(Schema):
    """The inputs of the model that are compared, by how they are counted."""

    numeric: tuple[Watched, ...] = Field(default=(), description="Numbers: counted in the reference's quantile bins.")
    categorical: tuple[Watched, ...] = Field(default=(), description="Texts and codes: counted by their values.")


class Predictions(Schema):
    """One row per prediction: where the rows are, and which of their columns are watched."""

    source: Source
    columns: PredictionColumns
    where: Annotated[str, StringConstraints(max_length=4000)] = Field(
        default="", description="A condition in DuckDB's SQL; rows that do not meet it are not predictions of this system."
    )
    label_kind: LabelKind = Field(default=LabelKind.BINARY, description="binary: it happened or not; number: an amount.")
    features: WatchedFeatures = WatchedFeatures()
    segments: tuple[Watched, ...] = Field(
        default=(), description="Columns whose values split the rows: each value is watched by itself beside all rows."
    )


class ReferenceDays(Schema):
    """The days whose rows later ones are compared with: from the first up to, not including, the last."""

    from_on: Day = Field(alias="from", description="First day.")
    to_on: Day = Field(alias="to", description="The day after the last.")


class Monitoring(Schema):
    """Against which days the predictions are compared, and how long a window is."""

    reference: ReferenceDays
    window: WindowKind = Field(description="How much time one look covers.")
    allowed_lateness_days: Count | None = Field(
        default=None, description="How long after its end a window's rows may still arrive; the policy's where left out."
    )
    retrain_every_days: Positive | None = Field(default=None, description="Ask for a retraining this long after the last one.")
    retrain_on_new_labels: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Whether enough newly known outcomes ask for a retraining by themselves; how many is policy."
    )
    closed_on: tuple[Day, ...] = Field(
        default=(), description="Days on which no row is expected, such as bank holidays: nobody waits for their rows."
    )
    accepted_miscalibration: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = Field(
        default="",
        description="Why the score may be further from what happens than policy allows, such as a margin of conservatism, and who agreed.",
    )
    training_deployment: Deployment | None = Field(
        default=None, description="flow/deployment in Prefect that retrains this system: a person may start it for a request."
    )
