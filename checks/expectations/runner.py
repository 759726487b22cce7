"""The one door to Great Expectations: run a suite over a frame, return our result.

Put engine handling here; rules belong to a suite's own module.

 * Rows are counted first: an empty frame passes every row rule of the engine, so it is ``EMPTY`` here and no other rule is asked.
 * A rule that could not run is ``ERRORED``, whatever the engine calls it.
 * A fresh context for each call: a shared one mixes up results between threads.
 * Only values of the id column leave the engine, never other cells.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.domain.validation import RuleResult, RuleStatus, SuiteResult

if TYPE_CHECKING:
    import pandas as pd

ROW_COUNT = "row_count"
_MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation: a class of ``great_expectations.expectations`` by name, its arguments and our name and severity for it."""

    name: str
    expectation: str
    arguments: Mapping[str, Any]
    severity: str = "critical"


@dataclass(frozen=True, slots=True)
class Suite:
    """Named rules over one kind of frame; the row count is added by the runner. ``needs_rows`` is False for rules about columns only."""

    name: str
    rules: tuple[Rule, ...]
    needs_rows: bool = True


def run_suite(frame: pd.DataFrame, suite: Suite, id_column: str) -> SuiteResult:
    """Return what ``suite`` says about ``frame``, whose ``id_column`` identifies each row.

    Raises:
        ValueError: ids repeat, so that a failing row could not be named.
    """
    if frame[id_column].duplicated().any():
        raise ValueError(f"expected unique values in {id_column!r} to name rows by, found repeats; number the rows")
    rows = frame.reset_index(drop=True)  # repeated index labels corrupt the engine's lists of failing rows
    counted = (*([Rule(ROW_COUNT, "ExpectTableRowCountToBeBetween", {"min_value": 1})] if suite.needs_rows else ()), *suite.rules)
    if suite.needs_rows and rows.empty:
        return SuiteResult(suite.name, _engine(), 0, (RuleResult(ROW_COUNT, "critical", RuleStatus.EMPTY, 0, 0, detail="no rows"),))
    try:
        outcomes = _validate(rows, counted, id_column)
    except Exception as error:  # noqa: BLE001 - whatever stops the engine, the batch was not validated
        failed = tuple(_errored(rule, type(error).__name__) for rule in counted)
        return SuiteResult(suite.name, _engine(), len(rows), failed)
    results = tuple(_result(rule, outcomes.get(rule.name), id_column, len(rows)) for rule in counted)
    return SuiteResult(suite.name, _engine(), len(rows), results)


def _engine() -> str:
    return f"great_expectations {_library().__version__}"


def _library() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    import great_expectations

    for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets a level of its own
        logging.getLogger(name).setLevel(logging.ERROR)
    return great_expectations


def _validate(rows: pd.DataFrame, rules: tuple[Rule, ...], id_column: str) -> dict[str, Any]:
    library = _library()
    from great_expectations import expectations

    context = library.get_context(mode="ephemeral", project_config=_config())
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": rows})
    made = [getattr(expectations, rule.expectation)(**rule.arguments, meta={"rule": rule.name}) for rule in rules]
    asked = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": [id_column],
        "partial_unexpected_count": 0,
        "exclude_unexpected_values": True,
        "return_unexpected_index_query": False,
    }
    found = batch.validate(library.ExpectationSuite(name="rules", expectations=made), result_format=asked)
    return {outcome.expectation_config.meta["rule"]: outcome for outcome in found.results}


def _config() -> Any:
    """Return a context of nothing but memory: the default one leaves a folder for Data Docs behind at every call."""
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )


def _result(rule: Rule, outcome: Any, id_column: str, row_count: int) -> RuleResult:
    if outcome is None:
        return _errored(rule, "the engine returned no result")
    exception = _exception_of(outcome.exception_info or {})
    if exception:
        return _errored(rule, exception)
    if outcome.success:
        return RuleResult(rule.name, rule.severity, RuleStatus.PASSED, row_count, 0)
    failing = tuple(sorted(_ids(outcome.result.get("unexpected_index_list") or (), id_column)))
    return RuleResult(rule.name, rule.severity, RuleStatus.FAILED, row_count, len(failing) or row_count, failing)


def _errored(rule: Rule, detail: str) -> RuleResult:
    return RuleResult(rule.name, rule.severity, RuleStatus.ERRORED, 0, 0, detail=detail[:_MAX_DETAIL])


def _exception_of(info: Mapping[str, Any]) -> str:
    # The engine reports an exception flat or nested under the id of the metric that raised it.
    for entry in (info, *(value for value in info.values() if isinstance(value, dict))):
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "exception without a message")
    return ""


def _ids(entries: Any, id_column: str) -> set[int]:
    found: set[int] = set()
    for entry in entries:
        value = entry[id_column]  # one value or a list, depending on the kind of rule
        found.update(int(item) for item in (value if isinstance(value, list) else [value]))
    return found
