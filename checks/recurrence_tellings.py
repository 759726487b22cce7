"""Days on which a feed told symptoms otherwise: a symptom that goes by another name, or another date, is not quiet.

Put here which days the catalogue of then rules out. Whether a feed was read on a day is ``recurrence_inputs.py``.

The rules, in the order the code applies them:
 * How a feed tells symptoms is which rows are signals of the system (``where``, ``ai_system``, ``synthetic``, ``signal_id``), and when they
   are taken (``received_at``); which columns make a symptom, what was taken out of their texts first (the table ``redaction``), by which
   version of fingerprints it is named; and when its decision was made (``occurred_at``, the zone of the system), and by what
   (``versions``). It is what was sealed with the day: its catalogue and its tables, and the event that cites them.
 * A window has one way of telling for each feed: the newest, by the days, in which signals of the issue came through it, or of one of the
   same system that was recorded as of the same cause. Days that were told in another way are not observed, before the fix and after it: a
   silence told one way says nothing against a rate that was told another way.
 * Where the catalogue of a day, or its tables, are not in the archive, nobody knows; that day is not observed either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import groupby

from registry.domain.catalogue import TimeField
from registry.domain.history import Telling
from registry.domain.issue import Issue
from registry.domain.recurrence_run import RecurrenceKnowledge

_LOST = "the catalogue of that day is not in the archive, or its policy tables are not"
_ROWS = ("where", "ai_system", "synthetic", "signal_id", "received_at")
_DATES = ("occurred_at", "zone")


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
    return f"the feed {feed} told symptoms otherwise since {since_on}, {', and '.join(_differences(telling, own))}; {_remedy(telling, own)}"


def _formed(known: RecurrenceKnowledge, issue: Issue, feed: str) -> frozenset[Telling]:
    """Return the ways in which signals of the symptom came through ``feed``."""
    same = {one.same_cause_issue for one in known.seen.get(issue.issue_id, ()) if one.same_cause_issue}
    came = frozenset(day for one in {issue.issue_id, *same} for day in known.came_on.get(one, ()))
    ours = (day for day in came if day[:2] == (issue.system_id, feed))
    return frozenset(known.tellings[day] for day in ours if day in known.tellings)


def _differences(telling: Telling, own: Telling) -> Iterator[str]:
    """Yield each thing that was edited, as it was on the day and as it is told of the issue."""
    if telling.columns != own.columns:
        yield f"by {_listed(telling.columns, 'the system as a whole')}, and the issue's by {_listed(own.columns, 'the system as a whole')}"
    if rows := _edited(telling, own, _ROWS):
        yield f"of other rows than those of the issue ({rows})"
    if _edited(telling, own, _DATES):
        yield f"dated by {_dated(telling)}, and the issue's by {_dated(own)}"
    if telling.versions != own.versions:
        yield f"with versions from {_versions(telling)}, and the issue's from {_versions(own)}"
    if telling.columns and own.columns and telling.redacted != own.redacted:
        yield f"with {_listed(telling.redacted, 'nothing')} redacted, and the issue's with {_listed(own.redacted, 'nothing')}"
    if telling.fingerprint_version != own.fingerprint_version:
        yield f"named by version {telling.fingerprint_version} of fingerprints, and the issue's by version {own.fingerprint_version}"


def _remedy(telling: Telling, own: Telling) -> str:
    """Return what leads on; another date, or another version of the fix, sends signals to no other issue."""
    is_redacted = bool(telling.columns and own.columns) and telling.redacted != own.redacted
    is_catalogue = replace(telling, redacted=own.redacted, fingerprint_version=own.fingerprint_version) != own
    is_dated = replace(telling, occurred_at=own.occurred_at, zone=own.zone, versions=own.versions) == own
    places = [*(["the catalogue"] if is_catalogue else []), *(["the policy table redaction"] if is_redacted else [])]
    restore = [f"restore that in {' and '.join(places)}"] if places else []
    record = [] if is_dated else ["record the issue that its signals go to now as of the same cause"]
    return ", or ".join((*restore, *record))


def _edited(telling: Telling, own: Telling, names: Collection[str]) -> str:
    return ", ".join(name for name in names if getattr(telling, name) != getattr(own, name))


def _dated(telling: Telling) -> str:
    field: TimeField = telling.occurred_at
    moved = f" plus {field.plus_days} days" if field.plus_days else ""
    return f"{field.column}{moved}{f' as {field.format}' if field.format else ''} in {telling.zone}"


def _versions(telling: Telling) -> str:
    return _listed([f"{column} ({artifact})" for artifact, column in telling.versions], "what served")


def _listed(names: Collection[str], none: str) -> str:
    return ", ".join(names) or none
