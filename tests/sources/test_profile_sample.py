"""A sample of a window: bounded, the same every time, each segment with its share, and nothing invented."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.drift_sample import Sample
from registry.sources import profile_sample
from registry.sources.profile_sample import sample_window
from tests.sources.prediction_scenes import FEBRUARY, JANUARY, Rows, a_monitored, a_place, frozen, local, write_rows

SPEC: dict[str, Any] = {"numeric": ("x",), "categorical": ("c",), "segments": ("term",)}


def rows(count: int) -> Rows:
    start = local("2026-01-01")
    return [
        {
            "at": start + timedelta(minutes=number),
            "x": float(number) if number % 10 else None,
            "c": f"c{number % 3}",
            "term": "36" if number % 4 else "60",
        }
        for number in range(count)
    ]


def sampled(folder: Path, count: int, kind: str = "rows.parquet") -> Sample:
    write_rows(folder, rows(count), kind, group=100)
    system = a_monitored(kind, **SPEC)
    return sample_window(system, frozen(folder, system), JANUARY, a_place(folder))


def values(sample: Sample, name: str) -> tuple[Any, ...]:
    return next(column.values for column in sample.columns if column.name == name)


def test_of_a_window_without_rows_nothing_is_sampled(tmp_path: Path) -> None:
    write_rows(tmp_path, rows(50))
    system = a_monitored(**SPEC)
    sample = sample_window(system, frozen(tmp_path, system), FEBRUARY, a_place(tmp_path))
    assert (sample.row_count, sample.label) == (0, "2026-02-01 to before 2026-03-01: 0 of 0 rows")
    assert [column.name for column in sample.columns] == ["x", "c", "term"]


@pytest.mark.parametrize("kind", ["rows.parquet", "rows.csv"])
def test_a_small_window_is_shown_whole_with_missing_values_as_none(tmp_path: Path, kind: str) -> None:
    sample = sampled(tmp_path, 60, kind)
    expected = Counter((row["x"], row["c"], row["term"]) for row in rows(60))
    assert Counter(zip(*(values(sample, name) for name in ("x", "c", "term")), strict=True)) == expected
    assert sample.label == "2026-01-01 to before 2026-02-01: 60 of 60 rows"


@pytest.mark.parametrize("kind", ["rows.parquet", "rows.csv"])
def test_of_a_large_window_a_bounded_sample_of_whole_rows_is_the_same_every_time(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_sample, "MAX_ROWS", 200)
    sample = sampled(tmp_path, 2_000, kind)
    assert sample == sampled(tmp_path, 2_000, kind)
    assert sample.label == "2026-01-01 to before 2026-02-01: 200 of 2,000 rows"
    assert Counter(values(sample, "term")) == {"36": 150, "60": 50}
    known = {(row["x"], row["c"], row["term"]) for row in rows(2_000)}
    drawn = list(zip(*(values(sample, name) for name in ("x", "c", "term")), strict=True))
    assert set(drawn) <= known
    dated = sorted(x for x in values(sample, "x") if x is not None)
    assert len(set(dated)) == len(dated)
    assert dated[len(dated) // 2] == pytest.approx(1_000, abs=250)
