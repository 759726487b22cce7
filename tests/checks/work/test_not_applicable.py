"""A closure gate that does not apply: which, why, and what was looked at where harm is known."""

from __future__ import annotations

from typing import Any

import pytest

from checks.work.harm import is_harm_possible
from checks.work.not_applicable import find_refusals
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import Case
from tests.builders import an_issue
from tests.checks.work.cases import a_case, a_step_plan, known_nothing
from tests.checks.work.closing_steps import a_gate_left_out, a_report, knowing

HARM = (CustomerImpact.FUNDS, CustomerImpact.ACCESS, CustomerImpact.PRIVACY, CustomerImpact.FAIRNESS)
SEVERE = (Severity.L3, Severity.L4)
Impacts = tuple[tuple[CustomerImpact, int], ...]
UNCOUNTED = "Nobody lost anything that would have to be restored"


def told(case: Case, impacts: Impacts = (), **changes: Any) -> list[tuple[str, str]]:
    plan = a_step_plan(a_gate_left_out(**changes), harmful_impacts=HARM, harmful_severities=SEVERE)
    found = find_refusals(case, plan, knowing(reported=a_report(impacts=impacts)))
    return [(refusal.code, refusal.reason) for refusal in found]


def of_severity(severity: Severity, *earlier: Severity) -> Case:
    return a_case(issue=an_issue(severity=severity), severities=earlier)


MILD = of_severity(Severity.L2)


def test_an_empty_document_is_told_everything_that_it_lacks_at_once() -> None:
    found = find_refusals(a_case(), a_step_plan(a_gate_left_out(reason="", evidence=())), known_nothing())
    assert [refusal.code for refusal in found] == ["missing", "missing"]


@pytest.mark.parametrize("gate", ClosureGate)
def test_recovery_of_customers_is_the_only_gate_that_may_not_apply(gate: ClosureGate) -> None:
    codes = [code for code, _ in told(MILD, gate=gate)]
    assert codes == ([] if gate is ClosureGate.CUSTOMER_RECOVERY else ["gate_applies"])


@pytest.mark.parametrize("impact", CustomerImpact)
def test_where_signals_report_harm_the_reason_says_how_much_was_looked_at(impact: CustomerImpact) -> None:
    refused = told(MILD, ((impact, 3),), reason=UNCOUNTED)
    assert [code for code, _ in refused] == (["harm_reported"] if impact in HARM else [])
    assert all(f"since 3 report {impact}" in reason for _, reason in refused)
    assert told(MILD, ((impact, 3),)) == []


@pytest.mark.parametrize(
    ("case", "is_refused"), [(MILD, False), (of_severity(Severity.L3), True), (of_severity(Severity.L2, Severity.L4), True)]
)
def test_a_severe_occurrence_was_harm_whatever_its_signals_report(case: Case, *, is_refused: bool) -> None:
    assert [code for code, _ in told(case, reason=UNCOUNTED)] == (["harm_reported"] if is_refused else [])


def test_without_a_policy_everything_that_is_reported_is_harm() -> None:
    found = find_refusals(MILD, a_step_plan(a_gate_left_out(reason=UNCOUNTED)), knowing())
    assert [refusal.code for refusal in found] == ["harm_reported"]


@pytest.mark.parametrize(
    ("case", "impacts", "is_possible"),
    [
        (MILD, (), True),
        (MILD, ((CustomerImpact.DELAY, 3),), False),
        (MILD, ((CustomerImpact.DELAY, 3), (CustomerImpact.FUNDS, 1)), True),
        (of_severity(Severity.L3), ((CustomerImpact.DELAY, 3),), True),
    ],
)
def test_where_nobody_said_what_happened_to_customers_harm_is_possible(case: Case, impacts: Impacts, *, is_possible: bool) -> None:
    assert is_harm_possible(case, a_report(impacts=impacts), HARM, SEVERE) is is_possible
