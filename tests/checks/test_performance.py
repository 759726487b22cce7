"""Performance on mature outcomes: golden numbers by hand, what the total hides, and what early outcomes may not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.conditions import find_conditions
from checks.drift_kinds import find_drift_kinds
from checks.performance import QUALITY_MEASURES, judge_performance
from checks.performance_estimated import estimate_performance
from registry.domain.decision import Finding, Verdict
from registry.domain.monitoring import LabelKind, Window
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, ColumnRole, Segment
from registry.domain.triggers import CellState, DriftCell, DriftKind
from tests.trigger_builders import POLICIES

POLICY = POLICIES.performance
OLD, NEW = Segment("term", "36"), Segment("term", "60")


def a_bin(rows: int, events: int, score: float) -> ScoreBin:
    """Return rows with one score each, of which some are events."""
    others = rows - events
    squared = events * (1 - score) ** 2 + others * score**2
    absolute = events * (1 - score) + others * score
    return ScoreBin(rows, rows * score, events, squared, absolute, events if score >= 0.5 else others)


def a_segment(*bins: ScoreBin, segment: Segment = WHOLE, unknown: int = 0, delay: float | None = 30.0) -> SegmentOutcomes:
    """Return outcomes whose unknown rows have the mean score of the known."""
    rows, scores = sum(one.row_count for one in bins), sum(one.score_total for one in bins)
    mean = scores / rows if rows else 0.1
    every = rows + unknown
    return SegmentOutcomes(segment, every, every, every * mean, every * mean * (1 - mean), every * max(mean, 1 - mean), bins, delay)


def outcomes(*segments: SegmentOutcomes, month: int = 1, kind: LabelKind = LabelKind.BINARY) -> WindowOutcomes:
    start = date(2024 + month // 12, 1 + month % 12, 1)
    window = Window(start, (start + timedelta(days=31)).replace(day=1))
    return WindowOutcomes(window, kind, datetime(2026, 6, 1, tzinfo=UTC), segments)


GOOD = (a_bin(900, 90, 0.1), a_bin(100, 60, 0.6))
REFERENCE = outcomes(a_segment(*GOOD), month=0)
FLAT = outcomes(a_segment(a_bin(10_000, 1_500, 0.15)), month=0)  # one score for all: nothing to rank


def judged(*windows: WindowOutcomes, reference: WindowOutcomes | None = REFERENCE):
    return judge_performance(reference, windows, POLICY)


def finding(findings: tuple[Finding, ...], measure: str, subject: str = "all rows") -> Finding:
    return next(one for one in findings if (one.reason_code, one.subject) == (measure, subject))


def test_without_a_window_or_a_reference_nothing_is_judged_and_that_is_said():
    findings, missing = judged()
    assert findings == () and [one.reason_code for one in missing] == ["no_data"]
    findings, missing = judged(outcomes(a_segment(*GOOD)), reference=None)
    assert findings == () and [one.reason_code for one in missing] == ["immature_reference"]


def test_a_window_without_a_prediction_is_no_data_and_never_a_pass():
    findings, missing = judged(outcomes(a_segment()))
    assert findings == () and [one.reason_code for one in missing] == ["no_data"]


def test_the_same_outcomes_as_in_the_reference_pass_with_their_numbers():
    findings, missing = judged(outcomes(a_segment(*GOOD)))
    assert missing == () and {one.verdict for one in findings} == {Verdict.PASS}
    calibration, accuracy = finding(findings, "calibration"), finding(findings, "accuracy")
    assert (calibration.value, calibration.baseline) == (0.15, pytest.approx(0.15))
    assert (accuracy.value, accuracy.baseline, accuracy.limit) == (0.87, 0.87, pytest.approx(0.8265))
    assert finding(findings, "brier").value == pytest.approx((90 * 0.81 + 810 * 0.01 + 60 * 0.16 + 40 * 0.36) / 1000)


def test_auc_by_hand():
    # events 90 low, 60 high; non-events 810 low, 40 high: 60*810 pairs right, ties half
    expected = (60 * 810 + 0.5 * (90 * 810 + 60 * 40)) / (150 * 850)
    assert finding(judged(outcomes(a_segment(*GOOD)))[0], "auc").value == pytest.approx(expected, rel=1e-12)


def test_the_interval_of_the_observed_rate_is_clopper_and_pearsons():
    low, high = finding(judged(outcomes(a_segment(*GOOD)))[0], "calibration").interval
    assert (low, high) == (pytest.approx(0.12843, abs=1e-5), pytest.approx(0.17366, abs=1e-5))


def test_a_segment_fails_that_the_total_hides():
    # 60 months: 23.2 % observed against 16.0 % predicted; in all 15.1 % against 13.4 %
    whole, long = a_segment(a_bin(4000, 604, 0.134)), a_segment(a_bin(1000, 232, 0.16), segment=NEW)
    findings, missing = judged(outcomes(whole, a_segment(a_bin(3000, 372, 0.1253), segment=OLD), long), reference=FLAT)
    assert finding(findings, "calibration").verdict is Verdict.PASS
    failed = finding(findings, "calibration", "term=60")
    assert (failed.verdict, failed.value, failed.baseline, failed.n) == (Verdict.FAIL, 0.232, pytest.approx(0.16), 1000)
    assert failed.limit == pytest.approx(0.192)
    assert "23.2 % observed" in failed.reason and "16.0 % predicted" in failed.reason
    assert find_conditions(findings) == ("performance|calibration|term=60",)
    assert {one.subject for one in missing if one.reason_code == "new_segment"} == {"term=36", "term=60"}


def test_events_that_were_predicted_and_did_not_come_are_a_failure_too():
    findings, _ = judged(outcomes(a_segment(a_bin(1000, 0, 0.1))))
    assert finding(findings, "calibration").verdict is Verdict.FAIL
    assert not [one for one in findings if one.reason_code == "auc"]


def test_a_large_difference_in_few_rows_is_chance():
    findings, _ = judged(outcomes(a_segment(a_bin(100, 18, 0.13))))
    assert finding(findings, "calibration").verdict is Verdict.PASS


def test_a_certain_difference_that_does_not_matter_passes_in_a_million_rows():
    findings, _ = judged(outcomes(a_segment(a_bin(1_000_000, 110_000, 0.1))))
    assert finding(findings, "calibration").verdict is Verdict.PASS


def test_a_score_that_was_no_probability_in_its_reference_is_held_to_its_own_ratio():
    reference = outcomes(a_segment(a_bin(10_000, 500, 0.2), a_bin(1_000, 300, 0.9)), month=0)
    same, worse = a_segment(a_bin(1_000, 50, 0.2), a_bin(100, 30, 0.9)), a_segment(a_bin(1_000, 110, 0.2), a_bin(100, 50, 0.9))
    assert finding(judged(outcomes(same), reference=reference)[0], "calibration").verdict is Verdict.PASS
    failed = finding(judged(outcomes(worse), reference=reference)[0], "calibration")
    assert failed.verdict is Verdict.FAIL and "as in the reference" in failed.reason


def test_accuracy_that_fell_is_told_with_its_interval():
    failed = finding(judged(outcomes(a_segment(a_bin(900, 200, 0.1), a_bin(100, 30, 0.6))))[0], "accuracy")
    assert (failed.verdict, failed.value) == (Verdict.FAIL, 0.73)
    assert "lower by" in failed.reason and failed.interval is not None


def test_a_brier_score_that_rose_is_told_and_opens_no_condition():
    findings, _ = judged(outcomes(a_segment(a_bin(5000, 2500, 0.5), a_bin(5000, 2500, 0.5))))
    brier = finding(findings, "brier")
    assert brier.verdict is Verdict.FAIL and not brier.blocking
    assert "performance|brier|all rows" not in find_conditions(findings)


# maturity


def test_a_window_whose_outcomes_are_mostly_unknown_is_not_judged_and_says_how_late_they_are():
    findings, missing = judged(outcomes(a_segment(*GOOD, unknown=400, delay=17.0)))
    assert findings == ()
    assert [one.reason_code for one in missing] == ["immature_labels"]
    assert "1,000 of 1,400 outcomes (71 %)" in missing[0].reason and "median of 17 days" in missing[0].reason


def test_a_segment_waits_for_its_own_outcomes_while_the_whole_is_judged():
    findings, missing = judged(outcomes(a_segment(*GOOD), a_segment(a_bin(200, 30, 0.15), segment=NEW, unknown=300)))
    assert {one.subject for one in findings} == {"all rows"}
    assert [(one.subject, one.reason_code) for one in missing] == [("term=60", "immature_labels")]


def test_defaults_that_are_known_early_do_not_fail_a_model_that_the_rest_may_still_prove_right():
    # 19 % of the known, but with the unknown 250 as repaid it is 15.2 %: as predicted
    findings, _ = judged(outcomes(a_segment(a_bin(1000, 190, 0.15), unknown=250)), reference=FLAT)
    assert finding(findings, "calibration").verdict is Verdict.INCONCLUSIVE
    assert find_conditions(findings) == ()


def test_events_that_did_not_come_yet_do_not_fail_a_model_that_predicted_them():
    # 10 events where 108 are predicted, and 80 outcomes to come: 90 are within a fifth of it
    findings, _ = judged(outcomes(a_segment(a_bin(1000, 10, 0.1), unknown=80)), reference=FLAT)
    assert finding(findings, "calibration").verdict is Verdict.INCONCLUSIVE
    findings, _ = judged(outcomes(a_segment(a_bin(1000, 10, 0.1), unknown=60)), reference=FLAT)
    assert finding(findings, "calibration").verdict is Verdict.FAIL


def test_accuracy_of_the_known_is_open_while_the_unknown_could_make_up_for_it():
    findings, _ = judged(outcomes(a_segment(a_bin(8000, 1680, 0.21), unknown=2000)))
    assert (finding(findings, "accuracy").value, finding(findings, "accuracy").verdict) == (0.79, Verdict.INCONCLUSIVE)
    findings, _ = judged(outcomes(a_segment(a_bin(8000, 1840, 0.21), unknown=2000)))
    assert (finding(findings, "accuracy").value, finding(findings, "accuracy").verdict) == (0.77, Verdict.FAIL)


def test_a_difference_that_one_test_alone_would_call_certain_is_chance_among_several():
    findings, _ = judged(outcomes(a_segment(a_bin(100, 26, 0.15))), reference=FLAT)
    calibration = finding(findings, "calibration")
    assert calibration.verdict is Verdict.PASS and "(p 5.9e-03)" in calibration.reason


def test_a_sudden_failure_of_the_newest_window_is_not_hidden_by_its_quarter():
    months = [outcomes(a_segment(a_bin(1000, events, 0.15)), month=month) for month, events in ((3, 150), (4, 150), (5, 235))]
    failed = finding(judged(*months, reference=FLAT)[0], "calibration")
    assert (failed.verdict, failed.n, failed.value) == (Verdict.FAIL, 1000, 0.235)


def test_so_many_early_defaults_that_the_rest_does_not_matter_fail_before_the_window_is_mature():
    segment = a_segment(a_bin(500, 300, 0.15), unknown=500)
    findings, missing = judged(outcomes(segment))
    failed = finding(findings, "calibration")
    assert failed.verdict is Verdict.FAIL and "with the 500 unknown outcomes as they would suit best" in failed.reason
    assert "immature_labels" in {one.reason_code for one in missing}


def test_what_the_slow_ones_among_the_unknown_leave_open_blocks_nothing_until_they_can_be_known():
    reference = replace(REFERENCE, segments=tuple(replace(one, late_delay_days=90) for one in REFERENCE.segments))
    payments, losses = (outcomes(a_segment(a_bin(850, events, 0.15), unknown=150)) for events in (5, 500))
    for age, is_blocking in ((89, False), (90, True)):
        on = datetime.combine(payments.window.end_on + timedelta(days=age), time(), UTC)
        told = finding(judged(replace(payments, known_before=on), reference=reference)[0], "calibration")
        assert (told.verdict, told.blocking) == (Verdict.INCONCLUSIVE, is_blocking)
        many = finding(judged(replace(losses, known_before=on), reference=reference)[0], "calibration")
        assert (many.verdict, many.blocking) == (Verdict.FAIL, True)


def test_too_few_outcomes_are_named_even_when_all_are_known():
    _, missing = judged(outcomes(a_segment(a_bin(99, 15, 0.15))))
    assert [one.reason_code for one in missing] == ["too_few"]
    _, missing = judged(outcomes(a_segment(a_bin(500, 5, 0.01))))
    assert [one.reason_code for one in missing] == ["too_few"]


def test_small_windows_are_pooled_over_the_newest_quarter_of_mature_ones():
    months = [outcomes(a_segment(a_bin(60, 9, 0.15)), month=month) for month in (3, 4, 5)]
    findings, missing = judged(*months)
    assert missing == () and finding(findings, "calibration").n == 180
    assert "from 2024-04-01 until 2024-07-01 in 3 windows" in finding(findings, "calibration").reason


def test_windows_may_come_in_any_order():
    months = [outcomes(a_segment(a_bin(600, 90 + month, 0.15)), month=month) for month in (3, 4, 5, 6, 7, 8)]
    assert judged(*months) == judged(*reversed(months))


def test_an_outcome_in_two_windows_that_overlap_counts_once():
    month = outcomes(a_segment(a_bin(600, 90, 0.15)), month=3)
    day = replace(month, window=Window(month.window.start_on + timedelta(days=4), month.window.start_on + timedelta(days=5)))
    assert judged(day, month, month) == judged(month)


def test_a_quarter_much_worse_than_the_one_before_is_a_drop_of_quality():
    before = [outcomes(a_segment(*GOOD), month=month) for month in (1, 2, 3)]
    after = [outcomes(a_segment(a_bin(900, 250, 0.1), a_bin(100, 50, 0.6)), month=month) for month in (4, 5, 6)]
    findings, _ = judged(*before, *after)
    failed = finding(findings, "quality_accuracy")
    assert failed.verdict is Verdict.FAIL and failed.reason_code in QUALITY_MEASURES
    assert "quarter before (2024-02-01 until 2024-05-01)" in failed.reason
    assert "performance|quality_accuracy|all rows" in find_conditions(findings)


# amounts


def an_amount(rows: int, predicted: float, bias: float, spread: float) -> ScoreBin:
    """Return rows whose errors are ``bias`` plus and minus ``spread``, half each."""
    errors = (bias - spread, bias + spread)
    squared = sum(error**2 for error in errors) / 2 * rows
    return ScoreBin(rows, rows * predicted, rows * (predicted + bias), squared, sum(abs(error) for error in errors) / 2 * rows)


def amounts(bias: float, spread: float, rows: int = 1000, month: int = 1) -> WindowOutcomes:
    return outcomes(a_segment(an_amount(rows, 100.0, bias, spread)), month=month, kind=LabelKind.NUMBER)


def test_an_amount_as_far_off_as_in_the_reference_passes():
    findings, _ = judged(amounts(0, 20), reference=amounts(0, 20, month=0))
    assert {one.reason_code: one.verdict for one in findings} == {"bias": Verdict.PASS, "error": Verdict.PASS}
    assert finding(findings, "error").value == 20.0 and "root mean squared error 20 against 20" in finding(findings, "error").reason


def test_an_amount_with_larger_errors_fails():
    failed = finding(judged(amounts(5, 30), reference=amounts(5, 20, month=0))[0], "error")
    assert (failed.verdict, failed.value, failed.baseline, failed.limit) == (Verdict.FAIL, 30.0, 20.0, 21.0)


def test_amounts_that_are_higher_than_predicted_fail_as_bias():
    failed = finding(judged(amounts(30, 20), reference=amounts(0, 20, month=0))[0], "bias")
    assert (failed.verdict, failed.value, failed.baseline) == (Verdict.FAIL, 130.0, 100.0)


@pytest.mark.parametrize(("unknown", "days_old", "is_judged"), [(20, 30, False), (20, 89, False), (20, 90, True), (0, 30, True)])
def test_amounts_are_judged_once_the_slow_ones_are_there(unknown: int, days_old: int, is_judged: bool):
    of_the_past = amounts(0, 20, month=0)
    reference = replace(of_the_past, segments=tuple(replace(one, late_delay_days=90) for one in of_the_past.segments))
    low = outcomes(a_segment(an_amount(1000, 100.0, -30, 20), unknown=unknown), kind=LabelKind.NUMBER)
    known_before = datetime.combine(low.window.end_on + timedelta(days=days_old), time(), UTC)
    findings, missing = judged(replace(low, known_before=known_before), reference=reference)
    assert ("bias" in {one.reason_code for one in findings if one.verdict is Verdict.FAIL}) is is_judged
    if not is_judged:
        assert findings == () and "90 days for amounts, of which large ones may settle late" in missing[0].reason


# properties


@given(st.integers(0, 900), st.integers(0, 100), st.integers(1, 200))
def test_more_wrong_answers_never_improve_the_accuracys_verdict(low, high, more):
    better = a_segment(a_bin(900, low, 0.1), a_bin(100, high, 0.6))
    worse = a_segment(a_bin(900, min(900, low + more), 0.1), a_bin(100, high, 0.6))
    verdicts = []
    for segment in (better, worse):
        found = [one for one in judged(outcomes(segment))[0] if one.reason_code == "accuracy"]
        verdicts.append(found[0].verdict if found else None)
    if verdicts[0] is Verdict.FAIL and verdicts[1] is not None:
        assert verdicts[1] is Verdict.FAIL


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 2000))
def test_rows_without_an_outcome_never_turn_anything_into_a_pass(events, unknown, more):
    def verdicts(waiting: int) -> dict[str, Verdict]:
        findings, _ = judged(outcomes(a_segment(a_bin(500, events, 0.2), unknown=waiting)))
        return {one.reason_code: one.verdict for one in findings if one.reason_code in {"calibration", "accuracy"}}

    fewer, larger = verdicts(unknown), verdicts(unknown + more)
    assert all(fewer.get(measure) is Verdict.PASS for measure, verdict in larger.items() if verdict is Verdict.PASS)


# estimates


def test_without_scores_there_is_no_estimate():
    findings, missing = estimate_performance(REFERENCE, outcomes(a_segment()), POLICY)
    assert findings == () and [one.reason_code for one in missing] == ["no_data"]
    assert estimate_performance(None, REFERENCE, POLICY)[1][0].reason_code == "no_data"


def test_a_window_of_less_certain_scores_is_estimated_to_be_worse_and_says_that_it_is_an_estimate():
    reference = outcomes(a_segment(a_bin(10_000, 1_000, 0.1)), month=0)
    now = outcomes(replace(a_segment(a_bin(0, 0, 0.3), unknown=1000), score_total=300.0, certainty_total=700.0))
    (found,), missing = estimate_performance(reference, now, POLICY)
    assert missing == ()
    assert (found.reason_code, found.verdict, found.value, found.baseline) == ("estimated_accuracy", Verdict.FAIL, 0.7, pytest.approx(0.9))
    assert "estimate" in found.reason and not found.blocking


def test_a_score_that_was_not_calibrated_gives_no_estimate():
    reference = outcomes(a_segment(a_bin(10_000, 2_000, 0.1)), month=0)
    assert estimate_performance(reference, outcomes(a_segment(*GOOD)), POLICY)[1][0].reason_code == "not_calibrated"


def test_a_score_that_was_right_in_total_and_wrong_in_every_bin_gives_no_estimate():
    reference = outcomes(a_segment(a_bin(10_000, 2_000, 0.1), a_bin(10_000, 0, 0.1)), month=0)
    assert estimate_performance(reference, outcomes(a_segment(*GOOD)), POLICY)[1][0].reason_code == "not_calibrated"


def test_an_immature_reference_or_an_amount_gives_no_estimate():
    young = outcomes(a_segment(*GOOD, unknown=900), month=0)
    assert estimate_performance(young, outcomes(a_segment(*GOOD)), POLICY)[1][0].reason_code == "immature_reference"
    assert estimate_performance(amounts(0, 20, month=0), amounts(0, 20), POLICY)[1][0].reason_code == "not_a_probability"


# the three drifts


def a_drift(role: ColumnRole, state: CellState = CellState.DRIFTED) -> DriftCell:
    return DriftCell("any", role, WHOLE, state, 1000)


def test_nothing_that_drifted_is_no_drift():
    assert find_drift_kinds((), ()) == ()
    assert find_drift_kinds((a_drift(ColumnRole.FEATURE, CellState.OVER),), judged(outcomes(a_segment(*GOOD)))[0]) == ()


def test_the_three_drifts_are_told_apart():
    lost, _ = judged(outcomes(a_segment(a_bin(1000, 232, 0.16))))
    assert find_drift_kinds((a_drift(ColumnRole.FEATURE),), ()) == (DriftKind.DATA,)
    assert find_drift_kinds((a_drift(ColumnRole.SCORE),), ()) == (DriftKind.PREDICTION,)
    assert find_drift_kinds((), lost) == (DriftKind.CONCEPT,)
    assert find_drift_kinds((a_drift(ColumnRole.SCORE), a_drift(ColumnRole.FEATURE)), lost) == tuple(DriftKind)


def test_less_accuracy_among_harder_customers_is_no_concept_drift():
    harder = outcomes(a_segment(a_bin(500, 50, 0.1), a_bin(500, 300, 0.6)))
    findings, _ = judged(harder)
    assert finding(findings, "accuracy").verdict is Verdict.FAIL
    assert find_drift_kinds((), findings) == ()
