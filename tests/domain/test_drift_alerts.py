"""The built-in feed of drift alerts: who has it, what becomes of conditions and requests, and which of them are one symptom."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from registry.domain.drift_alerts import alerts_of, drift_alert_rows, is_drift_feed, symptom_of, with_drift_alerts
from registry.domain.signal import CustomerImpact, SignalCategory
from tests.builders import NOON, SYSTEM, ZONE, a_system
from tests.trigger_events import a_request, an_evaluation

ZONES = {SYSTEM: ZONE}


def alerts(scores=(), **body):
    return list(alerts_of(7, json.loads(an_evaluation(SYSTEM, **body).canonical_body()), scores))


def cells(*found):
    header, *rows = drift_alert_rows(ZONES, found)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_an_evaluation_that_asks_for_nothing_makes_no_signal():
    assert alerts() == [] and alerts(conditions=["data_quality|age|missing"]) == [], "what stands is no news"


def test_a_watched_system_has_one_feed_more():
    (*before, added) = with_drift_alerts(a_system()).feeds

    assert tuple(before) == a_system().feeds
    assert is_drift_feed(added) and not any(map(is_drift_feed, before))
    assert (added.category, added.impact.constant, added.synthetic) == (SignalCategory.DRIFT_ALERT, CustomerImpact.NONE, "")


def test_without_alerts_the_source_has_its_header_alone():
    (header,) = drift_alert_rows(ZONES, ())

    assert {"id", "system", "condition", "evidence", "record", "window", "request"} <= set(header)


def test_a_condition_names_its_window_and_the_record_of_the_decision():
    (row,) = cells(*alerts(opened=["data_quality|emp_length|unseen_level"]))

    assert row["condition"] == "data quality of emp_length: unseen level"
    assert row["evidence"] == "window 2020-09-01 to 2020-10-01: data_quality|emp_length|unseen_level opened"
    assert (row["window"], row["request"]) == ("2020-09-01 to 2020-10-01", "")
    assert row["record"] == "event 7, decision.json of package sha256:" + "e" * 64


def test_a_request_says_what_is_asked_for_and_with_which_data():
    (row,) = cells(*alerts(requests=[a_request("schedule")]))

    assert (row["id"], row["request"]) == ("sha256:" + "d" * 64, "sha256:" + "d" * 64)
    assert row["evidence"].endswith("retrain is asked for with the data of 2020-07-01 to 2020-10-01")


@pytest.mark.parametrize(
    ("conditions", "symptoms"),
    [
        (["drift|term", "drift|purpose"], {"data drift"}),
        (["drift|term", "drift|pd"], {"data drift", "prediction drift"}),
        (["performance|calibration|term=60", "performance|calibration|all rows"], {"performance: calibration"}),
        (["performance|calibration|all rows", "performance|accuracy|all rows"], {"performance: calibration", "performance: accuracy"}),
        (["data_quality|a|unseen_level", "data_quality|a|vanished_level"], 2),
        (["data_quality|a|unseen_level", "data_quality|b|unseen_level"], 2),
    ],
)
def test_conditions_of_one_kind_are_one_symptom(conditions, symptoms):
    found = {alert.symptom for alert in alerts(["pd"], opened=conditions)}

    assert found == symptoms or len(found) == symptoms


@pytest.mark.parametrize(
    ("triggers", "body", "symptom"),
    [
        (["data_drift"], {"opened": ["drift|term"]}, "data drift"),
        (["data_drift"], {"opened": ["drift|pd"]}, "prediction drift"),
        (["data_drift"], {"opened": ["drift|pd", "drift|term"]}, "data drift"),
        (["data_drift", "performance_drop"], {"opened": ["drift|term"], "conditions": ["performance|accuracy|x"]}, "performance: accuracy"),
        (["performance_drop"], {}, "performance"),
        (["schedule"], {"opened": ["drift|term"]}, "retrain: schedule"),
        (["new_labels", "schedule"], {}, "retrain: new labels"),
    ],
)
def test_a_request_belongs_to_the_symptom_it_is_asked_because_of(triggers, body, symptom):
    *_, asked = alerts(["pd"], requests=[a_request(*triggers)], **body)

    assert asked.symptom == symptom


@pytest.mark.parametrize(
    ("judged_at", "counts_on"),
    [
        (datetime(2020, 10, 2, 9, tzinfo=UTC), "2020-10-02T03:59:59.999999Z"),
        (datetime(2020, 10, 2, 3, tzinfo=UTC), "2020-10-01T03:59:59.999999Z"),  # still the first of October in New York
    ],
)
def test_what_a_day_judged_is_news_of_the_civil_day_before(judged_at, counts_on):
    (row,) = cells(*alerts(opened=["drift|term"], judged_at=judged_at))

    assert row["received_at"] == counts_on and row["occurred_at"] == "2020-10-01T03:59:59.999999Z"


def test_a_decision_about_a_window_is_of_what_served_at_its_end():
    (row,) = cells(*alerts(opened=["drift|term"], judged_at=NOON, end_on=date(2020, 10, 1)))

    assert row["occurred_at"] < row["received_at"] == "2020-10-15T03:59:59.999999Z"


def test_systems_that_are_not_of_the_run_are_left_out():
    assert len(drift_alert_rows({}, alerts(opened=["drift|term"]))) == 1


def test_a_column_with_the_name_of_nothing_special_is_data():
    assert symptom_of("drift|score", ["pd"]) == "data drift"


def test_a_condition_names_the_request_that_was_made_because_of_it():
    asked = a_request("data_drift", action="investigate")
    drift, quality, *_ = cells(*alerts(opened=["drift|term", "data_quality|term|missing"], requests=[asked]))

    assert drift["evidence"].endswith("drift|term opened; because of it request sha256:dddddddddddd asks to investigate")
    assert quality["evidence"].endswith("data_quality|term|missing opened")
