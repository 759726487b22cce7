"""Days on which a feed told symptoms otherwise: a symptom that goes by another name is not quiet.

Put here which days the catalogue of then rules out. Whether a feed was read on a day is ``recurrence_inputs.py``.

The rules, in the order the code applies them:
 * How a feed tells symptoms is which rows are signals of the system (``where``, ``ai_system``, ``synthetic``), and which columns make a
   symptom. It is what the catalogue said that was sealed with the day, so that this holds for days that are older than the rule as well.
 * A window has one way of telling for each feed: the newest, by the days, in which signals of the issue came through it, or of one of the
   same system that was recorded as of the same cause. Days that were told in another way are not observed, before the fix and after it: a
   silence told one way says nothing against a rate that was told another way.
 * Where the catalogue of a day is not in the archive, nobody knows; that day is not observed either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import groupby

from registry.domain.history import Telling
from registry.domain.issue import Issue
from registry.domain.recurrence_run import RecurrenceKnowledge

_REMEDY = "restore that in the catalogue, or record the issue that its signals go to now as of the same cause"
_LOST = "the catalogue of that day is not in the archive"


def find_otherwise(known: RecurrenceKnowledge, issue: Issue, feeds: Collection[str]) -> Mapping[tuple[str, date], str]:
    """Return why days of ``feeds`` are not observed, by feed and day; of a day that is told in the window's own way there is no entry."""
    return {(feed, on): reason for feed in feeds for on, reason in _of_feed(known, issue, feed).items()}


def _of_feed(known: RecurrenceKnowledge, issue: Issue, feed: str) -> Mapping[date, str]:
    days = sorted(one.on for one in known.observed if (one.system_id, one.feed) == (issue.system_id, feed))
    told = {on: known.tellings.get((issue.system_id, feed, on)) for on in days}
    formed = _formed(known, issue, feed)
    own = next((telling for telling in reversed(told.values()) if telling in formed), None)
    stretches = ((telling, tuple(stretch)) for telling, stretch in groupby(days, key=told.get))
    return {
        on: _reason(feed, telling, own, stretch[0]) for telling, stretch in stretches if telling is None or telling != own for on in stretch
    }


def _reason(feed: str, telling: Telling | None, own: Telling | None, since_on: date) -> str:
    if telling is None or own is None:
        return f"how the feed {feed} told the symptom is not known: {_LOST}"
    return f"the feed {feed} told symptoms otherwise since {since_on}, {_difference(telling, own)}; {_REMEDY}"


def _formed(known: RecurrenceKnowledge, issue: Issue, feed: str) -> frozenset[Telling]:
    """Return the ways in which signals of the symptom came through ``feed``."""
    same = {one.same_cause_issue for one in known.seen.get(issue.issue_id, ()) if one.same_cause_issue}
    came = frozenset(day for one in {issue.issue_id, *same} for day in known.came_on.get(one, ()))
    ours = (day for day in came if day[:2] == (issue.system_id, feed))
    return frozenset(known.tellings[day] for day in ours if day in known.tellings)


def _difference(telling: Telling, own: Telling) -> str:
    if telling.columns == own.columns:
        return "of other rows than those of the issue"
    return f"by {_columns(telling)}, and the issue's by {_columns(own)}"


def _columns(telling: Telling) -> str:
    return ", ".join(telling.columns) or "the system as a whole"
