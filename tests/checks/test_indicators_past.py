"""Days whose indicators no run read: they are read later, and until then no window counts them as quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.indicators import find_indicators
from checks.indicators_past import counts_from, find_unread, read_unread
from checks.recurrence import judge_window
from checks.recurrence_lights import lights_of
from registry.domain.history import lookback_days
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence import Indicator, IndicatorKind, Light, Outcome
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity
from registry.domain.work import Case, StepKind
from tests.builders import NOON, SYSTEM, TODAY, a_fix, an_issue
from tests.checks.test_indicators import OVERRIDES, a_plan, a_step, counted, known, observed
from tests.recurrence_builders import FIRST_DAY, JUDGED_ON, a_recurrence_policy, an_indicator, some_window_inputs

_DAY = timedelta(days=1)
REPEATS, SPIKE = IndicatorKind.REPEAT_ISSUE_RATE, IndicatorKind.OVERRIDE_SPIKE
FIXED = an_issue(state=IssueState.VERIFYING, fix=a_fix(effective_at=NOON - 9 * _DAY), severity=Severity.L1, opened_at=NOON - 40 * _DAY)


def read(plan: RecurrencePlan, knowledge: RecurrenceKnowledge) -> dict[date, dict[IndicatorKind, Indicator]]:
    found = read_unread(plan, knowledge, find_unread(plan, knowledge), knowledge.history.counts)
    return {on: {one.kind: one for one in indicators} for (_, on), indicators in found.items()}


def watched(*issues: Issue, **changes: Any) -> RecurrenceKnowledge:
    base = known(*issues, **changes)
    return replace(base, observed=base.history.observed)


def test_without_an_open_window_no_day_is_missed() -> None:
    assert find_unread(a_plan(), known()) == ()
    assert find_unread(a_plan(), known(replace(FIXED, state=IssueState.CLOSED), replace(FIXED, fix=None))) == ()
    assert read_unread(a_plan(), known(), (), ()) == {}


def test_a_day_since_the_fix_that_no_run_was_about_is_missed_but_for_the_one_that_this_run_reads() -> None:
    told = {(SYSTEM, TODAY - 3 * _DAY): (an_indicator(),), (SYSTEM, TODAY - 4 * _DAY): (an_indicator(is_missing=True),)}
    found = find_unread(a_plan(), replace(known(FIXED), lights=told))
    assert found == tuple((SYSTEM, TODAY - offset * _DAY) for offset in (9, 8, 7, 6, 5, 4, 2))
    assert counts_from(a_plan(), found) == TODAY - 9 * _DAY - timedelta(days=lookback_days(a_plan().policies))


def test_a_missed_day_is_read_as_its_own_run_would_have_read_it() -> None:
    """Overrides rose seven days ago: on the day before, nobody could tell."""
    rose = watched(FIXED, counts=counted(OVERRIDES, 2, recent=40), observed=observed(OVERRIDES))
    found = read(a_plan(), rose)
    assert {on: lights[SPIKE].light for on, lights in found.items() if lights[SPIKE].light is not Light.GREEN} == {
        TODAY - offset * _DAY: Light.AMBER for offset in (7, 6, 5, 4, 3, 2)
    }
    on = TODAY - 2 * _DAY
    then = replace(a_plan(), business_date=on + _DAY, as_of=NOON - _DAY)
    counts = tuple(one for one in rose.history.counts if one.on <= on)
    days = tuple(one for one in rose.history.observed if one.on <= on)
    before = replace(rose, history=replace(rose.history, counts=counts, observed=days))
    assert {one.kind: one for one in find_indicators(then, before)} == found[on]


def test_a_return_stands_from_its_day_on() -> None:
    back = replace(
        FIXED,
        issue_id="ISS-2",
        fingerprint="f" * 16,
        occurrence=2,
        severity=Severity.L2,
        state_since=NOON - 5 * _DAY,
        opened_at=NOON - 30 * _DAY,
    )
    found = read(a_plan(), watched(FIXED, back))
    red = {on for on, lights in found.items() if lights[REPEATS].light is Light.RED}
    assert red == {TODAY - offset * _DAY for offset in (5, 4, 3, 2)}
    twice = read(a_plan(), watched(FIXED, replace(back, occurrence=3)))
    assert {on for on, lights in twice.items() if lights[REPEATS].is_missing} == set(found) - red


def test_an_issue_that_was_opened_or_ended_since_is_told_as_it_stood() -> None:
    later = replace(FIXED, issue_id="ISS-2", fingerprint="f" * 16, severity=Severity.L3, opened_at=NOON - 4 * _DAY)
    ended = replace(
        FIXED, issue_id="ISS-3", fingerprint="e" * 16, severity=Severity.L3, state=IssueState.CLOSED, state_since=NOON - 4 * _DAY
    )
    completeness = IndicatorKind.EVIDENCE_COMPLETENESS
    for one, known_on in ((later, (4, 3, 2)), (ended, (9, 8, 7, 6, 5))):
        found = read(a_plan(), watched(FIXED, one))
        live_on = {on for on, lights in found.items() if lights[completeness].light is not Light.UNKNOWN}
        assert live_on == {TODAY - offset * _DAY for offset in known_on}


def test_a_step_that_was_taken_since_was_not_taken_then() -> None:
    contained = replace(FIXED, state=IssueState.CONTAINED, severity=Severity.L3, issue_id="ISS-2", fingerprint="f" * 16)
    step = replace(a_step(StepKind.CONTAIN), at=NOON - 4 * _DAY)
    found = read(a_plan(), watched(FIXED, contained, cases=(Case(contained, (step,)),)))
    red = {on for on, lights in found.items() if lights[IndicatorKind.EVIDENCE_COMPLETENESS].light is Light.RED}
    assert red == {TODAY - offset * _DAY for offset in (9, 8, 7, 6, 5)}


@pytest.mark.parametrize(
    ("indicators", "stood", "unread"),
    [
        ((), (), (SPIKE, REPEATS)),
        ((an_indicator(), an_indicator(kind=SPIKE, light=Light.UNKNOWN)), (), ()),
        ((an_indicator(), an_indicator(kind=SPIKE, light=Light.UNKNOWN, is_missing=True)), (), (SPIKE,)),
        ((an_indicator(light=Light.AMBER), an_indicator(kind=SPIKE)), (REPEATS,), ()),
        ((an_indicator(system_id="another"), an_indicator(kind=SPIKE, light=Light.RED)), (SPIKE,), (REPEATS,)),
    ],
    ids=["nobody read", "nothing to look at", "evidence missing", "amber", "of another system"],
)
def test_what_nobody_read_is_not_green_and_what_cannot_be_read_holds_nothing_up(
    indicators: tuple[Indicator, ...], stood: tuple[IndicatorKind, ...], unread: tuple[IndicatorKind, ...]
) -> None:
    base = a_recurrence_policy()
    policy = replace(base, indicators=replace(base.indicators, amber_extends=(REPEATS.value, SPIKE.value)))
    assert lights_of(indicators, SYSTEM, policy) == (tuple(sorted(stood)), tuple(sorted(unread)))


def test_days_whose_indicators_nobody_read_do_not_count_towards_the_floor_and_their_decisions_do() -> None:
    quiet = some_window_inputs()
    unread = tuple(replace(day, unread=(SPIKE,)) if day.on >= FIRST_DAY else day for day in quiet.days)
    clean, held = judge_window(quiet), judge_window(replace(quiet, days=unread))
    assert (clean.outcome, held.outcome) == (Outcome.CLEAN, Outcome.WATCHING)
    assert (held.exposure, held.observed_days, held.extended_days) == (clean.exposure, clean.observed_days, clean.observed_days)
    (told,) = (one for one in held.not_evaluated if one.reason_code == "indicator_not_read")
    assert told.reason.startswith(f"on {(JUDGED_ON - FIRST_DAY).days} observed days the indicator override_spike was not read")
    others = tuple(replace(day, unread=(IndicatorKind.OVERDUE_ACTIONS,)) for day in quiet.days)
    assert judge_window(replace(quiet, days=others)).outcome is Outcome.CLEAN, "of no indicator that the policy names"
