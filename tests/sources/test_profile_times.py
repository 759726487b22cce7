"""Times of predictions: dates, local times, instants and texts of them put a row on the same civil day of the system's zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.catalogue import TimeField
from registry.domain.monitoring import Window
from registry.domain.profile import WindowProfile
from registry.errors import SchemaBrokenError, SourceError
from registry.sources import prediction_times
from registry.sources.caps import SourceCaps
from registry.sources.prediction_times import NOT_KNOWN, OUTSIDE, UNDATED, epoch_day, known_days, window_places
from registry.sources.profile_window import counted_window
from tests.sources.prediction_scenes import KINDS, Rows, a_monitored, a_place, local, write_rows

FALL = Window(date(2026, 11, 1), date(2026, 11, 2))  # 25 hours in New York
SPRING = Window(date(2026, 3, 8), date(2026, 3, 9))  # 23 hours
AT = TimeField("at")
NEW_YORK = ZoneInfo("America/New_York")


def counted(
    folder: Path,
    window: Window,
    rows: Rows,
    kind: str = "rows.parquet",
    at: TimeField = AT,
) -> WindowProfile:
    write_rows(folder, rows, kind)
    return counted_window(a_monitored(kind, time=at), (), (), window, a_place(folder))


@pytest.mark.parametrize("window", [FALL, SPRING])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_are_counted_by_the_civil_day_of_the_zone_also_on_days_of_23_and_25_hours(
    tmp_path: Path, window: Window, unit: str
) -> None:
    start = datetime.combine(window.start_on, datetime.min.time(), UTC) - timedelta(hours=12)
    rows = [{"at": start + timedelta(minutes=15 * number)} for number in range(200)]
    inside = [row for row in rows if row["at"].astimezone(NEW_YORK).date() == window.start_on]
    write_rows(tmp_path, rows, types={"at": pa.timestamp(unit, "UTC")})
    profile = counted_window(a_monitored(), (), (), window, a_place(tmp_path))
    assert (profile.row_count, profile.observed_days) == (len(inside), 1)
    assert len(inside) == (100 if window == FALL else 92)


@pytest.mark.parametrize("kind", KINDS)
def test_a_local_time_that_the_zone_skips_or_repeats_has_its_day_all_the_same(tmp_path: Path, kind: str) -> None:
    rows = [{"at": local(text)} for text in ("2026-11-01 01:30", "2026-11-01 00:30", "2026-11-02 00:00", "2026-10-31 23:59:59")]
    assert counted(tmp_path, FALL, rows, kind).row_count == 2
    skipped = [{"at": local(text)} for text in ("2026-03-08 02:30", "2026-03-08 00:00", "2026-03-09 00:00")]
    profile = counted(tmp_path, SPRING, skipped, kind)
    assert (profile.row_count, profile.undated_count) == (2, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_dates_days_later_and_rows_without_a_time_are_told_apart(tmp_path: Path, kind: str) -> None:
    rows: Rows = [{"at": date(2026, 3, 7)}, {"at": date(2026, 3, 8)}, {"at": None}, {"at": date(2026, 2, 28)}]
    profile = counted(tmp_path, SPRING, rows, kind)
    assert (profile.row_count, profile.undated_count) == (1, 1)
    moved = counted(tmp_path, SPRING, rows, kind, TimeField("at", plus_days=8))
    assert (moved.row_count, moved.undated_count) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_read_as_feeds_read_them_and_what_is_no_time_is_undated(tmp_path: Path, kind: str) -> None:
    texts = ["2026-03-08", "2026-03-08T23:59:59.5", "2026-03-08 04:59:59Z", "2026-03-08 05:00+00:00", "08.03.2026", "", "soon", None]
    profile = counted(tmp_path, SPRING, [{"at": text, "n": 1} for text in texts], kind)
    assert (profile.row_count, profile.undated_count) == (3, 4)
    said = counted(tmp_path, SPRING, [{"at": text, "n": 1} for text in texts], kind, TimeField("at", format="%d.%m.%Y"))
    assert (said.row_count, said.undated_count) == (1, 7)


def test_a_row_that_cannot_be_read_at_all_is_undated(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("at,n\n2026-03-08,1\n2026-03-08,1,2\n")
    profile = counted_window(a_monitored("rows.csv"), (), (), SPRING, a_place(tmp_path))
    assert (profile.row_count, profile.undated_count) == (1, 1)


def test_times_beyond_the_calendar_are_no_times() -> None:
    column = pa.array([2**62, -(2**62), 0, None], pa.timestamp("us"))
    places = window_places(column, TimeField("at"), "UTC", Window(date(1970, 1, 1), date(1970, 1, 2)))
    assert places.tolist() == [UNDATED, UNDATED, 0, UNDATED]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
def test_instants_of_a_whole_year_have_the_day_that_the_zone_gives_them(zone: str) -> None:
    instants = [datetime(2011, 1, 1, tzinfo=UTC) + timedelta(minutes=37 * number) for number in range(14_500)]
    window = Window(date(2011, 3, 1), date(2012, 1, 5))
    column = pa.array(instants, pa.timestamp("us", "UTC"))
    days = [(at.astimezone(ZoneInfo(zone)).date() - window.start_on).days for at in instants]
    expected = [day if 0 <= day < window.day_count else OUTSIDE for day in days]
    assert Counter(window_places(column, TimeField("at"), zone, window).tolist()) == Counter(expected)
    before = datetime(2011, 11, 6, 5, 45, tzinfo=UTC)
    known = [epoch_day(at.astimezone(ZoneInfo(zone)).date()) if at < before else NOT_KNOWN for at in instants]
    assert known_days(column, TimeField("at"), zone, before).tolist() == known


@pytest.mark.parametrize("is_text", [True, False])
def test_a_local_time_counts_as_known_only_where_it_is_certain(is_text: bool) -> None:
    texts = ["2026-10-31T23:00:00", "2026-11-01T00:30:00", "2026-11-01T01:10:00", "2026-11-01T03:00:00", "2026-11-02T00:00:00"]
    column = pa.array(texts) if is_text else pa.array([local(text) for text in texts], pa.timestamp("us"))

    def known(before: datetime) -> list[bool]:
        return [day != NOT_KNOWN for day in known_days(column, TimeField("at"), "America/New_York", before).tolist()]

    # 01:10 comes twice that night, so it is known with the end of the day only.
    assert known(datetime(2026, 11, 1, 7, 30, tzinfo=UTC)) == [True, True, False, False, False]
    assert known(datetime(2026, 11, 2, 4, tzinfo=UTC)) == [True, True, False, True, False]
    assert known(datetime(2026, 11, 2, 5, 0, 1, tzinfo=UTC)) == [True, True, True, True, True]


def test_row_groups_that_cannot_hold_the_window_are_not_even_read(tmp_path: Path) -> None:
    start = local("2026-01-01")
    rows = [{"at": start + timedelta(hours=number), "n": float(number)} for number in range(24 * 90)]
    path = write_rows(tmp_path, rows, types={"at": pa.timestamp("us")}, group=240)
    whole = counted_window(a_monitored(), (), (), SPRING, a_place(tmp_path))
    _destroy_groups(path, keep={(24 * 66) // 240})
    again = counted_window(a_monitored(), (), (), SPRING, a_place(tmp_path))
    assert (whole.row_count, again.row_count) == (24, 24)
    assert again.source_digest == whole.source_digest
    with pytest.raises(SourceError, match="expected a whole Parquet file, found a damaged one"):
        counted_window(a_monitored(), (), (), FALL_OF_DESTROYED, a_place(tmp_path))


FALL_OF_DESTROYED = Window(date(2026, 1, 1), date(2026, 1, 2))


def _destroy_groups(path: Path, keep: set[int]) -> None:
    metadata = pq.read_metadata(path)
    content = bytearray(path.read_bytes())
    for number in set(range(metadata.num_row_groups)) - keep:
        for index in range(metadata.num_columns):
            chunk = metadata.row_group(number).column(index)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(content)


def test_rows_without_a_time_are_counted_wherever_they_stand_in_the_history(tmp_path: Path) -> None:
    start = local("2026-01-01")
    rows: Rows = [{"at": start + timedelta(hours=number), "n": 1.0} for number in range(24 * 90)]
    rows[5]["at"] = rows[100]["at"] = None
    write_rows(tmp_path, rows, types={"at": pa.timestamp("us")}, group=24)
    profile = counted_window(a_monitored(), (), (), SPRING, a_place(tmp_path))
    assert (profile.row_count, profile.undated_count) == (24, 2)


def test_the_digest_follows_the_bytes_of_the_window(tmp_path: Path) -> None:
    rows: Rows = [{"at": local("2026-03-08 10:00"), "n": 1.0}]
    first = counted(tmp_path, SPRING, rows).source_digest
    assert counted(tmp_path, SPRING, rows).source_digest == first
    assert counted(tmp_path, SPRING, [*rows, *rows]).source_digest != first


def test_limits_count_what_a_window_has_to_read(tmp_path: Path) -> None:
    rows = [{"at": local("2026-01-01") + timedelta(hours=number), "n": 1.0} for number in range(24 * 90)]
    write_rows(tmp_path, rows, types={"at": pa.timestamp("us")}, group=24)
    place = a_place(tmp_path, caps=SourceCaps(max_rows=24))
    assert counted_window(a_monitored(), (), (), SPRING, place).row_count == 24
    with pytest.raises(SourceError, match=r"rows\.parquet: expected at most 24 rows, found more; .* raise limits\.max_rows"):
        counted_window(a_monitored(), (), (), Window(date(2026, 3, 8), date(2026, 3, 10)), place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_without_the_column_of_times_is_refused_with_the_one_that_was_meant(tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path, [{"At ": "2026-03-08", "n": 1}], kind)
    with pytest.raises(SchemaBrokenError, match=r"expected a column 'at', found none \(did you mean 'At '\?\); correct predictions"):
        counted_window(a_monitored(kind), (), (), SPRING, a_place(tmp_path))


@pytest.mark.parametrize("kind", ["rows.parquet", "rows.csv"])
@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("amonut > '1'", r"found Binder Error: .*\"amonut\".* \(did you mean 'amount'\?\); correct it"),
        ("amount >", r"expected a condition that can be evaluated, found Parser Error"),
        ("CAST(amount AS INTEGER) = 1", "found a value that does not convert; use TRY_CAST; correct it"),
        ("count(*) > 1", "WHERE clause cannot contain aggregates"),
        ("amount IN (SELECT content FROM read_text('/etc/hostname'))", "expected a condition that can be evaluated, found"),
    ],
)
def test_a_condition_that_cannot_be_evaluated_is_refused(tmp_path: Path, kind: str, where: str, found: str) -> None:
    write_rows(tmp_path, [{"at": "2026-03-08", "amount": "secret"}], kind)
    with pytest.raises(SourceError, match=found) as refused:
        counted_window(a_monitored(kind, where=where), (), (), SPRING, a_place(tmp_path))
    assert "secret" not in str(refused.value)


TEXTS = st.one_of(
    st.datetimes().map(str),
    st.datetimes(local("2026-03-07"), local("2026-03-10")).map(lambda at: at.isoformat(timespec="minutes")),
    st.dates(date(2026, 3, 6), date(2026, 3, 11)).map(str),
    st.sampled_from(["2026-02-30", "2026-03-08 24:00", "2026-03-08T10:00:60", "0000-01-01", "2026-03-08 02:30", "9999-12-31", None]),
)
OFFSETS = st.sampled_from(["Z", "+00:00", "-05:00", "+05:45", "-23:59"])


@given(
    st.one_of(
        st.lists(TEXTS),
        st.lists(st.tuples(st.datetimes(local("2026-03-05"), local("2026-03-12")), OFFSETS).map(lambda one: f"{one[0]}{one[1]}")),
    )
)
def test_many_texts_read_at_once_mean_what_they_mean_one_by_one(texts: list[str | None]) -> None:
    field, zone, before = TimeField("at", plus_days=1), "America/New_York", datetime(2026, 3, 8, 6, 45, tzinfo=UTC)
    window, column = Window(date(2026, 3, 7), date(2026, 3, 11)), pa.array(texts, pa.string())
    one_by_one = window_places(column, field, zone, window).tolist(), known_days(column, field, zone, before).tolist()
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(prediction_times, "MANY_TEXTS", 0)
        at_once = window_places(column, field, zone, window).tolist(), known_days(column, field, zone, before).tolist()
    assert at_once == one_by_one
