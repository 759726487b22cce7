"""Reading the documents of people's steps: from a YAML file or from options, every problem at once, and their JSON Schemas.

Put here how a step's document comes in. Its fields and their help are ``registry/domain/steps.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.documents import Document, Location, read_document
from registry.errors import ConfigurationError
from registry.schemas import told_problems

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def read_step_file(kind: type, path: Path) -> Any:
    """Return the document of ``kind`` in the YAML file at ``path``.

    Raises:
        ConfigurationError: every problem of the file, each with its line.
    """
    return _validated(kind, read_document(path))


def read_step(kind: type, given: Mapping[str, Any]) -> Any:
    """Return the document of ``kind`` that the options in ``given`` hold.

    Raises:
        ConfigurationError: every problem, each with its option.
    """
    return _validated(kind, _Options("options", dict(given), {}))


class _Options(Document):
    """What was given on the command line: a problem names the option, for there is no file and no line."""

    __slots__ = ()

    def problem(self, location: Location, message: str) -> str:
        option = str(location[0]).replace("_", "-") if location else "options"
        return f"--{option}: {message.replace('; add this key', '; give this option, or --file')}"


def step_schema(kind: type) -> dict[str, Any]:
    """Return the JSON Schema of a step's document."""
    schema: dict[str, Any] = _adapter(kind).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def field_help(kind: type) -> dict[str, str]:
    """Return the help of each field of a step's document."""
    return {name: shape.get("description", "") for name, shape in step_schema(kind)["properties"].items()}


def _validated(kind: type, document: Document) -> Any:
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_python(document.value if document.value is not None else {})
    except ValidationError as error:
        raise ConfigurationError(told_problems(error, document, document.value, step_schema(kind))) from None


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
