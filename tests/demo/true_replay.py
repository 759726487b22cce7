"""A replay in which every story of the demonstration was found, built by hand, for tests to spoil one thing of.

Put builders of whole replays here; builders of single values are ``tests/builders_triage.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from deployments.demo.expect import Expect, Truth
from deployments.demo.generator import replay_days
from deployments.demo.mishaps import BAD_ROW_COUNT
from deployments.demo.played import expected_new, true_rows
from deployments.demo.rows import ZONE
from deployments.demo.story import BATCH_COUNT, REPLAY_FROM, SEED, VERSION_CHANGES
from deployments.demo.truth import TRUTH
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.history import DailyCount, OpenDip, TriageHistory
from registry.domain.issue import OpenedBy
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, IssueChange, Tally, TriageDay
from tests.builders import a_finding, a_version, an_issue
from tests.builders_triage import a_batch, a_change, a_feed_day, a_triage_day

Days = dict[date, TriageDay]
_DAY = timedelta(days=1)
_OPENED_NEXT_MORNING = {Expect.INVESTIGATE, Expect.RETRAIN, Expect.DATA_QUALITY, Expect.REASSESS}


def truth_of(case: str) -> Truth:
    return next(truth for truth in TRUTH if truth.case == case)


def true_days() -> Days:
    """Return a decision for every morning, each story found on the first day it can be; the caller may change the mapping."""
    return dict(_true_days())


@cache
def _true_days() -> Days:
    days = {on: a_triage_day(business_date=on, feeds=(), verdict=Verdict.INCONCLUSIVE) for on in replay_days()}
    for place in sorted({truth.place for truth in TRUTH if truth.feed}):
        days = {on: _with_feed(day, place, on) for on, day in days.items()}
    for truth in TRUTH:
        on = truth.from_on + _DAY if truth.expect in _OPENED_NEXT_MORNING else truth.from_on
        days[on] = _with_story(days[on], truth)
    return days


def true_history() -> TriageHistory:
    """Return what the ledger remembers after the replay, as far as a story needs it."""
    counts = tuple(
        DailyCount(truth.system_id, truth.feed, "0" * 16, truth.from_on - _DAY, "", len(true_rows(truth, truth.from_on - _DAY, SEED)))
        for truth in TRUTH
        if truth.expect is Expect.COUNTED_ONCE
    )
    versions = tuple(
        a_version(system_id=change.system_id, artifact=change.artifact, version=version, from_at=_morning(on), source="recorded")
        for change in VERSION_CHANGES
        for version, on in ((change.before, REPLAY_FROM), (change.after, change.on))
    )
    return TriageHistory(events=9, counts=counts, observed=(), issues=(), batches=(), dips=(), versions=versions)


def change_of(truth: Truth, kind: ChangeKind = ChangeKind.OPENED, **changes: Any) -> IssueChange:
    spiked = {"second step", "spike", "monitored symptom"}
    by = OpenedBy.SPIKE if truth.case in spiked else OpenedBy.EACH
    issue = an_issue(system_id=truth.system_id, title=f"{truth.subject} (Issue)", opened_by=by, severity=Severity.L3)
    return a_change(kind, issue=replace(issue, **changes))


def with_feed(day: TriageDay, place: str, **changes: Any) -> TriageDay:
    """Return the day with one feed's day changed."""
    system_id, _, feed = place.partition("/")
    return replace(day, feeds=tuple(replace(f, **changes) if (f.system_id, f.feed) == (system_id, feed) else f for f in day.feeds))


def _morning(on: date) -> datetime:
    return datetime.combine(on, time(6), ZoneInfo(ZONE))


def _with_feed(day: TriageDay, place: str, on: date) -> TriageDay:
    truth = next(truth for truth in TRUTH if truth.place == place)
    feed = a_feed_day(system_id=truth.system_id, feed=truth.feed, received_count=60, new_count=expected_new(truth, on, SEED))
    return replace(day, feeds=(*day.feeds, feed))


def _with_story(day: TriageDay, truth: Truth) -> TriageDay:
    feeds: dict[Expect, dict[str, Any]] = {
        Expect.SCHEMA_BROKEN: {"status": FeedStatus.SCHEMA_BROKEN, "new_count": 0},
        Expect.STOPPED: {"status": FeedStatus.NO_DATA},
    }
    if truth.expect in feeds:
        return with_feed(day, truth.place, **feeds[truth.expect])
    if truth.expect in _OPENED_NEXT_MORNING:
        return replace(day, changes=(*day.changes, change_of(truth)))
    opened = (*day.changes, change_of(truth))
    found: dict[Expect, dict[str, Any]] = {
        Expect.OPENED: {"changes": opened},
        Expect.ESCALATED: {"changes": (*day.changes, change_of(truth, ChangeKind.ESCALATED))},
        Expect.MONITORED: {"changes": opened, "would_hide": (a_finding(),)},
        Expect.BATCH: {"batches": (a_batch(channel=truth.subject, on=truth.from_on - _DAY, count=BATCH_COUNT),)},
        Expect.DIP: {"dips": (OpenDip(f"{truth.system_id}:{truth.feed}", truth.from_on, 7),)},
        Expect.QUARANTINED: {"quarantined": Tally(BAD_ROW_COUNT, 60)},
        Expect.SUPPRESSED: {"suppressed": Tally(3, 40)},
        Expect.UNMATCHED: {"unmatched": Tally(4, 60), "ambiguous": Tally(2, 60)},
    }
    return replace(day, **found.get(truth.expect, {}))
