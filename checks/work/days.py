"""Days that people set: still to come, and no further off than the policy lets them be.

Put here what holds for any day of a step, whatever ends or is due on it; how many days are allowed belongs to the step.

The rules:
 * What ends does so after today, and within the days allowed.
 * What is due is due today at the earliest, and within the days allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from registry.domain.work import Refusal


@dataclass(frozen=True, slots=True)
class AskedDay:
    """One day of a step: how it is called, how many days off it may be, why so many, and what to do about one that is too late."""

    name: str
    max_days: int
    why: str
    if_too_late: str


def find_bad_end(asked: AskedDay, ends_on: date, today: date) -> Iterator[Refusal]:
    """Yield why something cannot end on ``ends_on``; nothing where it can."""
    if ends_on <= today:
        last_on = today + timedelta(days=asked.max_days)
        reason = f"{asked.name}: expected a day after {today}, found {ends_on}"
        yield Refusal("already_ended", reason, f"choose a day up to {last_on}")
    else:
        yield from _find_too_late("too_long", asked, ends_on, today)


def find_bad_due(asked: AskedDay, due_on: date, today: date, if_past: str) -> Iterator[Refusal]:
    """Yield why something cannot be due on ``due_on``; nothing where it can."""
    if due_on < today:
        yield Refusal("due_in_the_past", f"{asked.name}: expected {today} or a later day, found {due_on}", if_past)
    else:
        yield from _find_too_late("due_too_late", asked, due_on, today)


def _find_too_late(code: str, asked: AskedDay, on: date, today: date) -> Iterator[Refusal]:
    last_on = today + timedelta(days=asked.max_days)
    if on > last_on:
        reason = f"{asked.name}: expected {last_on} at the latest, {asked.max_days} days {asked.why}, found {on}"
        yield Refusal(code, reason, asked.if_too_late)
