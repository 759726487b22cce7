"""A profile counted by PostgreSQL or by a local Spark: the same cells as of the same rows fetched and counted here."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from registry.domain.catalogue import SourceSpec
from registry.domain.monitoring import MonitoredSystem
from registry.domain.profile import WHOLE, ReferenceProfile, Segment, WindowProfile
from registry.errors import SchemaBrokenError, SourceError, SourceUnavailableError
from registry.sources.prediction_rows import Request
from registry.sources.profile_window import profile_window
from registry.sources.pushdown import pushed_down
from registry.sources.window_tally import asked_columns
from tests.postgres import postgres_server, postgres_url
from tests.sources.prediction_scenes import FEBRUARY, Rows, a_monitored, a_place, frozen, write_rows

__all__ = ["postgres_server", "postgres_url"]

WATCHED: dict[str, Any] = {
    "numeric": ("amount", "code", "count", "owner"),
    "categorical": ("reason", "agreed"),
    "segments": ("term", "region"),
    "score": "p",
    "row_id": "id",
    "version": "region",
}
TYPES = {
    "at": pa.timestamp("us", tz="UTC"),
    "amount": pa.float64(),
    "code": pa.float64(),
    "count": pa.int64(),
    "owner": pa.bool_(),
    "reason": pa.string(),
    "agreed": pa.bool_(),
    "term": pa.int64(),
    "region": pa.string(),
    "p": pa.float64(),
    "id": pa.string(),
}
SQL_TYPES = {
    "at": sa.DateTime(timezone=True),
    "amount": sa.Double,
    "code": sa.Double,
    "count": sa.Integer,
    "owner": sa.Boolean,
    "reason": sa.Text,
    "agreed": sa.Boolean,
    "term": sa.Integer,
    "region": sa.Text,
    "p": sa.Double,
    "id": sa.Text,
}
QUERY = "SELECT * FROM {table} -- every row; the window is cut by day\nWHERE at >= :window_start AND at < :window_end OR at IS NULL;\n"


def predictions(count: int = 1_200) -> Rows:
    """Return two months of rows around New York's midnights, with everything odd that an engine may count otherwise."""
    chance = np.random.default_rng(11)
    odd = [0.0, -0.0, math.nan, math.inf, -math.inf, None, 1e300, 0.1 + 0.2]
    texts = ["car", "house", "é", "debt's", 'a "b"', "a:b", "", None, "100%", "once"]
    return [
        {
            "at": None if number % 97 == 0 else datetime(2026, 1, 1, 4, 30, tzinfo=UTC) + timedelta(hours=number * 1_416 / count),
            "amount": odd[number % len(odd)] if number % 9 == 0 else float(chance.normal(100, 20)),
            "code": float(number % 4) + (0.5 if number > 700 and number % 3 == 0 else 0.0),
            "count": None if number % 31 == 0 else int(chance.integers(0, 1_000)),
            "owner": [True, False, None][number % 3],
            "reason": f"new {number % 5}" if number > 700 and number % 7 == 0 else texts[number % len(texts)],
            "agreed": number % 2 == 0,
            "term": 60 if number % 5 == 0 else 36,
            "region": [None, "", "north", "south"][number % 4],
            "p": float(chance.uniform()),
            "id": ["again", "", None][number % 3] if number > 700 and number % 7 == 0 else f"r{number}",
        }
        for number in range(count)
    ]


@pytest.fixture
def fetched(tmp_path: Path) -> tuple[ReferenceProfile, WindowProfile]:
    """Return the reference, and February as counted from a file."""
    folder = tmp_path / "file"
    folder.mkdir()
    write_rows(folder, predictions(), types=TYPES, group=100)
    system = a_monitored(**WATCHED)
    reference = frozen(folder, system, min_level_ratio=0.02)
    return reference, profile_window(system, reference, FEBRUARY, a_place(folder))


def asked_of(folder: Path, url: str, query: str) -> tuple[MonitoredSystem, Any]:
    """Return the system whose predictions a query brings, and the place where that is known."""
    (folder / "rows.sql").write_text(query)
    system = a_monitored(source=SourceSpec("predictions", connection="lake", query_file="rows.sql"), **WATCHED)
    return system, a_place(folder, connection_url=lambda _: url)


def assert_same(found: WindowProfile | None, expected: WindowProfile) -> None:
    assert found is not None, "the rows were fetched"
    for ours, theirs in zip(found.cells, expected.cells, strict=True):
        assert (ours.total is None) == (theirs.total is None)
        assert (ours.total or 0.0) == pytest.approx(theirs.total or 0.0, rel=1e-12), ours
        assert replace(ours, total=None) == replace(theirs, total=None)
    assert replace(found, cells=(), source_digest="") == replace(expected, cells=(), source_digest="")


def pushed(system: MonitoredSystem, reference: ReferenceProfile, place: Any) -> WindowProfile | None:
    segments = tuple(segment for segment in reference.segments() if segment != WHOLE)
    return pushed_down(Request(system, FEBRUARY, asked_columns(reference.columns, segments, "region")), reference.columns, segments, place)


@pytest.fixture
def in_postgres(postgres_url: str) -> Iterator[str]:
    """Put the rows into a table and return the URL."""
    url = postgres_url.replace("postgresql:", "postgresql+psycopg:", 1)
    engine = sa.create_engine(url)
    table = sa.Table("predictions", sa.MetaData(), *(sa.Column(name, kind) for name, kind in SQL_TYPES.items()))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), predictions())
    engine.dispose()
    yield url


