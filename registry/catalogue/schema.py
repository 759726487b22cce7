"""The shape of a system's YAML file, one pydantic model per mapping.

Put what one file can say by itself here; what needs the workspace (roots, connections, required owners) is checked in ``loader.py``.
"""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, JsonValue, StringConstraints, model_validator
from pydantic_core import CoreSchema

from registry.domain.catalogue import OwnerRole
from registry.domain.signal import CustomerImpact, Severity, SignalCategory
from registry.schemas import Count, Positive, Schema, Slug, Text, Zone, refusal, shown

FILE_KINDS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
_NAME = re.compile("[a-z][a-z0-9_]{0,63}")


def _ascii(text: str) -> str:
    # Fingerprint fields are keys of ledger bodies, and those are ASCII so that every reader agrees on their order.
    if not text.isascii():
        raise refusal("an ASCII column name", repr(text), "rename the column in the query or export")
    return text


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise refusal("an encoding Python knows", repr(name), "write one like utf-8 or latin-1") from None


def _once_each(names: tuple[str, ...]) -> tuple[str, ...]:
    again = [name for index, name in enumerate(names) if name.casefold() in {before.casefold() for before in names[:index]}]
    if again:
        raise refusal("each vendor once", f"{again[0]!r} again", "remove one of them")
    return names


Column = Annotated[str, StringConstraints(min_length=1)]
Columns = dict[Annotated[str, StringConstraints(pattern=f"^{_NAME.pattern}$")], Column]
Encoding = Annotated[str, AfterValidator(_encoding)]


class _OrText(Schema):
    """A mapping that may be written as one text; subclasses say which key the text stands for."""

    @classmethod
    def _text_key(cls) -> str:
        raise NotImplementedError

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {cls._text_key(): value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(core)]}


class TimeColumn(_OrText):
    """A column of dates or instants."""

    column: Column
    plus_days: Annotated[int, Field(strict=True, ge=-3660, le=3660)] = 0
    format: str = ""

    @classmethod
    def _text_key(cls) -> str:
        return "column"


class Impact(_OrText):
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


class Source(Schema):
    """Files below an allowed root, or a reviewed query on a named connection."""

    path: str = ""
    connection: str = ""
    query_file: str = ""
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.path) == bool(self.connection or self.query_file):
            raise refusal("either path, or connection with query_file", "both or neither", "write one of them")
        if bool(self.connection) != bool(self.query_file):
            raise refusal("connection and query_file together", "one of them", "add the other")
        if "://" in self.path:
            raise refusal("a file path", repr(self.path), "fetch the file first, or use a named connection")
        if self.path and not self.path.endswith(FILE_KINDS):
            raise refusal(f"a path ending in {', '.join(FILE_KINDS)}", repr(self.path), "convert or rename the file")
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
    """One AI system under care. ``predictions``, ``monitoring`` and ``evaluation`` are read by the flows that use them."""

    id: Slug
    name: Text
    kind: Literal["ml", "llm", "rag", "agent", "rules"]
    risk_tier: Literal["low", "medium", "high"]
    owners: dict[OwnerRole, Text] = Field(default={})
    timezone: Zone | None = None
    vendors: Annotated[tuple[Text, ...], AfterValidator(_once_each)] = ()
    versions: dict[Annotated[str, StringConstraints(pattern=f"^{_NAME.pattern}$")], Version] = Field(default={})
    signals: tuple[Feed, ...] = ()
    predictions: dict[str, JsonValue] | None = None
    monitoring: dict[str, JsonValue] | None = None
    evaluation: dict[str, JsonValue] | None = None
