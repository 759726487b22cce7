"""A window's profile: every count equals one made row by row, whatever the values and the kind of file."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.profile import WHOLE, Segment
from registry.errors import SourceError
from registry.sources import prediction_parquet
from registry.sources.profile_window import profile_window
from tests.sources.prediction_scenes import FEBRUARY, JANUARY, KINDS, Rows, a_monitored, a_place, assert_counts, frozen, local, write_rows

TYPES = {
    "at": pa.timestamp("us"),
    "amount": pa.float64(),
    "code": pa.float64(),
    "reason": pa.string(),
    "term": pa.string(),
    "p": pa.float64(),
}
WATCHED: dict[str, Any] = {"numeric": ("amount", "code"), "categorical": ("reason",), "segments": ("term",), "score": "p"}
ODD_NUMBERS = [0.0, -0.0, math.nan, math.inf, -math.inf, None, 1e300, -1e300, 5e-324, 0.1 + 0.2]
ODD_TEXTS = [None, "", " ", "é", "e\u0301", "日本語", "new", "NEW", "a\nb", 'a "b"', "a,b", "0", "nan", "x" * 150]


def january_rows(count: int = 400) -> Rows:
    chance = np.random.default_rng(5)
    return [
        {
            "at": local("2026-01-01") + timedelta(hours=number * 744 / count),
            "amount": round(float(chance.normal(100, 20)), 2),
            "code": float(number % 4),
            "reason": ["car", "house", "é", "debt"][int(chance.integers(0, 4))] if number % 50 else f"once {number}",
            "term": "36" if number % 3 else "60",
            "p": float(chance.random()),
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("predictions")


@st.composite
def february_rows(draw: st.DrawFn) -> Rows:
    numbers = st.one_of(st.sampled_from(ODD_NUMBERS), st.floats(60, 140), st.sampled_from(EDGES))
    row = st.fixed_dictionaries(
        {
            "at": st.datetimes(local("2026-01-30"), local("2026-03-02 23:00")),
            "amount": numbers,
            "code": st.one_of(st.sampled_from([0.0, 1.0, 2.0, 3.0, 2.5, -0.0]), numbers),
            "reason": st.one_of(st.sampled_from(["car", "house", "é", "debt", "once 50"]), st.sampled_from(ODD_TEXTS)),
            "term": st.sampled_from(["36", "60", "84", "", None]),
            "p": st.one_of(st.floats(0, 1), st.none()),
        }
    )
    return draw(st.lists(row, max_size=40))


EDGES: list[float | None] = sorted({row["amount"] for row in january_rows()})


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_without_rows_is_a_profile_of_zero_rows(folder: Path, kind: str) -> None:
    write_rows(folder, january_rows(), kind, TYPES)
    system = a_monitored(kind, **WATCHED)
    reference = frozen(folder, system)
    profile = profile_window(system, reference, FEBRUARY, a_place(folder))
    assert (profile.row_count, profile.observed_days, profile.undated_count, profile.missing_columns) == (0, 0, 0, ())
    assert_counts(profile, reference.columns, [])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=february_rows(), group=st.integers(1, 50))
def test_every_count_equals_one_made_row_by_row(folder: Path, kind: str, rows: Rows, group: int) -> None:
    everything = january_rows() + rows
    write_rows(folder, everything, kind, TYPES, group)
    system = a_monitored(kind, **WATCHED)
    reference = frozen(folder, system)
    assert_counts(reference.profile, reference.columns, [row for row in everything if row["at"].month == 1])
    profile = profile_window(system, reference, FEBRUARY, a_place(folder))
    inside = [row for row in rows if row["at"].month == 2]
    assert_counts(profile, reference.columns, inside)
    assert profile.observed_days == len({row["at"].date() for row in inside})
    assert profile.segments[0][0] == WHOLE


def test_one_row_is_counted(folder: Path) -> None:
    row = {"at": local("2026-02-03"), "amount": 100.0, "code": 9.0, "reason": "car", "term": "60", "p": 0.5}
    write_rows(folder, [*january_rows(), row], types=TYPES)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system)
    profile = profile_window(system, reference, FEBRUARY, a_place(folder))
    assert_counts(profile, reference.columns, [row])
    assert profile.rows_in(Segment("term", "60")) == 1


def test_a_reference_counted_again_is_the_same(folder: Path) -> None:
    write_rows(folder, january_rows(), types=TYPES)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system)
    assert profile_window(system, reference, JANUARY, a_place(folder)) == reference.profile
    assert frozen(folder, system) == reference
    assert reference.digest == frozen(folder, system).digest


def test_a_value_on_an_edge_belongs_to_the_bin_below_it(folder: Path) -> None:
    write_rows(folder, january_rows(), types=TYPES)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system)
    amount = reference.column("amount")
    assert amount is not None
    on_edges = [{"at": local("2026-02-01"), "amount": edge} for edge in amount.edges]
    write_rows(folder, january_rows() + on_edges, types=TYPES)
    cell = profile_window(system, reference, FEBRUARY, a_place(folder)).cell("amount")
    assert cell is not None
    assert cell.counts == (1,) * len(amount.edges) + (0, 0)


def test_unseen_and_rare_levels_are_named_with_their_counts_the_most_frequent_first(folder: Path) -> None:
    def row(reason: str) -> dict[str, Any]:
        return {"at": local("2026-02-01"), "reason": reason}

    new = [row("n/a")] * 3 + [row("b")] * 2 + [row("a")] * 2 + [row(f"x{n}") for n in range(30)] + [row("y" * 5000)] * 4
    write_rows(folder, january_rows() + new + [row("once 50")] * 2, types=TYPES)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system)
    cell = profile_window(system, reference, FEBRUARY, a_place(folder)).cell("reason")
    assert cell is not None
    assert [(name[:3], count) for name, count in cell.new_levels[:4]] == [("yyy", 4), ("n/a", 3), ("a", 2), ("b", 2)]
    assert (len(cell.new_levels), max(len(name) for name, _ in cell.new_levels)) == (20, 200)
    assert cell.rare_levels == (("once 50", 2),)
    in_segment = profile_window(system, reference, JANUARY, a_place(folder)).cell("reason", Segment("term", "60"))
    assert in_segment is not None
    assert (in_segment.new_levels, in_segment.rare_levels) == ((), ())


def test_a_column_that_the_source_lost_is_named_and_has_no_cell(folder: Path) -> None:
    write_rows(folder, january_rows(), types=TYPES)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system)
    rows = [{"at": local("2026-02-01"), "amount": 90.0, "reason": "car", "p": 0.5}]
    write_rows(folder, rows, types=TYPES)
    profile = profile_window(system, reference, FEBRUARY, a_place(folder))
    assert profile.missing_columns == ("code", "term")
    assert profile.cell("code") is None
    assert profile.cell("amount") is not None
    assert profile.rows_in(Segment("term", "36")) == 0


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_column_that_one_of_several_files_lacks_is_missing_in_its_rows(folder: Path, kind: str) -> None:
    name = f"rows.{kind}"
    write_rows(folder, january_rows(), name, TYPES)
    system = a_monitored(name, **WATCHED)
    reference = frozen(folder, system)
    days = folder / f"days-{kind}"
    days.mkdir(exist_ok=True)
    whole = [row | {"at": row["at"].replace(month=2)} for row in january_rows() if row["at"].day < 28]
    part = [{key: value for key, value in row.items() if key != "amount"} for row in whole]
    write_rows(days, whole, f"1.{kind}", TYPES)
    write_rows(days, part, f"2.{kind}", TYPES)
    system = a_monitored(f"days-{kind}/*.{kind}", **WATCHED)
    profile = profile_window(system, reference, FEBRUARY, a_place(folder))
    assert profile.missing_columns == ()
    assert_counts(profile, reference.columns, whole + part)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_only_rows_that_meet_the_condition_are_counted_and_it_sees_texts_in_every_kind_of_file(folder: Path, kind: str) -> None:
    name = f"rows.{kind}"
    undated: Rows = [{"at": None, "term": "36"}, {"at": None, "term": "60"}]
    write_rows(folder, january_rows() + undated, name, TYPES)
    system = a_monitored(name, where="term = '60' -- the long ones", **WATCHED)
    reference = frozen(folder, system)
    assert_counts(reference.profile, reference.columns, [row for row in january_rows() if row["term"] == "60"])
    assert reference.profile.undated_count == 1


def test_columns_that_differ_in_no_more_than_case_are_refused(folder: Path) -> None:
    write_rows(folder, [{"at": local("2026-02-01"), "amount": 1.0, "Amount": 2.0}], "twice.parquet")
    with pytest.raises(SourceError, match=r"twice\.parquet: expected column names that differ in more than case, found 'amount' twice"):
        frozen(folder, a_monitored("twice.parquet", numeric=("amount",)))


def test_a_name_with_a_dot_and_a_value_that_is_a_list_are_columns_like_others(folder: Path) -> None:
    rows: Rows = [{"at": local("2026-01-01"), "a.b": 1.0, "list": [1, number % 2]} for number in range(40)]
    write_rows(folder, rows, "dots.parquet")
    reference = frozen(folder, a_monitored("dots.parquet", numeric=("a.b",), categorical=("list",)))
    assert [column.levels or column.grid for column in reference.columns] == [(1.0,), ("[1,0]", "[1,1]")]


@pytest.mark.parametrize(
    ("kind", "values", "levels"),
    [
        (pa.float64(), [1.0, 2.5, -0.0, 0.0, math.nan, None], ("0", "1", "2.5")),
        (pa.int64(), [1, 2, 0, 0, None, None], ("0", "1", "2")),
        (pa.bool_(), [True, False, False, None], ("false", "true")),
        (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "b", None, ""], ("b", "a")),
        (pa.date32(), [date(2026, 1, 1)], ("2026-01-01",)),
        (pa.null(), [None], ()),
    ],
)
def test_a_category_is_the_value_as_text_whatever_its_type(
    folder: Path, kind: pa.DataType, values: list[Any], levels: tuple[str, ...]
) -> None:
    rows = [{"at": local("2026-01-01"), "c": value} for value in values]
    write_rows(folder, rows, "types.parquet", {"c": kind}, group=100)
    (column,) = frozen(folder, a_monitored("types.parquet", categorical=("c",))).columns
    assert column.levels == levels


@pytest.mark.parametrize(
    "kind", [pa.float32(), pa.int8(), pa.uint64(), pa.decimal128(9, 2), pa.bool_(), pa.dictionary(pa.int8(), pa.string())]
)
def test_a_number_is_read_from_every_type_that_can_hold_one(folder: Path, kind: pa.DataType) -> None:
    raw: list[Any] = [True, False, None] if kind == pa.bool_() else ["1", "0", None] if pa.types.is_dictionary(kind) else [1, 0, None]
    rows = [{"at": local("2026-01-01"), "x": value} for value in raw * 20]
    write_rows(folder, rows, "types.parquet", {"x": kind})
    reference = frozen(folder, a_monitored("types.parquet", numeric=("x",)))
    assert (reference.columns[0].grid, reference.profile.cells[0].counts) == ((0.0, 1.0), (20, 20, 20))


def test_long_texts_are_read_in_short_chunks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction_parquet, "_CHUNK_BYTES", 1_000)
    rows: Rows = [{"at": local("2026-01-01"), "c": f"{number % 5}" * 150} for number in range(50)]
    write_rows(folder, rows, "long.parquet", group=50)
    reference = frozen(folder, a_monitored("long.parquet", categorical=("c",)))
    assert reference.profile.cells[0].counts == (10,) * 5 + (0, 0, 0)
