"""How pressing one duty is: the same for every kind of deadline.

Put here what turns a start and a due instant into a status. Which duties there are is a check for each kind of deadline.

The rules, the first that holds:
 * At its due instant a duty is overdue.
 * Until the end of the civil day it is due today.
 * Once its share of the time is used it is at risk; before that it is open.
 * Beside the status, the highest alarm that its used time has reached is told; all of them once it is overdue.
 * Of several that follow each other, all but the open ones are listed, those with an alarm, and the next one: a page is not filled with
   what can wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.domain.issue import Issue
from registry.domain.times import local_date, start_of_day
from registry.domain.triage import Duty, DutyKind, DutyStatus

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Now:
    """When duties are looked at: the instant, the civil day's zone (empty: no day is told apart), and the shares that are announced."""

    as_of: datetime
    zone: str = ""
    alarm_ratios: tuple[float, ...] = ()

    def is_today(self, due_at: datetime) -> bool:
        """Return whether ``due_at`` is at the latest the end of the present civil day."""
        return bool(self.zone) and due_at <= start_of_day(local_date(self.as_of, self.zone) + timedelta(days=1), self.zone)


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing to be done: what, counted from when, and by when; ``warn_ratio`` is the share of the time after which it is at risk."""

    what: str
    start_at: datetime
    due_at: datetime
    warn_ratio: float
    kind: DutyKind = DutyKind.SEVERITY
    basis: str = ""
    owner: str = ""


def judged(issue: Issue, owed: Owed, now: Now) -> Duty:
    """Return ``owed`` as a duty on ``issue``."""
    used, allowed = now.as_of - owed.start_at, owed.due_at - owed.start_at
    status = _status(owed, now, used >= allowed * owed.warn_ratio)
    reached = [round(ratio * 100) for ratio in now.alarm_ratios if used >= allowed * ratio]
    alarm = 100 if now.alarm_ratios and status is DutyStatus.OVERDUE else max(reached, default=0)
    owner = owed.owner or issue.owner or UNASSIGNED
    return Duty(issue.issue_id, issue.system_id, issue.severity, owed.what, owed.due_at, status, owner, owed.kind, owed.basis, alarm)


def listed(issue: Issue, owed: Iterable[Owed], now: Now) -> Iterator[Duty]:
    """Yield of duties that follow each other those that press or are announced, and the next one."""
    is_next_told = False
    for duty in (judged(issue, one, now) for one in owed):
        waits = duty.status is DutyStatus.OPEN
        if not waits or duty.alarm_percent or not is_next_told:
            yield duty
        is_next_told = is_next_told or waits


def _status(owed: Owed, now: Now, is_warned: bool) -> DutyStatus:
    if now.as_of >= owed.due_at:
        return DutyStatus.OVERDUE
    if now.is_today(owed.due_at):
        return DutyStatus.DUE_TODAY
    return DutyStatus.AT_RISK if is_warned else DutyStatus.OPEN
