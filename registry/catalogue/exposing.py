"""The shape of ``exposure``, ``effect`` and ``counts`` in a system's file: what a fix is measured against, and what it should achieve.

Put what one mapping can say by itself here. What compares keys with each other, and the values the flows need, is ``exposed.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic_core import CoreSchema

from registry.catalogue.columns import Columns, Source, TimeColumn
from registry.schemas import Schema, refusal, shown

Condition = Annotated[str, StringConstraints(max_length=4000)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
Counts = Literal["unsupported_claims"]

_WHERE = "A condition in DuckDB's SQL, in which every column is a text; rows that do not meet it are no decisions of this system."
_RECEIVED = "When the row arrived: a run for an earlier date does not count what came after it."
_COUNT = "The column that says how many decisions a row stands for; left out, each row is one."
_ID = "What names a row, so that rows that are there twice are found."
_UNIT = "What is counted, in the singular: decision, answer, payment."
_SEGMENT = "Our names and the columns that hold them: those of a feed's fields.segment, so that before and after are compared by them."
_FORMS = "absence, rate, or a mapping like {rate: {max_ratio: 0.01}}"


class Exposure(Schema):
    """Where the decisions of a system are counted: what a number of occurrences is measured against."""

    source: Source
    where: Condition = Field(default="", description=_WHERE)
    time: TimeColumn = Field(description="When the decision was made: a date or an instant. It decides the day on which it counts.")
    received_at: TimeColumn | None = Field(default=None, description=_RECEIVED)
    id: str = Field(default="", description=_ID)
    count: str = Field(default="", description=_COUNT)
    unit: Unit = Field(default="decision", description=_UNIT)
    segment: Columns = Field(default={}, description=_SEGMENT)


class FeedExposure(Schema):
    """Another exposure for one feed; what is left out is the feed's own."""

    source: Source | None = Field(default=None, description="Left out: every row of the feed's source, whatever the feed's own where.")
    where: Condition = Field(default="", description=_WHERE)
    time: TimeColumn | None = Field(default=None, description="When the decision was made; left out, the feed's occurred_at.")
    received_at: TimeColumn | None = Field(default=None, description=_RECEIVED + " Left out with the source: the feed's received_at.")
    id: str = Field(default="", description=_ID)
    count: str = Field(default="", description=_COUNT)
    unit: Unit = Field(default="decision", description=_UNIT)
    segment: Columns | None = Field(default=None, description=_SEGMENT + " Left out with the source: those of the feed.")


class RateEffect(Schema):
    """A share of decisions that is never zero."""

    max_ratio: Share | None = Field(
        default=None, description="The share that may not be passed (0.01 for 1 %); left out, the level before the issue began."
    )


class Effect(Schema):
    """What the symptoms should be after a fix: gone, or as rare as they may be."""

    rate: RateEffect | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_short_forms(cls, value: Any) -> Any:
        if value == "absence":
            return {}
        if value == "rate":
            return {"rate": {}}
        if not isinstance(value, dict) or not value or value.get("rate", {}) is None:
            raise refusal(_FORMS, shown(value) if value else "nothing", "write one of these")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": ["absence", "rate"]}, {**handler(core), "minProperties": 1}]}
