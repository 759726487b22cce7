"""Rows that could not be read as the events tell them, held against those that a window was judged from.

Put here what the archive confirms of rows that were set aside. How a window is judged again is ``recompute_recurrence.py``; which of the
rows were mended since is in the ledger's tables, and sealed with the window.

The rules:
 * What a day of a window tells of rows of its feeds is what the events of triage tell that it knew, and no more of them was mended.
 * A day that counts as observed has no more of them left than the sealed policy allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from checks.recurrence_aside import find_spoiled
from registry.domain.events import EventKind
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence_sealed import SealedPart, SealedWindow
from registry.domain.rows_aside import Judged, RowsAside, rows_aside, source_of
from registry.evidence.sealed_events import SealedEvent


class AsideTold:
    """What events tell of rows that were set aside, and of the feeds that read their sources."""

    def __init__(self) -> None:
        self._aside: list[tuple[int, tuple[str, date, int]]] = []
        self._judged: list[tuple[int, Judged]] = []

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event of a day's triage."""
        data, on = envelope["data"], date.fromisoformat(envelope["business_date"])
        if envelope["kind"] == EventKind.ROWS_QUARANTINED:
            self._aside.append((event.seq, (source_of(envelope["subject"]), on, int(data["count"]))))
        elif envelope["kind"] == EventKind.FEED_JUDGED:
            self._judged.append((event.seq, (envelope["system"], envelope["subject"], data["source"], on, int(data["new"]))))

    def find_others(self, sealed: SealedWindow, policy: RecurrencePolicy) -> Iterator[tuple[str, str]]:
        """Yield expected and found where a window was judged from other rows than the events tell, or from a day that they spoil."""
        parts: tuple[SealedWindow | SealedPart, ...] = (sealed, *sealed.beside)
        feeds, known = {feed for part in parts for feed in part.feeds}, self._known(sealed)
        for day in (day for part in parts for day in part.days):
            expected = {feed: one for feed in feeds if (one := known.get((sealed.system_id, feed, day.on)))}
            if _counts(expected.values()) != _counts(day.aside) or any(one.mended_count > one.count for one in day.aside):
                yield f"days: {day.on} with {_named(expected.values())} set aside, as the events before tell", _named(day.aside)
                return
            if (why := find_spoiled(day.aside, policy.watch)) and day.is_observed:
                yield f"days: {day.on} not observed, as {why}", "observed"
                return

    def _known(self, sealed: SealedWindow) -> dict[tuple[str, str, date], RowsAside]:
        aside = (one for seq, one in self._aside if seq <= sealed.events)
        return rows_aside(aside, (one for seq, one in self._judged if seq <= sealed.events and one[0] == sealed.system_id), {})


def _counts(aside: Iterable[RowsAside]) -> list[tuple[str, int, int]]:
    return sorted((one.feed, one.count, one.new_count) for one in aside)


def _named(aside: Iterable[RowsAside]) -> str:
    return ", ".join(f"{count:,} of {feed}" for feed, count, _ in _counts(aside)) or "no row"
