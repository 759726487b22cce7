"""The suites of signal sources: which columns must exist, and what each row must satisfy before it can become a signal.

Put rules about rows of signals here, in terms of ``ROW_COLUMNS``: the source maps its own columns onto them, so one suite serves every feed
of a source in one call.

The rules on rows:
 * There is a row to look at.
 * A row has an id; two different rows of a feed never share one.
 * When it happened and when it was received are dates that parse.
 * Neither lies in the future: received not after the day of observation, occurred not more than a day after received.
 * The customer impact is one of the house's names; listed columns hold listed values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from checks.expectations.runner import Rule, Suite, run_suite
from registry.domain.signal import CustomerImpact
from registry.domain.validation import RuleStatus, SuiteResult

ROW_COLUMNS = ("row", "feed", "signal_id", "delivery_id", "occurred", "received", "ahead_seconds", "impact", "unlisted")

SIGNAL_ROWS = Suite(
    "signal_rows/1",
    (
        Rule("id_present", "ExpectColumnValuesToNotBeNull", {"column": "signal_id"}),
        Rule(
            "id_unique",
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["feed", "delivery_id"], "ignore_row_if": "any_value_is_missing"},
        ),
        Rule("occurred_parses", "ExpectColumnValuesToNotBeNull", {"column": "occurred"}),
        Rule("received_parses", "ExpectColumnValuesToNotBeNull", {"column": "received"}),
        Rule("not_in_future", "ExpectColumnValuesToBeBetween", {"column": "ahead_seconds", "max_value": 0}),
        Rule("impact_mapped", "ExpectColumnValuesToBeInSet", {"column": "impact", "value_set": [*CustomerImpact]}),
        Rule("values_listed", "ExpectColumnValuesToBeNull", {"column": "unlisted"}),
    ),
)


def validate_rows(columns: Mapping[str, Sequence[Any]]) -> SuiteResult:
    """Return what the suite says of rows given by column (``ROW_COLUMNS``); ``row`` numbers them."""
    import pandas as pd

    frame = pd.DataFrame({name: columns[name] for name in ROW_COLUMNS})
    for name in ("occurred", "received", "ahead_seconds"):
        frame[name] = frame[name].astype("float64")
    return run_suite(frame, SIGNAL_ROWS, "row")


def validate_columns(found: Sequence[str], required: Sequence[str]) -> SuiteResult:
    """Return which of the ``required`` columns a source has, as one rule each named ``column:<name>``."""
    names = (tuple(found), tuple(required))
    result = _validate_columns(*names)
    if result.status is RuleStatus.ERRORED:
        _validate_columns.cache_clear()  # what could not be run is asked again
    return result


@lru_cache(maxsize=1024)  # names in, names out: the same header need not be asked about again every day
def _validate_columns(found: tuple[str, ...], required: tuple[str, ...]) -> SuiteResult:
    import pandas as pd

    rules = tuple(Rule(f"column:{name}", "ExpectColumnToExist", {"column": name}) for name in required)
    marker = _unused_name(found)
    frame = pd.DataFrame({marker: [0], **{name: [""] for name in found}})
    return run_suite(frame, Suite("signal_columns/1", rules, needs_rows=False), marker)


def _unused_name(names: Sequence[str]) -> str:
    marker = "row"
    while marker in names:
        marker += "_"
    return marker
