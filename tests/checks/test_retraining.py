"""The decision about a window: conditions that begin and end, seven triggers, requests made and held back, the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.retraining import decide, judge_triggers
from checks.retraining_conditions import Looked
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.monitoring import WindowKind
from registry.domain.profile import ColumnRole, Segment
from registry.domain.triggers import CellState, DriftKind, TriggerAction, TriggerHistory, TriggerKind
from tests.checks.retraining_years import Story, days, months, seen
from tests.trigger_builders import (
    FEBRUARY,
    JANUARY,
    POLICIES,
    a_cell,
    a_judged_cell,
    a_loss,
    a_profile,
    a_watched_system,
    an_estimate,
    trigger_inputs,
)

QUIET, OVER, DRIFTED, UNTOLD = (a_judged_cell(state) for state in CellState)
BROKEN = Finding("data_quality", "age", Verdict.FAIL, "all_missing", "age: all values are missing")
LOSS, ESTIMATE = a_loss(), an_estimate()
NOON = datetime(2026, 3, 1, 8, tzinfo=UTC)


def codes(decision):
    return [one.reason_code for one in decision.withheld]


def asked(decision):
    return [one.action.value for one in decision.requests]


def trigger(decision, kind):
    return next(one for one in decision.triggers if one.kind is kind)


# Nothing there


def test_without_reference_and_profile_the_answer_is_inconclusive_and_names_both():
    decision = judge_triggers(trigger_inputs(reference=None, profile=None))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [reason.code for reason in decision.reasons] == ["no_reference", "no_profile"]
    assert (decision.cells, decision.conditions, decision.requests, decision.reference_digest) == ((), (), (), "")
    assert trigger(decision, TriggerKind.DATA_DRIFT).not_evaluated


def test_a_finding_that_says_why_there_is_no_profile_is_not_doubled():
    why = Finding("source", "loans", Verdict.INCONCLUSIVE, "errored", "the file is not there")
    decision = judge_triggers(trigger_inputs(profile=None, findings=(why,)))
    assert [reason.code for reason in decision.reasons] == ["errored"]


def test_a_window_without_rows_never_passes():
    empty = a_profile(a_cell("age", (0, 0, 0, 0, 0)), observed_days=0)
    decision = judge_triggers(trigger_inputs(profile=empty))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert {"empty_window", "no_data"} <= {reason.code for reason in decision.reasons}


def test_no_cell_that_was_judged_is_no_pass():
    assert decide(trigger_inputs(), seen(UNTOLD)).verdict is Verdict.INCONCLUSIVE
    assert decide(trigger_inputs(), Looked()).verdict is Verdict.INCONCLUSIVE


def test_a_quiet_window_passes_and_looks_at_all_seven_triggers():
    decision = judge_triggers(trigger_inputs(system=a_watched_system(label="")))
    assert (decision.verdict, decision.reasons, decision.requests, decision.withheld) == (Verdict.PASS, (), (), ())
    assert [one.kind for one in decision.triggers] == list(TriggerKind)
    assert not any(one.fired for one in decision.triggers)
    assert decision.policy_digest == POLICIES.digest


# The seven triggers


def in_state(kind, state):
    """Return inputs and what was seen so that a trigger is ``on``, ``off``, ``unknown`` or ``unwanted`` (the catalogue does not ask)."""
    history = TriggerHistory(9, trained_on=date(2026, 1, 10), label_count_at_training=100)
    system = a_watched_system(retrain_every_days=30)
    looked, changes = seen(QUIET, performance=(a_loss(verdict=Verdict.PASS), a_loss("quality_accuracy", verdict=Verdict.PASS))), {}
    changes["label_count"] = 100
    unwanted = state == "unwanted"
    if kind is TriggerKind.DATA_DRIFT:
        looked = seen({"on": DRIFTED, "off": QUIET, "unknown": UNTOLD}[state])
    elif kind in (TriggerKind.PERFORMANCE_DROP, TriggerKind.QUALITY_DROP):
        measure = "accuracy" if kind is TriggerKind.PERFORMANCE_DROP else "quality_accuracy"
        measured = {"on": (a_loss(measure),), "off": (a_loss(measure, verdict=Verdict.PASS),)}.get(state, ())
        looked = seen(QUIET, performance=measured, performance_not_evaluated=(NotEvaluated("all rows", "immature_labels", "early"),))
        system = a_watched_system(label="") if unwanted else system
    elif kind is TriggerKind.NEW_LABELS:
        changes["label_count"] = {"on": 10_100, "off": 10_099}.get(state)
        system = a_watched_system(label="") if unwanted else system
    elif kind is TriggerKind.SCHEDULE:
        trained_on = {"on": date(2026, 1, 30), "off": date(2026, 1, 31)}.get(state)
        history, system = replace(history, trained_on=trained_on), a_watched_system(retrain_every_days=None if unwanted else 30)
    elif kind is TriggerKind.INCIDENTS:
        history = replace(history, incidents_at=(NOON - timedelta(days=29),) * (4 if state == "on" else 3))
    else:
        on = {"on": date(2026, 3, 1), "off": date(2026, 3, 2)}[state]
        history = replace(history, policy_changes_on=((on, "lending act"),))
    if kind is not TriggerKind.SCHEDULE:
        system = replace(system, monitoring=replace(system.monitoring, retrain_every_days=None))
    return trigger_inputs(system=system, history=history, **changes), looked


ASKS = {
    TriggerKind.DATA_DRIFT: "investigate",
    TriggerKind.PERFORMANCE_DROP: "retrain",
    TriggerKind.QUALITY_DROP: "review_dataset",
    TriggerKind.NEW_LABELS: "retrain",
    TriggerKind.SCHEDULE: "retrain",
    TriggerKind.INCIDENTS: "rca_review",
    TriggerKind.POLICY_CHANGE: "reassess_controls",
}
CAN_BE_UNTOLD = (
    TriggerKind.DATA_DRIFT,
    TriggerKind.PERFORMANCE_DROP,
    TriggerKind.QUALITY_DROP,
    TriggerKind.NEW_LABELS,
    TriggerKind.SCHEDULE,
)
CAN_BE_UNWANTED = CAN_BE_UNTOLD[1:]


@pytest.mark.parametrize("kind", list(TriggerKind))
def test_a_trigger_that_is_on_asks_for_its_action_and_fails_the_window(kind):
    decision = decide(*in_state(kind, "on"))
    found = trigger(decision, kind)
    assert (found.fired, found.not_evaluated, found.action.value) == (True, False, ASKS[kind])
    assert asked(decision) == [ASKS[kind]]
    assert decision.requests[0].triggers == (kind,)
    assert found.reason in decision.requests[0].reason
    assert decision.verdict is Verdict.FAIL


@pytest.mark.parametrize("kind", list(TriggerKind))
def test_a_trigger_that_is_off_says_so_and_asks_for_nothing(kind):
    decision = decide(*in_state(kind, "off"))
    found = trigger(decision, kind)
    assert (found.fired, found.not_evaluated, bool(found.reason), bool(found.reason_code)) == (False, False, True, True)
    assert (asked(decision), codes(decision)) == ([], [])


@pytest.mark.parametrize("kind", CAN_BE_UNTOLD)
def test_a_trigger_that_could_not_be_told_is_named_and_never_quiet(kind):
    decision = decide(*in_state(kind, "unknown"))
    found = trigger(decision, kind)
    assert (found.fired, found.not_evaluated) == (False, True)
    assert kind.value in {one.subject for one in decision.not_evaluated}


@pytest.mark.parametrize("kind", CAN_BE_UNWANTED)
def test_a_trigger_that_the_catalogue_does_not_ask_for_is_not_configured_and_does_not_block(kind):
    decision = decide(*in_state(kind, "unwanted"))
    assert (trigger(decision, kind).reason_code, trigger(decision, kind).not_evaluated) == ("not_configured", False)
    assert decision.verdict is Verdict.PASS


# Which drift, and whether it retrains


@pytest.mark.parametrize(
    ("found", "asks"),
    [
        ((), ["investigate"]),
        ((ESTIMATE,), ["retrain"]),
        ((LOSS,), ["retrain"]),
        ((a_loss(verdict=Verdict.PASS),), ["investigate"]),
        ((an_estimate(Verdict.PASS),), ["investigate"]),
    ],
)
def test_drift_alone_investigates_and_retrains_beside_a_loss(found, asks):
    decision = decide(trigger_inputs(), seen(DRIFTED, performance=found))
    assert asked(decision) == asks
    assert trigger(decision, TriggerKind.DATA_DRIFT).estimated == (found == (ESTIMATE,))


def test_a_drift_of_the_score_alone_is_one_of_predictions_and_a_calibration_that_fails_one_of_the_concept():
    score = a_judged_cell(CellState.DRIFTED, "score", role=ColumnRole.SCORE)
    assert trigger(decide(trigger_inputs(), seen(score)), TriggerKind.DATA_DRIFT).drift is DriftKind.PREDICTION
    assert trigger(decide(trigger_inputs(), seen(score, DRIFTED)), TriggerKind.DATA_DRIFT).drift is DriftKind.DATA
    wrong = decide(trigger_inputs(), seen(QUIET, performance=(a_loss("calibration", "term=60"),)))
    assert trigger(wrong, TriggerKind.PERFORMANCE_DROP).drift is DriftKind.CONCEPT
    assert wrong.conditions == ("performance|calibration|term=60",)


def test_a_drift_that_the_score_does_not_show_says_so():
    score = a_judged_cell(CellState.QUIET, "score", role=ColumnRole.SCORE, psi=0.0412)
    (request,) = decide(trigger_inputs(), seen(DRIFTED, score)).requests
    assert request.reason == "drifted: age; PSI of the score 0.041, not drifted; no loss of performance is known"


def test_a_segment_that_drifted_is_its_columns_condition():
    cell = a_judged_cell(CellState.DRIFTED, segment=Segment("term", "60"))
    decision = decide(trigger_inputs(), seen(QUIET, cell))
    assert decision.conditions == decision.opened == ("drift|age",)
    assert "term=60: PSI 0.500" in decision.reasons[0].text


def test_an_estimate_alone_is_told_and_its_retraining_withheld_until_outcomes_are_known():
    decision = decide(trigger_inputs(), seen(QUIET, performance=(ESTIMATE,)))
    found = trigger(decision, TriggerKind.PERFORMANCE_DROP)
    assert (found.fired, found.estimated) == (True, True)
    assert (asked(decision), codes(decision)) == ([], ["immature_labels"])
    assert decision.conditions == (), "nobody measured it"


def test_a_loss_that_comes_to_a_drift_already_asked_about_asks_for_retraining():
    story = Story()
    first, second, third = months(3)
    assert asked(story.judge(first, seen(DRIFTED))) == ["investigate"]
    assert asked(story.judge(second, seen(DRIFTED, performance=(ESTIMATE,)))) == ["retrain"]
    assert asked(story.judge(third, seen(DRIFTED, performance=(LOSS,)))) == []


def test_broken_data_fails_the_window_and_asks_for_no_retraining():
    decision = decide(trigger_inputs(), seen(QUIET, data_quality=(BROKEN,)))
    assert (decision.verdict, decision.opened) == (Verdict.FAIL, ("data_quality|age|all_missing",))
    assert (asked(decision), codes(decision)) == ([], [])


# Edges


def test_what_stood_in_the_window_before_is_not_asked_for_again():
    story = Story()
    for number, window in enumerate(months(4)):
        decision = story.judge(window, seen(DRIFTED))
        assert asked(decision) == (["investigate"] if number == 0 else [])
        assert decision.opened == (("drift|age",) if number == 0 else ())
        assert trigger(decision, TriggerKind.DATA_DRIFT).reason_code == ("drift_alone" if number == 0 else "standing")
        assert decision.verdict is Verdict.FAIL
        assert dict(decision.memory.since) == {"drift|age": FEBRUARY.start_on}


def test_a_condition_is_over_after_two_windows_without_it_and_may_then_begin_anew():
    story, met, clean = Story(), seen(QUIET, performance=(LOSS,)), seen(QUIET, performance=(a_loss(verdict=Verdict.PASS),))
    first, second, third, fourth = months(4)
    story.judge(first, met)
    waiting = story.judge(second, clean)
    assert (waiting.conditions, waiting.cleared, waiting.verdict) == (("performance|accuracy|all rows",), (), Verdict.FAIL)
    assert "clearing" in {reason.code for reason in waiting.reasons}
    over = story.judge(third, clean)
    assert (over.conditions, over.cleared, over.verdict) == ((), ("performance|accuracy|all rows",), Verdict.PASS)
    story.close(story.decisions[0].requests[0].request_id, datetime(2026, 5, 2, tzinfo=UTC))
    again = story.judge(fourth, met)
    assert (again.opened, asked(again)) == (("performance|accuracy|all rows",), ["retrain"])


def test_a_window_in_which_a_condition_could_not_be_looked_at_neither_clears_nor_renews_it():
    story, clean = Story(), seen(QUIET, performance=(a_loss(verdict=Verdict.PASS),))
    first, second, third, fourth = months(4)
    story.judge(first, seen(QUIET, performance=(LOSS,)))
    unlooked = story.judge(second, seen(QUIET))
    assert "not_looked_at" in {reason.code for reason in unlooked.reasons}
    assert story.judge(third, clean).conditions == ("performance|accuracy|all rows",)
    assert story.judge(fourth, clean).cleared == ("performance|accuracy|all rows",)


@pytest.mark.parametrize("met", [seen(DRIFTED), seen(QUIET, data_quality=(BROKEN,)), seen(QUIET, performance=(LOSS,))])
def test_what_stood_goes_on_standing_while_nothing_can_be_judged(met):
    story = Story()
    first, *blind = months(12)
    opened = story.judge(first, met)
    for window in blind:
        decision = story.judge(window, Looked(), profile=None)
        assert (decision.conditions, decision.cleared, asked(decision)) == (opened.conditions, (), [])
        assert decision.verdict is Verdict.FAIL


def test_a_loss_found_in_windows_without_new_rows_clears_as_slowly_as_any():
    """It cleared in the next window: windows without rows to compare were passed by, and those from before it began were counted."""
    story, clean = Story(), seen(UNTOLD, performance=(a_loss(verdict=Verdict.PASS),))
    first, second, third, fourth, fifth = months(5)
    for window in (first, second):
        story.judge(window, seen(QUIET, performance=(a_loss(verdict=Verdict.PASS),)))
    story.judge(third, seen(UNTOLD, performance=(LOSS,)))
    assert story.judge(fourth, clean).conditions == ("performance|accuracy|all rows",)
    assert story.judge(fifth, clean).cleared == ("performance|accuracy|all rows",)


def test_a_measure_that_could_not_tell_does_not_clear_a_loss():
    story, unsure = Story(), seen(QUIET, performance=(a_loss(verdict=Verdict.INCONCLUSIVE),))
    first, *later = months(4)
    story.judge(first, seen(QUIET, performance=(LOSS,)))
    for window in later:
        assert story.judge(window, unsure).conditions == ("performance|accuracy|all rows",)


def test_broken_data_of_a_column_that_has_too_few_rows_now_are_not_mended():
    story = Story()
    first, second, third = months(3)
    story.judge(first, seen(QUIET, data_quality=(BROKEN,)))
    for window in (second, third):
        assert story.judge(window, seen(UNTOLD)).conditions == ("data_quality|age|all_missing",)


def test_a_drift_whose_cell_cannot_be_looked_at_stands():
    story = Story()
    first, second, third = months(3)
    story.judge(first, seen(DRIFTED))
    for window in (second, third):
        decision = story.judge(window, seen(UNTOLD, a_judged_cell(column="income")))
        assert decision.conditions == ("drift|age",)


def test_a_new_reference_ends_what_stood_against_the_old_one():
    story = Story()
    first, second = months(2)
    story.judge(first, seen(DRIFTED, data_quality=(BROKEN,)))
    new = replace(trigger_inputs().reference, zone="Europe/Berlin")
    decision = story.judge(second, seen(QUIET), reference=new)
    assert (decision.conditions, decision.cleared) == ((), ())
    assert decision.superseded == ("data_quality|age|all_missing", "drift|age")


def test_drift_began_with_the_first_window_over_that_persistence_counts():
    story = Story(system=a_watched_system(WindowKind.DAY))
    first, second, third, fourth = days(4)
    story.judge(first, seen(QUIET))
    story.judge(second, seen(OVER))
    assert story.judge(third, seen(OVER)).verdict is Verdict.INCONCLUSIVE, "not quiet, and not drifted yet"
    (request,) = story.judge(fourth, seen(DRIFTED)).requests
    assert (request.data_from, request.data_to) == (second.start_on, fourth.end_on)


def test_labels_and_the_calendar_use_the_data_since_the_version_in_force_came():
    (request,) = decide(*in_state(TriggerKind.NEW_LABELS, "on")).requests
    assert (request.data_from, request.data_to) == (date(2026, 1, 10), FEBRUARY.end_on)


def test_the_calendar_asks_anew_after_each_further_time():
    story = Story(system=a_watched_system(retrain_every_days=60))
    since = date(2026, 1, 1)
    found = []
    for window in months(6):
        history = replace(story.history(NOON), trained_on=since)
        decision = story.judge(window, seen(QUIET), history=history)
        found += [window.end_on for _ in decision.requests]
        for request in decision.requests:
            story.close(request.request_id, decision.as_of + timedelta(days=1))
    assert found == [date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1)], "days 90, 120 and 181"


def test_a_change_of_law_is_asked_about_once_and_one_before_the_first_window_is_no_news():
    story, changes = Story(), ((date(2026, 1, 15), "old act"), (date(2026, 3, 15), "new act"))
    found = []
    for window in months(3):
        decision = story.judge(window, seen(QUIET), history=replace(story.history(NOON), policy_changes_on=changes))
        found.append([one.reason for one in decision.requests])
    assert found == [[], ["another policy or law took effect: version new act on 2026-03-15"], []]


def test_what_could_not_be_told_for_a_window_is_not_asked_for_twice():
    story, told = Story(), {"label_count_at_training": 0}
    found = []
    for window, count in zip(months(3), (20_000, None, 20_100), strict=True):
        decision = story.judge(window, seen(QUIET), label_count=count, history=replace(story.history(NOON), **told))
        found.append(asked(decision))
    assert found == [["retrain"], [], []]


# What holds a request back


def test_a_preservation_hold_withholds_retraining_aloud_and_it_is_asked_for_after():
    story = Story()
    first, second = months(2)
    held = replace(story.history(NOON), held="preservation hold preserve-1 of credit_model")
    decision = story.judge(first, seen(QUIET, performance=(LOSS,)), history=held)
    assert (asked(decision), codes(decision)) == ([], ["preservation_hold"])
    assert "preserve-1" in decision.withheld[0].reason
    assert trigger(decision, TriggerKind.PERFORMANCE_DROP).fired
    assert asked(story.judge(second, seen(QUIET, performance=(LOSS,)))) == ["retrain"]


def test_a_preservation_hold_does_not_withhold_looking_into_a_drift():
    history = TriggerHistory(1, held="preservation hold")
    assert asked(decide(trigger_inputs(history=history), seen(DRIFTED))) == ["investigate"]


def test_what_was_held_back_and_no_longer_shows_is_not_asked_for():
    story = Story()
    first, second, third = months(3)
    story.judge(first, seen(DRIFTED))
    income = [a_judged_cell(CellState.DRIFTED, "income", psi=psi) for psi in (0.4, 0.01)]
    assert codes(story.judge(second, seen(DRIFTED, income[0]))) == ["in_flight"]
    story.close(story.decisions[0].requests[0].request_id, story.decisions[-1].as_of)
    over = story.judge(third, seen(DRIFTED, income[1]))
    assert (asked(over), codes(over)) == ([], [])
    assert over.verdict is Verdict.FAIL, "it stands until it is over"


def a_daily_story():
    story = Story(system=a_watched_system(WindowKind.DAY))
    first, *later = days(120)
    (request,) = story.judge(first, seen(DRIFTED)).requests
    return story, request, later


def two_drifts():
    return seen(DRIFTED, a_judged_cell(CellState.DRIFTED, "income"))


def test_one_request_of_an_action_is_in_flight_until_it_is_closed():
    story, request, later = a_daily_story()
    assert codes(story.judge(later[20], two_drifts())) == ["in_flight"]
    story.close(request.request_id, story.decisions[-1].as_of)
    assert asked(story.judge(later[21], two_drifts())) == ["investigate"]


def test_a_request_whose_every_reason_is_over_holds_no_other_back():
    story, _, later = a_daily_story()
    quiet = seen(a_judged_cell(CellState.QUIET), a_judged_cell(CellState.QUIET, "income"))
    for window in later[:2]:
        story.judge(window, quiet)
    other = seen(a_judged_cell(CellState.QUIET), a_judged_cell(CellState.DRIFTED, "income"))
    assert asked(story.judge(later[20], other)) == ["investigate"]


def test_new_outcomes_alone_ask_for_nothing_where_the_catalogue_does_not_say_so():
    inputs, looked = in_state(TriggerKind.NEW_LABELS, "on")
    unasked = replace(inputs.system, monitoring=replace(inputs.system.monitoring, retrain_on_new_labels=False))
    decision = decide(replace(inputs, system=unasked), looked)
    (trigger,) = [one for one in decision.triggers if one.kind is TriggerKind.NEW_LABELS]
    assert (decision.requests, trigger.fired, trigger.reason_code) == ((), False, "not_configured")


def test_a_request_that_nobody_closes_is_in_flight_for_so_many_days_and_no_longer():
    story, _, later = a_daily_story()
    assert codes(story.judge(later[88], two_drifts())) == ["in_flight"]
    assert asked(story.judge(later[89], two_drifts())) == ["investigate"]


def test_after_a_request_its_action_is_not_asked_for_again_before_the_cooldown_is_over():
    story, request, later = a_daily_story()
    story.close(request.request_id, story.decisions[0].as_of)
    assert codes(story.judge(later[12], two_drifts())) == ["cooldown"]
    assert asked(story.judge(later[13], two_drifts())) == ["investigate"]


def test_no_more_than_so_many_requests_of_any_action_are_made_in_30_days():
    story = Story(system=a_watched_system(WindowKind.DAY))
    first, second, third, *later = days(40)

    def judged(window):
        history = replace(story.history(NOON), policy_changes_on=((date(2026, 2, 3), "act"),))
        return story.judge(window, seen(DRIFTED, performance=(LOSS,)), history=history)

    story.judge(first, seen(DRIFTED))
    assert asked(judged(second)) == ["retrain"], "two in all, and the law is owed"
    assert codes(story.decisions[-1]) == ["maximum"]
    for window in (third, *later[:27]):
        assert (asked(judged(window)), codes(story.decisions[-1])) == ([], ["maximum"]), "still owed, and said so"
    assert asked(judged(later[27])) == ["reassess_controls"]


def test_the_same_window_judged_again_asks_for_nothing_and_names_the_request_alike():
    story = Story()
    first = story.judge(FEBRUARY, seen(DRIFTED))
    again = decide(story.inputs(FEBRUARY, first.as_of + timedelta(days=1)), seen(DRIFTED))
    assert (asked(again), codes(again)) == ([], ["already_judged"])
    elsewhere = decide(trigger_inputs(), seen(DRIFTED))
    assert elsewhere.requests == first.requests


def test_a_window_that_could_not_be_judged_at_first_keeps_what_it_had_asked_for():
    story = Story(system=a_watched_system(retrain_every_days=30))
    blind = replace(story.history(NOON), trained_on=date(2026, 1, 1))
    assert asked(story.judge(FEBRUARY, Looked(), profile=None, history=blind)) == ["retrain"]
    later = NOON + timedelta(days=1)
    history = replace(story.history(later), trained_on=date(2026, 1, 1))
    decision = story.judge(FEBRUARY, seen(DRIFTED), as_of=later, history=history)
    assert asked(decision) == ["investigate"]
    (known,) = story.history(later).windows
    assert (known.judged, [one.action.value for one in known.requests]) == (True, ["retrain", "investigate"])


def test_a_window_older_than_the_newest_judged_one_is_judged_and_asks_for_nothing():
    story = Story()
    first, second = months(2)
    story.judge(second, seen(QUIET))
    late = story.judge(first, seen(DRIFTED), as_of=datetime(2026, 4, 2, tzinfo=UTC))
    assert (late.opened, asked(late), codes(late)) == (("drift|age",), [], ["older_window"])


# The verdict


def test_a_small_segment_with_too_few_rows_is_listed_and_does_not_block():
    small = a_judged_cell(CellState.NOT_EVALUATED, segment=Segment("term", "60"))
    decision = decide(trigger_inputs(), seen(QUIET, small))
    assert decision.verdict is Verdict.PASS
    assert ("term=60", "too_few") in {(one.subject, one.reason_code) for one in decision.not_evaluated}


def test_a_column_that_could_not_be_judged_on_all_rows_is_no_pass():
    decision = decide(trigger_inputs(), seen(QUIET, a_judged_cell(CellState.NOT_EVALUATED, "income")))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [reason.code for reason in decision.reasons] == ["too_few"]


CELLS = st.lists(
    st.builds(
        a_judged_cell,
        st.sampled_from(CellState),
        st.sampled_from(("age", "income", "score")),
        st.sampled_from((Segment(), Segment("term", "60"))),
    ),
    max_size=5,
    unique_by=lambda cell: cell.key,
)
LOSSES = st.lists(
    st.builds(a_loss, st.sampled_from(("accuracy", "calibration", "quality_auc")), st.just("all rows"), st.sampled_from(Verdict)),
    max_size=3,
    unique_by=lambda one: one.reason_code,
)


@given(CELLS, LOSSES, st.booleans(), st.booleans())
def test_adding_a_drift_never_turns_a_fail_into_a_pass(cells, losses, is_estimated, is_held):
    inputs = trigger_inputs(history=TriggerHistory(1, held="hold" if is_held else ""))
    before = seen(*cells, performance=(*losses, *([ESTIMATE] if is_estimated else [])))
    after = replace(before, cells=(*before.cells, a_judged_cell(CellState.DRIFTED, "more")))
    assert decide(inputs, after).verdict is Verdict.FAIL
    if decide(inputs, before).verdict is Verdict.PASS:
        assert all(cell.state is CellState.QUIET or cell.segment.column for cell in cells)


@given(CELLS.flatmap(lambda cells: st.tuples(st.just(cells), st.permutations(cells))), LOSSES)
def test_the_order_in_which_cells_and_losses_were_seen_decides_nothing(cells, losses):
    one = decide(trigger_inputs(), seen(*cells[0], performance=tuple(losses)))
    other = decide(trigger_inputs(), seen(*cells[1], performance=tuple(reversed(losses))))
    assert (one.verdict, one.requests, one.withheld, one.conditions, one.memory) == (
        other.verdict,
        other.requests,
        other.withheld,
        other.conditions,
        other.memory,
    )


def test_every_action_that_the_policy_names_can_be_asked_for():
    swapped = replace(POLICIES, actions={**POLICIES.actions, "data_drift": "review_dataset"})
    assert asked(decide(trigger_inputs(policies=swapped), seen(DRIFTED))) == [TriggerAction.REVIEW_DATASET]


def test_the_reference_itself_is_never_older_than_the_data_that_are_asked_for():
    (request,) = decide(*in_state(TriggerKind.POLICY_CHANGE, "on")).requests
    assert JANUARY.start_on < request.data_from <= FEBRUARY.start_on
