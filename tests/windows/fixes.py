"""Scenarios of what served: canary, rollback, forward again, versions that are unknown, deleted or never came.

Put here what must come of a history of versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome
from tests.recurrence_builders import FIRST_DAY, FIX_AT, some_window_inputs
from tests.windows.scenario import Scenario, reported, serving

_DAY, _YEAR = timedelta(days=1), timedelta(days=365)
_OLD = (FIX_AT - _YEAR, "7")
_FULL_AT = FIX_AT + 10 * _DAY
_CANARY = serving(_OLD, (FIX_AT, "7", 90), (FIX_AT, "8", 10))


def fix_scenarios() -> Iterator[Scenario]:
    """Yield what must come of a history of versions."""
    yield from _partly()
    yield from _back_and_forth()
    yield from _unknown()
    yield from _recorded()


def _partly() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    canary = replace(quiet, versions=_CANARY)
    opened = replace(quiet, versions=(*_CANARY, *serving((_FULL_AT, "8"))))
    yield Scenario("the fix serves all traffic and all is quiet", quiet, Outcome.CLEAN, (), {"effective.start_on": FIRST_DAY})
    yield Scenario("a canary has a tenth of the traffic", canary, Outcome.NOT_OPEN, ("older_version_serves",), {"elapsed_days": 0})
    facts = {"effective.effective_at": _FULL_AT, "effective.start_on": date(2021, 3, 12), "floor_on": date(2021, 4, 10)}
    yield Scenario("a canary becomes everything: the window is from then on", opened, Outcome.CLEAN, (), facts)
    seen = reported(canary, (FIX_AT + _DAY, "8"))
    yield Scenario("the canary itself shows the problem", seen, Outcome.RECURRED, ("recurred", "older_version_serves"))
    seen = reported(canary, (FIX_AT + _DAY, ""))
    yield Scenario("beside a canary, nobody knows which version decided", seen, Outcome.NOT_OPEN, ("older_version_serves",))
    seen = reported(opened, (FIX_AT + _DAY, "8"))
    yield Scenario("the canary showed the problem, told after it became everything", seen, Outcome.RECURRED, ("recurred",))
    linked = reported(opened, (FIX_AT + _DAY, "8"), same_cause_issue="ISS-fedcba9876543210-1")
    yield Scenario("beside the canary, another issue with the same cause", linked, Outcome.CLEAN)
    both = replace(quiet, versions=(*serving(_OLD, (FIX_AT, "8", 50), (FIX_AT, "9", 50)),))
    yield Scenario("the fix and a later version share all traffic", both, Outcome.CLEAN, (), {"effective.effective_at": FIX_AT})


def _back_and_forth() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    back = serving(_OLD, (FIX_AT, "8"), (FIX_AT + 20 * _DAY, "7"))
    rolled = replace(quiet, versions=back)
    yield Scenario("rolled back", rolled, Outcome.NOT_OPEN, ("rolled_back",), {"effective.interrupted_at": (FIX_AT + 20 * _DAY,)})
    forward = replace(quiet, versions=(*back, *serving((FIX_AT + 25 * _DAY, "8"))))
    facts = {"effective.effective_at": FIX_AT + 25 * _DAY, "effective.interrupted_at": (FIX_AT + 20 * _DAY,), "elapsed_days": 35}
    codes = ("lateness_not_over", "exposure_too_small")
    yield Scenario("rolled back, then forward: the window begins anew", forward, Outcome.WATCHING, codes, facts)
    seen = reported(forward, (FIX_AT + 5 * _DAY, "8"), reported_at=FIX_AT + 50 * _DAY)
    yield Scenario("the fix showed the problem before it was rolled back", seen, Outcome.RECURRED, ("recurred",))
    seen = reported(forward, (FIX_AT + 22 * _DAY, "7"))
    yield Scenario("the old version showed it while it was back", seen, Outcome.WATCHING, codes, {}, ("3900900",))
    later = replace(quiet, versions=serving(_OLD, (FIX_AT, "8"), (FIX_AT + 20 * _DAY, "9")))
    yield Scenario("a later version replaces the fix", later, Outcome.CLEAN, (), {"effective.interrupted_at": ()})
    older = serving((FIX_AT - _YEAR, "6"), (FIX_AT - 100 * _DAY, "7"), (FIX_AT, "6"))
    reverted = replace(quiet, fix=Fix(FIX_AT, {"model": "6"}), versions=older)
    reverted = replace(reverted, seen=tuple(replace(one, is_after_fix=True) for one in reverted.seen))
    facts = {"effective.effective_at": FIX_AT, "before.occurrence_count": 12}
    yield Scenario("the fix is to go back to an older version", reverted, Outcome.CLEAN, (), facts)
    kept = replace(reverted, versions=older[:2])
    yield Scenario("going back was recorded, and never happened", kept, Outcome.NOT_OPEN, ("fix_not_served",))


def _unknown() -> Iterator[Scenario]:
    quiet = some_window_inputs()
    partly = replace(quiet, versions=(*quiet.versions, *serving((FIX_AT + 20 * _DAY, "9", 90))))
    yield Scenario("a tenth of the traffic is served by nobody knows what", partly, Outcome.NOT_OPEN, ("traffic_unknown",))
    never = replace(quiet, versions=serving(_OLD, (FIX_AT, "9")))
    yield Scenario("the fix's version never served", never, Outcome.NOT_OPEN, ("fix_not_served",))
    gone = replace(quiet, versions=(*quiet.versions, *serving((FIX_AT + 20 * _DAY, "9"))))
    seen = reported(gone, (FIX_AT + 30 * _DAY, "deleted-7"))
    yield Scenario("a version that no history knows shows the problem", seen, Outcome.RECURRED, ("recurred",))
    seen = reported(quiet, (FIX_AT - timedelta(hours=1), "8"))
    yield Scenario("the fix is named for a decision of before its history begins", seen, Outcome.RECURRED, ("recurred",))
    empty = replace(quiet, versions=(*quiet.versions, *serving((FIX_AT + 20 * _DAY, ""))))
    yield Scenario("the version in force was deleted, and nothing is named since", empty, Outcome.NOT_OPEN, ("traffic_unknown",))
    ahead = replace(quiet, versions=(*quiet.versions, *serving((quiet.as_of + _DAY, "7"))))
    yield Scenario("a backfill does not see what served after its day", ahead, Outcome.CLEAN)


def _recorded() -> Iterator[Scenario]:
    quiet = replace(some_window_inputs(), versions=())
    yield Scenario("no history, and the release was to all traffic", quiet, Outcome.CLEAN, (), {"effective.effective_at": FIX_AT})
    part = replace(quiet, share_percent=20)
    yield Scenario("no history, and the release was to a fifth", part, Outcome.NOT_OPEN, ("partial_share",))
    instant = replace(quiet, fix=Fix(FIX_AT, {}))
    yield Scenario("a fix without a version counts by its instant", instant, Outcome.CLEAN, (), {"effective.start_on": FIRST_DAY})
    later = replace(some_window_inputs(), fix=Fix(_FULL_AT, {"model": "8"}))
    facts = {"effective.effective_at": _FULL_AT}
    yield Scenario("a fix that served before the instant that was recorded for it", later, Outcome.CLEAN, (), facts)
    coming = replace(some_window_inputs(), fix=Fix(some_window_inputs().as_of + _DAY, {}))
    yield Scenario("a fix that is recorded for tomorrow", coming, Outcome.NOT_OPEN, ("not_yet_in_force",))
    two = replace(
        some_window_inputs(),
        fix=Fix(FIX_AT, {"model": "8", "prompt": "3"}),
        versions=(*some_window_inputs().versions, *serving((FIX_AT - _YEAR, "2"), (_FULL_AT, "3"), artifact="prompt")),
    )
    yield Scenario("two artifacts: the later one opens the window", two, Outcome.CLEAN, (), {"effective.effective_at": _FULL_AT})
