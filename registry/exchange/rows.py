"""Findings of other programs as rows of a feed: texts in named columns, ids that come out the same every time, bad ones set aside.

Put here what every format has in common; a format's own fields are a module each. What a row means to a system is said in its catalogue
file: nothing is graded here.

 * A row that is not as its format says is set aside with its number, the field and the reason; the rows around it are read.
 * A row that says the same as one before is one row; one of the same id that says something else is set aside.
 * Whatever another program knows about a finding (mitigated, false positive, duplicate) is a column, so that nothing is lost and each
   catalogue file decides what it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes, digest_of
from registry.domain.times import format_instant
from registry.errors import ConfigurationError

MAX_FILE_BYTES = 512_000_000
_MAX_SHOWN = 80
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@#-]{0,119}")
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0", ""})

Row = Mapping[str, str]


class RowError(ValueError):
    """A row is not as its format says: which field, a stable code, and what was expected and found."""

    def __init__(self, column: str, code: str, expected: str, found: Any) -> None:
        self.column, self.code = column, code
        shown = repr(found)
        super().__init__(f"expected {expected}, found {shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + '...'}")


@dataclass(frozen=True, slots=True)
class SetAside:
    """One bad row: its number from 1 in the source's own order, the field, why, and the digest of what it said."""

    row: int
    column: str
    reason_code: str
    reason: str
    digest: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file or a server gave: rows by id, rows set aside, and how many said what another had said."""

    rows: Mapping[str, Row]
    set_aside: tuple[SetAside, ...]
    duplicate_count: int
    of_rows: int


def read_items(path: Path, keys: Iterable[str]) -> list[Any]:
    """Return the findings of the JSON file at ``path``: a list, or a list below one of ``keys``.

    Raises:
        ConfigurationError: no file, too large, no JSON, or no such list.
    """
    wanted = tuple(keys)
    expected = f"expected a JSON list of findings, or an object with {' or '.join(wanted)}"
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigurationError([f"{path}: expected at most {MAX_FILE_BYTES} bytes, found more; export it in parts"])
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError([f"{path}: expected a file that can be read, found {error.strerror or error}; correct its name"]) from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError([f"{path}: {expected}, found text that is no JSON ({error}); export it again as JSON"]) from None
    items = next((found[key] for key in wanted if key in found), None) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise ConfigurationError([f"{path}: {expected}, found {type(found).__name__} without one; export it again as JSON"])
    return items


def import_rows(items: Iterable[Any], row_of: Callable[[Mapping[str, Any]], dict[str, str]]) -> Imported:
    """Return the rows that ``row_of`` makes of ``items``, and those it refuses."""
    rows: dict[str, Row] = {}
    aside, duplicates, count = list[SetAside](), 0, 0
    for count, item in enumerate(items, start=1):
        try:
            if not isinstance(item, dict):
                raise RowError("", "no_object", "one object a finding", item)
            row = {name: _whole(name, said) for name, said in row_of(item).items()}
            known = rows.setdefault(row["signal_id"], row)
            if known != row:
                raise RowError("signal_id", "conflicting_id", "an id that one finding has", row["signal_id"])
            duplicates += known is not row
        except RowError as error:
            aside.append(SetAside(count, error.column, error.code, f"{error.column}: {error}".lstrip(": "), _digest(item)))
    return Imported(rows, tuple(aside), duplicates, count)


def text(item: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    """Return the text, or the number as a text, of a field; empty where it has none.

    Raises:
        RowError: it is neither, missing though ``needed``, or has half a character, which no file can hold.
    """
    value = item.get(name)
    if isinstance(value, (dict, list, bool)) or (needed and (value is None or not str(value).strip())):
        raise RowError(name, "no_text", "a text", value)
    return _whole(name, "" if value is None else str(value).strip())


def flag(item: Mapping[str, Any], name: str, default: bool) -> bool:
    """Return a field that says yes or no.

    Raises:
        RowError: it says neither.
    """
    value = item.get(name)
    if value is None or isinstance(value, bool):
        return default if value is None else value
    said = str(value).strip().lower()
    if said not in _YES | _NO:
        raise RowError(name, "no_flag", "true or false", value)
    return default if said == "" else said in _YES


def day(item: Mapping[str, Any], name: str) -> str:
    """Return a date or an instant as ISO text; empty where the field is.

    Raises:
        RowError: it is neither.
    """
    said = text(item, name)
    try:
        if not said:
            return ""
        return date.fromisoformat(said).isoformat() if len(said) == 10 else _aware(datetime.fromisoformat(said))
    except (ValueError, OverflowError):  # at its ends the calendar has days that no other zone has
        raise RowError(name, "no_date", "a date like 2026-01-31 or a time like 2026-01-31T09:00:00Z", said) from None


def instant_of_ms(item: Mapping[str, Any], name: str) -> str:
    """Return milliseconds since 1970 as an instant.

    Raises:
        RowError: they are none.
    """
    try:
        return format_instant(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text(item, name, needed=True))))
    except (ValueError, OverflowError) as error:
        if isinstance(error, RowError):
            raise
        raise RowError(name, "no_time", "milliseconds since 1970", item.get(name)) from None


def id_text(prefix: str, identifier: str) -> str:
    """Return an id of ours for somebody else's: as it is where it is short and plain, else its digest.

    >>> id_text("dojo", "17"), id_text("tool", "a b")[:13]
    ('dojo-17', 'tool-c8687a08')
    """
    return f"{prefix}-{identifier}" if _SAFE_ID.fullmatch(identifier) else f"{prefix}-{digest_bytes(identifier.encode())[7:23]}"


def content_id(*parts: str) -> str:
    """Return the id of a finding that has none: the digest of what it says and no run changes."""
    return f"content-{digest_of(list(parts))[7:23]}"


def _whole(name: str, said: str) -> str:
    """JSON can write half a character, which no file and no digest can hold."""
    if any("\ud800" <= character <= "\udfff" for character in said):
        raise RowError(name, "no_unicode", "a text of whole characters", said)
    return said


def _aware(instant: datetime) -> str:
    """A time without offset stays one: the feed reads it in the system's zone."""
    return format_instant(instant.astimezone(UTC)) if instant.tzinfo else instant.isoformat()


def _digest(item: Any) -> str:
    return digest_bytes(json.dumps(item, sort_keys=True, default=str).encode("utf-8", "backslashreplace"))
