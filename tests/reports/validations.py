"""Validation records for the page: a good source, a bad one, and one with a given text wherever a text can stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.domain.canonical import record_json
from registry.domain.feed import QuarantinedRow
from registry.domain.triage import TriageDay
from reports.validation_page import render_validation
from tests.reports import samples

ENGINE = "great_expectations 1.24.1"
RULES = ("id_present", "id_unique", "occurred_parses", "received_parses", "not_in_future", "impact_mapped", "values_listed")


def a_rule(name: str, checked: int = 1614, failed: Sequence[int] = (), **changes: Any) -> dict[str, Any]:
    status = "failed" if failed else "passed"
    rule = {"rule": name, "severity": "critical", "status": status, "checked_count": checked, "failed_count": len(failed)}
    return {**rule, "failed_rows": list(failed), **changes}


def a_record(source: str = "complaints", rows: int = 1614, **failed: Sequence[int]) -> dict[str, Any]:
    columns = [a_rule(name, 1, detail="") for name in ("column:Complaint ID", "column:Date received")]
    return {
        "source": source,
        "business_date": "2020-10-16",
        "engine": ENGINE,
        "columns": {"suite": "signal_columns/1", "status": "passed", "rules": columns},
        "rows": {
            "suite": "signal_rows/1" if rows else "",
            "row_count": rows,
            "status": "passed" if rows else "empty",
            "rules": [a_rule(name, rows, failed.get(name, ())) for name in ("row_count", *RULES)] if rows else [],
        },
    }


def a_bad_day() -> dict[str, dict[str, Any]]:
    """Two records of a day; the rich day of the samples also has feeds of ``overrides`` and ``appeals``, which were not validated."""
    return {
        "validation-001.json": a_record(occurred_parses=(17, 204, 205, 1102), not_in_future=tuple(range(300, 340))),
        "validation-002.json": a_record("reviews", 5),
    }


def rendered(records: dict[str, dict[str, Any]] | None = None, day: TriageDay | None = None, rows: Sequence[QuarantinedRow] = ()) -> bytes:
    sealed = {name: record_json(record) for name, record in (a_bad_day() if records is None else records).items()}
    return render_validation(day or samples.a_rich_day(), sealed, record_json(list(rows)))


def bad_rows(count: int = 12) -> list[QuarantinedRow]:
    dates = [samples.a_quarantined_row(row_number=17 + n, content_digest=samples.digest(f"{n % 10}")) for n in range(count)]
    ahead = "data/complaints.csv row 301, 'Date received': expected a date not after 16 Oct 2020, found 2021-01-04"
    return [*dates, samples.a_quarantined_row(row_number=301, signal_id="", reason_code="in_future", reason=ahead)]


def with_text(value: Any, text: str) -> Any:
    """Return a record with ``text`` in every free text; statuses and numbers stay, since others are refused."""
    if isinstance(value, dict):
        return {key: item if key == "status" else with_text(item, text) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_text(item, text) for item in value]
    return text if isinstance(value, str) else value
