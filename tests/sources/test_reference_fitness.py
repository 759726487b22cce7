"""What is no reference: columns without values or of other things than numbers, rows without times, months without rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from registry.domain.monitoring import WindowKind
from registry.domain.profile import WindowProfile
from registry.errors import SourceError
from registry.sources.profile_window import profile_window
from tests.sources.prediction_scenes import FEBRUARY, Rows, a_monitored, a_place, frozen, local, write_rows

SHIPPED: dict[str, Any] = {
    "min_column_values": 50,
    "max_unreadable_ratio": 0.01,
    "max_undated_ratio": 0.01,
    "min_observed_window_ratio": 0.5,
}


def rows_of(values: list[Any], month: str = "2026-01-01") -> Rows:
    """Return rows of a month, each with one of ``values`` as its amount."""
    return [{"at": local(month) + timedelta(minutes=7 * n), "c": "a", "amount": value} for n, value in enumerate(values)]


def refused(folder: Path, rows: Rows, kind: pa.DataType | None = None, name: str = "rows.parquet", **policy: Any) -> SourceError:
    write_rows(folder, rows, name, types={"at": pa.timestamp("us")} | ({"amount": kind} if kind else {}), group=50)
    with pytest.raises(SourceError) as found:
        frozen(folder, a_monitored(name, numeric=("amount",), categorical=("c",)), **{**SHIPPED, **policy})
    return found.value


def test_a_column_without_values_is_refused_by_name_with_what_to_do(tmp_path: Path) -> None:
    error = refused(tmp_path, rows_of([None] * 300), pa.float64())
    assert error.reason_code == "too_few_values"
    assert str(error).startswith(
        "predictions: expected at least 50 values of every watched column in the reference, found of 'amount' 0 of 300 rows; ask"
    )


def test_a_column_that_is_mostly_missing_is_frozen_once_it_has_enough_values(tmp_path: Path) -> None:
    assert refused(tmp_path, rows_of([1.5] * 49 + [None] * 951), pa.float64()).reason_code == "too_few_values"
    write_rows(tmp_path, rows_of([1.5] * 50 + [None] * 950), types={"at": pa.timestamp("us"), "amount": pa.float64()})
    reference = frozen(tmp_path, a_monitored(numeric=("amount",)), **SHIPPED)
    assert (reference.profile.cells[0].value_count, reference.profile.cells[0].missing_count) == (50, 950)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["12,34"] * 300, None),
        (["12.34 EUR"] * 300, None),
        (["12.34", "12.34 EUR"] * 150, None),
        ([date(2026, 1, 5)] * 300, pa.date32()),
        ([{"v": 1.5}] * 300, pa.struct([("v", pa.float64())])),
        ([[1.5]] * 300, pa.list_(pa.float64())),
    ],
    ids=["decimal comma", "currency", "half of them", "dates", "structs", "lists"],
)
def test_a_column_of_numbers_that_holds_something_else_is_refused(tmp_path: Path, values: list[Any], kind: pa.DataType | None) -> None:
    error = refused(tmp_path, rows_of(values), kind)
    assert error.reason_code == "unreadable_values"
    assert (
        f"{sum(value != '12.34' for value in values)} of 300 values of 'amount' that are none; have the export write plain numbers"
        in str(error)
    )


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_texts_of_other_files_are_told_in_the_same_words(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, rows_of(["12,34"] * 300), name=name).reason_code == "unreadable_values"


def test_a_few_texts_among_numbers_and_gaps_are_no_reason_to_refuse(tmp_path: Path) -> None:
    write_rows(tmp_path, rows_of(["12.5"] * 300 + ["", "nan"] * 50 + ["unknown"] * 3), types={"at": pa.timestamp("us")})
    cell = frozen(tmp_path, a_monitored(numeric=("amount",)), **SHIPPED).profile.cells[0]
    assert (cell.value_count, cell.missing_count, cell.unreadable_count) == (300, 103, 3)


def test_what_is_no_number_in_a_window_is_counted_of_all_its_rows(tmp_path: Path) -> None:
    rows = rows_of(["12.5"] * 100) + rows_of(["12,5", "13", ""] * 20, "2026-02-03")
    write_rows(tmp_path, rows, types={"at": pa.timestamp("us")})
    system = a_monitored(numeric=("amount",))
    window = profile_window(system, frozen(tmp_path, system), FEBRUARY, a_place(tmp_path))
    assert (window.cells[0].value_count, window.cells[0].missing_count, window.cells[0].unreadable_count) == (20, 40, 20)


def test_rows_without_a_readable_time_are_refused_above_their_ratio(tmp_path: Path) -> None:
    rows: Rows = [{**row, "at": row["at"].isoformat()} for row in rows_of([1.5] * 297)]
    unreadable: Rows = [{"at": "31/01/2026", "c": "a", "amount": 1.5}]
    write_rows(tmp_path, rows + unreadable * 3)
    assert frozen(tmp_path, a_monitored(numeric=("amount",)), **SHIPPED).profile.undated_count == 3
    write_rows(tmp_path, rows + unreadable * 4)
    with pytest.raises(SourceError, match=r"at most 1\.0% of the rows without a readable time in 'at', found 4 beside the 297") as found:
        frozen(tmp_path, a_monitored(numeric=("amount",)), **SHIPPED)
    assert found.value.reason_code == "undated_rows"


def half_a_year(*months: str) -> Rows:
    return [row for month in months for row in rows_of([1.5] * 100, month)]


def test_a_reference_with_rows_in_too_few_of_its_windows_is_refused(tmp_path: Path) -> None:
    system = a_monitored(numeric=("amount",))
    days = {"reference_from": date(2025, 8, 1), "reference_to": date(2026, 2, 1)}
    write_rows(tmp_path, half_a_year("2026-01-31", "2025-12-01"))
    with pytest.raises(SourceError, match=r"rows in at least 50% of the 6 months from 2025-08-01 .* found them in 2 \(2 days\)") as found:
        frozen(tmp_path, with_days(system, **days), **SHIPPED)
    assert found.value.reason_code == "few_windows"


@pytest.mark.parametrize(
    ("kind", "remedy"), [(WindowKind.WEEK, "set monitoring.window to month, or name the days"), (WindowKind.MONTH, "name the days")]
)
def test_a_monthly_batch_that_is_watched_by_the_week_is_told_the_window_that_fits_it(tmp_path: Path, kind: WindowKind, remedy: str) -> None:
    months = ("2025-08-01", "2025-09-01", "2025-10-01", "2025-11-01") if kind is WindowKind.WEEK else ("2025-08-01",)
    write_rows(tmp_path, half_a_year(*months))
    days = {"reference_from": date(2025, 8, 1), "reference_to": date(2026, 2, 1), "window": kind}
    with pytest.raises(SourceError) as found:
        frozen(tmp_path, with_days(a_monitored(numeric=("amount",)), **days), **SHIPPED)
    assert f"found them in {len(months)} ({len(months)} days); {remedy}" in str(found.value)


def test_a_source_that_is_dated_once_a_month_is_a_reference(tmp_path: Path) -> None:
    write_rows(tmp_path, half_a_year("2025-09-01", "2025-11-01", "2026-01-01"))
    days = {"reference_from": date(2025, 8, 1), "reference_to": date(2026, 2, 1)}
    profile: WindowProfile = frozen(tmp_path, with_days(a_monitored(numeric=("amount",)), **days), **SHIPPED).profile
    assert profile.observed_days == 3


def with_days(system: Any, **days: Any) -> Any:
    return replace(system, monitoring=replace(system.monitoring, **days))


def test_rows_are_counted_by_the_version_that_decided_them(tmp_path: Path) -> None:
    rows = rows_of([1.5] * 100) + rows_of([1.5] * 90, "2026-02-03")
    versions = ["v1"] * 100 + ["v1"] * 30 + ["v2"] * 40 + [None] * 20
    write_rows(tmp_path, [{**row, "model": version} for row, version in zip(rows, versions, strict=True)])
    system = a_monitored(numeric=("amount",), version="model")
    reference = frozen(tmp_path, system)
    window = profile_window(system, reference, FEBRUARY, a_place(tmp_path))
    assert (reference.versions, reference.profile.versions) == (("v1",), (("v1", 100),))
    assert window.versions == (("", 20), ("v1", 30), ("v2", 40))
    assert [cell.column for cell in window.cells] == ["amount"]


def test_a_reference_keeps_how_the_catalogue_described_its_predictions(tmp_path: Path) -> None:
    write_rows(tmp_path, rows_of([1.5] * 100))
    system = a_monitored(numeric=("amount",), where="TRUE")
    assert frozen(tmp_path, system).predictions == system.predictions
