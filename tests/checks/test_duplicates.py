"""Rows that are there twice are broken data: no evidence of a drift or of a worse model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from checks.retraining import judge_triggers
from registry.domain.decision import Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE
from registry.domain.triggers import CellState, TriggerInputs
from tests.trigger_builders import FEBRUARY, JANUARY, a_cell, a_profile, a_watched_system, trigger_inputs

ROWS = 4_000
MOVED = a_cell("age", (3_400, 200, 200, 200, 0))
NAMED = replace(a_watched_system(), predictions=replace(a_watched_system().predictions, row_id="id"))


def doubled(count: int | None, **changes: object) -> TriggerInputs:
    """Return a window that moved far and whose outcomes are far from what was predicted, with so many rows there again."""
    inputs = trigger_inputs(system=NAMED, profile=a_profile(MOVED, duplicate_count=count))
    before, now = (replace(one, duplicate_count=count if one.window == FEBRUARY else 0) for one in (of(JANUARY, 800), of(FEBRUARY, 2_400)))
    return replace(inputs, reference_outcomes=before, outcomes=(now,), **changes)


def of(window: object, events: int) -> WindowOutcomes:
    one = ScoreBin(ROWS, 800.0, float(events), 700.0, 900.0, 3_000)
    whole = SegmentOutcomes(WHOLE, ROWS, ROWS, 800.0, 600.0, 3_200.0, (one,), 3.0)
    return WindowOutcomes(window, LabelKind.BINARY, datetime(2026, 3, 1, tzinfo=UTC), (whole,))  # type: ignore[arg-type]


def test_a_window_whose_rows_are_there_once_is_judged_as_ever() -> None:
    decision = judge_triggers(doubled(0))
    assert {"drift|age", "performance|calibration|all rows"} <= set(decision.conditions)
    assert [request.action for request in decision.requests] == ["retrain"]


def test_a_few_rows_that_are_there_again_change_nothing() -> None:
    few, once = judge_triggers(doubled(ROWS // 100)), judge_triggers(doubled(0))
    assert (few.conditions, few.performance) == (once.conditions, once.performance)


def test_rows_that_are_there_again_are_one_condition_and_no_reason_to_retrain() -> None:
    decision = judge_triggers(doubled(ROWS // 100 + 1))
    assert (decision.verdict, decision.conditions) == (Verdict.FAIL, ("data_quality|rows|duplicates",))
    assert decision.requests == ()
    assert decision.performance == ()
    assert {(cell.state, cell.because) for cell in decision.cells} == {(CellState.NOT_EVALUATED, "duplicates")}
    assert ("all rows", "duplicates") in {(one.subject, one.reason_code) for one in decision.not_evaluated}
    (told,) = (one for one in decision.findings if one.reason_code == "duplicates" and one.check == "data_quality")
    assert told.reason.startswith("41 of 4,000 rows (1.0 %) have the id of another, expected at most 1.0 %; look whether")


def test_a_reference_whose_outcomes_are_there_twice_is_nothing_to_be_worse_than() -> None:
    inputs = doubled(0)
    assert inputs.reference_outcomes is not None
    decision = judge_triggers(replace(inputs, reference_outcomes=replace(inputs.reference_outcomes, duplicate_count=ROWS)))
    assert decision.performance == ()
    assert any(one.reason_code == "duplicates" and "from 2026-01-01" in one.reason for one in decision.not_evaluated)


def test_rows_whose_id_is_empty_are_told_and_keep_a_window_from_passing_when_they_are_many() -> None:
    quiet = a_cell("age", (1_000, 1_000, 1_000, 1_000, 0))
    few, many = (
        judge_triggers(trigger_inputs(system=NAMED, profile=a_profile(quiet, duplicate_count=0, without_id_count=n))) for n in (40, 41)
    )
    assert (few.verdict, many.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    told = [finding for one in (few, many) for finding in one.findings if finding.reason_code == "no_id"]
    assert [(one.subject, one.blocking, one.n) for one in told] == [("rows", False, ROWS), ("rows", True, ROWS)]
    assert told[1].reason.startswith("41 of 4,000 rows (1.0 %) have nothing in 'id', expected at most 1.0 %; whether they are there twice")


def test_where_no_id_is_named_that_is_told_and_does_not_keep_a_window_from_passing() -> None:
    decision = judge_triggers(trigger_inputs())
    assert decision.verdict is Verdict.PASS
    assert ("rows", "no_id") in {(one.subject, one.reason_code) for one in decision.not_evaluated}
    named = judge_triggers(trigger_inputs(system=NAMED))
    assert "no_id" not in {one.reason_code for one in named.not_evaluated}
