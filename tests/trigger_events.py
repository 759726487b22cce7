"""Events of watching predictions, for tests of what follows from them.

Put a builder here for an event of triggers; profiles and policies are ``tests/trigger_builders.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from registry.domain.events import Event, EventKind

JUDGED_AT = datetime(2020, 10, 2, 10, tzinfo=UTC)


def an_evaluation(
    system_id: str,
    *,
    judged_at: datetime = JUDGED_AT,
    start_on: date = date(2020, 9, 1),
    end_on: date = date(2020, 10, 1),
    **body: Any,
) -> Event:
    """Return the event of one judged window, where nothing was found unless told otherwise; it bears the date of the window's end."""
    told = {
        "window": {"start_on": start_on, "end_on": end_on},
        "reference_digest": "sha256:" + "f" * 64,
        "conditions": [],
        "opened": [],
        "cleared": [],
        "requests": [],
        "record": "decision.json",
        "bundle_digest": "sha256:" + "e" * 64,
        **body,
    }
    return Event(EventKind.TRIGGERS_EVALUATED, system_id, f"{start_on} {end_on}", judged_at, end_on, told)


def a_request(*triggers: str, action: str = "retrain", mark: str = "d") -> dict[str, Any]:
    """Return a request as an evaluation holds it; ``mark`` tells two of them apart."""
    told = {"request_id": "sha256:" + mark * 64, "action": action, "triggers": list(triggers), "reason": "asked"}
    return told | {"data_from": "2020-07-01", "data_to": "2020-10-01"}
