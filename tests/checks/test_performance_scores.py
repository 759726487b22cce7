"""Scores that are no probabilities, and probabilities that were wrong to begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks.performance_scores import find_score_problems
from checks.retraining import judge_triggers
from registry.domain.decision import Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, ColumnRole, Segment
from registry.domain.triggers import TriggerInputs
from tests.trigger_builders import FEBRUARY, JANUARY, a_cell, a_number, a_profile, a_reference, trigger_inputs

LONG = Segment("term", "60")
COUNTS = (1000, 1000, 1000, 1000, 0)


def scored(reference: tuple[float, float] = (0.0, 1.0), window: tuple[float, float] = (0.0, 1.0), **changes) -> TriggerInputs:
    """Return inputs whose scores lie in these ranges."""
    was, now = (a_cell("score", COUNTS, low=low, high=high) for low, high in (reference, window))
    bins = a_number("score", edges=(0.2, 0.4, 0.6), role=ColumnRole.SCORE)
    return trigger_inputs(reference=a_reference((bins,), was), profile=a_profile(now, window=FEBRUARY), **changes)


def a_past(*segments: tuple[Segment, int, int, float]) -> WindowOutcomes:
    """Return outcomes of the reference: (segment, rows, events, score of each row)."""
    found = []
    for segment, rows, events, score in segments:
        bins = (ScoreBin(rows, rows * score, events, rows * 0.2, rows * 0.4, rows - events),)
        found.append(SegmentOutcomes(segment, rows, rows, rows * score, rows * 0.1, rows * 0.8, bins))
    return WindowOutcomes(JANUARY, LabelKind.BINARY, datetime(2026, 3, 1, tzinfo=UTC), tuple(found))


def told(inputs: TriggerInputs) -> list[tuple[str, str, bool]]:
    return [(one.subject, one.reason_code, one.blocking) for one in find_score_problems(inputs)]


def test_a_system_without_a_score_has_none_that_is_wrong() -> None:
    assert told(trigger_inputs()) == [] and told(trigger_inputs(reference=None, profile=None)) == []


@pytest.mark.parametrize("outside", [(0.0, 93.0), (-0.01, 1.0)])
def test_a_score_outside_of_0_to_1_is_no_probability(outside: tuple[float, float]) -> None:
    for inputs in (scored(reference=outside, window=outside), scored(window=outside)):
        assert told(inputs) == [("score", "not_a_probability", True)]
        assert judge_triggers(inputs).verdict is Verdict.INCONCLUSIVE


def test_a_rounding_error_an_amount_and_a_score_without_a_label_are_fine() -> None:
    assert told(scored(window=(0.0, 1.0 + 1e-12))) == []
    for changes in ({"label_kind": LabelKind.NUMBER}, {"label": ""}):
        inputs = scored((0.0, 500.0), (0.0, 500.0))
        system = replace(inputs.system, predictions=replace(inputs.system.predictions, **changes))
        assert told(replace(inputs, system=system)) == []


@pytest.mark.parametrize(("improbable", "is_tolerated"), [(0, False), (10, True), (11, False)])
def test_a_few_scores_that_are_no_probabilities_do_not_stop_all_measuring(improbable: int, is_tolerated: bool) -> None:
    past = a_past((WHOLE, 1000, 250, 0.25))
    past = replace(past, segments=tuple(replace(one, improbable_count=improbable) for one in past.segments))
    decision = judge_triggers(scored((-1.0, 1.0), (-1.0, 1.0), reference_outcomes=past, outcomes=(replace(past, window=FEBRUARY),)))
    assert ("not_a_probability" not in {one.reason_code for one in decision.findings}) is is_tolerated
    assert bool(decision.performance) is is_tolerated


def test_nothing_is_measured_against_a_reference_of_percentages() -> None:
    past = a_past((WHOLE, 1000, 250, 25.0))
    decision = judge_triggers(scored((0.0, 93.0), (0.0, 93.0), reference_outcomes=past, outcomes=(replace(past, window=FEBRUARY),)))
    assert decision.performance == ()
    assert [one.reason_code for one in decision.performance_not_evaluated] == ["not_a_probability"]


@pytest.mark.parametrize(("events", "is_off"), [(0, True), (150, True), (250, False), (280, False), (470, True)])
def test_a_reference_whose_scores_were_off_is_no_pass(events: int, is_off: bool) -> None:
    inputs = scored(reference_outcomes=a_past((WHOLE, 1000, events, 0.25)))
    assert told(inputs) == ([("all rows", "reference_miscalibrated", True)] if is_off else [])
    assert judge_triggers(inputs).verdict is (Verdict.INCONCLUSIVE if is_off else Verdict.PASS)


def test_a_score_that_is_off_on_purpose_is_told_with_the_reason_and_does_not_block() -> None:
    inputs = scored(reference_outcomes=a_past((WHOLE, 1000, 150, 0.25)))
    system = replace(inputs.system, monitoring=replace(inputs.system.monitoring, accepted_miscalibration="margin of conservatism"))
    accepted = replace(inputs, system=system)
    assert told(accepted) == [("all rows", "reference_miscalibrated", False)]
    assert "margin of conservatism" in find_score_problems(accepted)[0].reason
    assert [judge_triggers(one).verdict for one in (inputs, accepted)] == [Verdict.INCONCLUSIVE, Verdict.PASS]


def test_a_segment_that_was_off_is_told_and_does_not_block() -> None:
    inputs = scored(reference_outcomes=a_past((WHOLE, 1000, 250, 0.25), (LONG, 200, 90, 0.25)))
    assert told(inputs) == [("term=60", "reference_miscalibrated", False)]
    assert judge_triggers(inputs).verdict is Verdict.PASS


def test_amounts_of_a_reference_that_lacks_the_slow_ones_are_not_called_off() -> None:
    small = ScoreBin(1000, 100_000.0, 60_000.0, 1000 * 1700.0, 40_000.0)
    whole = SegmentOutcomes(WHOLE, 1020, 1020, 102_000.0, 0.0, 0.0, (small,), late_delay_days=90)
    known = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    young, old = (scored(reference_outcomes=WindowOutcomes(JANUARY, LabelKind.NUMBER, at, (whole,))) for at in known)
    assert [told(one) for one in (young, old)] == [[], [("all rows", "reference_miscalibrated", True)]]


def test_a_small_reference_is_off_by_chance() -> None:
    assert told(scored(reference_outcomes=a_past((WHOLE, 100, 32, 0.25)))) == []
