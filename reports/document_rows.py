"""The fields of a document that somebody handed in, as titles and texts that no sink cuts.

Put here how a document of any kind becomes rows for a page; which documents a page shows, and where, is its own business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from reports import wording
from reports.foreign_text import MAX_SHOWN_CHARS

_CHUNK_CHARS = MAX_SHOWN_CHARS - 100  # a document is shown in full: in parts that no sink cuts

Rows = tuple[tuple[str, tuple[str, ...]], ...]


def document_rows(document: Any, zone: str, leave_out: frozenset[str] = frozenset()) -> Rows:
    """Return every field of ``document`` that says something, however deep it lies; ``leave_out`` are fields of its own that are not."""
    shown = [field.name for field in fields(document) if field.name not in leave_out] if is_dataclass(document) else []
    rows = (row for name in shown for row in _rows(wording.spoken(name), getattr(document, name), zone))
    return tuple((title, chunks(text)) for title, text in rows)


def chunks(text: str) -> tuple[str, ...]:
    """Return ``text`` in parts, each short enough to be shown whole.

    >>> chunks("ab"), [len(part) for part in chunks("x" * 1200)]
    (('ab',), [500, 500, 200])
    """
    return tuple(text[start : start + _CHUNK_CHARS] for start in range(0, len(text), _CHUNK_CHARS)) or ("",)


def _rows(title: str, value: Any, zone: str) -> Iterator[tuple[str, str]]:
    """Yield what a value says, with the way to it as its title."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            name = wording.spoken(field.name)
            yield from _rows(f"{title}, {name.lower()}" if title else name, getattr(value, field.name), zone)
    elif isinstance(value, tuple):
        for number, item in enumerate(value, start=1):
            yield from _rows(f"{title} {number}" if len(value) > 1 else title, item, zone)
    elif isinstance(value, datetime):
        yield title, wording.time_text(value, zone)
    elif isinstance(value, date):
        yield title, wording.day_text(value)
    elif value not in (None, ""):
        yield title, str(value.value if isinstance(value, Enum) else value)
