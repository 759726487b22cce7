"""Signals are not decisions: two complaints and an appeal about one loan are one occurrence, before a fix and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from checks.recurrence import judge_window
from checks.recurrence_decisions import as_decisions, surely_distinct
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.recurrence import Outcome, Seen, WindowInputs
from tests.recurrence_builders import FIX_AT, a_return, a_seen, seen_before, some_window_inputs

_HOUR = timedelta(hours=1)


def repeated(seen: tuple[Seen, ...], times: int, ref: str = "case") -> tuple[Seen, ...]:
    """Return each signal several times, as reports about one decision that each name it; ``ref`` empty: none does."""
    return tuple(_again(one, number, f"{ref} {one.signal_id}" if ref else "") for one in seen for number in range(times))


def _again(one: Seen, number: int, ref: str) -> Seen:
    return replace(one, key=f"{one.key}.{number}", signal_id=f"{one.signal_id}.{number}", decision_ref=ref)


def test_of_no_signal_there_is_no_decision() -> None:
    assert (as_decisions(()), surely_distinct(())) == ((), ())


def test_several_signals_about_one_decision_are_one_occurrence_before_the_fix() -> None:
    once = judge_window(some_window_inputs(seen=seen_before(4)))
    thrice = judge_window(some_window_inputs(seen=repeated(seen_before(4), 3)))
    assert (once.before, once.required_exposure, once.outcome) == (thrice.before, thrice.required_exposure, thrice.outcome)
    assert once.outcome is Outcome.WATCHING, "four in ninety days ask for more silence than sixty days hold"


def test_a_rate_of_which_two_decisions_tell_is_none_however_often_they_were_reported() -> None:
    decision = judge_window(some_window_inputs(seen=repeated(seen_before(2), 9)))
    assert (decision.before.occurrence_count, decision.required_exposure) == (2, None)
    assert decision.outcome is Outcome.ELAPSED_UNEVIDENCED


def test_signals_of_one_instant_that_name_no_decision_count_as_one_before_the_fix_and_it_says_so() -> None:
    decision = judge_window(some_window_inputs(seen=repeated(seen_before(2), 9, ref="")))
    assert (decision.before.occurrence_count, decision.outcome) == (2, Outcome.ELAPSED_UNEVIDENCED)
    (told,) = (one for one in decision.not_evaluated if one.reason_code == "decision_not_named")
    assert told.reason.startswith("18 signals name no decision")


def test_where_every_signal_names_its_decision_nothing_is_told_of_it() -> None:
    decision = judge_window(some_window_inputs(seen=repeated(seen_before(12), 1)))
    assert "decision_not_named" not in {one.reason_code for one in decision.not_evaluated}


def test_what_names_no_decision_is_none_beside_what_names_the_one_of_its_instant() -> None:
    named = a_seen(1, decision_ref="case 1")
    assert surely_distinct((named, a_seen(2), a_seen(3, decision_ref="case 3"))) == (named, a_seen(3, decision_ref="case 3"))


def a_rate(*returns: Seen) -> WindowInputs:
    return some_window_inputs(seen=(*seen_before(12), *returns), effect=EffectSpec(EffectKind.RATE, 0.01))


def test_after_the_fix_a_decision_counts_once_and_none_is_hidden() -> None:
    returns = tuple(a_return(900 + number, decided_at=FIX_AT + timedelta(days=20) + number * _HOUR) for number in range(10))
    once, thrice = judge_window(a_rate(*returns)), judge_window(a_rate(*repeated(returns, 3)))
    assert (thrice.after, thrice.outcome, thrice.bound) == (once.after, once.outcome, once.bound)
    assert once.after.occurrence_count == 10
    unnamed = judge_window(a_rate(*repeated(returns, 3, ref="")))
    assert unnamed.after.occurrence_count == 30, "nobody knows that they are fewer"
    assert "decision_not_named" in {one.reason_code for one in unnamed.not_evaluated}


def test_one_return_of_a_known_decision_still_comes_back() -> None:
    before = repeated(seen_before(12), 1)
    again = a_return(decision_ref=before[0].decision_ref)
    assert judge_window(some_window_inputs(seen=(*before, again))).outcome is Outcome.RECURRED


def test_a_segment_counts_the_decisions_that_were_reported_in_it() -> None:
    returns = (a_return(1, decision_ref="a", segment={"channel": "Web"}), a_return(2, decision_ref="a", segment={"channel": "Phone"}))
    more = a_return(3, decision_ref="a", segment={"channel": "Web"})
    found = {(one.name, one.value): one.after.occurrence_count for one in judge_window(a_rate(*returns, more)).segments}
    assert (found["", ""], found["channel", "Web"], found["channel", "Phone"]) == (1, 1, 1)


def test_a_segment_before_the_fix_has_no_more_decisions_than_the_whole() -> None:
    whole, *segments = judge_window(some_window_inputs(seen=repeated(seen_before(3), 5, ref=""))).segments
    assert [one.before.occurrence_count for one in (whole, *segments)] == [3, 3, 3]


def test_another_issue_s_decision_is_not_ours_by_the_same_name() -> None:
    ours, theirs = a_seen(1, decision_ref="7"), a_seen(2, decision_ref="7", same_cause_issue="ISS-1")
    assert len(as_decisions((ours, theirs))) == 2


@st.composite
def signals(draw: st.DrawFn) -> tuple[Seen, ...]:
    return tuple(_drawn(draw))


def _drawn(draw: st.DrawFn) -> Iterator[Seen]:
    for number in range(draw(st.integers(0, 12))):
        at = FIX_AT + draw(st.integers(0, 4)) * _HOUR
        yield a_seen(number, decided_at=at, decision_ref=draw(st.sampled_from(["", "a", "b", "c"])))


@given(signals())
def test_a_signal_more_never_makes_fewer_decisions_of_which_some_are_sure(seen: tuple[Seen, ...]) -> None:
    sure, each = surely_distinct(seen), as_decisions(seen)
    assert len(sure) <= len(each) <= len(seen)
    assert bool(sure) == bool(each) == bool(seen)
    assert surely_distinct(seen[::-1]) == sure and as_decisions(seen[::-1]) == each
    assert all(len(as_decisions(seen[:end])) <= len(each) for end in range(len(seen)))
