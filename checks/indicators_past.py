"""Key risk indicators of days that no run read: what stood on them, found later from what the ledger holds.

Put here how an outage of the monitoring is made up for. What an indicator shows is ``indicators.py``; what a day without one means for a
window is ``recurrence_inputs.py``.

The rules, in the order the code applies them:
 * A day of an open window that no run's indicators are about is read by the run that misses it, as the run of the next date would have been
   due: of signals and observed days by what is known of that time now, which may be more than was known then.
 * So is a day on which the evidence of an indicator was missing: it may have come since.
 * An issue that was opened later was none; one that ended later was live; one that came back later had not come back yet. Where one came
   back twice since, nobody can tell from its present state: whether issues came back is unknown on that day, its evidence missing.
 * A step that was taken later was not taken yet. Severities are those of now: a machine only raises them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from checks.duties import cases_on
from checks.indicators import find_indicators
from registry.domain.catalogue import SystemEntry
from registry.domain.history import DailyCount, lookback_days
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence import Indicator, IndicatorKind, Light
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan, is_watched
from registry.domain.times import local_date, start_of_day
from registry.domain.work import Case

Day = tuple[str, date]
_DAY = timedelta(days=1)
_TWICE = "an issue came back more than once since: whether one had come back by then is not told any more"


def find_unread(plan: RecurrencePlan, known: RecurrenceKnowledge) -> tuple[Day, ...]:
    """Return each system and day of its open windows whose indicators no run could read, but for the newest day, which this run reads."""
    return tuple(day for system in plan.systems for day in _unread(plan, known, system))


def counts_from(plan: RecurrencePlan, unread: Sequence[Day]) -> date:
    """Return the first day whose counts the indicators of ``unread`` are read from."""
    return min((on for _, on in unread), default=plan.business_date) - timedelta(days=lookback_days(plan.policies))


def read_unread(
    plan: RecurrencePlan, known: RecurrenceKnowledge, unread: Iterable[Day], counts: Sequence[DailyCount]
) -> dict[Day, tuple[Indicator, ...]]:
    """Return the indicators of ``unread`` days; ``counts`` reach back to ``counts_from``."""
    cases = {case.issue.issue_id: case for case in cases_on(known.history.issues, known.cases)}
    ours: dict[str, list[DailyCount]] = {}
    for one in counts:
        ours.setdefault(one.system_id, []).append(one)
    return {(system_id, on): _read(plan, known, system_id, on, ours.get(system_id, ()), cases) for system_id, on in unread}


def _unread(plan: RecurrencePlan, known: RecurrenceKnowledge, system: SystemEntry) -> Iterator[Day]:
    open_ones = (one for one in known.history.issues if one.system_id == system.system_id and is_watched(one))
    since = [local_date(one.fix.effective_at, system.timezone) for one in open_ones if one.fix and one.state is not IssueState.CLOSED]
    on, end_on = min(since, default=plan.business_date), plan.business_date - _DAY
    while on < end_on:
        read = known.lights.get((system.system_id, on))
        if read is None or any(one.is_missing for one in read):
            yield system.system_id, on
        on += _DAY


def _read(
    plan: RecurrencePlan, known: RecurrenceKnowledge, system_id: str, on: date, counts: Sequence[DailyCount], cases: Mapping[str, Case]
) -> tuple[Indicator, ...]:
    date_ = on + _DAY
    as_of = start_of_day(date_, plan.zone) + (plan.as_of - start_of_day(plan.business_date, plan.zone))
    from_on = date_ - timedelta(days=lookback_days(plan.policies))
    then = replace(plan, business_date=date_, as_of=as_of, systems=tuple(one for one in plan.systems if one.system_id == system_id))
    issues = tuple(_then(case, as_of) for case in cases.values() if case.issue.system_id == system_id and case.issue.opened_at < as_of)
    observed = tuple(one for one in known.observed if one.system_id == system_id and from_on <= one.on < date_)
    kept = tuple(one for one in counts if from_on <= one.on < date_)
    history = replace(known.history, counts=kept, observed=observed, issues=issues)
    taken = tuple(replace(case, steps=tuple(step for step in case.steps if step.at < as_of)) for case in known.cases)
    found = find_indicators(then, replace(known, history=history, cases=taken))
    if any(case.issue.occurrence > 2 and _came_back_after(case, as_of) for case in cases.values() if case.issue.system_id == system_id):
        return tuple(_untold(one) if one.kind is IndicatorKind.REPEAT_ISSUE_RATE else one for one in found)
    return found


def _then(case: Case, as_of: datetime) -> Issue:
    """Return the issue as it stood then, as far as its present state tells it."""
    issue = case.issue
    if _came_back_after(case, as_of):
        return replace(issue, occurrence=1, state=IssueState.VERIFYING)
    if not issue.is_live and issue.state_since is not None and issue.state_since >= as_of:
        return replace(issue, state=IssueState.VERIFYING)
    return issue


def _came_back_after(case: Case, as_of: datetime) -> bool:
    at = case.reopened_at or case.issue.state_since
    return case.issue.occurrence > 1 and at is not None and at >= as_of


def _untold(one: Indicator) -> Indicator:
    return Indicator(one.kind, one.system_id, Light.UNKNOWN, _TWICE, is_missing=True)
