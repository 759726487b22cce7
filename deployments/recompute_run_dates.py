"""Which business dates the ledger had runs for when a closure was judged, as the events before tell it.

Put here what of the dates of runs is held against sealed closures. How a closure is judged again is ``recompute_closure.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from registry.domain.closing import RUNS
from registry.domain.closure import KNOWN_LATER
from registry.domain.closure_run import ClosureDay
from registry.evidence.report import Problem


class RunDates:
    """The newest business date that runs were recorded for, by event."""

    def __init__(self) -> None:
        self._known: list[tuple[int, date]] = []

    def note(self, seq: int, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        on = date.fromisoformat(envelope["business_date"])
        if envelope["kind"] in RUNS and (not self._known or on > self._known[-1][1]):
            self._known.append((seq, on))

    def other_date(self, kept: date | None, until: int, name: str) -> Iterator[Problem]:
        """Yield that a closure was judged with another newest date than events up to ``until`` tell."""
        if kept != (newest := self._newest_on(until)):
            yield Problem(name, f"newest_on: {newest}, as the events before tell it", str(kept))

    def other_closures(self, day: ClosureDay, name: str) -> Iterator[Problem]:
        """Yield each closure of a run that says of its date that it was over, or does not, where events tell otherwise."""
        newest = self._newest_on(day.knowledge_cut.events)
        is_over = newest is not None and newest > day.business_date
        for number, closure in enumerate(day.closures):
            if closure.is_overtaken is not is_over:
                expected = f"{'with' if is_over else 'without'} {KNOWN_LATER}, as the events before tell runs up to {newest}"
                yield Problem(name, f"closures.{number}: {expected}", f"it {'without' if is_over else 'with'}")

    def _newest_on(self, until: int) -> date | None:
        return max((on for seq, on in self._known if seq <= until), default=None)
