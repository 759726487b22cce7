"""Comparing what was decided about watched predictions with the truth: asked twice, too late, or for the wrong thing is not ok."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from deployments.demo.expectations import compare
from registry.domain.decision import Verdict
from registry.domain.triggers import TriggerAction, TriggerKind
from tests.demo.comparing import not_ok
from tests.demo.true_closings import true_closings
from tests.demo.true_releases import true_releases
from tests.demo.true_replay import change_of, true_days, true_history, truth_of
from tests.demo.true_windows import APRIL, JUNE, MAY, Windows, a_demo_request, true_windows

WATCHED = {"drift alone", "measured loss", "recoded data", "changed rules", "watched and quiet"}
RETRAIN = a_demo_request(TriggerAction.RETRAIN, TriggerKind.PERFORMANCE_DROP)
INVESTIGATE = a_demo_request(TriggerAction.INVESTIGATE, TriggerKind.DATA_DRIFT)
_DAY = timedelta(days=1)


def test_without_a_judged_window_no_story_of_predictions_is_ok() -> None:
    assert not_ok(true_days(), {}) == WATCHED
    found = {"releases": tuple(true_releases().values()), "closings": tuple(true_closings().values())}
    rows = compare(tuple(true_days().values()), true_history(), **found)  # type: ignore[arg-type]
    assert sum("not looked at" in row.found for row in rows) == len(WATCHED) - 1


def spoil(system: str, on: date, **changes: object) -> Callable[[Windows], None]:
    return lambda windows: windows.update({(system, on): replace(windows[system, on], **changes)})  # type: ignore[arg-type]


def drop(system: str, on: date) -> Callable[[Windows], None]:
    return lambda windows: windows.update({(system, on): windows[system, JUNE]})


def ask_a_month_late(windows: Windows) -> None:
    may, june = windows["credit_model", MAY], windows["credit_model", JUNE]
    windows["credit_model", MAY], windows["credit_model", JUNE] = replace(may, requests=()), replace(june, requests=may.requests)


SPOILED: list[tuple[str, Callable[[Windows], None], set[str]]] = [
    ("the drift opened nothing", spoil("credit_model", APRIL, opened=()), {"drift alone"}),
    ("drift alone asked for a retraining", spoil("credit_model", APRIL, requests=(RETRAIN,)), {"drift alone", "measured loss"}),
    ("drift asked for two things", spoil("credit_model", APRIL, requests=(INVESTIGATE, RETRAIN)), {"drift alone", "measured loss"}),
    ("standing drift was asked for again", spoil("credit_model", JUNE, requests=(INVESTIGATE,)), {"drift alone"}),
    ("the loss asked for nothing", spoil("credit_model", MAY, requests=()), {"measured loss"}),
    ("the loss was asked for a month late", ask_a_month_late, {"measured loss"}),
    ("the loss was asked for again", spoil("credit_model", JUNE, requests=(RETRAIN,)), {"measured loss"}),
    ("the loss was not measured", spoil("credit_model", MAY, performance=()), {"measured loss"}),
    ("recoded data were not seen", spoil("fraud_filter", MAY, opened=(), conditions=()), {"recoded data"}),
    ("recoded data were called drift", spoil("fraud_filter", MAY, conditions=("drift|entry_mode",)), {"recoded data"}),
    ("recoded data passed", spoil("fraud_filter", MAY, verdict=Verdict.PASS), {"recoded data"}),
    ("recoded data asked to investigate", spoil("fraud_filter", JUNE, requests=(INVESTIGATE,)), {"recoded data", "changed rules"}),
    ("the changed rules asked for nothing", spoil("fraud_filter", MAY, requests=()), {"changed rules"}),
    ("the quiet system did not pass", spoil("complaint_router", MAY, verdict=Verdict.INCONCLUSIVE), {"watched and quiet"}),
    ("the quiet system was asked for something", spoil("complaint_router", MAY, requests=(INVESTIGATE,)), {"watched and quiet"}),
    ("a condition stands in the quiet system", spoil("complaint_router", JUNE, conditions=("drift|team",)), {"watched and quiet"}),
    ("a month of the quiet system was not judged", drop("complaint_router", MAY), {"watched and quiet"}),
]


@pytest.mark.parametrize(("spoiled", "expected"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_one_decision_gone_wrong_is_named_in_its_row(spoiled: Callable[[Windows], None], expected: set[str]) -> None:
    windows = true_windows()
    spoiled(windows)
    assert not_ok(true_days(), windows) == expected


@pytest.mark.parametrize("case", sorted(WATCHED - {"watched and quiet"}))
def test_a_story_is_not_ok_without_its_issue_the_next_morning_or_with_two(case: str) -> None:
    truth, days = truth_of(case), true_days()
    on = truth.from_on + _DAY
    without = tuple(change for change in days[on].changes if change.issue.title != change_of(truth).issue.title)
    assert not_ok({**days, on: replace(days[on], changes=without)}) == {case}
    later = replace(days[JUNE + 5 * _DAY], changes=(change_of(truth),))
    assert not_ok({**days, JUNE + 5 * _DAY: later}) == {case}
