"""Days on which rows of a feed could not be read: what nobody read is not quiet.

Put here when rows that were set aside spoil a day, and what is told of them. What was set aside when is ``registry/domain/rows_aside.py``.

The rules, in the order the code applies them:
 * A day is not observed where more than the policy's share of the rows that were new to a feed of the symptom were set aside. Where a feed
   brought nothing else, one row is all of them.
 * A row that was mended at its source, and read since, spoils its day no more, and one that was read before, and changed, spoils none.
 * A row or two in a busy feed leave the day observed, and are told with the window: what they say is not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from registry.domain.decision import NotEvaluated
from registry.domain.policy_recurrence import WatchPolicy
from registry.domain.recurrence import WatchDay
from registry.domain.rows_aside import RowsAside

_REMEDY = "mend them at the source under their ids while they are in the feed's window"


def aside_on(known: Mapping[tuple[str, str, date], RowsAside], system_id: str, feeds: Collection[str], on: date) -> tuple[RowsAside, ...]:
    """Return what was set aside on a day of the feeds of a symptom."""
    return tuple(known[system_id, feed, on] for feed in sorted(feeds) if (system_id, feed, on) in known)


def find_spoiled(aside: Iterable[RowsAside], policy: WatchPolicy) -> str:
    """Return why rows that were set aside leave a day unobserved; empty where they do not."""
    spoiled = [one for one in aside if one.left_ratio > policy.max_set_aside_ratio]
    told = [f"{_set_aside(one.left_count, f'the feed {one.feed}')}, beside {one.new_count:,} that were read" for one in spoiled]
    return f"{'; '.join(told)}: nobody knows what they say; {_REMEDY}" if told else ""


def find_left_aside(days: Iterable[WatchDay]) -> Iterator[NotEvaluated]:
    """Yield of each feed how many rows of the window's days were set aside and never read."""
    left: Counter[str] = Counter()
    ons: Counter[str] = Counter()
    for one in (one for day in days for one in day.aside if one.left_count):
        left[one.feed] += one.left_count
        ons[one.feed] += 1
    for feed, count in sorted(left.items()):
        told = _set_aside(count, f"{ons[feed]:,} day{'' if ons[feed] == 1 else 's'} of the window") + ", and never read since"
        yield NotEvaluated(feed, "rows_set_aside", f"{told}: whether they show the problem is not judged; {_REMEDY}")


def _set_aside(count: int, where: str) -> str:
    return f"{count:,} row{'' if count == 1 else 's'} of {where} {'was' if count == 1 else 'were'} set aside"
