"""Suites of signal sources: what fails names its rows, what cannot run never passes, and no cell leaves the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from checks.expectations.runner import Rule, Suite, run_suite
from checks.expectations.signals import validate_columns, validate_rows
from registry.domain.validation import RuleStatus, SuiteResult


def rows(count: int, **changes: Sequence[Any]) -> dict[str, Sequence[Any]]:
    names = [str(number) for number in range(count)]
    base: dict[str, Sequence[Any]] = {
        "row": list(range(count)),
        "feed": [0] * count,
        "signal_id": names,
        "delivery_id": names,
        "occurred": [1.6e9] * count,
        "received": [1.6e9] * count,
        "ahead_seconds": [-1.0] * count,
        "impact": ["access"] * count,
        "unlisted": [None] * count,
    }
    return base | changes


def failures(result: SuiteResult) -> dict[str, tuple[int, ...]]:
    return {rule.rule: rule.failed_rows for rule in result.rules if rule.status is RuleStatus.FAILED}


def test_no_rows_is_empty_and_never_passed() -> None:
    result = validate_rows(rows(0))

    assert result.status is RuleStatus.EMPTY
    assert [rule.rule for rule in result.rules] == ["row_count"]


def test_good_rows_pass_every_rule() -> None:
    result = validate_rows(rows(3))

    assert (result.status, result.row_count) == (RuleStatus.PASSED, 3)
    assert {rule.status for rule in result.rules} == {RuleStatus.PASSED}


@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("id_present", "signal_id", None),
        ("occurred_parses", "occurred", None),
        ("received_parses", "received", None),
        ("not_in_future", "ahead_seconds", 0.5),
        ("impact_mapped", "impact", "unmapped"),
        ("values_listed", "unlisted", "channel"),
    ],
)
def test_each_rule_names_the_row_that_breaks_it(rule: str, column: str, value: object) -> None:
    base = rows(4)
    base[column] = [*base[column][:2], value, *base[column][3:]]

    assert failures(validate_rows(base)) == {rule: (2,)}


def test_an_id_shared_within_a_feed_names_every_row_but_one_shared_between_feeds_is_fine() -> None:
    shared = rows(5, delivery_id=["a", "b", "a", "b", None], feed=[0, 0, 0, 1, 1])

    assert failures(validate_rows(shared)) == {"id_unique": (0, 2)}


def test_rows_without_an_id_do_not_count_as_repeats() -> None:
    assert failures(validate_rows(rows(3, delivery_id=[None] * 3))) == {}


def test_every_row_failing_is_listed_however_many() -> None:
    result = validate_rows(rows(30_000, impact=["unmapped"] * 30_000))

    assert len(failures(result)["impact_mapped"]) == 30_000


def test_a_rule_that_cannot_run_is_errored_and_so_is_the_suite() -> None:
    frame = pd.DataFrame({"row": [0], "a": ["x"]})
    suite = Suite("test", (Rule("a_number", "ExpectColumnMeanToBeBetween", {"column": "a", "min_value": 0}),))

    result = run_suite(frame, suite, "row")

    assert result.status is RuleStatus.ERRORED
    assert [rule.status for rule in result.rules if rule.rule == "a_number"] == [RuleStatus.ERRORED]


def test_a_rule_that_does_not_exist_is_errored() -> None:
    result = run_suite(pd.DataFrame({"row": [0]}), Suite("test", (Rule("typo", "ExpectTheUnexpected", {}),)), "row")

    assert result.status is RuleStatus.ERRORED


def test_a_missing_column_is_errored_not_passed() -> None:
    suite = Suite("test", (Rule("there", "ExpectColumnValuesToNotBeNull", {"column": "gone"}),))

    assert run_suite(pd.DataFrame({"row": [0]}), suite, "row").status is RuleStatus.ERRORED


def test_a_warning_alone_does_not_fail_a_suite_but_stays_on_record() -> None:
    suite = Suite("test", (Rule("soft", "ExpectColumnValuesToNotBeNull", {"column": "a"}, severity="warning"),))

    result = run_suite(pd.DataFrame({"row": [0, 1], "a": ["x", None]}), suite, "row")

    assert (result.status, failures(result)) == (RuleStatus.PASSED, {"soft": (1,)})


def test_rows_are_named_by_their_id_whatever_the_frames_index() -> None:
    frame = pd.DataFrame({"row": [10, 11, 12], "a": ["x", None, "y"]}, index=[0, 0, 0])
    suite = Suite("test", (Rule("there", "ExpectColumnValuesToNotBeNull", {"column": "a"}),))

    assert failures(run_suite(frame, suite, "row")) == {"there": (11,)}


def test_rows_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="expected unique values in 'row'"):
        run_suite(pd.DataFrame({"row": [1, 1]}), Suite("test", ()), "row")


def test_missing_columns_are_named_and_others_pass() -> None:
    result = validate_columns(["a", "row"], ["a", "b"])

    assert {rule.rule: rule.status for rule in result.rules} == {"column:a": RuleStatus.PASSED, "column:b": RuleStatus.FAILED}
    assert result.status is RuleStatus.FAILED


def test_suites_run_in_many_threads_do_not_mix_their_rows() -> None:
    def failing(place: int) -> dict[str, tuple[int, ...]]:
        impacts = ["access"] * 40
        impacts[place] = "unmapped"
        return failures(validate_rows(rows(40, impact=impacts)))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(failing, range(24))) == [{"impact_mapped": (place,)} for place in range(24)]


def test_validation_looks_up_no_name_and_prints_nothing() -> None:
    script = """
import socket
def refuse(*arguments, **rest):
    raise SystemExit(f"looked up {arguments[0]}")
socket.getaddrinfo = refuse
from checks.expectations.signals import validate_columns
assert validate_columns(["a"], ["a"]).status == "passed"
"""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("GX_", "DO_NOT"))}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
