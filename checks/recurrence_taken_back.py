"""A fix that was taken back after its issue was closed: what that shows, and how it reads.

Put here what follows from the times in which it was. Which times these are, and which signals lie in them, is ``recurrence_gaps.py``.

The rules:
 * Where the symptom should be gone, each signal of such a time says that it is back, as one about a decision of the fix does.
 * Of a rate it is the share on the whole days of such times, all that was seen on them, held against its limit at the lower end, as the
   share since a fix is effective is. It is a sequence of its own, with its own chance of being wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from checks.recurrence_days import first_whole_day
from checks.recurrence_evidence import Weighed
from checks.recurrence_fix import FixStanding
from checks.recurrence_gaps import Gap, is_unfixed
from checks.recurrence_levels import is_above, share_at_least
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Level, Seen, WatchDay, WindowInputs
from registry.domain.times import local_date


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The times in which the fix of a closed issue was taken back, and of a rate its share on their days; None: nothing tells it."""

    gaps: tuple[Gap, ...]
    share: Level | None = None
    is_above: bool = False


def weigh_gaps(inputs: WindowInputs, fix: FixStanding, returns: Collection[Seen], weighed: Weighed) -> TakenBack:
    """Return what the times show in which the fix was taken back."""
    days, limit = _days(inputs, fix.gaps), weighed.limit
    if inputs.effect.kind is EffectKind.ABSENCE or limit is None or not days:
        return TakenBack(fix.gaps)
    share = share_at_least(days, returns, limit, inputs)
    return TakenBack(fix.gaps, share, is_above(share, limit))


def taken_back_text(gaps: Collection[Gap]) -> str:
    """Return which versions were taken back, since when, and what serves instead."""
    return "; ".join(f"{gap.artifact} {gap.version} {_span(gap)} ({gap.instead})" for gap in gaps)


def returned_text(returns: Collection[Seen], gaps: Collection[Gap]) -> str:
    """Return how many signals say that the problem is back, why they do, and which is the first."""
    unfixed = [one for one in returns if is_unfixed(one, gaps)]
    others = [one for one in returns if not is_unfixed(one, gaps)]
    meanwhile = f"made while the fix was taken back, {taken_back_text(gaps)}"
    return "; ".join((*_told(unfixed, meanwhile), *_told(others, "at or after the fix")))


def _days(inputs: WindowInputs, gaps: Collection[Gap]) -> tuple[WatchDay, ...]:
    spans = [
        (first_whole_day(gap.from_at, inputs.zone), local_date(gap.until_at, inputs.zone) if gap.until_at else inputs.business_date)
        for gap in gaps
    ]
    return tuple(day for day in inputs.days if any(start <= day.on < end for start, end in spans))


def _told(found: Collection[Seen], when: str) -> Iterator[str]:
    for first in tuple(found)[:1]:
        signals = f"{len(found):,} signal{'' if len(found) == 1 else 's'} about decisions {when}"
        yield f"{signals}, the first {first.signal_id}, decided {first.decided_at:%Y-%m-%d %H:%M} UTC"


def _span(gap: Gap) -> str:
    since = f"{gap.from_at:%Y-%m-%d %H:%M}"
    return f"since {since} UTC" if gap.until_at is None else f"from {since} to {gap.until_at:%Y-%m-%d %H:%M} UTC"
