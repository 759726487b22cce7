"""Whether the fix of a closed issue still serves all traffic, by the history of what served.

Put here what a run asks of that history before it judges a window. How an artifact serves is ``recurrence_service.py``, what signals of a
time count as in which the fix was taken back ``recurrence_gaps.py``.

The rules:
 * An artifact without a history serves as it was released: nothing tells that it does not any more.
 * An issue that is not closed has no such question: its window says since when the fix is effective.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checks.recurrence_gaps import Gap, since_closing
from checks.recurrence_service import find_services
from registry.domain.catalogue import VersionInForce
from registry.domain.issue import Fix, Issue
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan

_WHOLE = 100  # percent of the traffic


@dataclass(frozen=True, slots=True)
class ServedSince:
    """How the fix of an issue serves since its closure: whether it lacks traffic now, and the times in which it was taken back."""

    is_lacking: bool = False
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class _History:
    system_id: str
    fix: Fix
    versions: tuple[VersionInForce, ...]
    share_percent: int
    as_of: datetime


def find_served_since(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue, fix: Fix) -> ServedSince:
    """Return how ``fix`` serves since ``issue`` was closed, as far as a history tells it; nothing of an issue that is not."""
    closed_at = known.closed_at.get(issue.issue_id)
    if closed_at is None:
        return ServedSince()
    services = find_services(_History(issue.system_id, fix, known.history.versions, _WHOLE, plan.as_of)).values()
    gaps = since_closing((gap for service in services for gap in service.gaps), closed_at)
    return ServedSince(any(service.code for service in services), gaps)
