"""The same cause elsewhere: another issue that is there, has a cause, and does not lead back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.work.same_cause import find_refusals
from registry.domain.work_run import OtherIssue
from tests.builders import a_system
from tests.checks.work.cases import a_case, a_step_plan, known_nothing
from tests.checks.work.closing_steps import OTHER_ID, a_same_cause, knowing

OWN_ID = a_case().issue.issue_id
CAUSE = "The filter does not know the code U2"


def told(links: tuple[tuple[str, str], ...] = (), other: OtherIssue | None = None, **changes: Any) -> list[tuple[str, str]]:
    known = knowing(same_cause=links)
    known = replace(known, other=other) if other else known
    found = find_refusals(a_case(), a_step_plan(a_same_cause(**changes)), known)
    return [(refusal.code, refusal.reason) for refusal in found]


def codes(links: tuple[tuple[str, str], ...] = (), other: OtherIssue | None = None, **changes: Any) -> list[str]:
    return [code for code, _ in told(links, other, **changes)]


def test_an_empty_document_is_told_everything_that_it_lacks_at_once() -> None:
    found = find_refusals(a_case(), a_step_plan(a_same_cause(issue="", reason="", evidence=())), known_nothing())
    assert [refusal.code for refusal in found] == ["unknown_issue", "missing", "missing"]


def test_an_issue_is_linked_to_another_whose_cause_is_known() -> None:
    assert told() == []


def test_an_issue_is_not_linked_to_itself() -> None:
    assert codes(issue=OWN_ID) == ["same_issue"]


def test_an_issue_that_the_ledger_does_not_have_is_refused() -> None:
    found = find_refusals(a_case(), a_step_plan(a_same_cause()), replace(knowing(), other=None))
    assert [refusal.code for refusal in found] == ["unknown_issue"]


@pytest.mark.parametrize("cause", ["", "  "])
def test_without_a_recorded_cause_nobody_can_say_that_it_is_the_same(cause: str) -> None:
    assert codes(other=OtherIssue(OTHER_ID, "fraud_filter", cause)) == ["no_known_cause"]


def test_the_systems_of_both_are_in_the_catalogue() -> None:
    assert told(other=OtherIssue(OTHER_ID, "loan_scoring", CAUSE)) == [
        ("no_system", "expected loan_scoring in the catalogue, found no such system")
    ]
    plan = a_step_plan(a_same_cause(), systems=(a_system(system_id="loan_scoring"),))
    known = replace(knowing(), other=OtherIssue(OTHER_ID, "loan_scoring", CAUSE))
    assert ["fraud_filter" in refusal.reason for refusal in find_refusals(a_case(), plan, known)] == [True]


@pytest.mark.parametrize(
    ("links", "way"),
    [
        (((OTHER_ID, OWN_ID),), f"{OTHER_ID} -> {OWN_ID}"),
        (((OTHER_ID, "ISS-2"), ("ISS-2", OWN_ID)), f"{OTHER_ID} -> ISS-2 -> {OWN_ID}"),
        (((OTHER_ID, "ISS-2"), ("ISS-2", "ISS-3"), ("ISS-3", OWN_ID), ("ISS-3", OTHER_ID)), f"{OTHER_ID} -> ISS-2 -> ISS-3 -> {OWN_ID}"),
    ],
)
def test_the_other_issue_does_not_lead_back_here(links: tuple[tuple[str, str], ...], way: str) -> None:
    ((code, reason),) = told(links)
    assert (code, reason.endswith(f"found {way}")) == ("goes_in_a_circle", True)


@pytest.mark.parametrize(
    "links", [(), ((OWN_ID, "ISS-2"),), ((OTHER_ID, "ISS-2"),), (("ISS-2", OWN_ID),), ((OTHER_ID, "ISS-2"), ("ISS-2", OTHER_ID))]
)
def test_what_does_not_lead_back_here_is_taken_even_where_others_go_round(links: tuple[tuple[str, str], ...]) -> None:
    assert told(links) == []


def test_a_pair_is_linked_once() -> None:
    assert codes(((OWN_ID, OTHER_ID),)) == ["linked_already"]
