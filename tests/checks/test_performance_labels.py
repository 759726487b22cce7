"""Labels that do not come, that stopped coming, or that came before what they are the outcome of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checks.performance_labels import find_early_outcomes, find_label_problems
from checks.retraining import judge_triggers
from checks.retraining_calendar import look_at_new_labels
from registry.domain.catalogue import TimeField
from registry.domain.decision import Verdict
from registry.domain.monitoring import LabelKind, Window
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, Segment
from registry.domain.triggers import TriggerHistory, TriggerInputs
from tests.trigger_builders import a_watched_system, trigger_inputs

LONG = Segment("term", "60")
HALF = Window(date(2025, 1, 1), date(2025, 7, 1))
TEN_DAYS = tuple([10] * 20)


def a_segment(known: int, rows: int = 1000, steps: tuple[int, ...] = (), early: int = 0, segment: Segment = WHOLE) -> SegmentOutcomes:
    bins = (ScoreBin(known, known * 0.2, known // 5, known * 0.16, known * 0.32, known - known // 5),)
    return SegmentOutcomes(segment, rows, rows, rows * 0.2, rows * 0.16, rows * 0.8, bins, None, steps, early)


def of(window: Window, *segments: SegmentOutcomes, on: date) -> WindowOutcomes:
    return WindowOutcomes(window, LabelKind.BINARY, datetime(on.year, on.month, on.day, tzinfo=UTC), segments)


def month(number: int) -> Window:
    return Window(date(2025, number, 1), date(2025, number + 1, 1))


def looked(reference: WindowOutcomes | None, *windows: WindowOutcomes, known_at: str = "", **changes) -> TriggerInputs:
    system = a_watched_system()
    spec = replace(system.predictions, label_known_at=TimeField(known_at) if known_at else None)
    return trigger_inputs(system=replace(system, predictions=spec), reference_outcomes=reference, outcomes=windows, **changes)


def told(inputs: TriggerInputs) -> list[tuple[str, str]]:
    return [(one.subject, one.reason_code) for one in find_label_problems(inputs)]


def frozen(on: date = date(2025, 8, 1), known: int = 1000, steps: tuple[int, ...] = (), *more: SegmentOutcomes) -> WindowOutcomes:
    return of(HALF, a_segment(known, steps=steps), *more, on=on)


def test_without_a_label_nothing_is_missing() -> None:
    assert told(looked(None)) == [] and find_early_outcomes(looked(None)) == ()


@pytest.mark.parametrize(("on", "codes"), [(date(2025, 7, 4), []), (date(2025, 7, 5), ["no_labels"])])
def test_a_label_of_which_nothing_is_known_for_half_a_year_is_none(on: date, codes: list[str]) -> None:
    inputs = looked(frozen(on, known=0))
    assert [code for _, code in told(inputs)] == codes
    assert told(looked(frozen(on, known=1))) == []


def test_outcomes_that_the_catalogue_says_come_a_year_later_are_not_missed_before() -> None:
    inputs = looked(frozen(known=0), known_at="made")
    spec = replace(inputs.system.predictions, label_known_at=TimeField("made", plus_days=365))
    assert told(inputs) == [("all rows", "no_labels")]
    assert told(replace(inputs, system=replace(inputs.system, predictions=spec))) == []


@pytest.mark.parametrize(("on", "codes"), [(date(2025, 8, 20), []), (date(2025, 8, 21), ["labels_overdue"])])
def test_labels_that_stopped_are_overdue_after_twice_what_they_took_in_the_reference(on: date, codes: list[str]) -> None:
    inputs = looked(frozen(steps=TEN_DAYS), of(month(7), a_segment(0), on=on))
    assert [code for _, code in told(inputs)] == codes


def test_the_lateness_of_rows_is_waited_for_too() -> None:
    inputs = looked(frozen(steps=TEN_DAYS), of(month(7), a_segment(0), on=date(2025, 8, 21)))
    monitoring = replace(inputs.system.monitoring, allowed_lateness_days=3)
    assert told(replace(inputs, system=replace(inputs.system, monitoring=monitoring))) == []


def test_without_times_the_age_of_the_reference_when_its_outcomes_were_known_is_their_delay() -> None:
    july = of(month(7), a_segment(0), on=date(2025, 10, 1))
    assert told(looked(frozen(), july)) == []
    assert told(looked(frozen(), replace(july, known_before=datetime(2025, 10, 2, tzinfo=UTC)))) == [("all rows", "labels_overdue")]


def test_outcomes_that_take_years_are_not_overdue_in_months() -> None:
    steps = tuple(range(90, 90 + 18 * 60, 60))  # 80 % are known after 990 days
    assert told(looked(frozen(known=900, steps=steps), of(month(7), a_segment(0), on=date(2029, 1, 1)))) == []


def test_a_reference_that_is_not_known_itself_explains_no_delay() -> None:
    assert told(looked(frozen(known=799, steps=tuple([10] * 15)), of(month(7), a_segment(0), on=date(2025, 12, 1)))) == []


def test_fewer_than_asked_for_by_chance_is_not_overdue() -> None:
    def of_known(known: int) -> list[tuple[str, str]]:
        return told(looked(frozen(steps=TEN_DAYS), of(month(7), a_segment(known), on=date(2025, 9, 1))))

    assert of_known(780) == [] and of_known(740) == [("all rows", "labels_overdue")]


def test_a_segment_whose_labels_stopped_is_told_where_all_rows_hide_it() -> None:
    long = a_segment(100, 100, TEN_DAYS, segment=LONG)
    windows = of(month(7), a_segment(900), a_segment(0, 100, segment=LONG), on=date(2025, 9, 1))
    assert told(looked(frozen(date(2025, 8, 1), 1000, TEN_DAYS, long), windows)) == [("term=60", "labels_overdue")]
    assert told(looked(frozen(date(2025, 8, 1), 1000, TEN_DAYS), windows)) == []  # a product that the reference did not have


def test_what_was_lost_long_ago_is_not_told_for_ever() -> None:
    windows = [of(month(number), a_segment(0 if number == 7 else 1000), on=date(2025, 12, 1)) for number in (7, 8, 9, 10, 11)]
    assert told(looked(frozen(steps=TEN_DAYS), *windows)) == []
    assert told(looked(frozen(steps=TEN_DAYS), *windows[:3])) == [("all rows", "labels_overdue")]


def test_overdue_labels_are_no_pass_and_no_failure() -> None:
    decision = judge_triggers(looked(frozen(steps=TEN_DAYS), of(month(7), a_segment(0), on=date(2025, 9, 1))))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [one.code for one in decision.reasons] == ["labels_overdue"]
    ordinary = judge_triggers(looked(frozen(steps=TEN_DAYS), of(month(7), a_segment(1000), on=date(2025, 9, 1))))
    assert ordinary.verdict is Verdict.PASS


@pytest.mark.parametrize(("early", "is_told"), [(0, False), (10, False), (11, True)])
def test_outcomes_known_before_their_prediction_are_broken_data(early: int, is_told: bool) -> None:
    in_reference = looked(of(HALF, a_segment(1000, early=early), on=date(2025, 8, 1)), known_at="known")
    in_windows = looked(None, of(month(7), a_segment(1000, early=early), on=date(2025, 9, 1)), known_at="known")
    for inputs in (in_reference, in_windows):
        found = [(one.check, one.subject, one.verdict, one.reason_code) for one in find_early_outcomes(inputs)]
        assert found == ([("data_quality", "known", Verdict.FAIL, "known_before_prediction")] if is_told else [])


def test_outcomes_known_too_early_open_a_condition() -> None:
    decision = judge_triggers(looked(of(HALF, a_segment(1000, early=900), on=date(2025, 8, 1)), known_at="known"))
    assert (decision.verdict, decision.opened) == (Verdict.FAIL, ("data_quality|known|known_before_prediction",))


def test_of_old_windows_known_too_early_nothing_is_said_any_more() -> None:
    old, new = of(month(1), a_segment(1000, early=900), on=date(2025, 9, 1)), of(month(8), a_segment(1000), on=date(2025, 9, 1))
    assert find_early_outcomes(looked(None, old, new, known_at="known")) == ()


def test_fewer_outcomes_than_at_training_are_not_evaluated_and_no_negative_number_is_shown() -> None:
    look = look_at_new_labels(looked(None, label_count=200, history=TriggerHistory(0, label_count_at_training=5_000)))
    assert (look.not_evaluated, look.code, look.keys) == (True, "fewer_than_before", frozenset())
    assert "-" not in look.text
