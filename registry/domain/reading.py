"""Documents of people's steps back from what ``plain`` made of them, with the standard library alone.

Put here what the domain itself reads from events. Documents that come in from outside, and records whose every problem is told, are read by
``registry/records.py`` and ``registry/step_documents.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from registry.domain.times import parse_instant


def from_plain(kind: Any, value: Any) -> Any:
    """Return the ``kind`` that ``plain`` turned into ``value``. Keys it does not know are passed by: a later program may have added them.

    >>> from_plain(tuple[date, ...], ["2026-03-10"])
    (datetime.date(2026, 3, 10),)

    Raises:
        KeyError: an object lacks a field without a default.
        ValueError: a text is not what its field holds.
    """
    if get_origin(kind) in (Union, UnionType):
        return None if value is None else from_plain(next(part for part in get_args(kind) if part is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(from_plain(get_args(kind)[0], item) for item in value)
    if is_dataclass(kind):
        return _document(kind, value)
    return _scalar(kind, value)


def _scalar(kind: Any, value: Any) -> Any:
    if kind is datetime:
        return parse_instant(value)
    if kind is date:
        return date.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _document(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    given = {field.name: from_plain(hints[field.name], value[field.name]) for field in fields(kind) if field.name in value}
    try:
        return kind(**given)
    except TypeError as error:
        raise KeyError(f"{kind.__name__}: {error}") from error


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
