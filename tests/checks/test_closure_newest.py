"""The date that a closure is judged for, beside those that the ledger has runs for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks.closure import judge_closure
from checks.closure_events import closure_event
from registry.domain.closure import ClosureDecision, ClosureInputs
from registry.domain.decision import Verdict
from registry.domain.steps_closure import ClosureGate
from tests.builders import DIGEST
from tests.closure_builders import a_closure, a_window

TODAY = a_closure().business_date
DAY = timedelta(days=1)


def lacks(decision: ClosureDecision) -> list[tuple[ClosureGate, str]]:
    return [(gate.gate, lack.code) for gate in decision.gates for lack in gate.lacks]


def judged_when(newest_on: object, **changes: object) -> tuple[ClosureInputs, ClosureDecision]:
    inputs = a_closure(newest_on=newest_on, **changes)
    return inputs, judge_closure(inputs)


def test_a_date_that_is_over_proposes_nothing_and_says_so_in_its_event() -> None:
    inputs, decision = judged_when(TODAY + DAY)
    assert (decision.verdict, lacks(decision)) == (Verdict.INCONCLUSIVE, [(ClosureGate.RECURRENCE, "known_later")])
    assert decision.is_overtaken
    assert closure_event(inputs, decision, DIGEST).body["is_overtaken"] is True


@pytest.mark.parametrize("newest_on", [TODAY, TODAY - DAY, None])
def test_the_newest_date_is_judged_by_what_it_holds(newest_on: object) -> None:
    inputs, decision = judged_when(newest_on)
    assert (decision.verdict, decision.is_overtaken) == (Verdict.PASS, False)
    assert "is_overtaken" not in closure_event(inputs, decision, DIGEST).body


def test_a_window_of_a_later_date_fails_nothing_where_that_date_is_known_and_else_it_does() -> None:
    later = a_window(on=TODAY + DAY)
    assert lacks(judged_when(TODAY + DAY, window=later)[1]) == [(ClosureGate.RECURRENCE, "known_later")]
    _, decision = judged_when(TODAY, window=later)
    assert (decision.verdict, lacks(decision)) == (Verdict.FAIL, [(ClosureGate.RECURRENCE, "window_in_future")])
