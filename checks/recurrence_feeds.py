"""Feeds that the catalogue had for a part of a window only: renamed, taken out, or added after the fix.

Put here which feeds a day has to be read of. How one told symptoms is ``recurrence_tellings.py``, what was read ``recurrence_inputs.py``.

The rules, in the order the code applies them:
 * A feed has left when today's catalogue has it no more. It is new when the one that the day of the fix was sealed with, or the newest
   before that, did not have it. Every other is steady; without such a catalogue each that is there today is.
 * A day asks for the feeds of the symptom that the catalogue sealed with it had: one that has left asks for nothing since, a new one for
   nothing before. A day whose catalogue is not known asks for all of them.
 * A steady feed is asked for on every day since the fix, and a rate's own on every day: what was seen less of is no quiet.
 * A day on which the catalogue had none of the feeds that are judged together is not observed.
 * What came through a feed that has left, or is new, is no part of the level before: what looked then is not what looks now. It counts
   against the fix all the same. (``recurrence_evidence.py``)
 * Where none is left, no day will ever be observed again. Such a window never ends clean; it ends without evidence when as many civil days
   have passed as its floor asks for, and those of the policy's lateness: that of a feed which left is not told any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import NotEvaluated
from registry.domain.exposure import EffectKind, FeedsInPart
from registry.domain.recurrence import Seen, WindowInputs
from registry.domain.recurrence_run import DueWindow, FeedGroup, RecurrenceKnowledge
from registry.domain.times import local_date

LEFT = "feed_left"


@dataclass(frozen=True, slots=True)
class Held:
    """Which feeds of a symptom the catalogue had: on each day whose catalogue is known, and which have left it or are new to it."""

    by_day: Mapping[date, frozenset[str]]
    feeds: tuple[str, ...]
    in_part: FeedsInPart
    fixed_on: date

    def asked(self, group: FeedGroup, on: date) -> tuple[str, ...]:
        """Return the feeds of which a day has to be read."""
        had = self.by_day.get(on)
        if had is None:
            return self.feeds
        there = [feed for feed in self.feeds if feed not in self.in_part.left]
        is_rate = group.watch.effect.kind is EffectKind.RATE
        always = {feed for feed in there if (on >= self.fixed_on and feed not in self.in_part.new) or (is_rate and feed in group.feeds)}
        return tuple(feed for feed in self.feeds if feed in had or feed in always)


def find_held(known: RecurrenceKnowledge, due: DueWindow, system: SystemEntry) -> Held:
    """Return which of the feeds of ``due`` the catalogue had, and when."""
    by_day: dict[date, set[str]] = {}
    for system_id, feed, on in known.tellings:
        if system_id == system.system_id:
            by_day.setdefault(on, set()).add(feed)
    listed = {feed.name for feed in system.feeds}
    fix = due.issue.fix
    fixed_on = local_date(fix.effective_at, system.timezone) if fix else date.max
    then_on = max((on for on in by_day if on <= fixed_on), default=None)
    then = listed if then_on is None else by_day[then_on]
    return Held(
        by_day={on: frozenset(feeds) for on, feeds in by_day.items()},
        feeds=due.feeds,
        in_part=FeedsInPart(
            left=tuple(feed for feed in due.feeds if feed not in listed),
            new=tuple(feed for feed in due.feeds if feed in listed and feed not in then),
        ),
        fixed_on=fixed_on,
    )


def in_part_of(held: Held, group: FeedGroup) -> FeedsInPart:
    """Return those of ``group`` that were not there all the time."""
    left, new = (tuple(feed for feed in feeds if feed in group.feeds) for feeds in (held.in_part.left, held.in_part.new))
    return FeedsInPart(left, new)


def find_unread(held: Held, group: FeedGroup, on: date, read: Collection[tuple[str, date]]) -> str:
    """Return why the feeds did not show what happened on ``on``; empty where they were read well."""
    if not held.feeds:
        return "no feed is known that carries the symptom"
    asked = held.asked(group, on)
    if not set(asked) & set(group.feeds):
        return f"the feed {', '.join(group.feeds)} was not in the catalogue"
    missing = [feed for feed in asked if (feed, on) not in read]
    return f"the feed {', '.join(missing)} was not read well" if missing else ""


def comparable(seen: Iterable[Seen], inputs: WindowInputs) -> Iterator[Seen]:
    """Yield what may make the level before the fix: what came through feeds that looked then and look now."""
    partial = {*inputs.in_part.left, *inputs.in_part.new}
    return (one for one in seen if one.same_cause_issue or one.feed not in partial)


def has_nobody_left(inputs: WindowInputs) -> bool:
    """Return whether every feed that carried the symptom has left the catalogue."""
    return bool(inputs.feeds) and set(inputs.feeds) <= set(inputs.in_part.left)


def ends_unread_on(inputs: WindowInputs, start_on: date, required_days: int) -> date | None:
    """Return the day on which a window that nobody can watch any more is over; None where somebody can."""
    return start_on + timedelta(days=required_days + inputs.lateness_days) if has_nobody_left(inputs) else None


def left_text(inputs: WindowInputs) -> str:
    """Return what a window lacks that nobody can watch any more, and what leads on."""
    told = f"the feed {', '.join(inputs.feeds)} left the catalogue, and no other carries the symptom"
    return f"{told}; put it back under its name, or let a named person accept the risk when the days are over"


def find_partial(inputs: WindowInputs) -> Iterator[NotEvaluated]:
    """Yield what of the level before is left out."""
    for feeds, what in ((inputs.in_part.left, "left the catalogue"), (inputs.in_part.new, "came into the catalogue after the fix")):
        if feeds:
            told = f"the feed {', '.join(feeds)} {what}: what came through it is no part of the level before, and counts against the fix"
            yield NotEvaluated("feeds", "feed_in_part", told)
