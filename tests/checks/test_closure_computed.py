"""Recovery and recurrence in a closure: what counts as restored, and as stayed away, and what somebody has to answer for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from checks.closure import judge_closure
from registry.domain.closure import ClosureDecision, ClosureInputs, GateJudgement, GateStanding
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.issue import EffectiveFix
from registry.domain.recurrence import Outcome
from registry.domain.signal import CustomerImpact
from registry.domain.steps_closure import ClosureGate, ReviewConclusion, WindowReview
from registry.domain.work import StepKind
from tests.builders import ZONE
from tests.closure_builders import (
    a_closure,
    a_population,
    a_window,
    some_signals,
)
from tests.closure_documents import ENGINEER, People
from tests.closure_spoiling import ACCEPTED_AT, L3, at_risk, exempted, renumbered, told
from tests.closure_story import VERIFIED_AT, ClosureStory, a_story
from tests.recurrence_builders import FIX_AT, a_level

_K = StepKind


def gate_of(inputs: ClosureInputs, gate: ClosureGate) -> GateJudgement:
    return next(found for found in judge_closure(inputs).gates if found.gate is gate)


def codes(inputs: ClosureInputs, gate: ClosureGate) -> list[str]:
    return [lack.code for lack in gate_of(inputs, gate).lacks]


def reviewed(story: ClosureStory, conclusion: ReviewConclusion, at: datetime = VERIFIED_AT + timedelta(days=2)) -> ClosureStory:
    """Return the story in which operations looked at the window, before it was judged last."""
    *before, window = story.events
    review = WindowReview(
        forum="weekly operations review", conclusion=conclusion, observed="9 of 600 answers still explain the fee wrongly"
    )
    told_of = ClosureStory(tuple(before)).take(at, _K.REVIEW, review, ENGINEER, "operations_lead")
    return renumbered([*told_of.events, window])


def test_a_forum_that_concludes_to_reopen_keeps_the_issue_from_being_closed_whatever_its_window_says() -> None:
    inputs = told(reviewed(a_story(), ReviewConclusion.REOPEN))
    (lack,) = gate_of(inputs, ClosureGate.RECURRENCE).lacks
    assert (lack.code, lack.verdict) == ("review_reopens", Verdict.FAIL)
    assert "weekly operations review" in lack.missing and "9 of 600" in lack.missing and "`reopen`" in lack.remedy
    assert judge_closure(inputs).verdict is Verdict.FAIL


def test_the_newest_review_counts_and_one_that_lets_the_window_run_on_changes_nothing() -> None:
    reopened = reviewed(a_story(), ReviewConclusion.REOPEN)
    assert judge_closure(told(reviewed(a_story(), ReviewConclusion.CARRY_ON))).verdict is Verdict.PASS
    assert judge_closure(told(reviewed(reopened, ReviewConclusion.CARRY_ON))).verdict is Verdict.PASS
    assert codes(told(reviewed(reviewed(a_story(), ReviewConclusion.CARRY_ON), ReviewConclusion.REOPEN)), ClosureGate.RECURRENCE)


def test_a_review_from_before_the_fix_was_released_is_not_about_it() -> None:
    *before, review, window = reviewed(a_story(), ReviewConclusion.REOPEN, at=FIX_AT).events
    place = next(number for number, (_, one) in enumerate(before) if one["data"].get("step") == _K.IMPLEMENT)
    early = renumbered([*before[:place], review, *before[place:], window])
    assert judge_closure(told(early)).verdict is Verdict.PASS


def test_without_harm_there_is_nothing_to_restore_and_the_gate_says_so() -> None:
    assert "nothing to restore" in gate_of(a_closure(), ClosureGate.CUSTOMER_RECOVERY).summary


def test_harm_is_known_by_an_impact_at_any_severity() -> None:
    told = a_closure()
    signals = (*told.signals[:-1], replace(told.signals[-1], impact=CustomerImpact.PRIVACY))
    found = gate_of(replace(told, signals=signals), ClosureGate.CUSTOMER_RECOVERY)
    assert [lack.code for lack in found.lacks] == ["no_recovery"]
    assert "privacy" in found.summary


def test_a_gate_that_does_not_apply_passes_on_an_approved_document() -> None:
    found = gate_of(told(exempted(), L3, population=None), ClosureGate.CUSTOMER_RECOVERY)
    assert (found.verdict, found.standing) == (Verdict.PASS, GateStanding.NOT_APPLICABLE)


def test_a_recovery_recorded_since_takes_the_place_of_a_gate_that_does_not_apply() -> None:
    story = exempted()
    recovery = dict(a_story(L3).events)[a_story(L3).steps(_K.RECOVERY)[0]]
    both = replace(story, events=(*story.events, (story.events[-1][0] + 1, recovery)))
    assert codes(told(both, L3, population=a_population(distinct_count=41)), ClosureGate.CUSTOMER_RECOVERY) == [
        "listed_twice",
        "not_reconciled",
    ]


def test_whoever_was_not_reached_is_an_accepted_risk_and_told() -> None:
    reasons = (("C-1", "moved abroad"), ("C-2", "moved abroad"))
    unreached = a_population(remediated_count=25, residual_count=2, residuals=reasons)
    decision = judge_closure(told(at_risk(L3), L3, population=unreached))
    gate = next(gate for gate in decision.gates if gate.gate is ClosureGate.CUSTOMER_RECOVERY)
    assert (decision.verdict, gate.standing) == (Verdict.PASS, GateStanding.RISK_ACCEPTED)
    assert "2 of 40 customers were not reached: 2 moved abroad." in decision.residual
    assert f"signed by {People['risk_compliance']}" in decision.residual


def elapsed(system_zone: str = ZONE, zone: str = ZONE, **changes: Any) -> ClosureDecision:
    over = {"outcome": Outcome.ELAPSED_UNEVIDENCED, "verdict": Verdict.INCONCLUSIVE}
    window = a_window(**over, zone=system_zone, required_exposure=None, missing=("2 before, of 3",))
    return judge_closure(told(at_risk(**changes), window=window, zone=zone))


def test_a_silence_that_proves_nothing_passes_on_a_risk_that_is_signed_and_in_force() -> None:
    decision = elapsed()
    gate = next(gate for gate in decision.gates if gate.gate is ClosureGate.RECURRENCE)
    assert (decision.verdict, gate.standing) == (Verdict.PASS, GateStanding.RISK_ACCEPTED)
    assert "its silence proves nothing: 2 before, of 3" in decision.residual


@pytest.mark.parametrize(("day", "covers"), [(6, False), (7, True)])
def test_a_silence_is_accepted_when_its_days_are_over_and_not_in_advance(day: int, covers: bool) -> None:
    decision = elapsed(at=datetime(2021, 4, day, 16, tzinfo=UTC))  # the window closes on 7 April
    assert (decision.verdict is Verdict.PASS) is covers
    gate = next(gate for gate in decision.gates if gate.gate is ClosureGate.RECURRENCE)
    assert [lack.code for lack in gate.lacks] == ([] if covers else ["silence_not_accepted"])


@pytest.mark.parametrize(
    ("system_zone", "zone", "at", "covers"),
    [
        ("Asia/Tokyo", "America/New_York", datetime(2021, 4, 6, 16, tzinfo=UTC), True),
        ("America/New_York", "Asia/Tokyo", datetime(2021, 4, 6, 16, tzinfo=UTC), False),
        ("America/New_York", "Asia/Tokyo", datetime(2021, 4, 7, 3, 59, tzinfo=UTC), False),
        ("America/New_York", "Asia/Tokyo", datetime(2021, 4, 7, 4, tzinfo=UTC), True),
    ],
)
def test_the_days_of_a_window_are_over_by_the_clock_of_its_system(system_zone: str, zone: str, at: datetime, covers: bool) -> None:
    """Each instant is another civil day for the workspace than for the system whose window closes on 7 April."""
    assert (elapsed(system_zone, zone, at=at).verdict is Verdict.PASS) is covers


def test_breaking_the_glass_does_not_sign_a_risk() -> None:
    assert elapsed(is_break_glass=True).verdict is not Verdict.PASS


def test_a_risk_that_no_gate_rests_on_changes_no_verdict_and_is_told() -> None:
    decision = judge_closure(told(at_risk(name=ENGINEER)))
    assert decision.verdict is Verdict.PASS
    assert "answers for the risk until 2021-09-01" in decision.residual


def test_a_rate_that_is_back_below_its_limit_closes_with_occurrences_after_the_fix() -> None:
    seen = (*some_signals(), replace(some_signals(1)[0], key="after", is_after_fix=True))
    rate = a_window(effect=EffectSpec(EffectKind.RATE), required_exposure=None, limit=0.002, after=a_level(high=0.0019))
    assert codes(a_closure(window=rate, signals=seen), ClosureGate.RECURRENCE) == []


@pytest.mark.parametrize("high", [0.0021, None, float("nan")])
def test_a_rate_that_is_not_below_its_limit_is_not_clean_whatever_it_calls_itself(high: float | None) -> None:
    rate = a_window(effect=EffectSpec(EffectKind.RATE), required_exposure=None, limit=0.002, after=a_level(high=high))
    assert codes(a_closure(window=rate), ClosureGate.RECURRENCE) == ["window_inconsistent"]


def test_a_window_of_two_days_ago_still_counts_and_one_of_three_days_ago_does_not() -> None:
    today = a_closure().business_date
    ages = {days: codes(a_closure(window=a_window(on=today - timedelta(days=days))), ClosureGate.RECURRENCE) for days in (2, 3)}
    assert ages == {2: [], 3: ["stale_window"]}


def test_a_fix_that_serves_since_later_than_it_was_released_is_the_same_fix() -> None:
    effective = EffectiveFix(ACCEPTED_AT - timedelta(days=40), date(2021, 3, 20), "model 8 serves all traffic since the rollback ended")
    assert codes(a_closure(window=a_window(effective=effective)), ClosureGate.RECURRENCE) == []
