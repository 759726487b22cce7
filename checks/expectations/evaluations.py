"""The suites of an evaluation: what every case of a locked set, and every row of outcomes, has to be before anything is compared.

Put rules about rows of sets and outcomes here, in terms of ``CASE_COLUMNS`` and ``OUTCOME_COLUMNS``: the source maps its own columns onto
them, None for a blank.

The rules on cases:
 * There is a case to look at.
 * A case has an id that no other has, and a label where the set has labels.
 * What marks critical cases is true or false.

The rules on outcomes:
 * There is a row to look at.
 * A row is of a version that was asked for, and of a case.
 * A repeat is a number.
 * Two rows of a version for one case of the set differ in their repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.expectations.runner import Rule, Suite, run_suite
from registry.domain.validation import SuiteResult

CASE_COLUMNS = ("row", "case_id", "label", "critical")
OUTCOME_COLUMNS = ("row", "asked", "case_id", "repeat", "set_case_id")

EVALUATION_CASES = Suite(
    "evaluation_cases/1",
    (
        Rule("case_present", "ExpectColumnValuesToNotBeNull", {"column": "case_id"}),
        Rule("case_unique", "ExpectColumnValuesToBeUnique", {"column": "case_id"}),
        Rule("label_present", "ExpectColumnValuesToNotBeNull", {"column": "label"}),
        Rule("critical_told", "ExpectColumnValuesToBeInSet", {"column": "critical", "value_set": ["true", "false"]}),
    ),
)
EVALUATION_OUTCOMES = Suite(
    "evaluation_outcomes/1",
    (
        Rule("version_asked", "ExpectColumnValuesToNotBeNull", {"column": "asked"}),
        Rule("case_present", "ExpectColumnValuesToNotBeNull", {"column": "case_id"}),
        Rule("repeat_read", "ExpectColumnValuesToNotBeNull", {"column": "repeat"}),
        Rule(
            "told_apart",
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["asked", "set_case_id", "repeat"], "ignore_row_if": "any_value_is_missing"},
        ),
    ),
)


def validate_cases(columns: Mapping[str, Sequence[Any]]) -> SuiteResult:
    """Return what the suite says of the cases given by column (``CASE_COLUMNS``); ``row`` numbers them."""
    return run_suite(_frame(columns, CASE_COLUMNS), EVALUATION_CASES, "row")


def validate_outcomes(columns: Mapping[str, Sequence[Any]]) -> SuiteResult:
    """Return what the suite says of the rows given by column (``OUTCOME_COLUMNS``); ``row`` numbers them."""
    return run_suite(_frame(columns, OUTCOME_COLUMNS), EVALUATION_OUTCOMES, "row")


def _frame(columns: Mapping[str, Sequence[Any]], names: Sequence[str]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(columns[name], dtype="int64" if name == "row" else "object") for name in names})
