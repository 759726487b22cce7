"""Scenarios of a fix that is taken back after its issue was closed: rolled back, in part, deleted, forward again, and of a rate.

Put here what must come of a closed issue whose fix does not serve all traffic any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from registry.domain.catalogue import VersionInForce
from registry.domain.issue import Fix, IssueState
from registry.domain.recurrence import Outcome, Purpose, WindowInputs
from registry.domain.times import local_date, start_of_day
from tests.recurrence_builders import FIX_AT, some_window_inputs
from tests.windows.scenario import NORMAL, RAISED, RATE_PER_DAY, Scenario, a_rate_window, a_report, reported, serving, shared

_DAY = timedelta(days=1)
_CLOSED_AT = FIX_AT + 45 * _DAY
_BACK_AT, _AGAIN_AT = FIX_AT + 50 * _DAY, FIX_AT + 55 * _DAY
_FIXED = serving((FIX_AT - 365 * _DAY, "7"), (FIX_AT, "8"))
_BACK = (*_FIXED, *serving((_BACK_AT, "7")))
_FORWARD = (*_BACK, *serving((_AGAIN_AT, "8")))
_IN_PART = (*_FIXED, *serving((_BACK_AT, "7", 10), (_BACK_AT, "8", 90)))
_MEANWHILE = _BACK_AT + 2 * _DAY
_BACKED, _AND_BACK = ("rolled_back",), ("recurred", "rolled_back")


def taken_back_scenarios() -> Iterator[Scenario]:
    """Yield what must come of a closed issue whose fix does not serve all traffic any more."""
    yield from _back()
    yield from _in_part()
    yield from _forward()
    yield from _rates()


def closed(base: WindowInputs, versions: tuple[VersionInForce, ...] = _BACK, **changes: Any) -> WindowInputs:
    """Return ``base`` as the window of an issue that is closed."""
    given = {"state": IssueState.CLOSED, "purpose": Purpose.EFFECTIVENESS, "closed_at": _CLOSED_AT, "versions": versions}
    return replace(base, **{**given, **changes})


def _back() -> Iterator[Scenario]:
    back = closed(some_window_inputs())
    yield Scenario("closed, then rolled back: told before anything comes back", back, Outcome.NOT_OPEN, _BACKED, {"late": ()})
    seen = reported(back, (_MEANWHILE, "7"))
    yield Scenario("closed, then rolled back: the old version shows the problem", seen, Outcome.RECURRED, _AND_BACK, {}, ())
    seen = reported(back, (_BACK_AT, "7"), (_BACK_AT - timedelta(microseconds=1), "7"))
    yield Scenario("it counts from the instant of the rollback on", seen, Outcome.RECURRED, _AND_BACK, {}, ("3900901",))
    seen = reported(back, (FIX_AT - _DAY, "7"), (FIX_AT + 30 * _DAY, "7"), reported_at=_MEANWHILE)
    late = ("3900900", "3900901")
    yield Scenario("what the old version decided before the rollback is late", seen, Outcome.NOT_OPEN, _BACKED, {}, late)
    seen = reported(back, (FIX_AT + 30 * _DAY, "8"), reported_at=_MEANWHILE)
    yield Scenario("closed, then rolled back: the fix itself had shown it", seen, Outcome.RECURRED, _AND_BACK)
    seen = replace(seen, purpose=Purpose.CLOSURE, closed_at=None, state=IssueState.VERIFYING, seen=back.seen)
    seen = reported(seen, (_MEANWHILE, "7"))
    yield Scenario("not closed, and rolled back: the window is not open", seen, Outcome.NOT_OPEN, _BACKED, {}, ("3900900",))
    linked = reported(back, (_MEANWHILE, "7"), same_cause_issue="ISS-fedcba9876543210-1")
    yield Scenario("rolled back, and another issue with the same cause", linked, Outcome.NOT_OPEN, _BACKED, {}, ("3900900",))
    hidden = closed(some_window_inputs(), (*_FIXED, *serving((_CLOSED_AT - _DAY, "7"))))
    seen = reported(hidden, (_CLOSED_AT - timedelta(hours=1), "7"))
    yield Scenario("rolled back before the closure, and nobody knew", seen, Outcome.RECURRED, _AND_BACK)


def _in_part() -> Iterator[Scenario]:
    partly = closed(some_window_inputs(), _IN_PART)
    for name, version in (("the old version", "7"), ("nobody knows which", ""), ("the fix", "8")):
        seen = reported(partly, (_MEANWHILE, version))
        yield Scenario(f"closed, a tenth is rolled back: decided by {name}", seen, Outcome.RECURRED, _AND_BACK)
    gone = closed(some_window_inputs(), (*_FIXED, *serving((_BACK_AT, ""))))
    yield Scenario("closed, and the version in force was deleted", gone, Outcome.NOT_OPEN, ("traffic_unknown",))
    seen = reported(gone, (_MEANWHILE, ""))
    codes = ("recurred", "traffic_unknown")
    yield Scenario("closed, and nobody knows what serves when it shows the problem", seen, Outcome.RECURRED, codes)
    prompt = serving((FIX_AT - 365 * _DAY, "2"), (FIX_AT, "3"), (_BACK_AT, "2"), artifact="prompt")
    two = closed(some_window_inputs(), (*_FIXED, *prompt), fix=Fix(FIX_AT, {"model": "8", "prompt": "3"}))
    yield Scenario("closed, one of two artifacts is rolled back", reported(two, (_MEANWHILE, "8")), Outcome.RECURRED, _AND_BACK)


def _forward() -> Iterator[Scenario]:
    forward, codes = closed(some_window_inputs(), _FORWARD), ("floor_not_reached", "exposure_too_small")
    yield Scenario("closed, rolled back, then forward: asked anew", forward, Outcome.WATCHING, codes, {"elapsed_days": 5})
    seen = reported(forward, (_MEANWHILE, "7"))
    yield Scenario("closed, then forward again: the old version had shown it", seen, Outcome.RECURRED, ("recurred",))
    seen = reported(forward, (_AGAIN_AT, "7"))
    yield Scenario("a row names the old version after the fix came again", seen, Outcome.WATCHING, codes, {}, ("3900900",))
    before = closed(some_window_inputs(), (*_FIXED, *serving((FIX_AT + 5 * _DAY, "7"), (FIX_AT + 8 * _DAY, "8"))))
    seen = reported(before, (FIX_AT + 6 * _DAY, "7"))
    facts = {"effective.interrupted_at": (FIX_AT + 5 * _DAY,)}
    yield Scenario("what was over before the closure resets nothing", seen, Outcome.CLEAN, (), facts, ("3900900",))


def _rates() -> Iterator[Scenario]:
    quiet = _rate(0.0)
    yield Scenario("a closed rate, rolled back", quiet, Outcome.NOT_OPEN, _BACKED)
    yield Scenario("a closed rate, rolled back: one signal is none", reported(quiet, (_MEANWHILE, "7")), Outcome.NOT_OPEN, _BACKED)
    yield Scenario("a closed rate, rolled back: 0.16 % as was normal", _rate(NORMAL), Outcome.NOT_OPEN, _BACKED)
    codes = ("rate_above_limit", "rolled_back")
    yield Scenario("a closed rate, rolled back: 0.9 % again", _rate(RAISED), Outcome.RECURRED, codes)
    again = ("rate_above_limit",)
    yield Scenario("a closed rate, forward again: 0.9 % meanwhile", _rate(RAISED, _FORWARD, _AGAIN_AT), Outcome.RECURRED, again)


def _rate(after: float, versions: tuple[VersionInForce, ...] = _BACK, until: datetime | None = None) -> WindowInputs:
    """Return a closed window of a share that was mended, and ``after`` since the old version serves again."""
    mended = closed(a_rate_window(0.0010), versions)
    end = local_date(until, mended.zone) if until else mended.business_date
    days = shared(local_date(_BACK_AT, mended.zone) + _DAY, end, after * RATE_PER_DAY)
    old = tuple(a_report(mended, start_of_day(day, mended.zone) + timedelta(hours=12), "7", 50_000 + n) for n, day in enumerate(days))
    kept = tuple(one for one in mended.seen if one.decided_at < _BACK_AT or (until and one.decided_at >= until))
    return replace(mended, seen=(*kept, *old))
