"""Days and feeds by which another system is compared: before it served the version of a fix, and since.

Put here which days of a system that shares an artifact can be compared, and whose signals count on them. What follows from the comparison
is ``closure_shared.py``; feeds of the issue's own symptom are ``recurrence_feeds.py``.

The rules:
 * A day is observed when every feed was read well that the catalogue sealed with it had. Since the switch it asks for every feed that was
   there at the switch and is there today, whatever its own catalogue had: one taken out for a while makes no quiet. A day whose catalogue
   is not known asks for all feeds.
 * The time before is as many observed days as a baseline has, the newest before the switch. The day of the switch is on neither side.
 * Of the days that are compared: a feed has left when today's catalogue has it no more, and is new when that of the first of them did not
   have it. Where some left and others are new, they are taken for the same ones under other names: every signal counts on both sides.
 * Where feeds only left, or only came, what came through them was looked for on a part of the days alone: it is not compared, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from registry.domain.catalogue import SystemEntry
from registry.domain.recurrence_run import RecurrenceKnowledge


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are looked at of a system: from ``start_on`` up to ``end_on`` (not included), with the day of the switch between."""

    start_on: date
    switched_on: date
    end_on: date
    before_days: int


@dataclass(frozen=True, slots=True)
class ComparedDays:
    """The observed days on both sides, the feeds whose signals count, and those left out; ``is_new``: none was read before the switch."""

    before: tuple[date, ...]
    after: tuple[date, ...]
    feeds: frozenset[str]
    left_out: tuple[str, ...]
    is_new: bool


def compared_days(known: RecurrenceKnowledge, system: SystemEntry, span: Span) -> ComparedDays:
    """Return what is compared of ``system``."""
    seen = [(one.on, one.feed) for one in known.observed if one.system_id == system.system_id]
    told = [(on, feed) for system_id, feed, on in known.tellings if system_id == system.system_id]
    read, had = _by_day(seen, span), _by_day(told, span)
    listed = frozenset(feed.name for feed in system.feeds)
    feeds = listed.union(*read.values(), *had.values())
    steady = listed & had.get(max((on for on in had if on <= span.switched_on), default=date.max), listed)

    def is_observed(on: date) -> bool:
        asked = had.get(on, feeds) | (steady if on >= span.switched_on else frozenset())
        return bool(asked) and asked <= read[on]

    observed = [on for on in sorted(read) if is_observed(on)]
    before = tuple(on for on in observed if on < span.switched_on)[-span.before_days :]
    after = tuple(on for on in observed if on > span.switched_on)
    in_part = _in_part(listed, [had.get(on, read[on]) for on in (*before, *after)])
    return ComparedDays(before, after, feeds - in_part, tuple(sorted(in_part)), not any(on < span.switched_on for on, _ in seen))


def _in_part(listed: frozenset[str], catalogues: list[frozenset[str]]) -> frozenset[str]:
    """Return the feeds that were there on a part of the days; none where some of them may be others under a new name."""
    if not catalogues:
        return frozenset()
    left, new = frozenset().union(*catalogues) - listed, listed - catalogues[0]
    return frozenset() if left and new else left | new


def _by_day(pairs: Iterable[tuple[date, str]], span: Span) -> Mapping[date, frozenset[str]]:
    found: dict[date, set[str]] = {}
    for on, feed in pairs:
        if span.start_on <= on < span.end_on:
            found.setdefault(on, set()).add(feed)
    return {on: frozenset(feeds) for on, feeds in found.items()}
