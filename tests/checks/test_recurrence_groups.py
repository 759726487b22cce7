"""Feeds of one symptom that are judged apart: a rate hides no return, a return that should be gone hides no rate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_due import find_due
from checks.recurrence_groups import worst_of
from checks.recurrence_inputs import window_inputs
from registry.domain.canonical import dense_json
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.history import ObservedDay
from registry.domain.recurrence import IndicatorKind, Light, Outcome, Seen, WindowInputs
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan, WindowJudged
from registry.domain.recurrence_sealed import SealedWindow, sealed_window
from registry.window_records import read_sealed_window
from tests.builders import FEED, SYSTEM, a_feed, a_system
from tests.checks.test_recurrence_inputs import FIXED_ON, ISSUE, a_fixed_issue, a_plan, known, with_one_telling
from tests.recurrence_builders import (
    FIX_AT,
    JUDGED_ON,
    a_feed_watch,
    a_return,
    a_window_decision,
    an_exposure_read,
    an_indicator,
    seen_before,
    some_window_inputs,
)

DAY = timedelta(days=1)
LATE, DISPUTES, OTHER = "late_answers", "disputes", "ISS-20210401-ffffffff"
RATE = EffectSpec(EffectKind.RATE, 0.004)
QUIET = seen_before(12)
SLOW = tuple(replace(one, key=f"slow {number}", feed=LATE) for number, one in enumerate(seen_before(60)))
"""Signals of the rate before the fix, above what it may be: of each feed's, they are the most."""


def a_mixed_plan(**effects: EffectSpec) -> RecurrencePlan:
    """Return a plan whose complaints should be gone, and whose late answers and disputes may be a share of decisions."""
    given = {FEED: EffectSpec(), LATE: RATE, DISPUTES: RATE} | effects
    feeds = tuple(a_feed(name=name) for name in given)
    return a_plan(systems=(a_system(feeds=feeds),), watches=tuple(a_feed_watch(feed=name, effect=effect) for name, effect in given.items()))


def knowing(*seen: Seen, elsewhere: bool = False) -> RecurrenceKnowledge:
    first = FIXED_ON - 300 * DAY
    dates = [first + offset * DAY for offset in range((JUDGED_ON - first).days)]
    observed = tuple(ObservedDay(SYSTEM, feed, on) for feed in (FEED, LATE, DISPUTES) for on in dates)
    green = tuple(an_indicator(kind=kind, light=Light.GREEN) for kind in IndicatorKind)
    lights = {(SYSTEM, on): green for on in dates}
    systems_of = {OTHER: "another" if elsewhere else SYSTEM}
    return with_one_telling(known(a_fixed_issue(), seen={ISSUE: seen}, observed=observed, lights=lights, systems_of=systems_of))


def inputs_of(*seen: Seen, plan: RecurrencePlan | None = None, elsewhere: bool = False) -> WindowInputs:
    plan, knowledge = plan or a_mixed_plan(), knowing(*seen, elsewhere=elsewhere)
    (due,) = find_due(plan, knowledge)
    counted = [an_exposure_read(FIXED_ON - 300 * DAY, JUDGED_ON, feed=feed) for feed in (FEED, LATE, DISPUTES)]
    return window_inputs(plan, knowledge, due, counted, knowledge.lights[SYSTEM, JUDGED_ON - DAY])


def back(count: int, feed: str, **changes: Any) -> tuple[Seen, ...]:
    """Return signals about decisions of the fix, on as many days."""
    days = (FIX_AT + (2 + number % 40) * DAY for number in range(count))
    made = enumerate(days)
    return tuple(a_return(900 + n, feed=feed, decided_at=at, reported_at=at + DAY, **changes) for n, at in made)


def test_feeds_of_one_effect_are_judged_together() -> None:
    inputs = inputs_of(
        *QUIET, *(replace(one, key=f"d {one.key}", feed=DISPUTES) for one in QUIET), plan=a_mixed_plan(disputes=EffectSpec())
    )
    assert (inputs.feeds, inputs.beside) == (tuple(sorted((FEED, DISPUTES))), ())
    assert judge_window(inputs).outcome is Outcome.CLEAN


def test_a_signal_that_should_be_gone_is_a_return_however_many_are_of_a_rate() -> None:
    """The feed with most signals was asked alone: as one more of a share, what came back through the other was hidden."""
    found = judge_window(inputs_of(*QUIET, *SLOW, *back(1, FEED)))
    assert (found.outcome, found.verdict, found.feeds, found.effect.kind) == (Outcome.RECURRED, Verdict.FAIL, (FEED,), EffectKind.ABSENCE)


