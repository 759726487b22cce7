"""What the ledger knew, as the walk along an archive remembers it: events in their order, counts of days, and the days that are not known.

Put here how far the memory may have gone when a decision is judged again, and which recorded days it lacks. What an event does to it is
``registry/domain/memory.py``; who asks is ``recompute.py`` and the walks beside it.

The rules:
 * An event waits until the next decision that knows it: a decision never remembers what was appended with it.
 * A day whose counts cannot be read is a gap; whatever compares with that day, for a system of it, cannot be judged again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from registry.domain.feed import FeedDelivery
from registry.domain.history import TriageHistory, lookback_days
from registry.domain.memory import Memory
from registry.domain.policy import TriagePolicies
from registry.evidence.sealed_events import SealedEvent


@dataclass(frozen=True, slots=True)
class _Gap:
    """A recorded day whose counts are not known: its systems, its date, and why."""

    systems: frozenset[str]
    on: date
    why: str


class WalkMemory:
    """The memory of one walk. ``waiting`` are the events that the next decision may not know yet."""

    def __init__(self) -> None:
        self.waiting: list[tuple[SealedEvent, dict[str, Any]]] = []
        self._memory = Memory()
        self._gaps: list[_Gap] = []

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Let one event wait."""
        self.waiting.append((event, envelope))

    def advance(self, seq: int) -> None:
        """Remember the waiting events up to ``seq``."""
        while self.waiting and self.waiting[0][0].seq <= seq:
            event, envelope = self.waiting.pop(0)
            self._memory.apply(event.seq, envelope)

    def add_counts(self, deliveries: Iterable[FeedDelivery]) -> None:
        """Remember what a recorded day counted."""
        self._memory.add_counts(deliveries)

    def add_gap(self, systems: Iterable[str], on: date, why: str) -> None:
        """Remember that the counts of a recorded day are not known."""
        self._gaps.append(_Gap(frozenset(systems), on, why))

    def lacks(self, systems: Collection[str], business_date: date, policies: TriagePolicies) -> str:
        """Return why what a decision for ``business_date`` is compared with is not known; empty where it is."""
        start_on = business_date - timedelta(days=lookback_days(policies))
        return next((gap.why for gap in reversed(self._gaps) if gap.on >= start_on and gap.systems & set(systems)), "")

    def history(self, systems: Collection[str], business_date: date, policies: TriagePolicies, events: int) -> TriageHistory:
        """Return what a decision that knows ``events`` events is compared with; the memory must have been advanced to them."""
        return self._memory.history(systems, business_date, policies, events)

    def latest(self, system_id: str) -> int:
        """Return the number of the last event of a system that is remembered."""
        return self._memory.latest.get(system_id, 0)
