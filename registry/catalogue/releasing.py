"""The shape of ``release`` in a system's file: its cards and records, what a version must answer, and its error budget.

Put what one mapping can say by itself here. What compares keys with each other, and the values the flows need, is ``released.py``.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from registry.catalogue.columns import GLOB, Column, Source
from registry.domain.release import ObjectType
from registry.schemas import Schema, Text, each_once, refusal

# MLflow keeps "latest" and "v1" to itself, and takes these characters.
_ALIAS = re.compile("[A-Za-z][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile("latest|v[0-9]+", re.IGNORECASE)


def _one_document(ending: str) -> AfterValidator:
    def checked(path: str) -> str:
        if not path.endswith(ending) or GLOB.search(path) or "://" in path:
            raise refusal(f"the path of one file that ends in {ending}", repr(path), "name the file in which it is kept")
        return path

    return AfterValidator(checked)


def _alias(name: str) -> str:
    if not _ALIAS.fullmatch(name) or _RESERVED.fullmatch(name):
        raise refusal("an alias that MLflow takes (letters, digits, - and _)", repr(name), "choose another, such as canary")
    return name


Card = Annotated[str, _one_document(".md")]
Record = Annotated[str, _one_document(".yaml")]


class Cards(Schema):
    """The two cards that come with every release, as markdown with a head of YAML."""

    model_card: Card = Field(description="What was built: data, evaluation, limits. Markdown; its head names system and versions.")
    system_card: Card = Field(description="What it is part of: customers, oversight, risks. Markdown; its head names system and versions.")


class Records(Schema):
    """Signed records of other people's work, each a YAML file with its signature beside it."""

    dpia: Record | None = Field(default=None, description="The impact assessment on data protection; FILE.sig lies beside it.")
    tra: Record | None = Field(default=None, description="The technology risk assessment; FILE.sig lies beside it.")
    rollback_drill: Record | None = Field(
        default=None, description="A way back that was tried where versions cannot be loaded here; FILE.sig lies beside it."
    )


class Smoke(Schema):
    """Cases that a version must answer before it counts as able to serve."""

    source: Source
    columns: Annotated[tuple[Column, ...], Field(min_length=1), each_once("column")] = Field(
        description="The inputs of the model: these columns, and no other, are given to it."
    )


class ErrorBudget(Schema):
    """The minutes that the system was not available, one row per civil day."""

    source: Source
    day: Column = Field(description="The civil day; a day without a row was not observed.")
    minutes: Column = Field(description="How many minutes of it the system was not available; 0 where it always was.")


class Release(Schema):
    """What has to be shown before a candidate is put in force. What is released is ``evaluation.artifact``."""

    object_type: ObjectType = Field(description="What kind of thing is released.")
    purpose: Text = Field(description="What the system is used for, in the very words that assessments approve.")
    cards: Cards
    records: Records = Field(default=Records())
    smoke: Smoke | None = Field(default=None, description="Left out where versions cannot be loaded here: then records.rollback_drill.")
    error_budget: ErrorBudget | None = Field(default=None, description="Left out: no error budget is kept, and none freezes a release.")
    canary_alias: Annotated[str, AfterValidator(_alias)] = Field(
        default="canary", description="The alias in MLflow that a version has while it gets a part of the traffic."
    )