@pytest.fixture(scope="module")
def spark() -> str:
    """Return the master of a local Spark."""
    if not shutil.which("java"):
        pytest.skip("a Java run time is not installed; .ci/run installs one")
    return "local[2]"


def test_a_window_without_a_row_is_a_profile_of_none(tmp_path: Path, fetched: Any, in_postgres: str) -> None:
    system, place = asked_of(tmp_path, in_postgres, "SELECT * FROM predictions WHERE false")
    found = pushed(system, fetched[0], place)
    assert found is not None
    assert (found.row_count, found.observed_days, found.undated_count) == (0, 0, 0)
    assert {segment for segment, _ in found.segments} == set(fetched[0].segments())
    assert all(not cell.row_count and cell.low is None for cell in found.cells)


def test_postgresql_counts_what_is_counted_here(tmp_path: Path, fetched: Any, in_postgres: str) -> None:
    reference, expected = fetched
    assert Segment("term", "60") in set(reference.segments())
    assert any(cell.new_levels for cell in expected.cells) and any(cell.off_grid_count for cell in expected.cells)
    assert_same(pushed(*_first(asked_of(tmp_path, in_postgres, QUERY.format(table="predictions")), reference)), expected)


def test_a_local_spark_counts_what_is_counted_here(tmp_path: Path, fetched: Any, spark: str) -> None:
    reference, expected = fetched
    query = QUERY.format(table=f"parquet.`{tmp_path / 'file' / 'rows.parquet'}`")
    assert_same(pushed(*_first(asked_of(tmp_path, spark, query), reference)), expected)


def test_the_watch_pushes_down_by_itself_where_it_can(tmp_path: Path, fetched: Any, in_postgres: str) -> None:
    reference, expected = fetched
    system, place = asked_of(tmp_path, in_postgres, QUERY.format(table="predictions"))
    assert_same(profile_window(system, reference, FEBRUARY, place), expected)
    assert not (tmp_path / "spool").exists(), "nothing was staged"


def test_a_reference_frozen_from_a_spark_is_the_one_frozen_from_its_file(tmp_path: Path, fetched: Any, spark: str) -> None:
    from registry.sources.profile_reference import freeze_reference
    from tests.sources.prediction_scenes import FROZEN_AT, POLICY

    system, place = asked_of(tmp_path, spark, QUERY.format(table=f"parquet.`{tmp_path / 'file' / 'rows.parquet'}`"))
    found = freeze_reference(system, replace(POLICY, min_level_ratio=0.02), FROZEN_AT, place)
    assert found.columns == fetched[0].columns
    assert [replace(cell, total=None) for cell in found.profile.cells] == [replace(cell, total=None) for cell in fetched[0].profile.cells]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT at, amount::text AS amount, code, count, owner, reason, agreed, term, region, p FROM predictions",
        "SELECT at::text AS at, amount, code, count, owner, reason, agreed, term, region, p FROM predictions",
        "SELECT at, amount, code, count, owner, reason, agreed, term::double precision AS term, region, p FROM predictions",
    ],
)
def test_values_that_an_engine_would_spell_otherwise_are_fetched(tmp_path: Path, fetched: Any, in_postgres: str, select: str) -> None:
    system, place = asked_of(tmp_path, in_postgres, select)
    assert pushed(system, fetched[0], place) is None


def test_a_column_that_is_gone_is_missing_and_the_others_are_counted(tmp_path: Path, fetched: Any, in_postgres: str) -> None:
    system, place = asked_of(tmp_path, in_postgres, "SELECT at, amount, code, count, owner, agreed, term, region, p FROM predictions")
    found = pushed(system, fetched[0], place)
    assert found is not None and found.missing_columns == ("reason",)
    assert found.cell("reason") is None and found.cell("amount") == replace(fetched[1].cell("amount"), total=found.cell("amount").total)  # type: ignore[union-attr]


def test_a_query_without_the_time_is_refused(tmp_path: Path, fetched: Any, in_postgres: str) -> None:
    system, place = asked_of(tmp_path, in_postgres, "SELECT amount FROM predictions")
    with pytest.raises(SchemaBrokenError, match="expected a column 'at'"):
        pushed(system, fetched[0], place)


def test_a_query_that_an_engine_refuses_is_told_with_its_words(tmp_path: Path, fetched: Any, in_postgres: str, spark: str) -> None:
    for url in (in_postgres, spark):
        system, place = asked_of(tmp_path, url, "SELECT * FROM no_such_table")
        with pytest.raises(SourceError, match=r"rows.sql: expected a query that .*no_such_table.*; correct it"):
            pushed(system, fetched[0], place)


def test_a_spark_that_does_not_answer_is_an_outage(tmp_path: Path, fetched: Any, spark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql import SparkSession

    def gone(*_: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", gone)
    system, place = asked_of(tmp_path, "spark://lake.example:7077", "SELECT 1")
    with pytest.raises((SourceUnavailableError), match="expected a Spark that answers, found ConnectionRefusedError"):
        pushed(system, fetched[0], place)


def _first(asked: tuple[MonitoredSystem, Any], reference: ReferenceProfile) -> tuple[MonitoredSystem, ReferenceProfile, Any]:
    return asked[0], reference, asked[1]
