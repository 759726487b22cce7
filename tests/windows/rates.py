"""Scenarios of rates: a share of decisions that is never zero, before and after a fix.

Put here what must come of a share, its limit and how many decisions there were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.policy_recurrence import RatePolicy
from registry.domain.recurrence import Outcome, Seen
from tests.recurrence_builders import FIRST_DAY, FIX_AT, JUDGED_ON, a_recurrence_policy, some_watch_days
from tests.windows.scenario import NORMAL, RAISED, RATE_BEGAN_ON, Scenario, a_rate_window, a_report, dates, told_days

_LATER = JUDGED_ON + timedelta(days=37)  # three floors, and late reports
_ABOVE = (Outcome.RECURRED, ("rate_above_limit",))
_NOT_WITHIN = ("not_within_limit",)


def rate_scenarios() -> Iterator[Scenario]:
    """Yield what must come of a share, its limit and how many decisions there were."""
    yield from _levels()
    yield from _limits()
    yield from _counting()


def _levels() -> Iterator[Scenario]:
    unfixed = a_rate_window(RAISED)
    yield Scenario("0.9 %, where 0.16 % was normal", unfixed, *_ABOVE, {"limit": NORMAL + 0.0005})
    early = a_rate_window(RAISED, today=FIRST_DAY + timedelta(days=5))
    yield Scenario("0.9 %, after five days", early, *_ABOVE, {"closes_on": None})
    thin = a_rate_window(RAISED, per_day=100, today=FIRST_DAY + timedelta(days=5))
    yield Scenario("0.9 % of a twentieth of the decisions, after five days", thin, Outcome.WATCHING, ("floor_not_reached", *_NOT_WITHIN))
    thin = a_rate_window(0.003, per_day=100, today=_LATER)
    yield Scenario("0.3 % of few decisions, three floors later", thin, Outcome.ELAPSED_UNEVIDENCED, _NOT_WITHIN)
    half = a_rate_window(RAISED / 2)
    yield Scenario("half mended: 0.45 %", half, *_ABOVE)
    near = a_rate_window(0.0022)
    yield Scenario("0.22 %, just above what is allowed", near, Outcome.WATCHING, _NOT_WITHIN)
    near = a_rate_window(0.0022, today=_LATER)
    yield Scenario("0.22 %, three floors later", near, Outcome.ELAPSED_UNEVIDENCED, _NOT_WITHIN)
    mended = a_rate_window(0.0010)
    yield Scenario("0.10 %, where 0.16 % was normal", mended, Outcome.CLEAN, (), {"after.occurrence_count": 106})
    normal = a_rate_window(NORMAL, per_day=600)
    yield Scenario("0.16 % again, of too few decisions to tell it from 0.21 %", normal, Outcome.WATCHING, _NOT_WITHIN)
    normal = a_rate_window(NORMAL)
    yield Scenario("0.16 % again, of three times as many", normal, Outcome.CLEAN, (), {"after.occurrence_count": 169})
    none = a_rate_window(0.0)
    yield Scenario("not one since the fix", none, Outcome.CLEAN, (), {"after.occurrence_count": 0, "after.low": 0.0})


def _limits() -> Iterator[Scenario]:
    target = EffectSpec(EffectKind.RATE, 0.006)
    mended = replace(a_rate_window(RAISED / 2), effect=target)
    yield Scenario("0.45 % where the target is 0.6 %", mended, Outcome.CLEAN, (), {"limit": 0.006})
    yield from _never_above()
    strict = EffectSpec(EffectKind.RATE, 0.0)
    yield Scenario("a target of none is not met by 0.1 %", replace(a_rate_window(0.001), effect=strict), *_ABOVE)
    unknown = a_rate_window(RAISED)
    unknown = replace(unknown, days=tuple(day for day in unknown.days if day.on >= RATE_BEGAN_ON))
    facts = {"limit": None, "normal": None}
    yield Scenario("nobody counted before the issue began", unknown, Outcome.ELAPSED_UNEVIDENCED, ("no_normal_level",), facts)
    policy = a_recurrence_policy(rate=RatePolicy(180, 400_000, 1.25, 0.0005, 0.95))
    short = replace(a_rate_window(0.0), policy=policy)
    yield Scenario("too few decisions before the issue began", short, Outcome.ELAPSED_UNEVIDENCED, ("no_normal_level",), {"limit": None})
    uncounted = replace(a_rate_window(0.0), unit="")
    yield Scenario("a rate of decisions that nobody counts", uncounted, Outcome.ELAPSED_UNEVIDENCED, ("no_exposure",), {"limit": None})


def _never_above() -> Iterator[Scenario]:
    """Yield targets above all that the issue ever had: staying within them is no work of a fix."""
    above, codes = EffectSpec(EffectKind.RATE, 0.05), ("never_above_limit",)
    for name, after in (("unfixed", RAISED), ("worse", 2 * RAISED), ("mended", 0.0010), ("gone", 0.0)):
        loose = replace(a_rate_window(after), effect=above)
        yield Scenario(f"a target of 5 %, where 0.9 % was the issue: {name}", loose, Outcome.ELAPSED_UNEVIDENCED, codes, {"limit": 0.05})
    near = replace(a_rate_window(0.0, per_day=600), effect=EffectSpec(EffectKind.RATE, 0.0087))
    yield Scenario("0.9 %, where 0.87 % is allowed, may be luck", near, Outcome.ELAPSED_UNEVIDENCED, codes)
    early = replace(a_rate_window(RAISED, today=FIRST_DAY + timedelta(days=20)), effect=above)
    yield Scenario("it is told before the days are over", early, Outcome.WATCHING, ("floor_not_reached", *codes))
    back = replace(a_rate_window(0.12), effect=above)
    yield Scenario("what is above its limit since the fix came back, whatever it was before", back, *_ABOVE)
    whole = a_rate_window(0.0010)
    held = replace(whole, effect=EffectSpec(EffectKind.RATE, 0.006), began_on=FIRST_DAY - timedelta(days=31))
    normal = replace(whole, effect=EffectSpec(EffectKind.RATE, 0.006), seen=tuple(one for one in whole.seen if not _is_early(one)))
    yield Scenario("days before the issue began are none of it", replace(held, seen=normal.seen), Outcome.CLEAN)
    yield Scenario("and thin out what it was, where they are taken for some of it", normal, Outcome.ELAPSED_UNEVIDENCED, codes)


def _is_early(one: Seen) -> bool:
    """Return whether a signal is of the first half of the days on which the issue stood."""
    return RATE_BEGAN_ON <= one.decided_at.date() < FIRST_DAY - timedelta(days=31)


def _counting() -> Iterator[Scenario]:
    mended = a_rate_window(0.0010)
    old = tuple(a_report(mended, FIX_AT - timedelta(days=2), "7", 90_000 + n, reported_at=FIX_AT + timedelta(days=9)) for n in range(150))
    facts = {"after.occurrence_count": 106}
    yield Scenario("150 late reports of the old version", replace(mended, seen=(*mended.seen, *old)), Outcome.CLEAN, (), facts)
    first = tuple(a_report(mended, FIX_AT + timedelta(hours=1), "8", 90_000 + n) for n in range(100))
    facts = {"after.occurrence_count": 206, "after.exposure_count": 106_000}
    told = replace(mended, seen=(*mended.seen, *first))
    yield Scenario("100 on the first part of a day, whose decisions do not count", told, Outcome.WATCHING, _NOT_WITHIN, facts)
    facts = {"after.occurrence_count": 106}
    fresh = tuple(a_report(mended, FIX_AT + timedelta(days=59), "8", 90_000 + n) for n in range(5))
    told = replace(mended, seen=(*mended.seen, *fresh))
    yield Scenario("days whose reports may still come count neither way", told, Outcome.CLEAN, (), facts)
    holed = told_days(a_rate_window(NORMAL), per_day=2_000, dead=dates(FIRST_DAY + timedelta(days=10), 11))
    facts = {"after.occurrence_count": 169, "exposure": 84_000}
    yield Scenario("unobserved days count their signals and not their decisions", holed, Outcome.WATCHING, _NOT_WITHIN, facts)
    unread = replace(a_rate_window(RAISED), days=some_watch_days(date(2020, 7, 1), JUDGED_ON, None), exposure_reason="no file matched")
    codes = ("suspended", "low_coverage", "floor_not_reached", "no_normal_level")
    yield Scenario("a rate whose decisions cannot be read now is no failure", unread, Outcome.SUSPENDED, codes)
