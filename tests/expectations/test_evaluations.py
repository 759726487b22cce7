"""Suites of evaluations: what fails names its rows, and nothing passes by being empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from checks.expectations.evaluations import CASE_COLUMNS, OUTCOME_COLUMNS, validate_cases, validate_outcomes
from registry.domain.validation import RuleStatus, SuiteResult


def cases(count: int, **changes: Sequence[Any]) -> dict[str, Sequence[Any]]:
    names = [f"c{number}" for number in range(count)]
    made: dict[str, Sequence[Any]] = {"row": range(count), "case_id": names, "label": ["a"] * count, "critical": ["true"] * count}
    return made | changes


def outcomes(count: int, **changes: Sequence[Any]) -> dict[str, Sequence[Any]]:
    names = [f"c{number}" for number in range(count)]
    made: dict[str, Sequence[Any]] = {"row": range(count), "asked": ["v1"] * count, "case_id": names, "set_case_id": names}
    return made | {"repeat": [0.0] * count} | changes


def failures(result: SuiteResult) -> dict[str, tuple[int, ...]]:
    return {rule.rule: rule.failed_rows for rule in result.rules if rule.status is RuleStatus.FAILED}


def test_no_rows_are_empty_and_never_passed() -> None:
    assert validate_cases(cases(0)).status is RuleStatus.EMPTY
    assert validate_outcomes(outcomes(0)).status is RuleStatus.EMPTY


def test_good_rows_pass_every_rule() -> None:
    assert (set(cases(0)), set(outcomes(0))) == (set(CASE_COLUMNS), set(OUTCOME_COLUMNS))
    assert validate_cases(cases(3)).status is RuleStatus.PASSED
    assert validate_outcomes(outcomes(3)).status is RuleStatus.PASSED


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"case_id": ["c0", None, "c2"]}, {"case_present": (1,)}),
        ({"case_id": ["c0", "c1", "c0"]}, {"case_unique": (0, 2)}),
        ({"case_id": ["c0", None, None]}, {"case_present": (1, 2)}),
        ({"label": ["a", "b", None]}, {"label_present": (2,)}),
        ({"critical": ["true", "neither", None]}, {"critical_told": (1,)}),
    ],
)
def test_what_is_wrong_with_a_case_names_its_row(changes: dict[str, Sequence[Any]], failed: dict[str, tuple[int, ...]]) -> None:
    assert failures(validate_cases(cases(3, **changes))) == failed


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"asked": ["v1", None, "v1"]}, {"version_asked": (1,)}),
        ({"case_id": ["c0", "c1", None]}, {"case_present": (2,)}),
        ({"repeat": [0.0, None, 0.0]}, {"repeat_read": (1,)}),
        ({"set_case_id": ["c0", "c0", "c2"]}, {"told_apart": (0, 1)}),
        ({"set_case_id": ["c0", "c0", "c0"], "repeat": [1.0, 2.0, 1.0]}, {"told_apart": (0, 2)}),
        ({"set_case_id": ["c0", "c0", "c2"], "asked": ["v1", "v2", "v1"]}, {}),
        ({"set_case_id": [None, None, "c2"]}, {}),
    ],
)
def test_what_is_wrong_with_an_outcome_names_its_row(changes: dict[str, Sequence[Any]], failed: dict[str, tuple[int, ...]]) -> None:
    assert failures(validate_outcomes(outcomes(3, **changes))) == failed