def test_signals_of_a_rate_bring_nothing_back_where_another_feed_has_most() -> None:
    many = seen_before(90)
    found = judge_window(inputs_of(*many, *SLOW, *back(5, LATE)))
    assert found.outcome is Outcome.CLEAN
    assert {one.reason_code for one in found.not_evaluated if one.subject == "feeds"} == {"judged_apart"}


def test_a_rate_above_its_limit_comes_back_where_what_should_be_gone_is() -> None:
    found = judge_window(inputs_of(*seen_before(90), *SLOW[:9], *back(2_000, LATE)))
    assert (found.outcome, found.feeds) == (Outcome.RECURRED, (LATE,))


def test_each_rate_is_held_against_its_own_limit() -> None:
    strict = a_mixed_plan(disputes=EffectSpec(EffectKind.RATE, 0.001))
    rare = tuple(replace(one, key=f"d {one.key}", feed=DISPUTES) for one in QUIET)
    found = judge_window(inputs_of(*SLOW, *rare, *back(60, DISPUTES), plan=strict))
    assert (found.outcome, found.feeds, found.rate_feeds) == (Outcome.RECURRED, (DISPUTES,), ())


def test_a_window_is_clean_when_it_is_through_every_feed_and_lacks_what_any_lacks() -> None:
    assert judge_window(inputs_of(*QUIET, *SLOW)).outcome is Outcome.CLEAN
    few = judge_window(inputs_of(*QUIET[:2], *SLOW))
    assert (few.outcome, few.feeds) == (Outcome.ELAPSED_UNEVIDENCED, (FEED,))
    strict = judge_window(inputs_of(*QUIET, *SLOW, plan=a_mixed_plan(late_answers=EffectSpec(EffectKind.RATE, 0.0001))))
    assert (strict.outcome, strict.feeds) == (Outcome.WATCHING, (LATE,))
    assert strict.missing


def test_the_worst_outcome_wins_in_whatever_order_the_feeds_stand() -> None:
    worst_first = [Outcome.RECURRED, Outcome.NOT_OPEN, Outcome.SUSPENDED, Outcome.WATCHING, Outcome.ELAPSED_UNEVIDENCED, Outcome.CLEAN]
    for number, outcome in enumerate(worst_first):
        for others in permutations(worst_first[number:], 2):
            judged = [a_window_decision(outcome=one, feeds=(f"feed {place}",)) for place, one in enumerate((*others, outcome))]
            assert worst_of(judged).outcome is outcome


def test_what_is_lacking_through_another_feed_keeps_a_window_from_passing() -> None:
    clean, lacking = judge_window(inputs_of(*QUIET, *SLOW)), judge_window(some_window_inputs(days=(), feeds=(LATE,)))
    assert worst_of((clean, replace(lacking, outcome=Outcome.CLEAN))).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("feed", "elsewhere", "outcome"), [
    (FEED, False, Outcome.RECURRED),
    (LATE, False, Outcome.CLEAN),  # one more of a share
    ("reviews", False, Outcome.RECURRED),  # a feed that the issue's own signals did not come through
    (LATE, True, Outcome.RECURRED),  # called like ours, and no feed of this system
])  # fmt: skip
def test_a_signal_of_the_same_cause_counts_where_its_feed_does_or_everywhere(feed: str, elsewhere: bool, outcome: Outcome) -> None:
    inputs = inputs_of(*QUIET, *SLOW, *back(1, feed, same_cause_issue=OTHER), elsewhere=elsewhere)
    assert judge_window(inputs).outcome is outcome


def test_what_is_judged_apart_is_sealed_and_comes_out_the_same() -> None:
    inputs = inputs_of(*QUIET, *SLOW, *back(1, FEED))
    sealed: SealedWindow = read_sealed_window(dense_json(sealed_window(inputs, {"proofloop": "1"})))
    assert sealed.judged_with(inputs.policy) == inputs
    assert judge_window(sealed.judged_with(inputs.policy)) == judge_window(inputs)


def test_the_page_of_a_window_draws_the_feeds_that_its_numbers_are_of() -> None:
    inputs = inputs_of(*seen_before(90), *SLOW[:9], *back(2_000, LATE))
    assert WindowJudged(inputs, judge_window(inputs)).told.feeds == (LATE,)
    single = some_window_inputs()
    assert WindowJudged(single, judge_window(single)).told == single


def test_a_closure_is_kept_open_by_a_signal_that_should_be_gone_and_by_none_of_a_rate() -> None:
    found = judge_window(inputs_of(*QUIET, *SLOW))
    assert [found.is_rate_of(feed) for feed in (FEED, LATE)] == [False, True]
    assert a_window_decision(effect=RATE).is_rate_of("any")
    assert not a_window_decision().is_rate_of(LATE)
