"""A run over every window in one answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.recurrence_day import judge_recurrence_day, summarize
from registry.domain.decision import Finding, Verdict
from registry.domain.recurrence import Light, Outcome
from registry.domain.recurrence_run import RecurrencePlan
from tests.builders_policies import some_policies
from tests.recurrence_builders import a_recurrence_policy, a_window_decision, an_indicator, some_window_inputs

CLEAN = a_window_decision()
WATCHING = a_window_decision(outcome=Outcome.WATCHING, verdict=Verdict.INCONCLUSIVE)
BACK = a_window_decision(outcome=Outcome.RECURRED, verdict=Verdict.FAIL)


def a_plan() -> RecurrencePlan:
    inputs = some_window_inputs()
    at = inputs.as_of
    return RecurrencePlan(
        str(Path("bank")), at, at, inputs.business_date, inputs.zone, at, (), (), a_recurrence_policy(), some_policies(), b"{}"
    )


def test_without_a_window_there_was_nothing_to_judge() -> None:
    day = judge_recurrence_day(a_plan(), (), (), 1)
    assert (day.verdict, [reason.code for reason in day.reasons]) == (Verdict.INCONCLUSIVE, ["no_window"])


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((CLEAN,), Verdict.PASS),
        ((CLEAN, WATCHING), Verdict.INCONCLUSIVE),
        ((CLEAN, WATCHING, BACK), Verdict.FAIL),
    ],
)
def test_the_worst_window_decides(windows: tuple, expected: Verdict) -> None:  # type: ignore[type-arg]
    day = judge_recurrence_day(a_plan(), windows, (), 1)
    assert day.verdict is expected
    assert judge_recurrence_day(a_plan(), windows[::-1], (), 1).verdict is expected


def test_an_indicator_is_told_and_decides_nothing() -> None:
    red, unknown = an_indicator(light=Light.RED, reason="came back twice"), an_indicator(light=Light.UNKNOWN, reason="nothing to read")
    day = judge_recurrence_day(a_plan(), (CLEAN,), (red, unknown), 1)
    assert day.verdict is Verdict.PASS
    assert [found.verdict for found in day.findings if found.check == "indicator"] == [Verdict.FAIL, Verdict.INCONCLUSIVE]
    assert [one.reason for one in day.not_evaluated] == ["nothing to read"]


def test_what_was_found_on_the_way_keeps_it_from_passing() -> None:
    pending = Finding("evidence", "sha256:1", Verdict.INCONCLUSIVE, "evidence_pending", "promised and not sealed")
    assert judge_recurrence_day(a_plan(), (CLEAN,), (), 1, (pending,)).verdict is Verdict.INCONCLUSIVE


def test_summing_up_again_changes_nothing() -> None:
    pending = (Finding("evidence", "sha256:1", Verdict.INCONCLUSIVE, "evidence_pending", "promised and not sealed"),)
    day = judge_recurrence_day(a_plan(), (CLEAN, WATCHING), (an_indicator(),), 1, pending)
    assert summarize(day, pending) == day
    assert summarize(replace(day, windows=(CLEAN,)), ()) != day
