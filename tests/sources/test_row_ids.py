"""Rows that are there twice: found by the id that the catalogue names, in every kind of file, and never looked for without one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.errors import SchemaBrokenError, SourceError
from registry.sources.caps import SourceCaps
from registry.sources.outcome_counts import count_outcomes
from registry.sources.profile_window import profile_window
from tests.sources.prediction_scenes import FEBRUARY, KINDS, Rows, a_monitored, a_place, frozen, write_rows

WATCHED: dict[str, Any] = {"numeric": ("amount",), "score": "p", "label": "y"}
KNOWN_BEFORE = datetime(2026, 5, 1, tzinfo=UTC)


def rows_of(first: date, *ids: str | None) -> Rows:
    return [
        {"at": first + timedelta(place % 28), "id": one, "amount": float(place), "p": place % 10 / 10, "y": place % 2}
        for place, one in enumerate(ids)
    ]


def of_january() -> Rows:
    return rows_of(date(2026, 1, 1), *(f"j{place}" for place in range(40)))


def duplicates(folder: Path, rows: Rows, kind: str = "rows.parquet", **changes: Any) -> tuple[int | None, int | None]:
    """Return how many rows of February are there again, as its profile and as its outcomes have it."""
    write_rows(folder, [*of_january(), *rows], kind)
    system, place = a_monitored(kind, **WATCHED | changes), a_place(folder)
    reference = frozen(folder, system)
    profile = profile_window(system, reference, FEBRUARY, place)
    return profile.duplicate_count, count_outcomes(system, reference, FEBRUARY, KNOWN_BEFORE, place).duplicate_count


def test_a_window_without_rows_has_none_there_twice(tmp_path: Path) -> None:
    assert duplicates(tmp_path, [], row_id="id") == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_with_the_id_of_another_are_counted_across_the_parts_of_a_source(tmp_path: Path, kind: str) -> None:
    ids = [f"f{place}" for place in range(30)]
    assert duplicates(tmp_path, rows_of(date(2026, 2, 1), *ids, *ids[:10], *ids[:10], None, None, "j1"), kind, row_id="id") == (20, 20)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_whose_id_is_empty_are_counted(tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path, [*of_january(), *rows_of(date(2026, 2, 1), "f1", "f2", "f2", None, None, None)], kind)
    system = a_monitored(kind, **WATCHED, row_id="id")
    profile = profile_window(system, frozen(tmp_path, system), FEBRUARY, a_place(tmp_path))
    assert (profile.row_count, profile.duplicate_count, profile.without_id_count) == (6, 1, 3)


def test_without_an_id_nothing_is_known_of_it(tmp_path: Path) -> None:
    assert duplicates(tmp_path, rows_of(date(2026, 2, 1), "a", "a")) == (None, None)


def test_an_id_that_is_not_there_is_refused_when_a_reference_is_frozen_and_told_of_a_window(tmp_path: Path) -> None:
    write_rows(tmp_path, of_january())
    with pytest.raises(SchemaBrokenError, match="none called 'ids' \\(did you mean 'id'"):
        frozen(tmp_path, a_monitored(row_id="ids", **WATCHED))

    system = a_monitored(row_id="id", **WATCHED)
    reference = frozen(tmp_path, system)
    write_rows(tmp_path, [{name: value for name, value in row.items() if name != "id"} for row in rows_of(date(2026, 2, 1), "a", "b")])
    found = profile_window(system, reference, FEBRUARY, a_place(tmp_path))
    assert (found.missing_columns, found.duplicate_count) == (("id",), None)


def test_a_reference_of_rows_that_are_there_twice_is_not_frozen(tmp_path: Path) -> None:
    write_rows(tmp_path, [*of_january(), *of_january()])
    with pytest.raises(
        SourceError, match=r"expected at most 1\.0% of the rows with an id in 'id' that another has, found 40 of 80"
    ) as told:
        frozen(tmp_path, a_monitored(row_id="id", **WATCHED))
    assert told.value.reason_code == "duplicates"


def test_ids_are_counted_in_the_memory_that_the_limits_allow(tmp_path: Path) -> None:
    ids = [f"id-of-a-row-{place:09d}" for place in range(40_000)]
    write_rows(tmp_path, [*of_january(), *rows_of(date(2026, 2, 1), *ids, *ids[:5_000])], group=10_000)
    system = a_monitored(row_id="id", **WATCHED)
    place = a_place(tmp_path, caps=SourceCaps(duckdb_memory_mb=16))
    assert profile_window(system, frozen(tmp_path, system), FEBRUARY, place).duplicate_count == 5_000
