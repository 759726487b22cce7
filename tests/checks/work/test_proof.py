"""Evidence of a fix: figures that can be compared, and where they come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.work.proof import find_refusals
from registry.domain.issue import IssueState
from registry.domain.policy_work import Shows, Strength
from registry.domain.steps import VerificationKind
from registry.domain.steps_change import VerificationEvidence
from registry.domain.work_run import StepKnowledge
from tests.builders import an_issue
from tests.checks.work.cases import a_case, a_step_plan, shipped_policies
from tests.checks.work.releases import an_approved_case, some_evidence


def refused(state: IssueState = IssueState.IMPLEMENTED, **changes: Any) -> list[tuple[str, str]]:
    plan = a_step_plan(some_evidence(**changes))
    found = find_refusals(a_case(issue=an_issue(state=state)), plan, StepKnowledge())
    return [(refusal.code, refusal.reason) for refusal in found]


def test_empty_evidence_is_told_everything_that_it_lacks_at_once() -> None:
    empty = VerificationEvidence(kind=VerificationKind.CONTRACT_TEST, summary="", before="", after="", pointers=())

    found = find_refusals(an_approved_case(), a_step_plan(empty), StepKnowledge())

    assert [(one.code, one.reason.partition(":")[0]) for one in found] == [
        ("missing", "summary"),
        ("missing", "before"),
        ("missing", "after"),
        ("no_pointers", "pointers"),
    ]


@pytest.mark.parametrize("kind", VerificationKind)
def test_complete_evidence_of_every_kind_is_taken_once_the_fix_is_in_force(kind: VerificationKind) -> None:
    assert refused(kind=kind) == []


def test_a_production_figure_needs_the_changes_in_force() -> None:
    codes = {kind: [code for code, _ in refused(IssueState.ACTION_APPROVED, kind=kind)] for kind in VerificationKind}

    assert codes == {kind: ["before_release"] if kind == "production_kri" else [] for kind in VerificationKind}


@pytest.mark.parametrize("field", ["before", "after"])
@pytest.mark.parametrize(
    ("text", "code"),
    [("tbd", "placeholder"), ("much better", "no_figure"), ("33", "no_unit"), ("0.33", "no_unit"), ("33 / 100", "no_unit")],
)
def test_a_figure_without_its_unit_is_refused(field: str, text: str, code: str) -> None:
    ((found, reason),) = refused(**{field: text})

    assert found == code
    assert reason.startswith(f"{field}: expected")


@pytest.mark.parametrize("text", ["33 %", "4 h a case, March", "€ 1200 in May", "每百次33次"])
def test_units_are_those_of_the_bank(text: str) -> None:
    assert refused(before=text) == []


@pytest.mark.parametrize("after", ["33 in 100, version 2.3.0", "  33 in 100 -- VERSION 2.3.0."])
def test_before_and_after_that_are_the_same_text_are_told(after: str) -> None:
    ((code, reason),) = refused(after=after)

    assert code == "same_figure"
    assert "found that of before" in reason


def test_a_figure_that_did_not_change_is_evidence_with_a_window_of_its_own() -> None:
    assert refused(after="33 in 100, version 2.4.0") == []


@pytest.mark.parametrize(("summary", "code"), [("tbd", "placeholder"), ("it works", "too_short")])
def test_the_summary_says_what_was_compared(summary: str, code: str) -> None:
    assert [found for found, _ in refused(summary=summary)] == [code]


@pytest.mark.parametrize(
    ("pointers", "codes"),
    [((), ["no_pointers"]), (("",), ["missing"]), (("see above",), ["placeholder"]), (("a1", "a1 "), ["repeated"]), (("a1", "a2"), [])],
)
def test_pointers_say_where_it_can_be_seen(pointers: tuple[str, ...], codes: list[str]) -> None:
    assert [code for code, _ in refused(pointers=pointers)] == codes


def test_evidence_whose_strength_nobody_gives_is_refused() -> None:
    plan = a_step_plan(some_evidence(), policies=replace(shipped_policies(), evidence=()))

    assert [found.code for found in find_refusals(a_case(), plan, StepKnowledge())] == ["unknown_strength"]


def test_the_shipped_table_orders_every_kind_by_strength() -> None:
    rules = shipped_policies().evidence

    assert [(rule.kind, rule.strength) for rule in rules] == [
        (VerificationKind.CONTRACT_TEST, Strength.LOW_MEDIUM),
        (VerificationKind.REGRESSION_EVAL, Strength.MEDIUM),
        (VerificationKind.COUNTERFACTUAL_REPLAY, Strength.MEDIUM_HIGH),
        *((kind, Strength.HIGH) for kind in list(VerificationKind)[3:]),
    ]
    assert [rule.kind for rule in rules if rule.shows is Shows.RECOVERY] == [VerificationKind.CUSTOMER_REMEDIATION]
