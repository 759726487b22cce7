"""Which windows a run judges, and which it leaves out for good.

Put here how windows become due. What one holds is ``registry/sources``, what it comes to is ``checks/retraining.py``.

The rules:
 * Due is every window that has ended and arrived since the reference and is not settled: judged with all its rows there, or too few for it
   as usual, as far as can be told. One that was empty or incomplete stays due though newer ones were judged meanwhile.
 * The newest ``most`` windows are looked back on, counted from the newest that any run has met. Windows before them that no run has met,
   and those that leave these bounds unsettled, are ``skipped`` in the run that meets the next window: it has to say so.
 * Days that windows of another length have settled are not judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.monitoring import Window, WindowKind, last_window_before, window_of
from registry.domain.triggers import PastWindow

_ALL = 100_000


@dataclass(frozen=True, slots=True)
class DueWindows:
    """The windows that a run judges and those that it leaves out for good, oldest first."""

    due: tuple[Window, ...]
    skipped: tuple[Window, ...] = ()


def find_due_windows(past: Sequence[PastWindow], reference_to: date, newest: Window, kind: WindowKind, most: int) -> DueWindows:
    """Return what a run does that ``newest`` is the newest complete window of, given the windows that earlier runs met."""
    ours = {one.window: one for one in past if is_of_kind(one.window, kind)}
    others = (one.window.end_on for one in past if one.settled and one.window not in ours)
    first = first_from(max((reference_to, *others)), kind)
    newest_met = max(ours, default=newest)
    bounds = due_windows(first, max(newest, newest_met), kind, most)
    due = tuple(window for window in bounds if window <= newest and not (window in ours and ours[window].settled))
    if not bounds:
        return DueWindows(due)
    was_in_bounds = due_windows(first, newest_met, kind, most)
    given_up = {window for window in was_in_bounds if window < bounds[0] and window in ours and not ours[window].settled}
    unmet = first_from(max((first.start_on, *(one.window.end_on for one in past))), kind)
    never_met = due_windows(unmet, last_window_before(bounds[0].start_on, kind), kind, _ALL)
    return DueWindows(due, tuple(sorted({*given_up, *never_met})))


def due_windows(first: Window, newest: Window, kind: WindowKind, most: int) -> tuple[Window, ...]:
    """Return the windows from ``first`` to ``newest``, oldest first, the newest ``most`` of them where there are more.

    >>> may, july = window_of(date(2010, 5, 1), WindowKind.MONTH), window_of(date(2010, 7, 1), WindowKind.MONTH)
    >>> [window.start_on.month for window in due_windows(may, july, WindowKind.MONTH, 2)]
    [6, 7]
    >>> due_windows(july, may, WindowKind.MONTH, 2)
    ()
    """
    found: list[Window] = []
    while newest >= first and len(found) < most:
        found.append(newest)
        newest = last_window_before(newest.start_on, kind)
    return tuple(reversed(found))


def is_of_kind(window: Window, kind: WindowKind) -> bool:
    """
    >>> is_of_kind(Window(date(2010, 5, 3), date(2010, 5, 10)), WindowKind.WEEK)
    True
    """
    return window == window_of(window.start_on, kind)


def first_from(day: date, kind: WindowKind) -> Window:
    """Return the first window that has no day before ``day``."""
    window = window_of(day, kind)
    return window if window.start_on == day else window_of(window.end_on, kind)
