"""Predictions in every type of column that Parquet has: read as they are meant, or refused in words that name the file and the column."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from checks.redaction import redaction_of
from registry.domain.catalogue import TimeField
from registry.domain.monitoring import MonitoredSystem
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.outcome_counts import count_outcomes
from registry.sources.profile_reference import freeze_reference
from registry.sources.profile_sample import sample_window
from registry.sources.profile_window import profile_window
from tests.sources.prediction_scenes import FEBRUARY, FROZEN_AT, POLICY, a_monitored, a_place, frozen

ROWS = 60
DAYS = [date(2026, 1, 1) + timedelta(place % 59) for place in range(ROWS)]
KNOWN_BEFORE = datetime(2026, 5, 1, tzinfo=UTC)
PARTS = ("at", "score", "amount", "channel", "term", "label", "known", "id", "version")
NESTED = {
    "list": pa.array([[day.isoformat()] for day in DAYS]),
    "struct": pa.array([{"day": day} for day in DAYS]),
    "map": pa.array([[("day", 1)]] * ROWS, pa.map_(pa.string(), pa.int32())),
    "fixed list": pa.array([[1, 2]] * ROWS, pa.list_(pa.int8(), 2)),
}
TYPES = NESTED | {
    "decimal": pa.array([Decimal("1.25")] * ROWS),
    "wide decimal": pa.array([Decimal(10) ** 55] * ROWS, pa.decimal256(70, 2)),
    "duration": pa.array([timedelta(days=3)] * ROWS, pa.duration("ns")),
    "dictionary of dates": pa.DictionaryArray.from_arrays(pa.array([0, 1] * (ROWS // 2), pa.int32()), pa.array(DAYS[:2])),
    "dictionary without values": pa.DictionaryArray.from_arrays(pa.array([None] * ROWS, pa.int32()), pa.array(["a"])),
    "bytes": pa.array([b"\xff\xfe"] * ROWS),
    "fixed bytes": pa.array([b"\xff\xfe"] * ROWS, pa.binary(2)),
    "bytes in a view": pa.array([b"\xff\xfe"] * ROWS, pa.binary_view()),
    "text in a view": pa.array([day.isoformat() for day in DAYS], pa.string_view()),
    "uuid": pa.array([uuid.UUID(int=place).bytes for place in range(ROWS)], pa.uuid()),
    "json": pa.array(['{"a":1}'] * ROWS).cast(pa.json_()),
    "time": pa.array([time(1, 2, 3)] * ROWS),
    "null": pa.nulls(ROWS),
    "boolean": pa.array([True, False] * (ROWS // 2)),
    "infinite": pa.array([float("inf")] * ROWS),
    "whole": pa.array([2**63 + place for place in range(ROWS)], pa.uint64()),
    "a zone that is none": pa.array([1_770_000_000_000_000] * ROWS, pa.timestamp("us", "+25:99")),
    "a day that no calendar has": pa.array([2**31 - 1] * ROWS, pa.int32()).cast(pa.date32()),
}


def rows_with(folder: Path, **changed: Any) -> MonitoredSystem:
    """Write sixty predictions of two months with some columns of another type, and return the system that has them."""
    found: dict[str, Any] = {
        "at": DAYS,
        "score": [place % 7 / 7 for place in range(ROWS)],
        "amount": [float(place) for place in range(ROWS)],
        "channel": ["web", "branch"] * (ROWS // 2),
        "term": ["36", "60"] * (ROWS // 2),
        "label": [0, 1] * (ROWS // 2),
        "known": [day + timedelta(1) for day in DAYS],
        "id": [f"r{place}" for place in range(ROWS)],
        "version": ["v1"] * ROWS,
    }
    pq.write_table(pa.table(found | changed), folder / "rows.parquet", row_group_size=25)
    return a_monitored(
        score="score",
        label="label",
        label_known_at=TimeField("known"),
        row_id="id",
        version="version",
        numeric=("amount",),
        categorical=("channel",),
        segments=("term",),
    )


@pytest.mark.parametrize("kind", NESTED)
def test_times_of_several_values_are_refused_with_the_file_and_the_column(tmp_path: Path, kind: str) -> None:
    system = rows_with(tmp_path, at=NESTED[kind])
    with pytest.raises(SchemaBrokenError, match=r"rows\.parquet: expected a date, a time or a text in each row of column 'at', found"):
        frozen(tmp_path, system)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", TYPES)
def test_whatever_type_a_column_has_it_is_read_or_refused_in_words(tmp_path: Path, kind: str, part: str) -> None:
    reference = frozen(tmp_path, rows_with(tmp_path))
    system = rows_with(tmp_path, **{part: TYPES[kind]})
    place = a_place(tmp_path, redact=redaction_of(("email", "phone")))
    for read in (
        lambda: freeze_reference(system, POLICY, FROZEN_AT, place),
        lambda: profile_window(system, reference, FEBRUARY, place),
        lambda: sample_window(system, reference, FEBRUARY, place),
        lambda: count_outcomes(system, reference, FEBRUARY, KNOWN_BEFORE, place),
    ):
        try:
            read()
        except SourceError as error:
            assert "expected" in str(error)
            assert "found" in str(error)


def test_a_uuid_and_a_text_in_a_view_are_levels_like_others(tmp_path: Path) -> None:
    ids = pa.array([uuid.UUID(int=place % 2).bytes for place in range(ROWS)], pa.uuid())
    shown = pa.array(["web", "branch"] * (ROWS // 2), pa.string_view())
    reference = frozen(tmp_path, rows_with(tmp_path, channel=shown, term=ids))
    channel, term = reference.column("channel"), reference.column("term")
    assert channel is not None and term is not None
    assert set(channel.levels) == {"web", "branch"}
    assert set(term.levels) == {str(uuid.UUID(int=0)), str(uuid.UUID(int=1))}


def test_values_that_cannot_be_read_are_refused_with_the_file_their_column_and_type(tmp_path: Path) -> None:
    system = rows_with(tmp_path, channel=TYPES["a zone that is none"])
    with pytest.raises(SourceError, match=r"rows\.parquet: .*tz=\+25:99\] in column 'channel'\); take the column out of predictions"):
        frozen(tmp_path, system)
