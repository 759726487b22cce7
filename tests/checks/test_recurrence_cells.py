"""Decisions by segment: from what was counted to whose quiet it is, what is sealed of it, and what a reader is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.closure_recurrence import judge_recurrence
from checks.recurrence import judge_window
from checks.recurrence_cells import counts_of
from checks.recurrence_due import find_due
from checks.recurrence_inputs import window_inputs
from registry.domain.canonical import dense_json, record_json
from registry.domain.exposure import CellCount, DayExposure, ExposureRead
from registry.domain.recurrence import Outcome, Seen, WindowDecision, WindowInputs
from registry.domain.recurrence_levels import Holder
from registry.domain.recurrence_sealed import sealed_window
from registry.errors import EvidenceError
from registry.window_records import read_sealed_window, read_window_decision
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, known
from tests.closure_builders import a_closure, a_window
from tests.recurrence_builders import (
    FIRST_DAY,
    JUDGED_ON,
    PER_DAY,
    a_feed_watch,
    a_return,
    a_seen,
    an_exposure_read,
    an_exposure_spec,
    seen_before,
    some_window_inputs,
)
from tests.windows.scenario import a_rate_window
from tests.windows.segments import PREPAID, WEB, split

PLAN = a_plan(watches=(a_feed_watch(exposure=an_exposure_spec(segment={"product": "Product"})),))
LOAN = ("product", "Loan")


def counted_inputs(counts: Sequence[tuple[str, int, int]], seen: Sequence[Seen] | None = None) -> WindowInputs:
    """Return the inputs of the issue ``ISSUE``; ``counts`` are products with their decisions a day before the fix and since."""
    knowledge = known(a_fixed_issue(), seen={ISSUE: tuple(seen_before(12) if seen is None else seen)})
    (due,) = find_due(PLAN, knowledge)
    read = an_exposure_read(due.start_on, JUDGED_ON)
    cells = [
        DayExposure(day.on, "product", name, count)
        for day in read.days
        for name, before, after in counts
        if (count := before if day.on < FIRST_DAY else after)
    ]
    return window_inputs(PLAN, knowledge, due, (replace(read, days=tuple(sorted((*read.days, *cells)))),), ())


def codes_of(decision: WindowDecision) -> dict[str, str]:
    return {one.reason_code: one.reason for one in decision.not_evaluated}


def evidence_of(decision: WindowDecision) -> tuple[str, str]:
    (found,) = (one for one in decision.findings if one.check == "evidence")
    return found.reason_code, found.reason


def test_days_carry_the_decisions_of_every_value_that_signals_have_and_0_where_none_was() -> None:
    inputs = counted_inputs(
        [("Prepaid card", 5, 0), ("Loan", 95, 99), ("Mortgage", 0, 1)], [*seen_before(11), a_seen(99, segment=dict([LOAN]))]
    )
    before, after = ({cell.value: cell.count for cell in day.cells} for day in (inputs.days[0], inputs.days[-1]))
    assert (before, after) == ({"": 0, "Loan": 95, "Prepaid card": 5}, {"": 0, "Loan": 99, "Prepaid card": 0})
    assert {cell.name for day in inputs.days for cell in day.cells} == {"product"}  # the channel is not counted
    assert {day.exposure_count for day in inputs.days} == {PER_DAY}


LEFTOVER = (DayExposure(FIRST_DAY, "product", "Prepaid card", 5),)


@pytest.mark.parametrize("exposure", [None, ExposureRead("s", "f", "decision", FIRST_DAY, JUDGED_ON, LEFTOVER, reason="the file is gone")])
def test_where_nothing_is_counted_no_day_carries_a_segment(exposure: ExposureRead | None) -> None:
    knowledge = known(a_fixed_issue(), seen={ISSUE: seen_before(12)})
    (due,) = find_due(PLAN, knowledge)
    read = () if exposure is None else (replace(exposure, system_id=due.issue.system_id, feed=due.feeds[0]),)
    assert not counts_of(window_inputs(PLAN, knowledge, due, read, ()).days)


def test_an_issue_of_one_product_is_quiet_by_its_decisions_alone_and_says_so() -> None:
    decision = judge_window(counted_inputs([("Prepaid card", 5, 0), ("Loan", 95, 100)]))
    assert (decision.outcome is Outcome.CLEAN, decision.exposure, decision.after.exposure_count) == (False, 0, 0)
    assert decision.holder == Holder("product", "Prepaid card", 12, 12, 450, 0, 90, 0, 5_300)
    assert evidence_of(decision) == (
        "segment_without_traffic",
        "12 of 12 occurrences before the fix were of product 'Prepaid card', and of the 5,300 decisions since none was "
        "(5.0 a day before): where nobody decides, nothing can come back",
    )


def test_where_its_decisions_are_enough_the_answer_says_whose_they_are() -> None:
    decision = judge_window(split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 5}))
    assert evidence_of(decision) == (
        "silence_shown",
        "265 decisions without an occurrence, 149.3 being enough for 95% certainty; "
        "the 5.0 decisions a day of product 'Prepaid card' alone count: 12 of 12 occurrences before the fix were of it",
    )
    assert decision.bound[-1].exposure_count == decision.exposure == 265


def test_the_whole_stays_the_whole_beside_the_segments() -> None:
    decision = judge_window(split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 5}))
    whole, channel, product = decision.segments
    assert (whole.before.exposure_count, whole.after.exposure_count, whole.is_counted) == (9_000, 5_300, False)
    assert (channel.name, channel.before.exposure_count, channel.is_counted) == ("channel", 9_000, False)
    assert (product.before.exposure_count, product.after.exposure_count, product.is_counted) == (450, 265, True)
    assert product.before.ratio == 12 / 450
    assert codes_of(decision)["exposure_not_by_segment"] == "decisions are not counted by channel: each is held against all of them"


def test_a_segment_that_grew_is_held_against_its_own_decisions() -> None:
    """Ten times the web decisions with ten times the complaints are no other rate; against all of them they are ten times as bad."""
    returns = [a_return(900 + number, segment=dict([WEB])) for number in range(60)]
    inputs = replace(some_window_inputs(), seen=(*(replace(one, segment=dict([WEB])) for one in seen_before(9)), *returns))
    own, of_all = (judge_window(one).segments[1] for one in (split(inputs, {WEB: 5}, {WEB: 50}), inputs))
    assert own.rate_ratio == pytest.approx(60 / 9 * (5 * 90) / (50 * 53))
    assert of_all.rate_ratio == pytest.approx(60 / 9 * (100 * 90) / (100 * 53))
    assert "exposure_not_by_segment" not in codes_of(judge_window(split(inputs, {WEB: 5}, {WEB: 50})))
    assert codes_of(judge_window(inputs))["exposure_not_by_segment"].startswith("decisions are not counted by segment")


def test_a_value_that_decisions_name_otherwise_is_told_and_held_against_all() -> None:
    inputs = counted_inputs([("prepaid", 5, 5), ("Loan", 95, 95)])
    decision = judge_window(inputs)
    assert decision.outcome is not Outcome.CLEAN
    assert evidence_of(decision) == (
        "segment_not_matched",
        "12 of 12 occurrences before the fix were of product 'Prepaid card', of which 0 decisions were counted on those 90 days: "
        "whether there are any since is not known; let exposure.segment name its values as the signals do",
    )
    assert codes_of(decision)["segment_not_matched"] == (
        "no decision was counted on any day of product 'Prepaid card': it is held against all of them; "
        "let exposure.segment name its values as the signals do"
    )
    assert [(one.is_counted, one.before.exposure_count) for one in decision.segments if one.name == "product"] == [(False, 9_000)]


def test_what_a_rate_was_held_by_needs_decisions_and_its_numbers_stay_those_of_all() -> None:
    decision = judge_window(split(a_rate_window(0.0010), {PREPAID: 100}, {PREPAID: 0}))
    code, reason = evidence_of(decision)
    assert (code, decision.holder, decision.before.exposure_count) == ("segment_without_traffic", None, 180_000)
    assert reason.startswith(
        "1,176 of 1,176 occurrences before the fix were of product 'Prepaid card', and of the 106,000 decisions since none"
    )


def test_signals_of_the_same_cause_say_nothing_of_what_holds_the_issue() -> None:
    linked = [a_seen(500 + number, segment=dict([LOAN]), same_cause_issue="ISS-other") for number in range(9)]
    inputs = some_window_inputs(seen=(*seen_before(12), *linked))
    assert judge_window(split(inputs, {PREPAID: 5}, {PREPAID: 0})).holder is not None
    rate = a_rate_window(0.0010)
    linked = [
        replace(one, key=f"{one.key}b", segment=dict([LOAN]), same_cause_issue="ISS-other") for one in rate.seen if not one.is_after_fix
    ]
    decision = judge_window(split(replace(rate, seen=(*rate.seen, *linked)), {PREPAID: 100}, {PREPAID: 0}))
    assert evidence_of(decision)[0] == "segment_without_traffic"


def test_a_decision_that_several_signals_report_is_one_of_what_holds_the_issue() -> None:
    """Twenty reports of one loan do not hide that eleven of twelve decisions, and then all of twelve, were of prepaid cards."""
    once = [a_seen(500 + number, segment=dict([LOAN]), decision_ref="LN-1") for number in range(20)]
    others = tuple(replace(one, decision_ref=one.signal_id) for one in seen_before(30))
    decision = judge_window(split(some_window_inputs(seen=(*others, *once)), {PREPAID: 5}, {PREPAID: 0}))
    assert decision.holder is not None
    assert (decision.holder.occurrence_count, decision.holder.of_occurrence_count) == (30, 31)


def test_what_is_judged_apart_has_segments_of_its_own() -> None:
    quiet, gone = (split(some_window_inputs(feeds=(feed,)), {PREPAID: 5}, {PREPAID: after}) for feed, after in (("a", 5), ("b", 0)))
    decision = judge_window(replace(quiet, beside=(gone,)))
    assert (decision.outcome, decision.feeds, decision.exposure) == (Outcome.WATCHING, ("b",), 0)


def test_segments_are_sealed_and_come_out_the_same() -> None:
    inputs = counted_inputs([("Prepaid card", 5, 0), ("Loan", 95, 100)])
    content = dense_json(sealed_window(inputs, {"proofloop": "1"}))
    told = [one for one in json.loads(content)["cells"] if one["value"] == "Prepaid card"]
    assert [(one["name"], set(one["counts"]), len(one["counts"])) for one in told] == [("product", {0, 5}, len(inputs.days))]
    assert all(not day["cells"] for day in json.loads(content)["days"])
    again = counted_inputs([("Loan", 95, 100), ("Prepaid card", 5, 0)], tuple(reversed(seen_before(12))))
    assert dense_json(sealed_window(replace(again, seen=inputs.seen), {"proofloop": "1"})) == content
    judged = read_sealed_window(content).judged_with(inputs.policy)
    assert judged == inputs
    assert record_json(judge_window(judged)) == record_json(judge_window(inputs))
    assert read_window_decision(record_json(judge_window(inputs))) == judge_window(inputs)


def test_sealed_decisions_of_a_segment_that_are_not_one_for_each_day_are_refused_as_evidence() -> None:
    told = json.loads(dense_json(sealed_window(counted_inputs([("Prepaid card", 5, 0)]), {"proofloop": "1"})))
    told["cells"][0]["counts"].pop()
    with pytest.raises(EvidenceError, match="one number for each day"):
        read_sealed_window(json.dumps(told).encode())


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 12))
def test_no_window_is_clean_by_decisions_of_others(before: int, after: int, held: int) -> None:
    """Whatever else is decided: where the value that holds the issue has too few decisions since, it is not clean; with none, never."""
    seen = tuple(replace(one, segment=dict([PREPAID if number < held else LOAN])) for number, one in enumerate(seen_before(12)))
    decision = judge_window(split(some_window_inputs(seen=seen), {PREPAID: before, LOAN: 60}, {PREPAID: after, LOAN: 60}))
    if decision.outcome is Outcome.CLEAN:
        assert held < 12 or (after > 0 and after * 53 >= 149 / 5 * before)
    if held == 12:
        assert decision.holder is not None
        assert decision.exposure == after * 53


def test_decisions_that_name_no_product_are_none_of_it_since_the_fix_and_may_have_been_before() -> None:
    some = {PREPAID: 5, ("product", ""): 1}
    decision = judge_window(split(some_window_inputs(), some, some))
    assert (decision.before.exposure_count, decision.exposure) == (540, 265)
    assert evidence_of(decision)[1].endswith("of it, and 90 decisions before it name no product and may have been")
    assert [one.is_counted for one in decision.segments] == [False, False, False]
    assert codes_of(decision)["segment_named_in_part"] == (
        "90 of 9,000 decisions before the fix, and 53 of 5,300 since, name no product: its values are held against all of them"
    )


def test_a_few_decisions_that_name_no_product_change_no_comparison() -> None:
    inputs = split(some_window_inputs(), {PREPAID: 5, ("product", ""): 0}, {PREPAID: 5, ("product", ""): 0})
    one = replace(inputs.days[0], cells=tuple(CellCount("product", cell.value, cell.count or 1) for cell in inputs.days[0].cells))
    decision = judge_window(replace(inputs, days=(one, *inputs.days[1:])))
    assert [one.is_counted for one in decision.segments if one.name == "product"] == [True]
    assert "segment_named_in_part" not in codes_of(decision)


def test_what_decisions_name_no_value_is_counted_from_what_was_read() -> None:
    inputs = counted_inputs([("Prepaid card", 5, 0), ("Loan", 85, 100), ("", 3, 0)])
    before, after = ({cell.value: cell.count for cell in day.cells} for day in (inputs.days[0], inputs.days[-1]))
    assert (before, after) == ({"": 10, "Prepaid card": 5}, {"": 0, "Prepaid card": 0})


def test_an_unnamed_day_stays_as_it_was() -> None:
    """Days without segments are judged as before: the same answer, of all decisions."""
    plain = judge_window(some_window_inputs())
    assert (plain.outcome, plain.exposure, plain.holder) == (Outcome.CLEAN, 5_300, None)
    assert all(not one.is_counted for one in plain.segments)


def test_a_day_is_observed_whatever_its_segments_had() -> None:
    inputs = some_window_inputs()
    on: date = inputs.days[-1].on
    days = tuple(replace(day, cells=(CellCount(*PREPAID, 0),)) if day.on == on else day for day in inputs.days)
    found: Any = judge_window(replace(inputs, days=days))
    assert found.observed_days == judge_window(inputs).observed_days


def test_the_gate_of_a_closure_says_whose_decisions_a_clean_window_counted() -> None:
    held = Holder("product", "Prepaid card", 12, 12, 450, 0, 90, 265, 5_300)
    told = judge_recurrence(a_closure(window=a_window(exposure=265, required_exposure=149.3, holder=held))).summary
    assert "265 decisions of 'Prepaid card', judged for" in told
    assert "Prepaid" not in judge_recurrence(a_closure()).summary
