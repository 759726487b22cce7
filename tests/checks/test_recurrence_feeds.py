"""Feeds that are renamed, taken out or added while a window runs: no silent clean, and no window that nobody can ever finish."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.recurrence import judge_window
from checks.recurrence_due import find_due
from checks.recurrence_inputs import window_inputs
from registry.domain.canonical import dense_json
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind, EffectSpec, FeedsInPart
from registry.domain.history import ObservedDay, Telling
from registry.domain.recurrence import IndicatorKind, Light, Outcome, Seen, WindowDecision, WindowInputs
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.recurrence_sealed import sealed_window
from registry.window_records import read_sealed_window
from tests.builders import FEED, SYSTEM, a_feed, a_system
from tests.checks.test_recurrence_inputs import FIXED_ON, ISSUE, a_fixed_issue, a_plan, known
from tests.recurrence_builders import FIX_AT, JUDGED_ON, a_feed_watch, a_return, a_seen, an_exposure_read, an_indicator, seen_before

DAY = timedelta(days=1)
NEW, OTHER = "complaints_2", "appeals"
FIRST, EDITED_ON = FIXED_ON - 100 * DAY, FIXED_ON + 10 * DAY
NEVER = date.max
OVER_ON = FIXED_ON + DAY + 30 * DAY + 3 * DAY
"""The first whole day after the fix, the floor of an L2, and the lateness of the policy: that of a feed which left is not told any more."""

Held = dict[str, tuple[date, date]]
BEFORE = seen_before(40)
LATE = a_seen(99, feed=NEW, decided_at=FIX_AT - 3 * DAY, reported_at=FIX_AT + 12 * DAY)
RENAMED: Held = {FEED: (FIRST, EDITED_ON), NEW: (EDITED_ON, NEVER)}


def days(start: date, end: date) -> list[date]:
    return [start + offset * DAY for offset in range((end - start).days)]


def a_world(held: Held, *seen: Seen, on: date = JUDGED_ON, effect: EffectSpec | None = None) -> tuple[RecurrencePlan, RecurrenceKnowledge]:
    """Return a plan of ``on`` and what is known then: each feed was in the catalogue, and read well, from its first day to its last."""
    there = [name for name, (_, end) in held.items() if end > on]
    watches = tuple(a_feed_watch(feed=name, effect=effect or EffectSpec()) for name in there)
    as_of = a_plan().as_of + (on - JUDGED_ON)
    feeds = tuple(a_feed(name=name) for name in there)
    plan = a_plan(systems=(a_system(feeds=feeds),), watches=watches, business_date=on, as_of=as_of)
    observed = tuple(ObservedDay(SYSTEM, name, day) for name, (start, end) in held.items() for day in days(start, min(end, on)))
    green = tuple(an_indicator(kind=kind, light=Light.GREEN) for kind in IndicatorKind)
    lights = {(SYSTEM, day): green for day in days(FIRST, on)}
    knowledge = known(a_fixed_issue(), seen={ISSUE: seen}, observed=observed, lights=lights)
    told = {(SYSTEM, "metrics", day): Telling(("Metric",)) for day in days(FIRST, on)}
    return plan, replace(knowledge, tellings={**told, **knowledge.tellings})


def inputs_of(plan: RecurrencePlan, knowledge: RecurrenceKnowledge) -> WindowInputs:
    (due,) = find_due(plan, knowledge)
    counted = [an_exposure_read(due.start_on, plan.business_date, feed=feed) for feed in (FEED, NEW, OTHER)]
    return window_inputs(plan, knowledge, due, counted, knowledge.lights[SYSTEM, plan.business_date - DAY])


def judged(held: Held, *seen: Seen, on: date = JUDGED_ON, effect: EffectSpec | None = None) -> WindowDecision:
    return judge_window(inputs_of(*a_world(held, *seen, on=on, effect=effect)))


def test_a_feed_that_stays_lets_the_window_be_clean() -> None:
    assert judged({FEED: (FIRST, NEVER)}, *BEFORE).outcome is Outcome.CLEAN


@pytest.mark.parametrize(("on", "outcome"), [(OVER_ON - DAY, Outcome.SUSPENDED), (OVER_ON, Outcome.ELAPSED_UNEVIDENCED)])
def test_a_feed_that_left_alone_suspends_the_window_until_its_days_are_over(on: date, outcome: Outcome) -> None:
    found = judged(RENAMED, *BEFORE, on=on)
    assert (found.outcome, found.verdict, found.closes_on) == (outcome, Verdict.INCONCLUSIVE, OVER_ON)
    assert "feed_left" in {one.reason_code for one in found.findings}
    assert f"the feed {FEED} left the catalogue, and no other carries the symptom; put it back under its name" in "; ".join(found.missing)


def test_a_dead_feed_that_is_in_the_catalogue_stays_suspended() -> None:
    plan, knowledge = a_world({FEED: (FIRST, NEVER)}, *BEFORE, on=OVER_ON + 60 * DAY)
    dead = replace(knowledge, observed=tuple(one for one in knowledge.observed if one.on < EDITED_ON))
    assert judge_window(inputs_of(plan, dead)).outcome is Outcome.SUSPENDED


def test_a_feed_that_was_put_back_costs_the_days_in_between_alone() -> None:
    plan, knowledge = a_world({FEED: (FIRST, NEVER)}, *BEFORE)
    away = set(days(EDITED_ON, EDITED_ON + 4 * DAY))
    gone = replace(
        knowledge,
        observed=tuple(one for one in knowledge.observed if one.on not in away),
        tellings={key: told for key, told in knowledge.tellings.items() if key[1] != FEED or key[2] not in away},
    )
    found = judge_window(inputs_of(plan, gone))
    assert (found.outcome, found.elapsed_days - found.observed_days) == (Outcome.CLEAN, 4)


def test_one_late_report_through_the_new_name_takes_no_day_away_and_makes_nothing_clean() -> None:
    found = judged(RENAMED, *BEFORE, LATE)
    assert (found.coverage_ratio, found.before.day_count, found.before.occurrence_count) == (1.0, 90, 0)
    assert (found.outcome, found.feeds) == (Outcome.ELAPSED_UNEVIDENCED, (FEED, NEW))
    told = [one.reason for one in found.not_evaluated if one.reason_code == "feed_in_part"]
    assert [text.split(":")[0] for text in told] == [
        f"the feed {FEED} left the catalogue",
        f"the feed {NEW} came into the catalogue after the fix",
    ]


def test_many_late_reports_through_the_new_name_make_no_level_that_the_old_one_was_silent_against() -> None:
    many = tuple(replace(one, key=f"late {one.key}", feed=NEW, reported_at=FIX_AT + 12 * DAY) for one in BEFORE)
    assert judged(RENAMED, *many).outcome is Outcome.ELAPSED_UNEVIDENCED
    assert judged(RENAMED, *BEFORE, *many).outcome is Outcome.WATCHING  # as long as these took
    assert judged(RENAMED, *BEFORE, *many, on=JUDGED_ON + 100 * DAY).outcome is Outcome.ELAPSED_UNEVIDENCED


def test_what_came_through_a_feed_that_left_is_no_level_that_another_is_silent_against() -> None:
    held: Held = {FEED: (FIRST, EDITED_ON), OTHER: (FIRST, NEVER)}
    few = tuple(replace(one, key=f"few {one.key}", feed=OTHER) for one in BEFORE[:2])
    found = judged(held, *BEFORE, *few)
    assert (found.outcome, found.before.occurrence_count) == (Outcome.ELAPSED_UNEVIDENCED, 2)
    many = tuple(replace(one, key=f"few {one.key}", feed=OTHER) for one in BEFORE)
    assert judged(held, *BEFORE, *many).outcome is Outcome.CLEAN


@pytest.mark.parametrize("feed", [FEED, NEW])
def test_a_return_counts_through_a_feed_that_left_or_came_later(feed: str) -> None:
    held: Held = {FEED: (FIRST, EDITED_ON), OTHER: (FIRST, NEVER), NEW: (EDITED_ON, NEVER)}
    few = tuple(replace(one, key=f"few {one.key}", feed=OTHER) for one in BEFORE)
    back = a_return(feed=feed, decided_at=FIX_AT + 5 * DAY, reported_at=FIX_AT + 12 * DAY)
    assert judged(held, *BEFORE, *few, back).outcome is Outcome.RECURRED


def test_a_feed_that_is_added_after_the_fix_takes_nothing_from_the_others() -> None:
    found = judged({FEED: (FIRST, NEVER), NEW: (EDITED_ON, NEVER)}, *BEFORE, LATE)
    assert (found.outcome, found.before.occurrence_count) == (
        Outcome.CLEAN,
        judged({FEED: (FIRST, NEVER)}, *BEFORE).before.occurrence_count,
    )


def test_a_new_feed_has_to_be_read_since_it_is_there() -> None:
    plan, knowledge = a_world({FEED: (FIRST, NEVER), NEW: (EDITED_ON, NEVER)}, *BEFORE, LATE)
    dead = replace(knowledge, observed=tuple(one for one in knowledge.observed if one.feed == FEED or one.on < EDITED_ON + 9 * DAY))
    found = judge_window(inputs_of(plan, dead))
    assert found.outcome is Outcome.SUSPENDED


def test_a_rate_whose_feed_is_renamed_has_no_days_of_before_and_can_be_finished() -> None:
    for effect in (EffectSpec(EffectKind.RATE), EffectSpec(EffectKind.RATE, 0.001)):
        found = judged(RENAMED, *BEFORE, LATE, effect=effect)
        assert (found.outcome, found.before.day_count) == (Outcome.ELAPSED_UNEVIDENCED, 0), found.reasons


def test_where_the_catalogue_of_a_day_is_not_known_every_feed_is_asked_for() -> None:
    plan, knowledge = a_world(RENAMED, *BEFORE, LATE)
    found = judge_window(inputs_of(plan, replace(knowledge, tellings={})))
    assert (found.outcome, found.observed_days) == (Outcome.SUSPENDED, 0)


def test_what_was_there_in_part_is_sealed_and_judged_again_the_same() -> None:
    inputs = inputs_of(*a_world(RENAMED, *BEFORE))
    sealed = read_sealed_window(dense_json(sealed_window(inputs, {"proofloop": "1"})))
    assert sealed.in_part == FeedsInPart(left=(FEED,))
    assert judge_window(sealed.judged_with(inputs.policy)) == judge_window(inputs)
