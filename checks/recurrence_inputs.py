"""What a window is judged from: days, signals and versions of one issue, put together from what the ledger and the sources told.

Put here how what was read becomes the inputs of one window. Which windows there are is ``recurrence_due.py``, how one is judged is
``recurrence.py``.

The rules, in the order the code applies them:
 * Of versions, those of the artifacts that the fix names count, from before the run's instant.
 * A day is observed when every feed that it asks for was read well for it, all but a few of its rows, and told symptoms in the issue's way,
   and, where something counts decisions, there was one. Days before the first that any of these feeds was read are left out.
 * Feeds that are judged apart have signals, decisions and an effect of their own; of days each needs that all of them were read.
 * Decisions go with each day, in all and by each value that signals of the issue have of a segment by which they are counted.
 * A day extends the window by the indicators that were amber or red on it, of those that the policy names; and from the day of the fix on
   by those that nobody read, or whose evidence was missing. One that has nothing to look at holds nothing up.
 * Signals from before the first day say nothing that is asked, unless they are of after the fix: they are left out.
 * The floor is the longest window of the severities of the occurrence; the share of the traffic is what the release said, else none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from checks.contribution import VersionHistory
from checks.recurrence_aside import aside_on, find_spoiled
from checks.recurrence_cells import with_cells
from checks.recurrence_exposure import exposure_reason
from checks.recurrence_feeds import find_held, find_unread, in_part_of
from checks.recurrence_groups import is_of
from checks.recurrence_lights import lights_of
from checks.recurrence_policy import began_of, plan_of
from checks.recurrence_seen import seen_now
from checks.recurrence_tellings import find_otherwise
from registry.domain.catalogue import SystemEntry, VersionInForce
from registry.domain.exposure import ExposureRead
from registry.domain.issue import Fix
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Indicator, Purpose, WatchDay, WindowInputs
from registry.domain.recurrence_run import DueWindow, FeedGroup, RecurrenceKnowledge, RecurrencePlan
from registry.domain.times import local_date
from registry.domain.work import StepKind

Lights = Mapping[tuple[str, date], tuple[Indicator, ...]]


def window_inputs(
    plan: RecurrencePlan, known: RecurrenceKnowledge, due: DueWindow, exposures: Sequence[ExposureRead], today: Sequence[Indicator]
) -> WindowInputs:
    """Return what ``due`` is judged from; ``today`` are the indicators of this run, ``exposures`` what was counted for its feeds."""
    counted = {(one.system_id, one.feed): one for one in exposures}
    watches = (group.watch for group in due.groups)
    first, *apart = (counted.get((watch.system_id, watch.feed)) for watch in watches)
    whole = _inputs(plan, known, due, due.groups[0], first, today)
    beside = zip(due.groups[1:], apart, strict=True)
    return replace(whole, beside=tuple(_inputs(plan, known, due, group, exposure, today) for group, exposure in beside))


def _inputs(
    plan: RecurrencePlan,
    known: RecurrenceKnowledge,
    due: DueWindow,
    group: FeedGroup,
    exposure: ExposureRead | None,
    today: Sequence[Indicator],
) -> WindowInputs:
    """Return what the feeds of ``group`` are judged from; ``exposure`` None: nothing counts decisions."""
    issue, policed = due.issue, plan_of(plan, known, due.issue)
    system = next(one for one in plan.systems if one.system_id == issue.system_id)
    fix, history = issue.fix or Fix(issue.opened_at, {}), VersionHistory(one for one in known.history.versions if one.from_at <= plan.as_of)
    days = tuple(_days(policed, known, due, group, exposure, system, today))
    first_on = days[0].on if days else plan.business_date
    ours = (one for one in seen_now(policed, known, issue, fix, history) if is_of(one, group, due, known))
    seen = tuple(one for one in ours if one.is_after_fix or local_date(one.decided_at, system.timezone) >= first_on)
    return WindowInputs(
        issue_id=issue.issue_id,
        system_id=issue.system_id,
        title=issue.title,
        severity=issue.severity,
        state=issue.state,
        zone=system.timezone,
        as_of=plan.as_of,
        business_date=plan.business_date,
        purpose=due.purpose,
        fix=fix,
        share_percent=_share(due),
        versions=tuple(_versions(plan, known, system, fix)),
        effect=group.watch.effect,
        unit=group.watch.exposure.unit if group.watch.exposure else "",
        days=with_cells(days, exposure, seen),
        seen=seen,
        began_on=due.began_on,
        contained_at=due.contained_at,
        window_days=_floor(policed.policy, (issue.severity, *due.case.severities)),
        lateness_days=due.lateness_days,
        events=known.events,
        data_before=plan.data_before,
        policy=plan.policy,
        exposure_digests=exposure.digests if exposure else (),
        exposure_reason=exposure_reason(group.watch, exposure),
        feeds=group.feeds,
        began=began_of(plan, known, due),
        terms=plan.terms_of(issue.system_id, due.feeds),
        in_part=in_part_of(find_held(known, due, system), group),
        closed_at=known.closed_at[issue.issue_id] if due.purpose is Purpose.EFFECTIVENESS else None,
    )


def _versions(plan: RecurrencePlan, known: RecurrenceKnowledge, system: SystemEntry, fix: Fix) -> Iterator[VersionInForce]:
    for one in known.history.versions:
        if one.system_id == system.system_id and one.artifact in fix.versions and one.from_at <= plan.as_of:
            yield one


def _days(
    plan: RecurrencePlan,
    known: RecurrenceKnowledge,
    due: DueWindow,
    group: FeedGroup,
    exposure: ExposureRead | None,
    system: SystemEntry,
    today: Sequence[Indicator],
) -> Iterator[WatchDay]:
    read = {(one.feed, one.on) for one in known.observed if one.system_id == system.system_id and one.feed in due.feeds}
    start_on = max(due.start_on, min((on for _, on in read), default=due.start_on))
    counts = {one.on: one.count for one in exposure.days if not one.name} if exposure and not exposure.reason else None
    held, otherwise = find_held(known, due, system), find_otherwise(known, due.issue, due.feeds)
    lights = {**known.lights, (system.system_id, plan.business_date - timedelta(days=1)): tuple(today)}
    fixed_on = local_date(due.issue.fix.effective_at, system.timezone) if due.issue.fix else plan.business_date
    counting = group.watch.exposure
    none_counted = None if counting and counting.received else 0  # what says when it arrived may still arrive
    for offset in range((plan.business_date - start_on).days):
        on = start_on + timedelta(days=offset)
        count = None if counts is None else counts.get(on, none_counted)
        extending, unread = lights_of(lights.get((system.system_id, on), ()), system.system_id, plan.policy)
        aside = aside_on(known.aside, system.system_id, due.feeds, on)
        uncounted = f"no {counting.unit} was counted" if count == 0 and counting else ""
        told = (otherwise[feed, on] for feed in due.feeds if (feed, on) in otherwise)
        reason = find_unread(held, group, on, read) or "; ".join(told) or find_spoiled(aside, plan.policy.watch) or uncounted
        yield WatchDay(on, count, reason, extending, unread if on >= fixed_on else (), aside)


def _share(due: DueWindow) -> int:
    released = due.case.latest(StepKind.IMPLEMENT)
    return int(released.document.share_percent) if released else 0


def _floor(policy: RecurrencePolicy, severities: Sequence[object]) -> int:
    given = [days for severity, days in policy.window_days.items() if days is not None and severity in severities]
    return max(given, default=min(days for days in policy.window_days.values() if days is not None))
