"""What stands for a watched system, by the events that tell it."""

from __future__ import annotations

import json
from datetime import date

from registry.domain.events import Event, EventKind
from registry.domain.trigger_standing import failed_windows, standing_of_each
from tests.builders import NOON, SYSTEM, TODAY
from tests.trigger_events import an_evaluation

MARCH, APRIL = ((date(2020, 3, 1), date(2020, 4, 1)), (date(2020, 4, 1), date(2020, 5, 1)))


def judged(window, *conditions, system_id=SYSTEM, since=()):
    start_on, end_on = window
    told = {"conditions": list(conditions), "memory": {"since": [list(each) for each in since]}, "verdict": "fail"}
    return an_evaluation(system_id, start_on=start_on, end_on=end_on, **told)


def frozen(digest):
    return Event(EventKind.REFERENCE_FROZEN, SYSTEM, digest, NOON, TODAY, {"counts_digest": digest})


def standing(*events):
    return standing_of_each((seq, json.loads(event.canonical_body())) for seq, event in enumerate(events, 1))


def test_nothing_stands_where_nothing_was_judged():
    assert standing() == () and standing(frozen("sha256:" + "f" * 64)) == ()


def test_the_newest_window_of_each_system_says_what_stands_and_since_when():
    old, new = judged(MARCH, "drift|a"), judged(APRIL, "drift|b", "drift|c", since=[("drift|c", "2020-01-01")])
    first, second = standing(new, old, judged(MARCH, system_id="router"))

    assert (first.conditions, first.event) == ((("drift|b", date(2020, 4, 1)), ("drift|c", date(2020, 1, 1))), 1)
    assert (second.system_id, second.conditions) == ("router", ())


def test_of_two_decisions_about_one_window_the_later_counts():
    (one,) = standing(judged(MARCH), judged(MARCH, "drift|a"))

    assert (one.event, len(one.conditions)) == (2, 1)


def test_what_stood_under_a_reference_that_was_replaced_does_not_stand():
    same, other = frozen("sha256:" + "f" * 64), frozen("sha256:" + "a" * 64)

    assert len(standing(same, judged(MARCH, "drift|a"))[0].conditions) == 1
    assert standing(judged(MARCH, "drift|a"), other)[0].conditions == ()


def test_what_stood_when_another_reference_was_frozen_is_superseded_and_not_gone_without_a_word():
    (one,) = standing(frozen("sha256:" + "f" * 64), judged(MARCH, "drift|a"), frozen("sha256:" + "e" * 64))

    assert (one.conditions, one.superseded) == ((), (("drift|a", date(2020, 3, 1)),))


def test_a_window_failed_by_its_newest_decision():
    failed, passed = judged(MARCH), an_evaluation(SYSTEM, start_on=APRIL[0], end_on=APRIL[1], verdict="pass")
    again = an_evaluation(SYSTEM, start_on=MARCH[0], end_on=MARCH[1], verdict="pass")

    def of(*events):
        return [window.start_on for window in failed_windows((n, json.loads(event.canonical_body())) for n, event in enumerate(events))]

    assert (of(), of(failed, passed), of(failed, again)) == ([], [MARCH[0]], [])
