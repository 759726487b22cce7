"""Freezing a reference: where numbers are cut, which levels and segments stand by themselves, and when nothing is frozen."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.catalogue import SourceSpec
from registry.domain.drift_sample import ColumnKind
from registry.domain.profile import WHOLE, ColumnBins, ColumnRole, ReferenceProfile, Segment
from registry.errors import SchemaBrokenError, SourceError
from registry.sources import value_tally
from registry.sources.profile_reference import freeze_reference
from registry.sources.reference_bins import grid_edges, quantile_edges
from tests.sources.prediction_scenes import FROZEN_AT, POLICY, Rows, a_monitored, a_place, assert_counts, frozen, local, write_rows

SPEC: dict[str, Any] = {"numeric": ("x",), "categorical": ("c",)}


def rows_of(**columns: Any) -> Rows:
    """Return rows of January from columns of equal length."""
    names, length = list(columns), len(next(iter(columns.values())))
    start = local("2026-01-01")
    return [{"at": start + timedelta(minutes=n)} | {name: columns[name][n] for name in names} for n in range(length)]


def frozen_of(folder: Path, spec: dict[str, Any], policy: dict[str, Any] | None = None, **columns: Any) -> ReferenceProfile:
    numbers = {name: pa.float64() for name in spec.get("numeric", ()) if not isinstance(columns[name][0], (str, int))}
    write_rows(folder, rows_of(**columns), types={"at": pa.timestamp("us"), **numbers}, group=100)
    return frozen(folder, a_monitored(**spec), **(policy or {}))


def bins(reference: ReferenceProfile, name: str) -> ColumnBins:
    found = reference.column(name)
    assert found is not None
    return found


def test_nothing_is_frozen_of_no_rows_or_of_too_few(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected at least 500 rows from 2026-01-01 to before 2026-02-01, found 0; choose") as none:
        write_rows(tmp_path, [{"at": local("2025-12-31"), "c": "a"}])
        frozen(tmp_path, a_monitored(categorical=("c",)), min_reference_rows=500)
    assert none.value.reason_code == "no_data"
    with pytest.raises(SourceError, match="found 499; choose other reference days") as few:
        frozen_of(tmp_path, {"numeric": ("x",)}, {"min_reference_rows": 500}, x=[1.0] * 499)
    assert few.value.reason_code == "too_few"


def test_a_column_that_is_not_there_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(SchemaBrokenError, match=r"found none called 'incme' \(did you mean 'income'\?\), 'c'; correct predictions"):
        write_rows(tmp_path, rows_of(income=[1.0] * 10))
        frozen(tmp_path, a_monitored(numeric=("incme",), categorical=("c",)))


def test_a_system_with_nothing_to_watch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a score or features to watch, found none") as refused:
        write_rows(tmp_path, rows_of(x=[1.0]))
        frozen(tmp_path, a_monitored())
    assert refused.value.reason_code == "not_configured"


def test_the_rules_of_feeds_hold_for_where_predictions_are(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    write_rows(tmp_path, rows_of(x=[1.0]))
    system = a_monitored("../rows.parquet", numeric=("x",))
    with pytest.raises(SourceError, match=r"\.\./rows\.parquet: expected a file below an allowed root"):
        freeze_reference(system, POLICY, FROZEN_AT, a_place(tmp_path / "inside"))
    with pytest.raises(SourceError, match=r"gone\.parquet: expected a file, found none; check source\.path and that the export ran"):
        frozen(tmp_path, a_monitored("gone.parquet", numeric=("x",)))
    with pytest.raises(SourceError, match="connection bank: expected a named connection, found none in this workspace"):
        (tmp_path / "q.sql").write_text("SELECT 1 AS at")
        frozen(tmp_path, a_monitored(source=SourceSpec("q", connection="bank", query_file="q.sql"), numeric=("x",)))


def test_a_number_is_cut_at_its_quantiles_and_equal_edges_are_one(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    plain, heaped = chance.normal(size=1000).tolist(), [0.0] * 700 + chance.exponential(size=300).tolist()
    reference = frozen_of(tmp_path, {"numeric": ("x", "y")}, x=plain, y=heaped)
    assert bins(reference, "x").edges == tuple(np.quantile(plain, np.arange(1, 10) / 10, method="inverted_cdf"))
    assert reference.profile.cells[0].counts == (100,) * 10 + (0,)
    assert bins(reference, "y").edges[0] == 0.0
    assert len(bins(reference, "y").edges) == 3
    assert (bins(reference, "x").low, bins(reference, "x").high) == (min(plain), max(plain))


def test_a_constant_is_a_grid_of_one_value_whose_bin_holds_nothing_else(tmp_path: Path) -> None:
    reference = frozen_of(tmp_path, {"numeric": ("x",)}, x=[7.0] * 50)
    assert bins(reference, "x").grid == (7.0,)
    assert reference.profile.cells[0].counts == (0, 50, 0, 0)


def test_values_that_all_lack_leave_a_number_without_edges(tmp_path: Path) -> None:
    reference = frozen_of(tmp_path, {"numeric": ("x",)}, x=[None, math.nan, math.inf] * 20)
    assert (bins(reference, "x").edges, bins(reference, "x").grid, bins(reference, "x").low) == ((), (), None)
    assert (reference.profile.cells[0].counts, reference.profile.cells[0].infinite_count) == ((0, 40), 20)


def test_few_values_that_repeat_are_a_grid_and_as_many_that_do_not_are_none(tmp_path: Path) -> None:
    prices = [4.99, 9.99, 14.99, 19.99]
    assert bins(frozen_of(tmp_path, {"numeric": ("x",)}, x=prices * 20), "x").grid == tuple(prices)
    assert bins(frozen_of(tmp_path, {"numeric": ("x",)}, x=prices * 19), "x").grid == ()
    many = [float(n) for n in range(101)] * 20
    assert bins(frozen_of(tmp_path, {"numeric": ("x",)}, x=many), "x").grid == ()
    assert len(bins(frozen_of(tmp_path, {"numeric": ("x",)}, x=[n for n in many if n < 100]), "x").grid) == 100


@given(st.dictionaries(st.floats(-1e308, 1e308).map(lambda x: x + 0.0), st.integers(1, 500), min_size=1, max_size=60), st.integers(2, 20))
def test_a_grid_is_never_cut_through_a_value(grid: dict[float, int], bin_count: int) -> None:
    edges, values = grid_edges(Counter(grid), bin_count), sorted(grid)
    assert list(edges) == sorted(set(edges))
    assert len(edges) <= max(bin_count - 1, 2)
    between = [sum(low <= edge < high for edge in edges) for low, high in pairwise(values)]
    assert sum(between) + (2 if len(values) == 1 else 0) == len(edges)
    assert max(between, default=0) <= 1
    if 1 < len(values) <= bin_count:
        assert between == [1] * (len(values) - 1)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=200), st.integers(2, 20))
def test_no_bin_of_quantiles_is_empty(values: list[float], bin_count: int) -> None:
    edges = quantile_edges(np.array(values), bin_count)
    counts = np.bincount(np.searchsorted(np.array(edges), np.array(values)), minlength=len(edges) + 1)
    assert (counts > 0).all()
    assert len(edges) < bin_count


def test_frequent_levels_stand_by_themselves_by_frequency_and_name_and_the_others_are_rare(tmp_path: Path) -> None:
    levels = ["b"] * 400 + ["a"] * 400 + ["é"] * 196 + ["once"] + ["twice"] * 2 + [""]
    found = bins(frozen_of(tmp_path, {"categorical": ("c",)}, c=levels), "c")
    assert (found.levels, found.rare_levels) == (("a", "b", "é"), ("twice", "once"))
    few = bins(frozen_of(tmp_path, {"categorical": ("c",)}, {"max_levels": 2}, c=levels), "c")
    assert (few.levels, few.rare_levels) == (("a", "b"), ("é", "twice", "once"))


def test_a_column_that_names_rows_rather_than_kinds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_tally, "MAX_LEVELS", 99)
    with pytest.raises(SourceError, match="column 'c': expected a category of at most 99 levels, found more; it names rows"):
        frozen_of(tmp_path, {"categorical": ("c",)}, c=[f"row {n}" for n in range(100)])


def test_segments_are_the_largest_values_with_enough_rows_and_are_categories_themselves(tmp_path: Path) -> None:
    spec = {"numeric": ("x", "term"), "segments": ("term", "site")}
    columns = {"x": [1.5] * 100, "term": [36] * 70 + [60] * 30, "site": ["a"] * 50 + ["b"] * 41 + ["c"] * 9}
    reference = frozen_of(tmp_path, spec, {"min_segment_rows": 10}, **columns)
    expected = [WHOLE, Segment("term", "36"), Segment("term", "60"), Segment("site", "a"), Segment("site", "b")]
    assert list(reference.segments()) == expected
    assert [(column.name, column.kind) for column in reference.columns] == [
        ("x", ColumnKind.NUMBER),
        ("term", ColumnKind.CATEGORY),
        ("site", ColumnKind.CATEGORY),
    ]
    assert bins(reference, "term").levels == ("36", "60")
    fewer = frozen_of(tmp_path, spec, {"min_segment_rows": 10, "max_segments": 2}, **columns)
    assert list(fewer.segments()) == [WHOLE, Segment("term", "36"), Segment("site", "a")]
    assert_counts(reference.profile, reference.columns, rows_of(**columns))


def test_the_score_and_the_versions_that_decided_are_frozen_too(tmp_path: Path) -> None:
    spec = {"numeric": ("x",), "score": "p", "version": "v"}
    reference = frozen_of(tmp_path, spec, x=[1.0, 2.0] * 30, p=[0.1, 0.2, 0.3] * 20, v=["2", "10", None] * 20)
    assert bins(reference, "p").role is ColumnRole.SCORE
    assert bins(reference, "x").role is ColumnRole.FEATURE
    assert reference.versions == ("10", "2")
    assert (reference.frozen_at, reference.zone, reference.profile.row_count) == (FROZEN_AT, "America/New_York", 60)


def test_of_many_rows_a_sample_says_where_the_edges_lie_and_counts_stay_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_tally, "MAX_SAMPLE", 1_000)
    values = np.random.default_rng(3).normal(size=10_000).tolist()
    reference = frozen_of(tmp_path, {"numeric": ("x",)}, x=values)
    shares = np.array(reference.profile.cells[0].counts[:-1]) / len(values)
    assert reference.profile.cells[0].row_count == 10_000
    assert np.abs(shares - 0.1).max() < 0.05
    assert frozen(tmp_path, a_monitored(numeric=("x",))).digest == reference.digest


def test_texts_that_are_numbers_are_read_and_those_that_are_none_are_missing(tmp_path: Path) -> None:
    texts = ["1.5", " 2.5 ", "1e3", "", "n/a", "1_000", "nan", "-inf"] * 25
    write_rows(tmp_path, rows_of(x=texts))
    reference = frozen(tmp_path, a_monitored(numeric=("x",)))
    assert bins(reference, "x").grid == (1.5, 2.5, 1000.0)
    assert (reference.profile.cells[0].missing_count, reference.profile.cells[0].infinite_count) == (100, 25)
