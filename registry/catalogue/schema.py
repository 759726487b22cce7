"""The shape of a system's YAML file, one pydantic model per mapping.

Put what one file can say by itself here; what needs the workspace (roots, connections, required owners) is checked in ``loader.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic_core import CoreSchema

from registry.catalogue.columns import NAME, Column, Columns, OrText, Source, TimeColumn
from registry.catalogue.evaluating import Evaluation
from registry.catalogue.exposing import Counts, Effect, Exposure, FeedExposure
from registry.catalogue.releasing import Release
from registry.catalogue.watching import Monitoring, Predictions
from registry.domain.catalogue import OwnerRole
from registry.domain.signal import CustomerImpact, Severity, SignalCategory
from registry.schemas import Count, Positive, Schema, Slug, Text, Zone, each_once, refusal, shown


def _ascii(text: str) -> str:
    # Fingerprint fields are keys of ledger bodies, and those are ASCII so that every reader agrees on their order.
    if not text.isascii():
        raise refusal("an ASCII column name", repr(text), "rename the column in the query or export")
    return text


class Impact(OrText):
    """A constant impact, or a column with a map from its texts."""

    constant: CustomerImpact | None = None
    column: str = ""
    map: dict[str, CustomerImpact] = Field(default={})
    default: CustomerImpact | None = None

    @classmethod
    def _text_key(cls) -> str:
        return "constant"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.constant is None) == (not self.column):
            raise refusal("either a constant impact or a column with its map", "both or neither", "write one of them")
        if self.column and not self.map:
            raise refusal("a map from the column's texts to impacts", "none", "add map: {text: impact}")
        return self


class Fields(Schema):
    """Which column holds what."""

    signal_id: Column
    occurred_at: TimeColumn
    received_at: TimeColumn
    journey_step: str = ""
    narrative: str = ""
    synthetic: str = ""
    reproducible: str = ""
    ai_system: str = ""
    segment: Columns = Field(default={})
    versions: Columns = Field(default={})
    source_evidence: tuple[Column, ...] = ()


class EachRule(Schema):
    """Open an issue for each signal at or above a severity; the policy's where none is given."""

    min_severity: Severity | None = None


class SpikeRule(Schema):
    """Open an issue when the fingerprint's rate spikes; the test's numbers are policy."""


class Opening(Schema):
    """Which rules open issues, after any of the short forms."""

    each: EachRule | None = None
    spike: SpikeRule | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_short_forms(cls, value: Any) -> Any:
        merged: dict[str, Any] = {}
        for form in value if isinstance(value, list) else [value]:
            rule = {form: {}} if form in ("each", "spike") else form
            if rule == "never" and form is value:
                return {}
            if not isinstance(rule, dict) or not rule or set(rule) & set(merged):
                raise refusal("each, spike, never, or a list of each and spike, once each", shown(form), "write one of these")
            merged.update(rule)
        if not merged:
            raise refusal("each, spike, never, or a list of each and spike, once each", shown(value), "write one of these")
        return merged

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        rule = {"anyOf": [{"enum": ["each", "spike"]}, handler(core)]}
        return {"anyOf": [{"const": "never"}, *rule["anyOf"], {"type": "array", "items": rule, "minItems": 1}]}


class Feed(Schema):
    """One feed of signals."""

    name: Slug
    category: SignalCategory
    source: Source
    where: Annotated[str, StringConstraints(max_length=4000)] = ""
    fields: Fields
    impact: Impact
    fingerprint: tuple[Annotated[Column, AfterValidator(_ascii)], ...] = ()
    known_values: dict[Column, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default={})
    opens_issue: Opening
    allowed_lateness_days: Count | None = None
    max_stale_days: Positive | None = None
    exposure: FeedExposure | None = Field(
        default=None, description="What its occurrences are counted against after a fix; left out, the system's exposure."
    )
    effect: Effect | None = Field(default=None, description="What a fix should achieve: absence (where left out) or a rate.")
    decision: str = Field(
        default="",
        description="What names the decision that a signal is about, so that several about one count once: the column of fields.signal_id, "
        "or the only one of fields.source_evidence.",
    )
    counts: Counts | None = Field(default=None, description="A key risk indicator that its signals are counted for.")


class Version(Schema):
    """How the version of one artifact is known: an alias in MLflow, or recorded (``true``: with the command line; a text: here)."""

    mlflow_model: str = ""
    mlflow_prompt: str = ""
    alias: str = ""
    recorded: Annotated[bool, Field(strict=True)] | str = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [bool(self.mlflow_model), bool(self.mlflow_prompt), bool(self.recorded)]
        if sum(ways) != 1:
            raise refusal("one of mlflow_model, mlflow_prompt, recorded", "none" if not any(ways) else "several", "write exactly one")
        if self.alias and self.recorded:
            raise refusal("alias only with mlflow_model or mlflow_prompt", "alias with recorded", "remove alias")
        return self


class System(Schema):
    """One AI system under care."""

    id: Slug
    name: Text
    kind: Literal["ml", "llm", "rag", "agent", "rules"]
    risk_tier: Literal["low", "medium", "high"]
    owners: dict[OwnerRole, Text] = Field(default={})
    timezone: Zone | None = None
    vendors: Annotated[tuple[Text, ...], each_once("vendor", ignoring_case=True)] = ()
    versions: dict[Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")], Version] = Field(default={})
    signals: tuple[Feed, ...] = ()
    exposure: Exposure | None = Field(
        default=None, description="Where its decisions are counted; left out, its predictions, and without these observed days."
    )
    predictions: Predictions | None = None
    monitoring: Monitoring | None = None
    evaluation: Evaluation | None = None
    release: Release | None = None
