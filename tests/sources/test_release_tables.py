"""Minutes of an error budget and cases of a smoke set: which rows count, and why nothing is known of a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import SourceSpec
from registry.domain.release import ErrorBudgetSpec, SmokeSpec
from registry.domain.release_read import BudgetRead
from registry.domain.times import Window
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.release_tables import MAX_CASES, read_error_budget, read_smoke_cases
from tests.sources.prediction_scenes import KINDS, Rows, a_place, write_rows

FEBRUARY = Window(date(2026, 2, 1), date(2026, 2, 4), "America/New_York")
FIRST, SECOND, THIRD = (date(2026, 2, day) for day in (1, 2, 3))


def a_budget_read(folder: Path, text: str | None, **changes: Any) -> BudgetRead:
    """Return what is known of the three days from a table that says ``text``."""
    if text is not None:
        (folder / "outages.csv").write_text(text)
    spec = ErrorBudgetSpec(SourceSpec("outages", path="outages.csv"), "day", "minutes")
    return read_error_budget(spec, FEBRUARY, a_place(folder, **changes))


def cases(folder: Path, rows: Rows, name: str = "smoke.csv", columns: tuple[str, ...] = ("income", "term")) -> Any:
    write_rows(folder, rows, name)
    return read_smoke_cases(SmokeSpec(SourceSpec("smoke", path=name), columns), a_place(folder))


def test_a_table_without_rows_has_observed_no_day(tmp_path: Path) -> None:
    found = a_budget_read(tmp_path, "day,minutes\n")
    assert (found.minutes_by_day, found.problem) == ({}, "") and found.digest.startswith("sha256:")


def test_the_minutes_of_each_day_of_the_window_are_read_and_no_others(tmp_path: Path) -> None:
    rows = "2026-01-31,900\n2026-02-01,0\n2026-02-02,1.5\n2026-02-03,12\n2026-02-04,900\n"
    found = a_budget_read(tmp_path, f"day,minutes\n{rows}")
    assert found.minutes_by_day == {FIRST: 0.0, SECOND: 1.5, THIRD: 12.0}
    assert found.digest == digest_bytes((tmp_path / "outages.csv").read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_minutes_are_read_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path, [{"day": "2026-02-01", "minutes": 4.5}, {"day": "2026-02-02", "minutes": 0.0}], kind)
    spec = ErrorBudgetSpec(SourceSpec("outages", path=kind), "day", "minutes")
    assert read_error_budget(spec, FEBRUARY, a_place(tmp_path)).minutes_by_day == {FIRST: 4.5, SECOND: 0.0}


def test_days_may_be_dates_of_the_file(tmp_path: Path) -> None:
    write_rows(tmp_path, [{"day": FIRST, "minutes": 3}, {"day": SECOND, "minutes": 0}], "outages.parquet")
    spec = ErrorBudgetSpec(SourceSpec("outages", path="outages.parquet"), "day", "minutes")
    assert read_error_budget(spec, FEBRUARY, a_place(tmp_path)).minutes_by_day == {FIRST: 3.0, SECOND: 0.0}


def test_an_instant_is_of_the_day_that_it_is_in_the_systems_zone(tmp_path: Path) -> None:
    assert a_budget_read(tmp_path, "day,minutes\n2026-02-02T03:00:00Z,7\n").minutes_by_day == {FIRST: 7.0}


def test_several_files_are_one_table_with_one_digest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,minutes\n2026-02-01,1\n")
    (tmp_path / "b.csv").write_text("day,minutes\n2026-02-02,2\n")
    spec = ErrorBudgetSpec(SourceSpec("outages", path="?.csv"), "day", "minutes")
    found = read_error_budget(spec, FEBRUARY, a_place(tmp_path))
    assert found.minutes_by_day == {FIRST: 1.0, SECOND: 2.0} and found.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "expected a file, found none"),
        ("", "expected a header line, found an empty file"),
        ("day,lost\n2026-02-01,0\n", "expected a column 'minutes', found none; correct release in the catalogue"),
        ("day,minutes\n,0\n", "expected a day in every row, found none in outages.csv, row 1 (an empty cell)"),
        ("day,minutes\n2026-02-01,0\nyesterday,0\n", "expected a day in every row, found none in outages.csv, row 2 ('yesterday')"),
        ("day,minutes\n2026-02-01,0\n2026-02-01,30\n", "expected one row a day, found more in outages.csv, row 1 ('2026-02-01'), row 2"),
        ("day,minutes\n2026-02-01,\n", "expected minutes of 0 or more on every day, found others in outages.csv, row 1 (an empty cell)"),
        ("day,minutes\n2026-02-01,none\n", "row 1 ('none')"),
        ("day,minutes\n2026-02-01,-1\n", "row 1 ('-1')"),
        ("day,minutes\n2026-02-01,nan\n", "row 1 ('nan')"),
        ("day,minutes\n2026-02-01,inf\n", "row 1 ('inf')"),
        ("day,minutes\n2026-02-01,0,7\n", "expected rows that can be read, found 1 that cannot"),
    ],
)
def test_a_table_that_does_not_say_what_was_lost_when_says_nothing(tmp_path: Path, text: str | None, told: str) -> None:
    found = a_budget_read(tmp_path, text)
    assert told in found.problem and found.minutes_by_day == {}


def test_what_is_wrong_on_other_days_does_not_count(tmp_path: Path) -> None:
    found = a_budget_read(tmp_path, "day,minutes\n2026-02-01,0\n2025-12-24,many\n2025-12-25,1\n2025-12-25,2\n")
    assert (found.minutes_by_day, found.problem) == ({FIRST: 0.0}, "")


def test_minutes_lie_below_an_allowed_root(tmp_path: Path) -> None:
    inside = tmp_path / "bank"
    inside.mkdir()
    (tmp_path / "outages.csv").write_text("day,minutes\n2026-02-01,0\n")
    spec = ErrorBudgetSpec(SourceSpec("outages", path="../outages.csv"), "day", "minutes")
    assert "expected a file below an allowed root" in read_error_budget(spec, FEBRUARY, a_place(inside)).problem


def test_a_smoke_set_without_rows_asks_nothing(tmp_path: Path) -> None:
    (tmp_path / "smoke.csv").write_text("income,term\n")
    found = read_smoke_cases(SmokeSpec(SourceSpec("smoke", path="smoke.csv"), ("income", "term")), a_place(tmp_path))
    assert (found.columns, found.rows) == (("income", "term"), ())


@pytest.mark.parametrize("kind", KINDS)
def test_cases_are_texts_in_the_columns_that_are_asked_for(tmp_path: Path, kind: str) -> None:
    rows: Rows = [{"term": "36", "label": "1", "income": "52000.5"}, {"term": "60", "label": "0", "income": None}]
    found = cases(tmp_path, rows, kind)
    assert (found.columns, found.rows) == (("income", "term"), (("52000.5", "36"), (None, "60")))
    assert found.digest.startswith("sha256:")


def test_cases_that_differ_in_another_column_only_are_one_case(tmp_path: Path) -> None:
    rows: Rows = [{"income": "1", "term": "36", "label": "1"}, {"income": "1", "term": "36", "label": "0"}]
    with pytest.raises(SourceError, match=r"expected each case once, found it again in smoke.csv, row 2"):
        cases(tmp_path, rows)


def test_a_case_that_asks_nothing_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"expected a value in every case, found none in smoke.csv, row 2"):
        cases(tmp_path, [{"income": "1", "term": "36"}, {"income": " ", "term": ""}])


def test_a_column_of_the_model_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaBrokenError, match=r"expected a column 'income' .*correct release in the catalogue"):
        cases(tmp_path, [{"incom": "1", "term": "36"}])


def test_more_cases_than_anybody_waits_for_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"expected at most 10,000 cases, found 10,001"):
        cases(tmp_path, [{"income": str(place), "term": "36"} for place in range(MAX_CASES + 1)])
    assert len(cases(tmp_path, [{"income": str(place), "term": "36"} for place in range(MAX_CASES)]).rows) == MAX_CASES
