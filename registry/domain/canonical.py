"""One byte form for every value that is hashed, stored or signed.

Put byte-level encodings here; what a record means belongs to the module of its type.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from registry.domain.times import format_instant

# What ``canonical_json`` writes for a text. A name and no function: it is called some twenty times for each signal.
text_json = encode_basestring_ascii
_PLAIN = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:
    """Return ``value`` as JSON types: dataclasses become objects, enums their value, instants and dates ISO text.

    >>> plain((1, None))
    [1, None]
    """
    if type(value) in _PLAIN:  # most of what is asked for, answered first
        return value
    if isinstance(value, (str, int, float, date, Enum)):
        return _scalar(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical_json(value: Any) -> bytes:
    """Return the exact ledger bytes of ``value``: sorted keys, no blanks, ASCII only, floats refused.

    Floats have no agreed text form, so a ledger body carries decimals as strings.

    >>> canonical_json({"b": 1, "a": "\\u00e9"})
    b'{"a":"\\\\u00e9","b":1}'

    Raises:
        TypeError: a float, or a type without a canonical form.
    """
    prepared = plain(value)
    _refuse_floats(prepared)
    return json.dumps(prepared, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def texts_json(texts: Mapping[str, str]) -> str:
    """Return what ``canonical_json`` writes for texts by name; the same few segments and bundles repeat a million times a run.

    >>> texts_json({"b": "1", "a": "2"})
    '{"a":"2","b":"1"}'
    """
    return _texts_json(tuple(texts.items())) if texts else "{}"


def record_json(value: Any) -> bytes:
    """Return the archive's bytes of a decision record: as ``canonical_json``, indented, finite floats allowed.

    Raises:
        ValueError: a NaN or infinity, which is not JSON.
    """
    text = json.dumps(plain(value), sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    return text.encode("ascii") + b"\n"


def dense_json(value: Any) -> bytes:
    """Return ``value`` on one line, as ``record_json`` means it: for records that programs read and nobody leafs through.

    Keys may be any text: a record may map what a source wrote.

    >>> dense_json({"b": 0.5, "\u00e4": date(2026, 1, 2)})
    b'{"b":0.5,"\\\\u00e4":"2026-01-02"}\\n'

    Raises:
        ValueError: a NaN or infinity, which is not JSON.
        TypeError: a type without a form.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_unfolded)
    return text.encode("ascii") + b"\n"


def digest_of(value: Any) -> str:
    """Return ``sha256:<hex>`` of the canonical bytes of ``value``."""
    return digest_bytes(canonical_json(value))


def digest_bytes(content: bytes) -> str:
    """Return ``sha256:<hex>`` of ``content``.

    >>> digest_bytes(b"")[:14]
    'sha256:e3b0c44'
    """
    return "sha256:" + hashlib.sha256(content).hexdigest()


def decimal_text(number: float, digits: int = 6) -> str:
    """Return ``number`` as the decimal text that ledger bodies carry.

    >>> decimal_text(0.1234567), decimal_text(3.0)
    ('0.123457', '3')

    Raises:
        ValueError: NaN or infinity: a number that was not computed must be named as such, not written down.
    """
    if not math.isfinite(number):
        raise ValueError("expected a finite number for a record")
    return format(number, f".{digits}g")


@lru_cache(maxsize=65_536)
def _texts_json(items: tuple[tuple[str, str], ...]) -> str:
    return "{" + ",".join([f"{encode_basestring_ascii(name)}:{encode_basestring_ascii(text)}" for name, text in sorted(items)]) + "}"


@lru_cache(maxsize=4096)
def storable_text(text: str) -> str:
    """Return ``text`` as a column can hold it on every backend: NUL and lone surrogates, which some refuse, are replaced.

    Only columns need it: the bodies beside them are ASCII and keep the exact text.

    >>> storable_text("a\\x00b")
    'a\ufffdb'
    """
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _unfolded(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, date):
        return _scalar(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"no form in a record for {type(value).__name__}")


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return format_instant(value)
    return value.isoformat() if isinstance(value, date) else value


def _key(key: Any) -> str:
    text = plain(key)
    if not isinstance(text, str) or not text.isascii():
        raise TypeError(f"expected an ASCII text key, found {key!r}")
    return text


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a ledger body carries decimals as strings, found a float: use decimal_text()")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if type(item) is not str:
            _refuse_floats(item)
