"""What a classification must say: a reason, deadlines that exist, what they count from, nothing taken back or left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.work.classification import find_refusals
from registry.domain.signal import Severity
from registry.domain.steps import Classification, DeadlineReport, IncidentClass
from registry.domain.work import Case
from tests.builders import an_issue
from tests.checks.work.cases import AS_OF, a_case, a_step_plan, a_taken, known_nothing

AWARE = AS_OF - timedelta(hours=30)
GDPR, LINK = "gdpr_data_breach", "eu_ai_act_serious_incident"


def a_classification(**changes: Any) -> Classification:
    base = Classification(severity=Severity.L3, reason="41 cards were held and three customers had no access for a day")
    return replace(base, **changes)


def refused(document: Classification, case: Case | None = None) -> dict[str, str]:
    return {
        found.code: f"{found.reason} -> {found.remedy}" for found in find_refusals(case or a_case(), a_step_plan(document), known_nothing())
    }


def before(**changes: Any) -> Case:
    return a_case(a_taken(a_classification(**changes)))


def test_a_severity_with_a_reason_is_enough() -> None:
    assert refused(a_classification()) == {}


@pytest.mark.parametrize(("reason", "code"), [("", "missing"), ("TBD", "placeholder"), ("n/a", "placeholder"), ("bad", "too_short")])
def test_a_reason_that_says_nothing_is_refused(reason: str, code: str) -> None:
    assert code in refused(a_classification(reason=reason))


def test_a_deadline_that_is_no_row_is_refused_with_the_nearest_name() -> None:
    found = refused(a_classification(deadlines=("gdpr_breach",), aware_at=AWARE))
    assert found.keys() == {"unknown_deadline"}
    assert "did you mean gdpr_data_breach?" in found["unknown_deadline"]


def test_a_deadline_asks_for_when_the_organisation_became_aware() -> None:
    assert refused(a_classification(deadlines=(GDPR,))).keys() == {"no_awareness"}
    assert refused(a_classification(deadlines=(GDPR,), aware_at=AWARE)) == {}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, {"no_causal_link"}),
        ({"causal_link_pending": "TBD"}, {"no_causal_link"}),
        ({"causal_link_pending": "the replay of the decisions ends on Friday"}, set()),
        ({"causal_link_at": AWARE + timedelta(hours=1)}, set()),
    ],
)
def test_a_deadline_that_counts_from_a_causal_link_asks_for_it_or_for_why_there_is_none(changes: dict[str, Any], codes: set[str]) -> None:
    assert refused(a_classification(deadlines=(LINK,), aware_at=AWARE, **changes)).keys() == codes


def test_nobody_becomes_aware_after_the_cause_is_known() -> None:
    document = a_classification(aware_at=AWARE, causal_link_at=AWARE - timedelta(seconds=1))
    assert refused(document).keys() == {"aware_after_link"}
    assert refused(replace(document, causal_link_at=AWARE)) == {}


def a_report(**changes: Any) -> DeadlineReport:
    return replace(DeadlineReport(deadline=GDPR, reported_at=AS_OF, receipt="authority case 2020-118"), **changes)


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (a_report(deadline="eu_ai_act_death"), "unknown_report"),
        (a_report(reported_at=AS_OF + timedelta(seconds=1)), "in_the_future"),
        (a_report(receipt=""), "no_receipt"),
        (a_report(receipt="tbd"), "no_receipt"),
    ],
)
def test_a_report_that_meets_nothing_is_refused(report: DeadlineReport, code: str) -> None:
    document = a_classification(deadlines=(GDPR,), aware_at=AWARE, reports=(report,))
    assert refused(document).keys() == {code}
    assert refused(replace(document, reports=(a_report(),))) == {}


def test_a_deadline_is_not_taken_back_unless_a_report_met_it() -> None:
    case = before(deadlines=(GDPR,), aware_at=AWARE)
    found = refused(a_classification(aware_at=AWARE), case)
    assert found.keys() == {"deadline_taken_back"} and GDPR in found["deadline_taken_back"]
    assert refused(a_classification(aware_at=AWARE, reports=(a_report(),)), case) == {}


@pytest.mark.parametrize(("hours", "codes"), [(1, {"start_moved"}), (0, set()), (-1, set())])
def test_a_start_moves_to_earlier_and_never_to_later(hours: int, codes: set[str]) -> None:
    case = before(deadlines=(GDPR,), aware_at=AWARE)
    assert refused(a_classification(deadlines=(GDPR,), aware_at=AWARE + timedelta(hours=hours)), case).keys() == codes


def test_a_start_is_not_left_out_once_it_was_given() -> None:
    linked = {"deadlines": (LINK,), "aware_at": AWARE, "causal_link_at": AWARE}
    again = refused(a_classification(deadlines=(LINK,), aware_at=AWARE, causal_link_pending="the replay ends on Friday"), before(**linked))
    assert again.keys() == {"start_moved"} and "causal_link_at" in again["start_moved"]


def test_an_incident_stays_one_and_its_class_may_be_put_right() -> None:
    case = before(incident=IncidentClass.INFRA_ERROR)
    assert refused(a_classification(), case).keys() == {"incident_taken_back"}
    assert refused(a_classification(incident=IncidentClass.DATA_BREACH), case) == {}


def test_everything_that_is_missing_is_told_at_once() -> None:
    assert refused(a_classification(reason="", deadlines=("x", LINK))).keys() == {
        "missing",
        "unknown_deadline",
        "no_awareness",
        "no_causal_link",
    }


@pytest.mark.parametrize(("seconds", "codes"), [(-1, {"report_before_awareness"}), (0, set())])
def test_a_report_made_before_anybody_was_aware_meets_nothing(seconds: int, codes: set[str]) -> None:
    report = a_report(reported_at=AWARE + timedelta(seconds=seconds))
    named = {"deadlines": (GDPR,), "aware_at": AWARE}
    assert refused(a_classification(**named, reports=(report,))).keys() == codes
    assert refused(a_classification(**named, reports=(report,)), before(**named)).keys() == codes


def test_a_report_is_held_against_the_earliest_awareness_that_was_given() -> None:
    case = before(deadlines=(GDPR,), aware_at=AWARE)
    report = a_report(reported_at=AWARE - timedelta(hours=1))
    assert refused(a_classification(aware_at=AWARE - timedelta(hours=2), reports=(report,)), case) == {}


def test_a_deadline_that_was_met_is_not_named_anew_without_its_report() -> None:
    met = {"deadlines": (GDPR,), "aware_at": AWARE, "reports": (a_report(),)}
    found = refused(a_classification(deadlines=(GDPR,), aware_at=AWARE), before(**met))
    assert found.keys() == {"met_already"} and "a new incident is a new issue" in found["met_already"]
    assert refused(a_classification(**met), before(**met)) == {}
    assert refused(a_classification(aware_at=AWARE), before(**met)) == {}


@pytest.mark.parametrize("start", ["aware_at", "causal_link_at"])
@pytest.mark.parametrize(("days", "codes"), [(3660, set()), (3661, {"too_early"})])
def test_a_start_of_another_age_is_a_slip_that_nobody_could_take_back(start: str, days: int, codes: set[str]) -> None:
    at = a_case().issue.opened_at - timedelta(days=days)
    assert refused(a_classification(**{start: at})).keys() == codes


def a_small_case(*steps: Any, **changes: Any) -> Case:
    return a_case(*steps, issue=an_issue(severity=Severity.L1), **changes)


def test_harm_that_turns_out_to_be_none_is_a_learning_signal() -> None:
    assert refused(a_classification(severity=Severity.L0), a_small_case()) == {}


def test_a_deadline_without_a_report_is_not_left_behind_as_a_learning_signal() -> None:
    named = {"deadlines": (GDPR,), "aware_at": AWARE}
    case = a_small_case(a_taken(a_classification(severity=Severity.L1, **named)))
    found = refused(a_classification(severity=Severity.L0, **named), case)
    assert found.keys() == {"deadline_owed"} and GDPR in found["deadline_owed"]
    assert refused(a_classification(severity=Severity.L0, **named), a_small_case()).keys() == {"deadline_owed"}
    assert refused(a_classification(severity=Severity.L1, **named), case) == {}
    assert refused(a_classification(severity=Severity.L0, **named, reports=(a_report(),)), case) == {}


@pytest.mark.parametrize("severity", [Severity.L2, Severity.L3, Severity.L4])
def test_harm_that_was_seen_is_not_talked_down_to_a_learning_signal(severity: Severity) -> None:
    for case in (a_case(issue=an_issue(severity=severity)), a_small_case(severities=(severity, Severity.L1))):
        found = refused(a_classification(severity=Severity.L0), case)
        assert found.keys() == {"harm_seen"} and "accept the risk" in found["harm_seen"]
        assert refused(a_classification(severity=Severity.L1), case) == {}
