"""Typed documents: a pydantic model is checked against a document and every problem is told with its line and its fix.

Put what all schemas of the workspace share here; the schemas themselves live with their room (settings, catalogue, policies).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from registry.documents import Document, Location
from registry.errors import ConfigurationError

SLUG = "[a-z][a-z0-9_-]{0,63}"

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "string_too_short": "text that is not empty",
    "date_from_datetime_parsing": "a date like 2026-01-31",
    "date_parsing": "a date like 2026-01-31",
    "date_type": "a date like 2026-01-31",
}

_SENTENCES = {
    "refused": "expected {expected}, found {found}; {fix}",
    "missing": "expected a value, found nothing; add this key",
    "enum": "expected {expected}, found {found}; use one of these",
    "literal_error": "expected {expected}, found {found}; use one of these",
    "string_pattern_mismatch": "expected text matching {pattern}, found {found}; rename it",
    "too_short": "expected at least {min_length} entries, found {actual_length}; add what is missing or remove the key",
}


class Schema(BaseModel):
    """A mapping of a workspace document: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refusal(expected: str, found: str, fix: str) -> PydanticCustomError:
    """Return the error a validator raises for a rule that types cannot say."""
    return PydanticCustomError("refused", "expected {expected}, found {found}; {fix}", {"expected": expected, "found": found, "fix": fix})


def each_once(what: str = "entry", *, ignoring_case: bool = False) -> AfterValidator:
    """Return the rule that a list names nothing twice; ``what`` is what messages call one of it."""

    def checked(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        keys = [str(entry).casefold() if ignoring_case else entry for entry in entries]
        again = [entry for index, entry in enumerate(entries) if keys[index] in keys[:index]]
        if again:
            raise refusal(f"each {what} once", f"{str(again[0])!r} again", "remove one of them")
        return entries

    return AfterValidator(checked)


def shown(value: Any) -> str:
    """Return ``value`` as messages show what was found.

    >>> shown("a"), shown([1]), shown(None), shown(True)
    ("'a'", 'a list', 'nothing', 'true')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= 80 else text[:76] + "...'"


def _known_zone(name: str) -> str:
    # "right/" counts leap seconds and "localtime" is the machine's own: neither names a civil zone.
    try:
        if name.startswith(("right/", "posix/")) or name in {"localtime", "posixrules", "Factory"}:
            raise ValueError(name)
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise refusal("an IANA time zone", repr(name), "write one like Europe/Berlin or America/New_York") from None
    return name


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$")]
Zone = Annotated[str, AfterValidator(_known_zone)]
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Number = Annotated[float, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]

S = TypeVar("S", bound=BaseModel)


def validated(model: type[S], document: Document, value: Any = ..., below: Location = ()) -> S:
    """Return ``document`` (or its part ``value`` at ``below``) as ``model``.

    Raises:
        ConfigurationError: one problem for each thing that is wrong.
    """
    subject = document.value if value is ... else value
    if subject is None and not below:
        subject = {}  # an empty file is a mapping without keys
    try:
        return model.model_validate(subject)
    except ValidationError as error:
        raise ConfigurationError(told_problems(error, document, subject, model.model_json_schema(), below)) from None


def told_problems(error: ValidationError, document: Document, subject: Any, schema: dict[str, Any], below: Location = ()) -> list[str]:
    """Return each thing that is wrong with ``subject``, the part of ``document`` at ``below``, with its line and its fix."""
    found = [(_written(subject, detail["loc"]), detail) for detail in _own_errors(error)]
    found.sort(key=lambda pair: document.line_of((*below, *pair[0])))
    return [document.problem((*below, *location), _message(detail, location, schema)) for location, detail in found]


def _own_errors(error: ValidationError) -> list[Any]:
    """Leave out that a list is too short where only its wrong entries make it so."""
    details = error.errors(include_url=False)
    parents = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in parents]


def _message(detail: Any, location: Location, schema: dict[str, Any]) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return _unknown_key(str(location[-1]), sorted(_known_keys(schema, location[:-1])))
    if kind == "string_type" and isinstance(given, (int, float)):
        return f"expected text, found the {'value' if isinstance(given, bool) else 'number'} {shown(given)}; put it in quotes"
    if kind == "value_error":
        return str(context["error"])
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**{"found": shown(given), **context})
    return f"expected {_expected(kind, context, detail['msg'])}, found {shown(given)}; correct it"


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if name in context:
            return f"a number of {words} {context[name]:g}"
    if kind == "string_too_short" and context["min_length"] > 1:
        return f"text of at least {context['min_length']} characters"
    return _EXPECTED.get(kind, message)


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    fix = f"did you mean {near[0]!r}?" if near else "remove it"
    return f"expected {'one of ' + ', '.join(known) if known else 'no keys'}, found the unknown key {key!r}; {fix}"


def _written(value: Any, location: Location) -> Location:
    """Keep the parts of a pydantic location that a document can have: names of union branches are not written in it."""
    kept: list[str | int] = []
    for index, part in enumerate(location):
        if isinstance(value, dict) and (part in value or index == len(location) - 1):
            value = value.get(part)
            kept.append(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            kept.append(part)
    return tuple(kept)


def _known_keys(schema: dict[str, Any], location: Location) -> set[str]:
    nodes = list(_branches(schema, schema))
    for part in location:
        steps = [_step(node, part) for node in nodes]
        nodes = [branch for step in steps if step for branch in _branches(schema, step)]
    return {key for node in nodes for key in node.get("properties", {})}


def _step(node: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    known = node.get("properties", {})
    found = node.get("items") if isinstance(part, int) else known.get(part, node.get("additionalProperties"))
    return found if isinstance(found, dict) else None


def _branches(root: dict[str, Any], node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        yield from _branches(root, root["$defs"][node["$ref"].rsplit("/", 1)[-1]])
        return
    yield node
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in node.get(word, ()):
            yield from _branches(root, branch)
