"""Which windows a run looks at, and from which day on.

Put here which issues have a window and why it is asked for. What it is judged from is ``recurrence_inputs.py``, how ``recurrence.py``.

The rules, in the order the code applies them:
 * An issue in ``implemented`` or ``verifying`` with a fix is looked at to earn its closure, on every day.
 * A closed issue with a fix is asked again whether it held. That is recorded on every run from the review date on until there is an answer,
   and as long as its fix does not serve all traffic, by the history of what served; otherwise only what came back is. Where its symptom
   should be gone, no decision since the fix shows it, and the fix was not taken back since the closure, nothing can have.
 * The feeds of an issue are those that its own signals came through. The slowest of them says how late a report may come. Without a signal
   no feed is known, and no day is observed.
 * Feeds are judged apart where what the fix should achieve differs: those whose symptom should be gone together, counted as the one with
   most signals counts, and each rate by itself, against its own limit. What fails through one of them is hidden by no other.
 * A feed that left the catalogue goes with those that are in it: how it was watched is not told any more (``recurrence_feeds.py``). Where
   none is, nobody knows whether the symptom should be gone or rare: a rate without a limit neither comes back nor is shown to be mended.
 * The issue's level begins where the rise began that opened it, less the days that reports may take; else with its first decision.
 * A control holds from when it came into force in the present occurrence; accepting the risk is none, nor is that none is needed.
 * Days are counted from twice the baseline before the fix or the control on; for a rate also from twice its normal days before its level.
 * The most severe first, then by id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from checks.contribution import VersionHistory
from checks.recurrence_policy import plan_of
from checks.recurrence_seen import seen_now
from checks.recurrence_served import find_served_since
from registry.domain.catalogue import SystemEntry
from registry.domain.exposure import EffectKind, EffectSpec, FeedWatch
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.recurrence import Purpose, Seen
from registry.domain.recurrence_run import DueWindow, FeedGroup, RecurrenceKnowledge, RecurrencePlan, is_watched
from registry.domain.steps import ContainmentPattern
from registry.domain.times import local_date
from registry.domain.work import Case, StepKind

_NO_CONTROL = frozenset({ContainmentPattern.RISK_ACCEPTANCE, ContainmentPattern.NOT_NEEDED})
_LONGEST = 2  # calendar days looked through for each observed day that a level is counted on


def find_due(plan: RecurrencePlan, known: RecurrenceKnowledge) -> tuple[DueWindow, ...]:
    """Return every window that this run judges."""
    systems = {system.system_id: system for system in plan.systems}
    cases = {case.issue.issue_id: case for case in known.cases}
    history = VersionHistory(known.history.versions)
    watched = (issue for issue in known.history.issues if is_watched(issue) and issue.system_id in systems)
    due = (
        _due(plan_of(plan, known, issue), known, cases.get(issue.issue_id) or Case(issue), systems[issue.system_id], history)
        for issue in watched
    )
    found = (one for one in due if one is not None)
    return tuple(sorted(found, key=lambda one: (-one.issue.severity.rank, one.issue.issue_id)))


def _due(plan: RecurrencePlan, known: RecurrenceKnowledge, case: Case, system: SystemEntry, history: VersionHistory) -> DueWindow | None:
    issue, zone = case.issue, system.timezone
    seen = known.seen.get(issue.issue_id, ())
    groups = _groups(plan, system, seen)
    feeds = tuple(sorted(feed for group in groups for feed in group.feeds))
    is_absent = all(group.watch.effect.kind is EffectKind.ABSENCE for group in groups)
    is_closed = issue.state is IssueState.CLOSED
    fix = issue.fix
    if fix is None:
        return None
    served = find_served_since(plan, known, issue, fix)
    is_recorded = not is_closed or served.is_lacking or _is_review_due(plan, known, issue)
    if not is_recorded and is_absent and not served.gaps and not _came_back(plan, known, issue, fix, history):
        return None
    lateness = _lateness(plan, issue, feeds)
    began_on = _began_on(known, issue, seen, zone, lateness)
    contained_at = _contained_at(case)
    return DueWindow(
        case=case,
        purpose=Purpose.EFFECTIVENESS if is_closed else Purpose.CLOSURE,
        feeds=feeds,
        groups=groups,
        lateness_days=lateness,
        start_on=_start_on(plan, is_absent, local_date(min(filter(None, (contained_at, fix.effective_at))), zone), began_on),
        began_on=began_on,
        contained_at=contained_at,
        is_recorded=is_recorded,
    )


def review_on(plan: RecurrencePlan, closed_at: datetime) -> date:
    """Return the day on which a closed issue is asked again whether its fix held."""
    return local_date(closed_at, plan.zone) + timedelta(days=plan.policy.review.effectiveness_after_days)


def _is_review_due(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue) -> bool:
    on = review_on(plan, known.closed_at[issue.issue_id])
    return on <= plan.business_date and known.reviewed_on.get(issue.issue_id, date.min) < on


def _came_back(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue, fix: Fix, history: VersionHistory) -> bool:
    return any(one.is_after_fix for one in seen_now(plan, known, issue, fix, history))


def _groups(plan: RecurrencePlan, system: SystemEntry, seen: Sequence[Seen]) -> tuple[FeedGroup, ...]:
    """Return the feeds that are judged together: those whose symptom should be gone first, then each rate."""
    counts, listed = Counter(one.feed for one in seen if not one.same_cause_issue), {feed.name for feed in system.feeds}
    feeds = sorted(counts, key=lambda feed: (feed not in listed, -counts[feed], feed)) or [""]
    watches = {feed: _watch(plan, system, feed, feed in listed) for feed in feeds}
    known = [feed for feed in feeds if feed in listed] or feeds[:1]
    gone = [feed for feed in known if watches[feed].effect.kind is EffectKind.ABSENCE]
    first, *apart = [*([gone] if gone else []), *([feed] for feed in known if feed not in gone)]
    together = [*first, *(feed for feed in feeds if feed not in known)]
    return tuple(FeedGroup(tuple(filter(None, sorted(group))), watches[group[0]]) for group in (together, *apart))


def _watch(plan: RecurrencePlan, system: SystemEntry, feed: str, is_listed: bool) -> FeedWatch:
    found = (one for one in plan.watches if (one.system_id, one.feed) == (system.system_id, feed))
    effect = EffectSpec(EffectKind.RATE) if feed and not is_listed else EffectSpec()
    return next(found, FeedWatch(system.system_id, feed, effect, None))


def _lateness(plan: RecurrencePlan, issue: Issue, feeds: Sequence[str]) -> int:
    watches = [one for one in plan.watches if one.system_id == issue.system_id and one.feed in feeds]
    given = [plan.policy.allowed_lateness_days if one.allowed_lateness_days is None else one.allowed_lateness_days for one in watches]
    return max(given, default=plan.policy.allowed_lateness_days)


def _began_on(known: RecurrenceKnowledge, issue: Issue, seen: Sequence[Seen], zone: str, lateness_days: int) -> date:
    if issue.issue_id in known.began_on:
        return known.began_on[issue.issue_id] - timedelta(days=lateness_days)
    own = [one.decided_at for one in seen if not one.same_cause_issue]
    return local_date(min([issue.opened_at, *own]), zone)


def _contained_at(case: Case) -> datetime | None:
    controls = [step.document for step in case.current(StepKind.CONTAIN) if step.document.pattern not in _NO_CONTROL]
    return min((document.in_force_at for document in controls), default=None)


def _start_on(plan: RecurrencePlan, is_absent: bool, reference_on: date, began_on: date) -> date:
    before_fix = reference_on - timedelta(days=_LONGEST * plan.policy.silence.baseline_days)
    return before_fix if is_absent else min(before_fix, began_on - timedelta(days=_LONGEST * plan.policy.rate.normal_days))
