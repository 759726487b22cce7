"""Where two records differ: the first key, in their own order, and what each says there.

Put comparing of records here; what a difference means is for the one who asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_MAX_SHOWN = 160
_ABSENT = object()


def first_difference(expected: bytes, found: bytes) -> tuple[str, str, str]:
    """Return the first key that differs, with the value of ``expected`` and the value of ``found`` there.

    >>> first_difference(b'{"a":[1,2],"b":1}', b'{"a":[1,3],"b":2}')
    ('a.1', '2', '3')
    >>> first_difference(b'{"a":1}', b'{}')
    ('a', '1', 'nothing')

    Raises:
        ValueError: one of the two is not JSON.
    """
    for place, one, other in _differences((), json.loads(expected), json.loads(found)):
        return ".".join(place) or "the whole", _shown(one), _shown(other)
    return "the form of the text", f"{len(expected)} bytes", f"{len(found)} bytes"


def _differences(place: tuple[str, ...], one: Any, other: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _differences((*place, key), one.get(key, _ABSENT), other.get(key, _ABSENT))
    elif isinstance(one, list) and isinstance(other, list):
        for number in range(max(len(one), len(other))):
            pair = (items[number] if number < len(items) else _ABSENT for items in (one, other))
            yield from _differences((*place, str(number)), *pair)
    elif type(one) is not type(other) or one != other:
        yield place, one, other


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
