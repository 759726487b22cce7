"""Decision tables meet every signal with exactly one row, or are refused."""

from __future__ import annotations

from itertools import product

import pytest

from checks.grading import grade_table, severity_table, usage_of
from registry.domain.policy import Fact, GradeRule, SeverityRule, UsageRule
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory
from registry.errors import PolicyError
from tests.builders_policies import some_grade_rules, some_severity_rules, some_usage_rules

COMPLAINT = SignalCategory.COMPLAINT


def test_an_empty_severity_table_is_refused_and_names_the_hole():
    with pytest.raises(PolicyError, match="severity: expected a row for complaint with impact none, found none; end the table"):
        severity_table((), COMPLAINT)


def test_an_empty_grade_table_is_refused():
    with pytest.raises(PolicyError, match="grade: expected a row for a signal with no fact, found none; end the table"):
        grade_table(())


def test_an_empty_usage_table_is_refused():
    with pytest.raises(PolicyError, match="usage: expected one row for complaint, found 0"):
        usage_of((), COMPLAINT)


@pytest.mark.parametrize("missing", CustomerImpact)
def test_a_single_impact_without_a_row_is_a_hole(missing):
    rules = tuple(SeverityRule(impact.value, (), (impact,), Severity.L1) for impact in CustomerImpact if impact is not missing)

    with pytest.raises(PolicyError, match=f"impact {missing}"):
        severity_table(rules, COMPLAINT)


def test_a_row_for_other_categories_does_not_fill_a_hole():
    rules = (SeverityRule("appeals", (SignalCategory.APPEAL,), (), Severity.L1),)

    assert set(severity_table(rules, SignalCategory.APPEAL)) == set(CustomerImpact)
    with pytest.raises(PolicyError, match="complaint"):
        severity_table(rules, COMPLAINT)


def test_a_grade_row_that_asks_for_facts_does_not_cover_a_signal_without_them():
    with pytest.raises(PolicyError, match="no fact"):
        grade_table((GradeRule("needs_impact", (Fact.IMPACT,), Grade.B),))


def test_two_usage_rows_for_one_category_are_refused():
    with pytest.raises(PolicyError, match="found 2; write exactly one"):
        usage_of((*some_usage_rules(), UsageRule(COMPLAINT, "yes", "yes", "yes", "yes")), COMPLAINT)


@pytest.mark.parametrize(("category", "impact"), list(product(SignalCategory, CustomerImpact)))
def test_the_first_severity_row_that_matches_decides(category, impact):
    rule = severity_table(some_severity_rules(), category)[impact]

    if impact in {CustomerImpact.ACCESS, CustomerImpact.FUNDS, CustomerImpact.PRIVACY, CustomerImpact.FAIRNESS}:
        assert (rule.name, rule.severity) == ("material_harm", Severity.L3)
    elif impact is not CustomerImpact.NONE:
        assert (rule.name, rule.severity) == ("customer_inconvenience", Severity.L2)
    elif category in {COMPLAINT, SignalCategory.APPEAL, SignalCategory.OVERRIDE, SignalCategory.INCIDENT}:
        assert (rule.name, rule.severity) == ("learning_signal", Severity.L0)
    else:
        assert (rule.name, rule.severity) == ("control_weakness", Severity.L1)


def test_the_order_of_severity_rows_is_part_of_the_policy():
    general, special = SeverityRule("all", (), (), Severity.L0), SeverityRule("funds", (), (CustomerImpact.FUNDS,), Severity.L3)

    assert severity_table((special, general), COMPLAINT)[CustomerImpact.FUNDS].name == "funds"
    assert severity_table((general, special), COMPLAINT)[CustomerImpact.FUNDS].name == "all"


@pytest.mark.parametrize("facts", list(product((False, True), repeat=len(Fact))))
def test_the_first_grade_row_all_of_whose_facts_hold_decides(facts):
    impact, _version, evidence, _reproducible, _owner = facts

    rule = grade_table(some_grade_rules())[facts]

    expected = Grade.A if all(facts) else Grade.B if impact and evidence else Grade.C
    assert rule.grade is expected


def test_usage_is_the_row_of_the_category_alone():
    rules = (UsageRule(COMPLAINT, "no", "yes: as scenario", "yes", "review"), UsageRule(SignalCategory.APPEAL, "yes", "no", "no", "no"))

    assert usage_of(rules, COMPLAINT) == {"train": "no", "eval": "yes: as scenario", "rca": "yes", "audit": "review"}
