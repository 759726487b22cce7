"""What feeds and predictions have in common in a system's file: where rows come from, and how a column is named.

Put the shape of a source and of a column that needs more than its name here; what is done with them is ``schema.py`` and ``watching.py``.
"""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic_core import CoreSchema

from registry.schemas import Schema, refusal

GLOB = re.compile(r"[*?\[]")
NAME = re.compile("[a-z][a-z0-9_]{0,63}")
FILE_KINDS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise refusal("an encoding Python knows", repr(name), "write one like utf-8 or latin-1") from None


Column = Annotated[str, StringConstraints(min_length=1)]
Columns = dict[Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")], Column]
Encoding = Annotated[str, AfterValidator(_encoding)]


class OrText(Schema):
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


class TimeColumn(OrText):
    """A column of dates or instants."""

    column: Column
    plus_days: Annotated[int, Field(strict=True, ge=-3660, le=3660)] = 0
    format: str = ""

    @classmethod
    def _text_key(cls) -> str:
        return "column"


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
