"""Times in which a fix was taken back: it did not serve all traffic any more, after it did.

Put here which of these times count for an issue, and whether a signal lies in one. What served when is ``recurrence_service.py``, what such
a time shows is ``recurrence_taken_back.py``.

The rules, in the order the code applies them:
 * What counts are times that last beyond the closure of an issue: what was over before it began the window anew, and that was earned. An
   issue that is not closed has none: its window is not open meanwhile.
 * A signal of the issue's own lies in one when its decision was made in it, and not by a version at or after the fix: by an older one, or,
   while several served, nobody knows by which. Decisions of the fix's versions follow the usual rule, and so do those before and after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.domain.recurrence import Seen


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which one artifact of a fix did not serve all traffic, after it did. ``until_at`` None: it lasts.

    ``instead`` says what served, ``fixed`` are the versions at or after the fix.
    """

    artifact: str
    version: str
    from_at: datetime
    until_at: datetime | None
    instead: str
    fixed: frozenset[str]


def since_closing(gaps: Iterable[Gap], closed_at: datetime | None) -> tuple[Gap, ...]:
    """Return the times that last beyond the closure, by their beginning; none without one."""
    lasting = (gap for gap in gaps if closed_at is not None and (gap.until_at is None or gap.until_at > closed_at))
    return tuple(sorted(lasting, key=lambda gap: (gap.from_at, gap.artifact)))


def is_unfixed(seen: Seen, gaps: Iterable[Gap]) -> bool:
    """Return whether a signal is about a decision that was made while the fix was taken back, and by no version of it."""
    return not seen.same_cause_issue and any(_is_in(seen, gap) for gap in gaps)


def _is_in(seen: Seen, gap: Gap) -> bool:
    is_then = gap.from_at <= seen.decided_at and (gap.until_at is None or seen.decided_at < gap.until_at)
    return is_then and seen.versions.get(gap.artifact, "") not in gap.fixed
