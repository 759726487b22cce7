"""Validation of an evaluation: it agrees with the reading on every bad row, and where it does not, nothing is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.expectations import evaluations
from registry.domain.evaluation import OutcomesRead
from registry.domain.validation import RuleResult, RuleStatus, SuiteResult
from registry.errors import SourceError
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_set import read_evaluation_set
from registry.sources.evaluation_validation import EvaluationValidator
from tests.sources.evaluation_scenes import CANDIDATE, CASES, CHAMPION, COLUMNS, a_case, a_row, a_spec
from tests.sources.prediction_scenes import Rows, a_place, write_rows

REPEATED = replace(COLUMNS, repeat="attempt")


class SaysAlways:
    """A validator that says the same of every table."""

    def __init__(self, *rules: RuleResult) -> None:
        self.result = SuiteResult("made_up/1", "none", 3, rules)
        self.asked = 0

    def validate_cases(self, _columns: Mapping[str, Sequence[Any]], /) -> SuiteResult:
        self.asked += 1
        return self.result

    def validate_outcomes(self, columns: Mapping[str, Sequence[Any]], /) -> SuiteResult:
        return self.validate_cases(columns)


def validated_set(folder: Path, cases: Rows, validator: EvaluationValidator) -> int:
    write_rows(folder, cases, "locked.csv")
    return len(read_evaluation_set(a_spec(folder), a_place(folder), validator).case_ids)


def validated_outcomes(folder: Path, rows: Rows, validator: EvaluationValidator, **changes: Any) -> OutcomesRead:
    write_rows(folder, CASES, "locked.csv")
    write_rows(folder, rows, "rows.csv")
    spec, place = a_spec(folder, **changes), a_place(folder)
    return read_outcomes(spec, read_evaluation_set(spec, place), (CHAMPION, CANDIDATE), place, validator)


def test_tables_without_rows_are_not_asked_about(tmp_path: Path) -> None:
    validator = SaysAlways()
    (tmp_path / "locked.csv").write_text("id,product,text,channel,group,must\n")
    assert len(read_evaluation_set(a_spec(tmp_path), a_place(tmp_path), validator).case_ids) == 0
    assert dict(validated_outcomes(tmp_path, [a_row("router-0", "c1")], validator).outcomes) == {}
    assert validator.asked == 0


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (a_case(None), "expected a value of 'id'"),
        (a_case("c9", product=" "), "expected a value of 'product'"),
        (a_case("c1"), "expected one case an id"),
        (a_case("c9", must="perhaps"), "expected true or false in 'must'"),
    ],
)
def test_the_suite_of_cases_agrees_with_the_reading_on_every_bad_row(tmp_path: Path, bad: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=told) as refused:
        validated_set(tmp_path, [*CASES, bad], evaluations)
    assert refused.value.reason_code == "set_broken"


def test_a_good_set_is_read(tmp_path: Path) -> None:
    assert validated_set(tmp_path, [*CASES, a_case("c4", must=None, channel=None)], evaluations) == 4


def test_the_suite_of_outcomes_agrees_with_the_reading_and_is_told(tmp_path: Path) -> None:
    rows = [
        *(a_row(CHAMPION, f"c{place}", attempt=1) for place in (1, 2, 3)),
        a_row(CANDIDATE, "c1", attempt=1),
        a_row(CANDIDATE, "c1", attempt=2),
        a_row(CANDIDATE, "c1", attempt="2.0"),
        a_row(CANDIDATE, "c2", attempt="last"),
        a_row(CANDIDATE, None, attempt=None),
        a_row(CANDIDATE, "c9", attempt=1),
        a_row(CANDIDATE, "c9", attempt=1),
        a_row("router-0", "c1", attempt=1),
    ]
    read = validated_outcomes(tmp_path, rows, evaluations, columns=REPEATED)
    assert list(read.outcomes) == [CHAMPION]
    told = [one.reason for one in read.findings if one.check == "validation"]
    broken = "case_present broken by 1 row, repeat_read broken by 2 rows, told_apart broken by 2 rows"
    assert told == [f"rows.csv: 5 rules of evaluation_outcomes/1 asked of 10 rows, {broken}"]


def test_a_good_table_of_outcomes_is_told_to_be_validated(tmp_path: Path) -> None:
    read = validated_outcomes(tmp_path, [a_row(name, "c1") for name in (CHAMPION, CANDIDATE)], evaluations)
    assert [(one.reason_code, one.blocking, one.reason) for one in read.findings] == [
        ("validated", False, "rows.csv: 5 rules of evaluation_outcomes/1 asked of 2 rows, none broken")
    ]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((), r"found one that did not \(no rule at all\)"),
        ((RuleResult("case_present", "critical", RuleStatus.ERRORED, 0, 0, detail="no engine"),), r"\(case_present: no engine\)"),
        ((RuleResult("case_present", "critical", RuleStatus.EMPTY, 0, 0),), r"\(case_present: empty\)"),
        ((RuleResult("case_present", "critical", RuleStatus.FAILED, 3, 1, (2,)),), "the suite and the reading disagree, report this"),
        ((RuleResult("case_present", "critical", RuleStatus.FAILED, 3, 3),), "the suite and the reading disagree, report this"),
    ],
)
def test_what_was_not_validated_or_otherwise_is_refused(tmp_path: Path, rules: tuple[RuleResult, ...], told: str) -> None:
    validator = SaysAlways(*rules)
    with pytest.raises(SourceError, match=told) as of_set:
        validated_set(tmp_path, CASES, validator)
    with pytest.raises(SourceError, match=told) as of_outcomes:
        validated_outcomes(tmp_path, [a_row(CANDIDATE, f"c{place}") for place in (1, 2, 3)], validator)
    assert {of_set.value.reason_code, of_outcomes.value.reason_code} == {"not_validated"}


def test_a_row_that_only_the_reading_refuses_is_a_disagreement_too(tmp_path: Path) -> None:
    validator = SaysAlways(RuleResult("case_unique", "critical", RuleStatus.PASSED, 4, 0))
    with pytest.raises(SourceError, match=r"to refuse the 2 rows that the reading refuses, found 0"):
        validated_set(tmp_path, [*CASES, a_case("c1")], validator)
