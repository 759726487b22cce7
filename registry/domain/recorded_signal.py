"""A signal as it was recorded, in the ledger and in the package of its day alike, and as a window counts it.

Put here how one becomes the other. What a signal is belongs to ``signal.py``, what counts of it to ``recurrence.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.domain.recurrence import Seen
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.times import parse_instant


def seen_as_recorded(signal: Mapping[str, Any], known_seq: int, same_cause_issue: str = "") -> Seen:
    """Return a recorded signal; its side of a fix is not judged yet, and the decision that it is about is its only pointer, if it has one.

    ``known_seq`` is the event by which triage told of it, ``same_cause_issue`` the other issue that it came through.

    Raises:
        KeyError, ValueError: it is no such record.
    """
    pointers = signal["source_evidence"]
    return Seen(
        key=signal["key"],
        signal_id=signal["signal_id"],
        feed=signal["feed"],
        decided_at=parse_instant(signal["occurred_at"]),
        reported_at=parse_instant(signal["received_at"]),
        versions=dict(signal["versions"]),
        is_after_fix=False,
        severity=Severity(signal["severity"]),
        impact=CustomerImpact(signal["impact"]),
        segment=dict(signal["segment"]),
        known_seq=known_seq,
        same_cause_issue=same_cause_issue,
        journey_step=signal["journey_step"],
        decision_ref=pointers[0] if len(pointers) == 1 else "",
    )
