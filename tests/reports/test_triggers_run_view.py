"""A run of the retraining triggers as people read it: in words, each subject once, and of whom what is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from registry.domain.decision import NotEvaluated, Verdict
from registry.domain.monitoring import Window
from registry.domain.trigger_run import Judged, SystemDay, TriggersDay
from registry.domain.triggers import Trigger, TriggerAction, TriggerDecision, TriggerKind
from reports.condition_words import condition_words, plain_reason
from reports.gaps_view import gaps
from reports.triggers_day_view import asked_lines, render_triggers_day, triggers_day_markdown, triggers_day_text
from reports.triggers_page import render_triggers
from reports.triggers_summary import figures, headline
from tests.reports import trigger_samples as samples
from tests.reports.test_triage_page import Page

LOSS = "performance|calibration|all rows, performance|calibration|term=60"
RAW = f"drifted: term; loss: {LOSS}; worse on known outcomes: calibration of all rows, calibration of term=60"
SAID = "drifted: term; loss: events observed against predicted in all rows, term=60; "
SAID += "worse on known outcomes: events observed against predicted in all rows, term=60"
CHANGE = "another policy or law took effect: version rules-2 on 2010-05-10"


def a_day(*days: SystemDay) -> TriggersDay:
    return replace(samples.a_run_named_by(["loans"])[0], days=days, systems=tuple(day.system for day in days))


def asked_of_loans(reason: str = RAW) -> SystemDay:
    request = samples.a_request(action=TriggerAction.RETRAIN, reason=reason)
    raw = f"all rows: all rows: 10 % observed; data_drift: retrain: {reason}"
    return SystemDay("loans", Verdict.FAIL, samples.MAY, "decision-00001.json", raw, (request,))


def read(day: TriggersDay, *decisions: TriggerDecision) -> str:
    judged = [Judged(number, samples.may_inputs(), decision) for number, decision in enumerate(decisions, 1)]
    return Page(render_triggers_day(day, judged, {f"decision-{one.number:05d}.json": "report.html" for one in judged}, "UTC")).text


def without_a_label(decision: TriggerDecision) -> TriggerDecision:
    kinds = (TriggerKind.PERFORMANCE_DROP, TriggerKind.QUALITY_DROP)
    unset = tuple(
        replace(one, fired=False, not_evaluated=False, reason_code="not_configured") for one in decision.triggers if one.kind in kinds
    )
    others = tuple(one for one in decision.triggers if one.kind not in kinds)
    missing = (NotEvaluated("all rows", "immature_reference", "expected at least 80 % of the reference's outcomes, found none known"),)
    return replace(decision, triggers=(*unset, *others), performance=(), performance_not_evaluated=missing, not_evaluated=missing)


def test_a_run_over_nothing_asks_for_nothing() -> None:
    assert asked_lines(a_day()) == []
    assert "Nothing is asked." in read(a_day())
    assert "nothing is asked" in triggers_day_text(a_day(), ())


def test_page_terminal_and_artifact_of_a_run_say_conditions_in_words() -> None:
    day, decision = a_day(asked_of_loans()), samples.a_loss_decision()
    for text in (read(day, decision), triggers_day_text(day, [decision]), triggers_day_markdown(day, decisions=[decision])):
        assert "events observed against predicted" in text
        assert not any(raw in text for raw in ("performance|", "calibration", "data_drift", "all rows: all rows"))


def test_a_request_of_a_run_names_whom_it_asks_and_the_last_day_of_its_data() -> None:
    day = a_day(asked_of_loans())
    said = "loans: retrain, asked of model.owner@bank.example (model owner), with the data of 1 May 2010 to 31 May 2010"

    assert f"{said} . Because: drifted: term" in read(day, samples.a_loss_decision())
    assert "loans: retrain, with the data of 1 May 2010 to 31 May 2010: drifted: term" in triggers_day_text(day, ())


def test_a_system_of_a_run_is_told_as_on_its_own_page_by_its_worst_window() -> None:
    april = replace(samples.may_decision(), window=Window(date(2010, 4, 1), date(2010, 5, 1)))
    text = read(a_day(asked_of_loans()), april, samples.a_quiet_decision())

    assert f"April 2010: {headline(april)}" in text
    assert headline(samples.a_quiet_decision()) not in text


def test_what_a_run_leaves_out_stands_before_what_it_found_and_what_it_did_not_judge_in_its_own_words() -> None:
    left = replace(asked_of_loans(), left_out=("2 months from 2010-01-01 until 2010-03-01 not judged",))
    assert "2 months from 2010-01-01 until 2010-03-01 not judged. 1 of 13 columns drifted" in read(a_day(left), samples.may_decision())
    assert "10 % observed; data_drift" in read(a_day(asked_of_loans()))


def test_a_policy_that_took_effect_is_a_version_and_a_date_and_part_of_what_happened() -> None:
    change = Trigger(TriggerKind.POLICY_CHANGE, TriggerAction.REASSESS_CONTROLS, True, "in_force", CHANGE)
    decision = replace(samples.a_quiet_decision(), verdict=Verdict.FAIL, triggers=(change,))

    assert headline(decision) == "Another policy or law took effect: version rules-2 on 2010-05-10."


def test_a_system_without_a_label_is_told_that_performance_is_not_measured_and_of_no_missing_outcome() -> None:
    inputs = samples.may_inputs()
    system = replace(inputs.system, predictions=replace(inputs.system.predictions, label=""))
    inputs = replace(inputs, system=system, outcomes=(), reference_outcomes=None)
    decision = without_a_label(samples.a_quiet_decision())
    text = Page(render_triggers(decision, inputs)).text

    assert text.count("No label is configured: performance is not measured.") == 3, "not evaluated, concept drift, performance"
    assert "found none known" not in text
    assert "nothing broken, performance not measured." in text
    assert [figure.note for figure in figures(decision, inputs) if figure.label == "outcomes known"] == ["no label is configured"]


def test_nothing_is_said_to_be_no_worse_where_no_outcome_could_be_judged() -> None:
    assert "nothing worse" in headline(replace(samples.a_quiet_decision(), performance=samples.some_performance()[:1]))
    assert "no outcomes yet to judge by" in headline(replace(samples.a_quiet_decision(), performance=()))


def test_a_gap_stands_beside_its_subject_and_does_not_say_it_again() -> None:
    items = tuple(NotEvaluated(name, "immature_labels", f"{name}: 0 of 9 outcomes") for name in ("all rows", "term=36"))
    decision = samples.may_decision(performance_not_evaluated=items, not_evaluated=items, triggers=(), cells=(), data_quality=())

    told = [(gap.subject, gap.state, gap.reason) for gap in gaps(replace(decision, performance=(), findings=()))]
    assert told == [("all rows and term=36", "Outcomes: mostly not known yet", "0 of 9 outcomes")]


def test_many_segments_whose_outcomes_are_not_known_are_one_line_with_the_numbers_of_the_first() -> None:
    items = tuple(NotEvaluated(f"term={term}", "immature_labels", f"term={term}: 0 of {term} outcomes") for term in range(12, 22))
    found = [gap for gap in gaps(samples.may_decision(performance_not_evaluated=items)) if gap.state.startswith("Outcomes")]

    assert [gap.subject for gap in found] == ["term=12, term=13, term=14, term=15, term=16, term=17 and 4 more"]
    assert found[0].reason == "term=12: 0 of 12 outcomes. The others likewise: their numbers are in the decision record."


def test_a_trigger_that_could_not_be_told_for_a_reason_told_before_refers_to_it() -> None:
    item = NotEvaluated("all rows", "immature_labels", "all rows: 0 of 9 outcomes")
    trigger = Trigger(TriggerKind.QUALITY_DROP, TriggerAction.RETRAIN, False, "immature_labels", item.reason, not_evaluated=True)
    found = gaps(samples.may_decision(performance_not_evaluated=(item,), triggers=(trigger,)))

    assert [gap.reason for gap in found if gap.state == "Trigger not told"] == ["for the same reason as all rows"]


def test_the_names_of_the_ledger_are_said_in_words_each_measure_and_each_loss_once() -> None:
    assert plain_reason("") == ""
    assert plain_reason(RAW) == SAID.replace("loss: events observed against predicted in all rows, term=60; ", "")
    assert plain_reason("drift|term and data_quality|a|b|missing_block") == "term and a|b (many values missing)"
    assert plain_reason("data_quality|term|no_such_problem") == "data_quality|term|no_such_problem"
    assert condition_words("data_quality|emp_length|unseen_level") == "emp_length (levels never seen before)"
