"""What records gained since they were first sealed: how a record of an earlier form says the same.

Put a key here when a kind of record gets one, with what a record without it means. So a day that was sealed before can be judged again and
compared to the byte.
"""

from __future__ import annotations

import json
from typing import Any

from registry.domain.canonical import record_json

# Keys of the duties of a day since inputs of schema version 2, and what a duty without them says.
_LATER_DUTY_KEYS = {"kind": "severity", "basis": "", "alarm_percent": 0}


def decision_of_version(record: bytes, version: int) -> bytes:
    """Return a triage decision as a day whose inputs have this schema version was sealed; what has no such form stays as it is.

    >>> decision_of_version(record_json({"duties": [{"kind": "severity", "basis": "", "duty": "x"}]}), 1).decode().split()
    ['{', '"duties":', '[', '{', '"duty":', '"x"', '}', ']', '}']
    """
    if version > 1:
        return record
    day: dict[str, Any] = json.loads(record)
    day["duties"] = [{key: value for key, value in duty.items() if _LATER_DUTY_KEYS.get(key) != value} for duty in day["duties"]]
    return record_json(day)
